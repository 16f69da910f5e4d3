import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutTo, padTo, textWidth } from "../../src/report/width.js";

describe("the width of a text", () => {
  it.each([
    ["abc", 3],
    ["東京", 4],
    ["🚀", 2],
    ["é", 1],
    ["e\u0301", 1],
    ["✓ → …", 5],
    ["", 0],
  ])("of %j is %i", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  it("is kept by padding and cutting", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, width) => {
        expect(textWidth(padTo(text, width))).toBe(Math.max(width, textWidth(text)));
        expect(textWidth(cutTo(text, width))).toBeLessThanOrEqual(width);
        expect(text.startsWith(cutTo(text, width))).toBe(true);
      }),
    );
  });
});
