import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { demoLines } from "../../src/report/demo.js";
import { terminalReport, type TerminalOptions } from "../../src/report/terminal.js";
import { textWidth } from "../../src/report/width.js";
import {
  call,
  client,
  destination,
  grid,
  HOSTILE,
  LET_THROUGH,
  migration,
  MTLS,
  phase,
  REFUSED,
  report,
} from "./builders.js";
import { hostile, SAMPLES } from "./samples.js";

const show = (made: Parameters<typeof terminalReport>[0], options: Partial<TerminalOptions> = {}): string =>
  terminalReport(made, { width: 100, unicode: true, colour: false, ...options });

/** The lines of the first matrix, from its head to the blank line after it. */
function matrixOf(text: string): string[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.includes("settled in")) + 2;
  return lines.slice(start, lines.indexOf("", start));
}

describe("the report on a terminal", () => {
  it("ends with the verdict and the counts on one line", () => {
    expect(show(SAMPLES.mismatch())).toMatch(/\n\nmismatch: 18 calls, 16 pass, 2 mismatch, 0 unproven, 0 error\n$/u);
  });

  it("says of a phase that did not settle that it did not", () => {
    expect(show(SAMPLES["not-settled"]())).toContain("  not settled after 41 rounds");
  });

  it("aligns columns by what characters take, not by how many they are", () => {
    const calls = [
      call(client("東京", "サーバー"), destination("foo"), MTLS),
      call(client("a", "b"), destination("foo"), MTLS),
    ];
    const [head, wide, narrow] = matrixOf(show(report([phase("p", calls)])));
    expect(textWidth(wide!.slice(0, wide!.indexOf("✓")))).toBe(narrow!.indexOf("✓"));
    expect(head!.indexOf("httpbin")).toBe(narrow!.indexOf("✓"));
  });

  it.each([
    [100, 3, /httpbin|service-3\.shop/u],
    [60, 4, /^ +1 +2 +3 +4$/u],
    [75, 14, /^ +1 {2}2 {2}3 .* 14$/u],
    [80, 200, /client-1\.load {2}200 pass$/u],
  ])("keeps a matrix within %i columns for %i destinations", (width, destinations, head) => {
    const matrix = matrixOf(show(report([phase("p", grid(2, destinations))]), { width }));
    expect(matrix[0]).toMatch(head);
    for (const line of matrix) expect(textWidth(line)).toBeLessThanOrEqual(width);
  });

  it("names the numbered columns below", () => {
    expect(show(report([phase("p", grid(2, 14))]), { width: 75 })).toMatch(
      /\n\n {3}1 {2}service-1\.shop\n(?:.*\n){12} {2}14 {2}service-14\.shop\n/u,
    );
  });

  it("tells 200 calls that failed by a line each after the first 20", () => {
    const text = show(
      report([
        phase(
          "p",
          grid(2, 100, () => LET_THROUGH),
        ),
      ]),
      { width: 80 },
    );
    expect(text.match(/by hand/gu)).toHaveLength(20);
    expect(text.match(/^ {2}✗ client-\d\.load → service-\d+\.shop {2}mismatch \(mesh\)/gmu)).toHaveLength(200);
    expect(text).toContain("  ✗ client-2.load → service-100.shop  mismatch (mesh): 200 plain\n");
  });

  it("keeps to ASCII where the terminal does", () => {
    expect(show(SAMPLES.mismatch(), { unicode: false })).toMatch(/^[\u0020-\u007e\n]*$/u);
    expect(show(SAMPLES.mismatch(), { unicode: false })).toContain("x sleep.legacy -> httpbin.foo");
  });

  it("has colour only when asked, and the same text under it", () => {
    const made = SAMPLES.mismatch();
    expect(show(made)).not.toContain("\u001b");
    expect(show(made, { colour: true })).toContain("\u001b[31m");
    expect(stripVTControlCharacters(show(made, { colour: true })).replaceAll(/ +$/gmu, "")).toBe(show(made));
  });

  it("lets nothing hostile out of its line", () => {
    const text = show(hostile());
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/u);
    const plain = show(hostile(HOSTILE.map((_, index) => `plain${index}`)));
    expect(text.split("\n").length).toBe(plain.split("\n").length);
  });
});

describe("the demo's lines", () => {
  it("are those of the Istio task", () => {
    expect(demoLines(migration()[1]!)).toEqual([
      "sleep.foo to httpbin.foo: 200",
      "sleep.foo to httpbin.bar: 200",
      "sleep.bar to httpbin.foo: 200",
      "sleep.bar to httpbin.bar: 200",
      "sleep.legacy to httpbin.foo: 000",
      "command terminated with exit code 56",
      "sleep.legacy to httpbin.bar: 200",
    ]);
  });

  it("say of a call without result that it has none", () => {
    const broken = call(client("legacy"), destination("foo"), REFUSED, {
      observed: null,
      verdict: "error",
      cause: "probe",
    });
    expect(demoLines({ calls: [broken] })).toEqual(["sleep.legacy to httpbin.foo: error"]);
  });

  it("stay one line a call whatever the names are", () => {
    expect(demoLines(hostile().phases[0]!)).toHaveLength(HOSTILE.length);
    for (const line of demoLines(hostile().phases[0]!)) expect(line).not.toMatch(/\n|\p{Cc}/u);
  });
});
