import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { variedMesh } from "../../bench/varied-mesh.js";
import { expectInTerminal } from "../../src/entry/expect-in-terminal.js";
import type { Outcome, Predicted } from "../../src/mesh/call.js";
import { predictMesh } from "../../src/predict-run.js";
import { run } from "../../src/run.js";
import { readArguments } from "../../src/settings/cli-arguments.js";
import { expectedFor, readPlan } from "../../src/settings/plan-file.js";
import { settingsFrom } from "../../src/settings/settings-from.js";
import { STRICT, WORLD } from "../predict/turn-builders.js";
import { keptPorts } from "../run/ports.js";

type Files = Readonly<Record<string, string>>;

/** The command as a person gives it, on files that a test holds. */
async function cli(line: string, files: Files): Promise<{ exit: number; out: string; err: string }> {
  const request = readArguments(["expect", ...line.split(" ").filter((word) => word !== "")], "1");
  if (request.kind !== "expect") throw new Error(JSON.stringify(request));
  let [out, err] = ["", ""];
  const exit = await expectInTerminal(request.options, {
    ports: keptPorts([], files),
    signal: new AbortController().signal,
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { exit, out, err };
}

const DEMO: Files = { "mesh.yaml": WORLD.join("---\n"), "policies.yaml": STRICT };
const LINE = "--manifests mesh.yaml --policies policies.yaml";
const rules = (text: string): string[] => text.split("\n").filter((one) => one.startsWith("  - "));

describe("expect", () => {
  it("writes what is predicted, with how it was made, and a prediction by that plan passes", async () => {
    const { exit, out, err } = await cli(LINE, DEMO);
    expect(exit).toBe(0);
    expect(out).toContain(
      "# What mtls-gate expect predicted of the calls, from manifests mesh.yaml and policies policies.yaml.\n",
    );
    expect(rules(out).length).toBeLessThanOrEqual(4);
    expect(rules(out)[0]).toBe('  - { from: legacy, to: foo, code: "000", exit: 56 }');
    expect(err).toMatch(/^mtls-gate: \d+ calls in \d rules\n$/u);
    const settings = settingsFrom({
      mode: "predict",
      manifests: "mesh.yaml",
      policies: "policies.yaml",
      plan: "p.yaml",
    });
    const { report, exit: passed } = await run(settings, keptPorts([], { ...DEMO, "p.yaml": out }));
    expect(report.counts.pass).toBe(report.counts.calls);
    expect(passed).toBe(0);
  });
  it("is the same text twice", async () => {
    expect((await cli(LINE, DEMO)).out).toBe((await cli(LINE, DEMO)).out);
  });
  it("writes a file once, and overwrites another text only by leave", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "mtls-gate-")), "plan.yaml");
    const first = await cli(`${LINE} --out ${path}`, DEMO);
    expect(first).toMatchObject({ exit: 0, out: "" });
    expect(first.err).toContain(`mtls-gate: ${path}: `);
    expect((await cli(`${LINE} --out ${path}`, DEMO)).exit).toBe(0);
    writeFileSync(path, "expect: [{code: 200}]\n");
    const refused = await cli(`${LINE} --out ${path}`, DEMO);
    expect(refused.exit).toBe(2);
    expect(refused.err).toContain(`${path}: the file is there already with another content (--force overwrites it`);
    expect(readFileSync(path, "utf8")).toBe("expect: [{code: 200}]\n");
    expect((await cli(`${LINE} --out ${path} --force`, DEMO)).exit).toBe(0);
    expect(readFileSync(path, "utf8")).toContain("legacy");
  });
  it("ends with 3 where the file cannot be written", async () => {
    const { exit, err } = await cli(`${LINE} --out /dev/null/plan.yaml`, DEMO);
    expect(exit).toBe(3);
    expect(err).toContain("the plan could not be written");
  });
});

const sleep = { namespace: "legacy", workload: "sleep", kind: "Deployment", container: "sleep" };
const httpbin = {
  url: "http://httpbin.foo:8000/",
  method: "GET",
  host: "httpbin.foo",
  port: 8000,
  namespace: "foo",
  service: "httpbin",
};
const seen = (code: string, exit: number, transport: string | null): object => ({
  arrives: code === "200",
  code,
  exit,
  transport,
  evidence: null,
  error: null,
  attempts: 1,
  ms: 3,
});
const reportOf = (calls: readonly object[], rest: object = {}): string =>
  JSON.stringify({ schema: "mtls-gate/report/v1", mode: "audit", phases: [{ name: "audit", calls }], ...rest });
const callOf = (parts: object): object => ({
  from: sleep,
  to: httpbin,
  predicted: null,
  observed: seen("000", 56, null),
  verdict: "pass",
  cause: null,
  ...parts,
});

describe("expect --report", () => {
  const from = async (text: string, more = ""): Promise<{ exit: number; out: string; err: string }> =>
    await cli(`--report r.json ${more}`, { "r.json": text });

  it("expects what was observed", async () => {
    const { exit, out } = await from(
      reportOf([callOf({}), callOf({ from: { ...sleep, namespace: "foo" }, observed: seen("200", 0, "mtls") })]),
    );
    expect(exit).toBe(0);
    expect(out).toContain("# What mode audit observed in phase audit, by mtls-gate expect, from r.json.\n");
    expect(rules(out).toSorted()).toEqual([
      '  - { from: "*", to: "*", code: 200, exit: 0, transport: mtls }',
      '  - { from: legacy, code: "000", exit: 56 }',
    ]);
  });
  it("takes each way in which the predicted refusal can end", async () => {
    const closed = (exit: number): object => ({ arrives: false, code: "000", exit, transport: null });
    const predicted = { anyOf: [closed(52), closed(56)], because: [] };
    const { out } = await from(reportOf([callOf({ predicted })]));
    expect(rules(out)).toEqual(['  - { from: "*", to: "*", code: "000", exit: [52, 56] }']);
  });
  it("expects nothing of what was not proved, and says so", async () => {
    const { exit, out, err } = await from(
      reportOf([callOf({}), callOf({ from: { ...sleep, namespace: "foo" }, verdict: "unproven", cause: "control" })]),
    );
    expect(exit).toBe(0);
    expect(out).toContain("# nothing is expected: the call was unproven (control)\n");
    expect(err).toBe("mtls-gate: 2 calls in 2 rules; of 1 calls nothing is expected\n");
  });
  it("expects no transport that nothing showed", async () => {
    const { out } = await from(
      reportOf([callOf({ observed: seen("200", 0, "unproven"), verdict: "unproven", cause: "transport" })]),
    );
    expect(rules(out)).toEqual(['  - { from: "*", to: "*", code: 200, exit: 0 }']);
  });
  it("asks for the same calls where a plan had chosen them", async () => {
    const to = { ...httpbin, url: "http://httpbin.foo:8000/ip" };
    const { out } = await from(reportOf([callOf({ to }), callOf({ to: { ...to, method: "POST" } })]));
    expect(out).toContain(
      "clients:\n  - { namespace: legacy, workload: deployment/sleep, container: sleep }\ndestinations:\n",
    );
    expect(out).toContain(
      '  - { url: "http://httpbin.foo:8000/ip" }\n  - { url: "http://httpbin.foo:8000/ip", method: POST }\n',
    );
  });
  it("takes the last phase, or the one that is named", async () => {
    const phases = [
      { name: "control", calls: [callOf({ observed: seen("200", 0, "plaintext") })] },
      { name: "policies", calls: [callOf({})] },
    ];
    expect((await from(reportOf([], { phases }))).out).toContain('code: "000"');
    expect((await from(reportOf([], { phases }), "--phase control")).out).toContain("code: 200");
    expect((await from(reportOf([], { phases }), "--phase nope")).err).toBe(
      "mtls-gate: r.json: the report has no phase nope (it has control, policies)\n",
    );
  });
  it.each<[string, string]>([
    ["{", "the report is no JSON"],
    ["{}", "this is no report: schema is not as it has to be"],
    [reportOf([callOf({ verdict: "fine" })]), "this is no report: phases.0.calls.0.verdict is not as it has to be"],
    [
      reportOf([callOf({ observed: null })], { mode: "predict" }),
      "phase audit has no call that was observed (run mtls-gate expect with the files",
    ],
    [reportOf([], { phases: [] }), "the report has no phase"],
  ])("refuses %s", async (text, message) => {
    const { exit, err } = await from(text);
    expect(exit).toBe(2);
    expect(err).toContain(message);
  });
  it("refuses a file that is not there", async () => {
    const { exit, err } = await cli("--report none.json", {});
    expect({ exit, err }).toEqual({
      exit: 2,
      err: "mtls-gate: none.json: there is no such file (see the path, from the folder where this is run)\n",
    });
  });
  it("shows hostile names as what they are", async () => {
    const hostile = { ...sleep, workload: "x: {}\n  - {code: 999} # \u001b[2J\u202e" };
    const { exit, out } = await from(
      reportOf([callOf({ from: hostile }), callOf({ observed: seen("200", 0, "mtls") })]),
    );
    expect([
      exit === 0 ? out.includes("\u001b") : false,
      exit === 0 ? out.includes("\n  - {code: 999}") : false,
    ]).toEqual([false, false]);
  });
});

/** As a plan states a prediction: by the fields of all its outcomes. */
function wanted(predicted: Predicted): object | null {
  if ("unknown" in predicted) return null;
  const all: readonly Outcome[] = "anyOf" in predicted ? predicted.anyOf : [predicted];
  const list = (values: readonly (string | number | null)[]): unknown[] | null =>
    values.includes(null) ? null : [...new Set(values)].sort((a, b) => (a! < b! ? -1 : 1));
  const transports = new Set(all.map(({ transport }) => transport));
  const stated = {
    code: list(all.map(({ code }) => code)),
    exit: list(all.map(({ exit }) => exit)),
    transport: transports.size > 1 || transports.has("unproven") ? null : ([...transports][0] ?? null),
  };
  return Object.values(stated).every((one) => one === null) ? null : stated;
}

it(
  "says exactly what is predicted of every call, on drawn meshes, and a prediction by it passes",
  { timeout: 120_000 },
  async () => {
    const signal = new AbortController().signal;
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000_000), async (seed) => {
        const objects = variedMesh({ seed, namespaces: 3, workloads: 6, services: 5, policies: 8 });
        const files = { "mesh.json": JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }) };
        const settings = settingsFrom({ mode: "predict", manifests: "mesh.json" });
        const found = await predictMesh(settings, keptPorts([], files), signal).catch(() => null);
        if (found === null || found.phase.calls.length === 0) return;
        const { exit, out } = await cli("--manifests mesh.json", files);
        expect(exit).toBe(0);
        const { plan } = readPlan(out, "p.yaml", { allowUnsafeMethods: false });
        for (const { from, to, predicted } of found.phase.calls) {
          expect(expectedFor(plan!, { from, to: { ...to, headers: {} } }, "predict")).toEqual(wanted(predicted!));
        }
        const held = await predictMesh(
          { ...settings, plan: "p.yaml" },
          keptPorts([], { ...files, "p.yaml": out }),
          signal,
        );
        expect(held.phase.calls.filter(({ verdict }) => verdict !== "pass")).toEqual([]);
      }),
      { numRuns: 15 },
    );
  },
);
