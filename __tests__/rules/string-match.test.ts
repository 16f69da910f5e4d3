import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchText, matchesRegex, type Certainty, type StringMatch } from "../../src/rules/string-match.js";

describe("a match of a text", () => {
  it.each<[StringMatch, string | null, Certainty]>([
    [{ exact: "abc" }, "abc", "yes"],
    [{ exact: "abc" }, "ABC", "no"],
    [{ exact: "abc" }, "abcd", "no"],
    [{ exact: "" }, "", "yes"],
    [{ exact: "" }, "a", "no"],
    [{ prefix: "ab" }, "abc", "yes"],
    [{ prefix: "ab" }, "cab", "no"],
    [{ prefix: "" }, "anything", "yes"],
    [{ regex: "a.c" }, "abc", "yes"],
    [{ regex: "a.c" }, "xabcx", "no"],
    [{ regex: "*" }, "", "yes"],
    [{}, "", "yes"],
    [{}, "anything", "yes"],
    [{}, null, "no"],
    [{ regex: "*" }, null, "no"],
    [{ regex: ".*" }, null, "no"],
    [{ exact: "" }, null, "no"],
    [{ prefix: "" }, null, "no"],
  ])("%j of %j: %s", (how, text, answer) => expect(matchText(how, text)).toBe(answer));
});

describe("a regular expression", () => {
  it.each<[string, string, Certainty]>([
    ["a|b", "a", "yes"],
    ["a|b", "ab", "no"],
    ["/users/\\d+", "/users/12", "yes"],
    ["/users/\\d+", "/users/12/x", "no"],
    ["(?i)abc", "ABC", "yes"],
    ["abc", "ABC", "no"],
    ["a.b", "a\nb", "no"],
    ["(?s)a.b", "a\nb", "yes"],
    ["(?is)A.b", "a\nB", "yes"],
    ["(?:ab)+", "abab", "yes"],
    ["[a-z]{2,3}", "abcd", "no"],
    ["", "", "yes"],
    ["", "a", "no"],
  ])("%j of %j: %s", (regex, text, answer) => expect(matchesRegex(regex, text)).toBe(answer));

  it.each([
    ["the flag that turns greed round", "(?U)a+"],
    ["a look ahead, which RE2 has not", "a(?=b)"],
    ["a named group, which has another form there", "(?P<name>a)"],
    ["a flag in the middle", "a(?i)b"],
    ["an anchor of RE2", "\\Aabc\\z"],
    ["a class of RE2", "\\pN+"],
    ["quoted text", "\\Qa.b\\E"],
    ["one that is none", "a("],
    ["a repetition that is repeated", "(a+)+"],
    ["a repetition that is repeated", "(a*)*b"],
    ["a repetition that is repeated", "(a{1,9}){1,9}"],
  ])("is left alone: %s, %j", (_, regex) => expect(matchesRegex(regex, "abc")).toBe("unknown"));

  it("of plain words matches those alone", () => {
    const word = fc.stringMatching(/^[a-z0-9/]{0,8}$/u);
    fc.assert(
      fc.property(word, word, (one, other) => {
        expect(matchesRegex(one, other)).toBe(one === other ? "yes" : "no");
        expect(matchText({ exact: one }, other)).toBe(one === other ? "yes" : "no");
        expect(matchText({ prefix: one }, one + other)).toBe("yes");
      }),
    );
  });

  it("never throws, whatever it is", () => {
    const any = fc.string({ unit: fc.constantFrom("a", "(", ")", "[", "]", "*", "+", "?", "\\", "{", "1", "}", "|") });
    fc.assert(
      fc.property(any, (regex) => {
        expect(["yes", "no", "unknown"]).toContain(matchesRegex(regex, "aa"));
      }),
    );
  });
});
