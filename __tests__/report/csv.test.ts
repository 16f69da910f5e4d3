import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { callsCsv, changesCsv, exposureCsv } from "../../src/report/csv.js";
import { csvField } from "../../src/report/escape-formats.js";
import { terminal } from "../../src/report/escape.js";
import { comparison, HOSTILE_NAMES } from "./comparison.js";
import { hostile, SAMPLES } from "./samples.js";

const rowsOf = (text: string): Record<string, string>[] => parse(text, { columns: true, record_delimiter: "\r\n" });

describe("calls.csv", () => {
  it("has a row a call, with the three values and the reasons", () => {
    const rows = rowsOf(callsCsv(SAMPLES.mismatch()));
    expect(rows).toHaveLength(18);
    expect(rows.find(({ verdict }) => verdict === "mismatch")).toEqual({
      phase: "strict-namespace",
      control: "false",
      calls: "1",
      from_namespace: "legacy",
      from_workload: "sleep",
      from_kind: "Deployment",
      from_container: "sleep",
      method: "GET",
      url: "http://httpbin.foo:8000/ip",
      to_namespace: "foo",
      to_service: "httpbin",
      to_port: "8000",
      expected: "code 000, exit 56",
      predicted: "000/56",
      observed: "code 200, exit 0, transport plaintext",
      evidence: "echo",
      identity: "",
      error: "",
      attempts: "1",
      ms: "6",
      verdict: "mismatch",
      cause: "mesh",
      because: "PeerAuthentication foo/default (manifests/policies/mtls-ns.yaml:7): STRICT: plaintext is refused",
    });
  });

  it("reads back with hostile names, of which no field is a formula", () => {
    const rows = rowsOf(callsCsv(hostile(HOSTILE_NAMES)));
    expect(rows.map(({ from_workload }) => from_workload?.replace(/^'/u, ""))).toEqual(
      HOSTILE_NAMES.map((name) => terminal(name).replace(/^'/u, "")),
    );
    for (const field of rows.flatMap((row) => Object.values(row))) expect(field).not.toMatch(/^\s*[=+\-@|%＝＋－＠]/u);
  });
});

describe("the tables of a comparison", () => {
  it("have a row a change, and a row a Service port", () => {
    const { diff = [], exposure = [] } = comparison();
    expect(
      rowsOf(changesCsv(diff)).map(({ direction, calls, fails, before, after }) => [
        direction,
        calls,
        fails,
        before,
        after,
      ]),
    ).toEqual([
      ["breaks", "12", "true", "200 plain", "000/56"],
      ["opens", "1", "false", "000/56", "200 plain"],
      ["new", "1", "false", "", "200 mtls"],
    ]);
    expect(rowsOf(exposureCsv(exposure))).toMatchObject([
      { service: "httpbin", plaintext_before: "all", plaintext_after: "none", fails: "false", accepted: "" },
    ]);
  });
});

describe("a field", () => {
  it("is read back as it is shown, alone on its line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const shown = terminal(text);
        const [[found] = []]: string[][] = parse(`${csvField(text)},end\r\n`, { record_delimiter: "\r\n" });
        expect([shown, `'${shown}`]).toContain(found);
      }),
    );
  });
});
