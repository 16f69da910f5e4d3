/** A Service port that is open to more in plaintext can be all that fails a run: every format has to show it so. */
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { annotationsOf } from "../../src/report/annotations.js";
import { commentMarkdown } from "../../src/report/comment.js";
import { exposureCsv } from "../../src/report/csv.js";
import { findingsOf } from "../../src/report/findings.js";
import { reportHtml } from "../../src/report/html.js";
import { junitXml } from "../../src/report/junit.js";
import { summaryMarkdown } from "../../src/report/markdown.js";
import { pageData } from "../../src/report/page-data.js";
import { sarifJson } from "../../src/report/sarif.js";
import { serialise } from "../../src/report/serialise.js";
import { terminalReport } from "../../src/report/terminal.js";
import { opened } from "./comparison.js";

const accepted = { reason: "the old client goes in spring", until: "2027-03-31", file: "plan.yaml", line: 12 };
const ACCEPTED = "accepted until 2027-03-31 (plan.yaml:12): the old client goes in spring";
const BOTH = { failing: opened(), taken: opened({ fails: false, accepted }) };

const comment = (report: typeof BOTH.failing): string =>
  commentMarkdown(report, { key: "mtls-gate", commit: null, head: null, base: null, runUrl: null, previous: null });
const summary = (report: typeof BOTH.failing): string => summaryMarkdown(report, { limitBytes: Infinity });
const onTerminal = (report: typeof BOTH.failing): string =>
  terminalReport(report, { width: 120, unicode: true, colour: false });
const sarif = (report: typeof BOTH.failing) =>
  (
    JSON.parse(sarifJson(report, { root: "/r", report: "report.json", version: "1.0.0" })) as {
      runs: [{ results: { level: string; locations: object[]; suppressions?: { justification: string }[] }[] }];
    }
  ).runs[0].results;

describe("a Service port that is open to more", () => {
  it("fails the comment's first sentence and its own line", () => {
    const text = comment(BOTH.failing);
    expect(text).toContain("**1 Service port is open to more in plaintext.** Of the mesh as it would be: 6 calls");
    expect(text).toContain("- ❌ `httpbin.foo:8000`: nobody → **whoever reaches it**");
  });

  it("is a failing test case, and in the message of the run's", () => {
    const xml = junitXml(BOTH.failing);
    expect(xml).toContain('<testsuite name="exposure against origin/main (0a1b2c3d4e5f)" tests="1" failures="1"');
    expect(xml).toMatch(/name="verdict">\n.*message="6 calls, .*; 1 Service port is open to more in plaintext"/u);
  });

  it("is an error of SARIF at the line that opens it", () => {
    expect(sarif(BOTH.failing)).toMatchObject([
      {
        ruleId: "exposure",
        level: "error",
        locations: [{ physicalLocation: { artifactLocation: { uri: "policies/foo.yaml" }, region: { startLine: 4 } } }],
      },
    ]);
  });

  it("is marked in the table, the page, the summary, on the terminal and in report.json, and annotated", () => {
    expect(parse(exposureCsv(BOTH.failing.exposure ?? []), { columns: true })).toMatchObject([
      { fails: "true", accepted: "" },
    ]);
    expect(reportHtml(BOTH.failing)).toContain("A Service port is open to more in plaintext</h1>");
    expect(pageData(BOTH.failing).exposure?.[0]?.fails).toBe(true);
    expect(summary(BOTH.failing)).toContain("0 error: a Service port is open to more in plaintext.");
    expect(summary(BOTH.failing)).toContain("| ❌ | `httpbin.foo:8000` | none → all |");
    expect(onTerminal(BOTH.failing)).toContain("✗ httpbin.foo:8000: none → all");
    expect(JSON.parse(serialise(BOTH.failing))).toMatchObject({ exposure: [{ fails: true }] });
    expect(annotationsOf(BOTH.failing)).toMatchObject([
      { level: "error", title: "open to more in plaintext: httpbin.foo:8000", file: "policies/foo.yaml", line: 4 },
    ]);
  });

  it("tells what no longer decides, where nothing in a file decides now", () => {
    const [one] = BOTH.failing.exposure ?? [];
    const removed = opened({
      after: { ...one!.after!, because: [{ rule: "peer-authentication", says: "PERMISSIVE" }] },
    });
    const lost =
      "PeerAuthentication foo/default (manifests/policies/mtls-ns.yaml:7): no longer: STRICT: plaintext is refused";
    for (const text of [
      junitXml(removed),
      summary(removed),
      onTerminal(removed),
      exposureCsv(removed.exposure ?? []),
      annotationsOf(removed)[0]?.message,
    ]) {
      expect(text).toContain(lost);
    }
    expect(comment(removed)).toContain("no longer: STRICT: plaintext is refused");
    // Its line is one of the base, and so none of the change's.
    expect(annotationsOf(removed)[0]).not.toHaveProperty("file");
    expect(sarif(removed)).toMatchObject([
      { locations: [{ physicalLocation: { artifactLocation: { uri: "report.json" } } }] },
    ]);
  });

  it("is another finding once it is accepted", () => {
    expect(findingsOf(BOTH.failing).marks).not.toEqual(findingsOf(BOTH.taken).marks);
  });
});

describe("one that the plan accepts", () => {
  it("is told with its reason and date in every format, and fails in none", () => {
    expect(comment(BOTH.taken)).toContain(
      "accepted until `2027-03-31` by `plan.yaml:12`: the old client goes in spring",
    );
    expect(comment(BOTH.taken)).not.toMatch(/❌|open to more/u);
    expect(junitXml(BOTH.taken)).toContain(ACCEPTED);
    expect(junitXml(BOTH.taken)).not.toContain("<failure");
    expect(sarif(BOTH.taken)).toMatchObject([{ level: "note", suppressions: [{ justification: ACCEPTED }] }]);
    expect(parse(exposureCsv(BOTH.taken.exposure ?? []), { columns: true })).toMatchObject([
      { fails: "false", accepted: ACCEPTED },
    ]);
    expect(pageData(BOTH.taken).exposure?.[0]?.accepted).toEqual(accepted);
    expect(summary(BOTH.taken)).toContain(ACCEPTED);
    expect(onTerminal(BOTH.taken)).toContain(ACCEPTED);
    expect(JSON.parse(serialise(BOTH.taken))).toMatchObject({ exposure: [{ fails: false, accepted }] });
    expect(annotationsOf(BOTH.taken)).toEqual([]);
  });
});
