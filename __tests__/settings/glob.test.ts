import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { globMatches, isGlob } from "../../src/settings/glob.js";

describe("globMatches", () => {
  it.each<[pattern: string, text: string, matches: boolean]>([
    ["", "", true],
    ["", "a", false],
    ["a", "a", true],
    ["a", "ab", false],
    ["ab", "a", false],
    ["*", "", true],
    ["*", "abc", true],
    ["?", "", false],
    ["?", "a", true],
    ["?", "ab", false],
    ["a*", "a", true],
    ["a*c", "abbbc", true],
    ["a*c", "abbbd", false],
    ["*a*b", "xaybzb", true],
    ["*a*b", "xayb_", false],
    ["a*b?c", "abbxc", true],
    ["**", "", true],
    ["a**b", "ab", true],
    ["ab*ab", "ab", false],
    ["ab*ab", "abab", true],
    ["strict-*", "strict-mesh", true],
    ["A", "a", false],
    [".", "a", false],
    ["[a]", "a", false],
    ["a+", "aa", false],
    ["*.yaml", "x.yaml", true],
    ["http*", "httpbin", true],
    ["*", "*", true],
    ["?", "*", true],
  ])("%j on %j is %j", (pattern, text, matches) => {
    expect(globMatches(pattern, text)).toBe(matches);
  });
  it("agrees with a regular expression", () => {
    const sign = fc.constantFrom("a", "b", "*", "?", ".");
    fc.assert(
      fc.property(
        fc.array(sign, { maxLength: 8 }).map((signs) => signs.join("")),
        fc.array(fc.constantFrom("a", "b", ".", "*"), { maxLength: 8 }).map((signs) => signs.join("")),
        (pattern, text) => {
          const regex = pattern.replaceAll(/[.*?]/g, (c) => ({ ".": "\\.", "*": "[^]*", "?": "[^]" })[c] ?? c);
          expect(globMatches(pattern, text)).toBe(new RegExp(`^${regex}$`).test(text));
        },
      ),
      { numRuns: 3000 },
    );
  });
  it("takes no long time for a pattern that would drive a regular expression mad", () => {
    const started = performance.now();
    expect(globMatches(`${"*a".repeat(500)}b`, "a".repeat(10_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

it("isGlob knows a glob by its signs", () => {
  expect(["a*", "?", "a.b-c/d", "[a]", ""].map(isGlob)).toEqual([true, true, false, false, false]);
});
