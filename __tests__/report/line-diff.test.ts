import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineDiff } from "../../src/report/line-diff.js";

const shown = (before: string, after: string, context = 1): string[] =>
  lineDiff(before.split(""), after.split(""), context).map((line) => (line === null ? "…" : line.mark + line.text));

describe("lineDiff", () => {
  it("shows what differs with what is around it", () => {
    expect(shown("abcdefg", "abcxefg")).toEqual(["…", " c", "-d", "+x", " e", "…"]);
    expect(shown("ab", "axb")).toEqual([" a", "+x", " b"]);
    expect(shown("abc", "abc")).toEqual(["…"]);
    expect(shown("abXcdY", "abcd", 9)).toEqual([" a", " b", "-X", " c", " d", "-Y"]);
  });
  it("gives both texts back where they differ", () => {
    const lines = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        fc.pre(before.join() !== after.join());
        const all = lineDiff(before, after, 99).filter((line) => line !== null);
        expect(all.filter(({ mark }) => mark !== "+").map(({ text }) => text)).toEqual(before);
        expect(all.filter(({ mark }) => mark !== "-").map(({ text }) => text)).toEqual(after);
      }),
    );
  });
});
