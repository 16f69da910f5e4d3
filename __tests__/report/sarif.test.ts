import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Draft4 from "ajv-draft-04";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Report } from "../../src/report/document.js";
import { errorProblem } from "../../src/problems.js";
import { sarifJson } from "../../src/report/sarif.js";
import { grid, LET_THROUGH, phase, predict, REFUSED, report, STRICT_FOO } from "./builders.js";
import { comparison, HOSTILE_NAMES } from "./comparison.js";
import { hostile, SAMPLES } from "./samples.js";

const folder = dirname(createRequire(import.meta.url).resolve("@microsoft/jest-sarif"));
const schema = JSON.parse(readFileSync(join(folder, "schemas", "sarif-2.1.0-rtm.5.json"), "utf8")) as object;
const ajv = new Draft4.default({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats.default(ajv);
const valid = ajv.compile(schema);

const OPTIONS = { root: "/repo/repo", report: "mtls-gate-report/report.json", version: "1.2.3" };

interface Result {
  ruleId: string;
  ruleIndex: number;
  level: string;
  message: { text: string };
  locations: {
    physicalLocation: { artifactLocation: { uri: string; uriBaseId?: string }; region: { startLine: number } };
  }[];
  partialFingerprints: Record<string, string>;
  suppressions?: { justification: string }[];
}
interface Run {
  tool: { driver: { rules: { id: string; help: { text: string; markdown: string } }[] } };
  invocations: { executionSuccessful: boolean; toolExecutionNotifications?: { message: { text: string } }[] }[];
  results: Result[];
}

function log(made: Report, options = OPTIONS): { run: Run; bytes: number } {
  const text = sarifJson(made, options);
  const parsed = JSON.parse(text) as { runs: Run[] };
  expect(valid(parsed) ? [] : valid.errors).toEqual([]);
  return { run: parsed.runs[0]!, bytes: Buffer.byteLength(text) };
}

const ALL: Readonly<Record<string, () => Report>> = {
  ...SAMPLES,
  comparison: () => comparison(),
  "hostile names": () => hostile(HOSTILE_NAMES),
};

describe.each(Object.entries(ALL))("SARIF of %s", (_, sample) => {
  it("is valid by its schema, and every result has a rule with help, one place and its own fingerprint", () => {
    const { run } = log(sample());
    const { rules } = run.tool.driver;
    for (const { ruleId, ruleIndex, locations } of run.results) {
      expect(rules[ruleIndex]?.id).toBe(ruleId);
      expect(locations).toHaveLength(1);
    }
    for (const { help } of rules) expect([help.text, help.markdown]).not.toContain("");
    const prints = run.results.map(({ partialFingerprints }) => partialFingerprints["primaryLocationLineHash"]);
    expect(new Set(prints).size).toBe(prints.length);
  });
});

describe("a result", () => {
  it("is at the line of the policy that decides, the worst first", () => {
    const { run } = log(SAMPLES.mismatch());
    expect(run.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ["call/mismatch/mesh", "error"],
      ["call/mismatch/policy", "error"],
      ["problem/namespace-undeclared", "warning"],
    ]);
    expect(run.results[0]?.locations[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: "manifests/policies/mtls-ns.yaml", uriBaseId: "%SRCROOT%" },
      region: { startLine: 7 },
    });
  });

  it("keeps its fingerprint when its line moves, and has another one for another call", () => {
    const moved = (line: number): Report =>
      comparison(comparison().diff!.map((change) => ({ ...change, because: [{ ...STRICT_FOO, line }], count: line })));
    const prints = (made: Report): string[] =>
      log(made).run.results.map(({ partialFingerprints }) => partialFingerprints["mtlsGate/v1"]!);
    expect(prints(moved(9))).toEqual(prints(moved(90)));
    expect(new Set(prints(moved(9))).size).toBe(prints(moved(9)).length);
  });

  it("is suppressed where the plan accepts the change", () => {
    const opened = log(comparison()).run.results.find(({ ruleId }) => ruleId === "change/opens");
    expect(opened?.suppressions?.[0]?.justification).toContain("accepted until 2027-03-31");
    expect(opened?.level).toBe("note");
  });

  it.each([
    ["policies/a b.yaml", "policies/a%20b.yaml", "%SRCROOT%"],
    ["./policies/a.yaml", "policies/a.yaml", "%SRCROOT%"],
    ["/repo/repo/policies/a.yaml", "policies/a.yaml", "%SRCROOT%"],
    ["/repo/repository/a.yaml", "file:///repo/repository/a.yaml", undefined],
    ["../other/a.yaml", "../other/a.yaml", undefined],
    ["a\u202eb#c?.yaml", "a%5Cu202eb%23c%3F.yaml", "%SRCROOT%"],
    ["\ud800.yaml", "%5Cud800.yaml", "%SRCROOT%"],
  ])("names the file %j as a URI", (file, uri, uriBaseId) => {
    const problems = [errorProblem("x", "wrong", { file, line: 3 })];
    const found = log(report([], { problems })).run.results[0]?.locations[0]?.physicalLocation.artifactLocation;
    expect(found).toEqual({ uri, ...(uriBaseId === undefined ? {} : { uriBaseId }) });
  });

  it("has no placeholder and no link of a name's making", () => {
    const problems = [errorProblem("x", "{0} [here](1) \\ done")];
    expect(log(report([], { problems })).run.results[0]?.message.text).toBe("{{0}} \\[here\\](1) \\\\ done");
  });
});

describe("what GitHub takes of an upload", () => {
  it("is kept to by telling findings of one kind as one, and says so", () => {
    const calls = grid(200, 200, () => LET_THROUGH);
    const { run, bytes } = log(report([phase("policies", calls)], { planned: 40_000 }));
    expect(run.results).toHaveLength(1);
    expect(run.results[0]?.message.text).toContain("40000 findings of one kind");
    expect(run.invocations[0]?.toolExecutionNotifications?.[0]?.message.text).toContain("40000 findings are told as 1");
    expect(bytes).toBeLessThan(10_000_000);
  });

  it("is kept to where no two findings are alike", () => {
    const calls = grid(200, 200, (row, column) => ({
      ...LET_THROUGH,
      predicted: predict(REFUSED, { ...STRICT_FOO, file: `${row}-${column}.yaml`, says: "x".repeat(2000) }),
    }));
    const { run, bytes } = log(report([phase("policies", calls)], { planned: 40_000 }));
    expect(run.results.length).toBe(1000);
    expect(bytes).toBeLessThan(10_000_000);
    expect(run.invocations[0]?.toolExecutionNotifications?.[0]?.message.text).toContain("only 1000 of 40000");
  });

  it("is valid whatever the names are", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 5 }), (names) => {
        log(hostile(names));
      }),
      { numRuns: 30 },
    );
  });
});
