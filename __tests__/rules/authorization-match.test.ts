import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoted, stringMatcher } from "../../src/rules/authorization-match.js";

/** What istio's pilot/pkg/security/authz/matcher/*_test.go asserts, and what Envoy makes of it. */

describe("a string's pattern", () => {
  it("is exact without a star", () => {
    const test = stringMatcher(["abc", "d"]);
    expect([test("abc"), test("d"), test("ab"), test("abcd"), test("ABC")]).toEqual([true, true, false, false, false]);
  });

  it("is a prefix before a star and a suffix after one", () => {
    expect(stringMatcher(["abc*"])("abc")).toBe(true);
    expect(stringMatcher(["abc*"])("abcd")).toBe(true);
    expect(stringMatcher(["abc*"])("xabc")).toBe(false);
    expect(stringMatcher(["*abc"])("abc")).toBe(true);
    expect(stringMatcher(["*abc"])("xabc")).toBe(true);
    expect(stringMatcher(["*abc"])("abcx")).toBe(false);
  });

  it("has one star: that in front", () => {
    const test = stringMatcher(["*/productpage*"]);
    expect(test("/x/productpage")).toBe(false);
    expect(test("/x/productpage*")).toBe(true);
    expect(stringMatcher(["a*c"])("abc")).toBe(false);
    expect(stringMatcher(["a*c"])("a*c")).toBe(true);
  });

  it("takes anything but nothing by a star alone", () => {
    expect(stringMatcher(["*"])("x")).toBe(true);
    expect(stringMatcher(["*"])("")).toBe(false);
    expect(stringMatcher(["*"], { starTakesEmpty: true })("")).toBe(true);
  });

  it("may be of any case", () => {
    const test = stringMatcher(["Abc", "X*", "*Y"], { ignoreCase: true });
    expect([test("aBC"), test("xa"), test("ay"), test("b")]).toEqual([true, true, true, false]);
  });

  it("takes nothing where there is none", () => {
    expect(stringMatcher([])("")).toBe(false);
  });

  it("takes what any one of several takes", () => {
    const patterns = fc.array(fc.stringMatching(/^\*?[ab]{0,2}\*?$/));
    fc.assert(
      fc.property(patterns, fc.stringMatching(/^[ab*]{0,4}$/), (several, value) => {
        const alone = several.some((one) => stringMatcher([one])(value));
        expect(stringMatcher(several)(value)).toBe(alone);
      }),
    );
  });
});

describe("quoted", () => {
  it("takes the text alone", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, other) => {
        const expression = new RegExp(`^${quoted(text)}$`);
        expect(expression.test(text)).toBe(true);
        expect(expression.test(other)).toBe(other === text);
      }),
    );
  });
});
