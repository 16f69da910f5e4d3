import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorProblem, warningProblem } from "../../src/problems.js";
import { summaryMarkdown } from "../../src/report/markdown.js";
import { grid, HOSTILE, LET_THROUGH, phase, report } from "./builders.js";
import { readInline, readRow } from "./gfm.js";
import { hostile, SAMPLES } from "./samples.js";

const bytes = (text: string): number => Buffer.byteLength(text, "utf8");
const whole = (made: Parameters<typeof summaryMarkdown>[0]): string => summaryMarkdown(made, { limitBytes: Infinity });

/** Fails where a table, a fence or a code span is cut or broken out of. Gives back what stands outside of code. */
function soundOutside(markdown: string): string {
  expect(markdown).toMatch(/^$|[^\n]\n$/u);
  const fences = markdown.match(/^```.*$/gmu) ?? [];
  expect(fences.every((fence, index) => fence === (index % 2 === 0 ? "```sh" : "```"))).toBe(true);
  expect(fences.length % 2).toBe(0);
  const blocks = markdown
    .trim()
    .replaceAll(/^```sh\n.*\n```$/gmu, "")
    .split(/\n{2,}/u);
  return blocks
    .flatMap((block) => {
      const lines = block.split("\n");
      if (!block.startsWith("|")) return lines.map((line) => readInline(line).outside);
      const rows = lines.map(readRow);
      expect(new Set(rows.map((row) => row.length)).size).toBe(1);
      return rows.flat().map((cell) => readInline(cell, { cell: true }).outside);
    })
    .join("\n")
    .replaceAll("<!-- -->", "")
    .replaceAll("<code></code>", "");
}

describe("the summary", () => {
  it("has a table a phase and no details where everything passed", () => {
    const text = whole(SAMPLES["all-pass-migration"]());
    expect(text.match(/^\| --- /gmu)).toHaveLength(3);
    expect(text).toMatch(/^## ✅ mtls-gate: pass\n/u);
    expect(text).not.toContain("####");
  });

  it("turns a matrix of few clients and many destinations", () => {
    const text = whole(report([phase("p", grid(2, 60))]));
    expect(text).toContain("| to, from → | `client-1.load` | `client-2.load` |\n");
    expect(text.match(/^\| `service-/gmu)).toHaveLength(60);
  });

  it("puts errors before warnings", () => {
    const problems = [warningProblem("a", "first"), errorProblem("b", "second")];
    expect(whole(report([phase("p", grid(1, 1))], { problems }))).toMatch(
      /\*\*error\*\* second\n- \*\*warning\*\* first\n$/u,
    );
  });

  it("lets nothing hostile out of its cell, its code or its line", () => {
    const outside = soundOutside(whole(hostile()));
    expect(outside).not.toMatch(/[<>|[\]\\@$`]|evil|owned|::|onerror|GH-12/u);
    const plain = whole(hostile(HOSTILE.map((_, index) => `plain${index}`)));
    expect(whole(hostile()).split("\n").length).toBe(plain.split("\n").length);
  });

  it("is sound for any text", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 3 }), (texts) => {
        expect(soundOutside(whole(hostile(texts)))).not.toMatch(/[<>[\]\\@$`]/u);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a summary that would be too large", () => {
  const large = report(
    [
      phase(
        "p",
        grid(20, 20, (row) => (row < 4 ? LET_THROUGH : {})),
        { applied: [] },
      ),
    ],
    {
      problems: Array.from({ length: 200 }, (_, index) => warningProblem("x", `warning ${index}`)),
    },
  );
  const details = (text: string): number => text.match(/^#### /gmu)?.length ?? 0;
  const rows = (text: string): number => text.match(/^\| `client-/gmu)?.length ?? 0;

  it("tells less and less, and says what it leaves out", () => {
    const seen = new Map<string, string>();
    for (let limit = bytes(whole(large)); limit > 0; limit = Math.floor(limit * 0.8)) {
      const text = summaryMarkdown(large, { limitBytes: limit });
      seen.set(`${details(text)} details, ${rows(text)} rows`, text);
    }
    expect([...seen.keys()]).toEqual([
      "80 details, 20 rows",
      "50 details, 20 rows",
      "10 details, 20 rows",
      "10 details, 4 rows",
      "0 details, 4 rows",
      "0 details, 0 rows",
    ]);
    expect(seen.get("50 details, 20 rows")).toContain(
      "_Left out for its size: the details of 30 more calls. All of it is in `report.json`._",
    );
    expect(seen.get("10 details, 4 rows")).toContain("16 of 20 rows hold nothing but passes and are left out.");
  });

  it("never goes over the limit, and is whole in whatever it still tells", () => {
    const reports = [large, hostile(), ...Object.values(SAMPLES).map((sample) => sample())];
    fc.assert(
      fc.property(fc.nat(reports.length - 1), fc.nat(60_000), (index, limitBytes) => {
        const made = reports[index]!;
        const text = summaryMarkdown(made, { limitBytes });
        expect(bytes(text)).toBeLessThanOrEqual(limitBytes);
        soundOutside(text);
        if (limitBytes > 400) expect(text).toContain(`mtls-gate: ${made.verdict}`);
        expect(text.isWellFormed()).toBe(true);
      }),
    );
  });

  it("counts bytes, not characters", () => {
    const wide = report([phase("東".repeat(100), grid(1, 1))]);
    const limitBytes = whole(wide).length;
    expect(bytes(whole(wide))).toBeGreaterThan(limitBytes);
    expect(bytes(summaryMarkdown(wide, { limitBytes }))).toBeLessThanOrEqual(limitBytes);
  });
});
