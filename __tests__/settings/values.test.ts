import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  durationText,
  hasControlCharacter,
  isDnsLabel,
  readBoolean,
  readDuration,
  readInteger,
  readList,
} from "../../src/settings/values.js";

describe("readList", () => {
  it.each<[string | string[], string[]]>([
    ["a,b c\nd\te\r\nf", ["a", "b", "c", "d", "e", "f"]],
    [" ,a,, b ,", ["a", "b"]],
    ["", []],
    [[], []],
    [
      ["b", "a,b", "c a"],
      ["b", "a", "c"],
    ],
  ])("%j", (text, items) => {
    expect(readList(text)).toEqual(items);
  });
  it("gives back what was joined by any separators, each once, in order", () => {
    const item = fc.stringMatching(/^[a-z*./-]{1,8}$/);
    const separator = fc.stringMatching(/^[ ,\n\r\t]{1,3}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(item, separator)), separator, (pairs, first) => {
        const text = first + pairs.map(([a, b]) => a + b).join("");
        expect(readList(text)).toEqual([...new Set(pairs.map(([a]) => a))]);
      }),
    );
  });
});

describe("readDuration", () => {
  it.each<[string, number]>([
    ["5s", 5000],
    ["2m", 120_000],
    ["500ms", 500],
    ["1m30s", 90_000],
    ["1h", 3_600_000],
    ["1h2m3s4ms", 3_723_004],
    ["1m500ms", 60_500],
    ["0s", 0],
    ["90s", 90_000],
  ])("%s", (text, ms) => {
    expect(readDuration(text)).toEqual({ ok: true, value: ms });
  });
  it.each([
    "",
    "5",
    "s",
    "5 s",
    " 5s",
    "1.5s",
    "-5s",
    "5S",
    "30s1m",
    "1s1s",
    "5d",
    "5s\n",
    "1e3s",
    "١s",
    "5sec",
    "9999999999s",
  ])("refuses %j", (text) => {
    expect(readDuration(text)).toMatchObject({ ok: false });
  });
  it("says what a number without a unit could be", () => {
    expect(readDuration("5")).toEqual({ ok: false, wrong: "has no unit: 5s or 5ms" });
  });
  it("reads back every text that durationText writes", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), (ms) => {
        expect(readDuration(durationText(ms))).toEqual({ ok: true, value: ms });
      }),
    );
  });
  it("is no slower for hostile texts", () => {
    const started = performance.now();
    readDuration("9".repeat(200_000));
    readDuration("9m".repeat(100_000));
    expect(performance.now() - started).toBeLessThan(200);
  });
});

describe("durationText", () => {
  it.each([
    [0, "0s"],
    [100, "100ms"],
    [60_000, "1m"],
    [90_500, "1m30s500ms"],
    [3_600_000, "1h"],
  ])("%i", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});

describe("readBoolean", () => {
  it.each(["true", "True", "TRUE"])("%s is true", (text) => {
    expect(readBoolean(text)).toEqual({ ok: true, value: true });
  });
  it.each(["false", "False", "FALSE"])("%s is false", (text) => {
    expect(readBoolean(text)).toEqual({ ok: true, value: false });
  });
  it.each(["", "yes", "1", "on", "tRUE", "false "])("%j is neither", (text) => {
    expect(readBoolean(text)).toMatchObject({ ok: false });
  });
});

describe("readInteger", () => {
  it.each([
    ["0", 0],
    ["16", 16],
    ["007", 7],
  ])("%s", (text, value) => {
    expect(readInteger(text)).toEqual({ ok: true, value });
  });
  it.each(["", "-1", "1.5", "1e3", "0x10", " 1", "1234567890"])("refuses %j", (text) => {
    expect(readInteger(text)).toMatchObject({ ok: false });
  });
});

describe("isDnsLabel", () => {
  it.each(["a", "foo", "kube-system", "0", "a".repeat(63)])("takes %s", (text) => {
    expect(isDnsLabel(text)).toBe(true);
  });
  it.each(["", "-a", "a-", "A", "a.b", "a_b", "a".repeat(64), "a\n", "ä"])("refuses %j", (text) => {
    expect(isDnsLabel(text)).toBe(false);
  });
});

it("hasControlCharacter sees line ends, escapes and C1 controls, and nothing else", () => {
  for (const text of ["a\n", "\r", "\u001b[31m", "\0", "\u007f", "\u0085"])
    expect(hasControlCharacter(text)).toBe(true);
  for (const text of ["", "a b", "ä€😀", "\u00a0"]) expect(hasControlCharacter(text)).toBe(false);
});
