import { describe, expect, it } from "vitest";
import { parseLocated } from "../../src/yaml/located.js";

/** Each text is the value of a key; what it reads as was taken from `kubectl label --local -o json` of kubectl 1.32. */
const AS_KUBECTL: [text: string, value: unknown][] = [
  ["y", true],
  ["Y", true],
  ["n", false],
  ["N", false],
  ["yes", true],
  ["No", false],
  ["on", true],
  ["OFF", false],
  ["yES", "yES"],
  ["true", true],
  ["tRue", "tRue"],
  ["000", 0],
  ["010", 8],
  ["08", 8],
  ["09.5", 9.5],
  ["0o17", 15],
  ["0O7", 7],
  ["-0o7", -7],
  ["0o8", "0o8"],
  ["0b11", 3],
  ["0B1", 1],
  ["-0b1", -1],
  ["+0b1", 1],
  ["0b102", "0b102"],
  ["0b", "0b"],
  ["0x1F", 31],
  ["0X1f", 31],
  ["+0x1f", 31],
  ["0x", "0x"],
  ["0x1p4", "0x1p4"],
  ["1_000", 1000],
  ["1__0", 10],
  ["1_", 1],
  ["_", "_"],
  ["_1", "_1"],
  ["0_1", 1],
  ["1_0.5", 10.5],
  ["1_0e2", 1000],
  ["190:20:30", "190:20:30"],
  ["22:22", "22:22"],
  ["2001-12-14", "2001-12-14"],
  ["2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"],
  ["1e3", 1000],
  ["1e+3", 1000],
  ["1E3", 1000],
  ["1.e3", 1000],
  [".e3", ".e3"],
  ["1.", 1],
  ["1._", 1],
  [".5", 0.5],
  ["+.5", 0.5],
  ["-.5e3", -500],
  [".5e", ".5e"],
  [".1_0", 0.1],
  ["._1", "._1"],
  [".5_5", 0.55],
  ["0.1.2", "0.1.2"],
  ["1.5e3", 1500],
  ["1e400", "1e400"],
  [".inf2", ".inf2"],
  [".Infinity", ".Infinity"],
  ["+5", 5],
  ["-0", 0],
  ["+", "+"],
  ["-5", -5],
  ["~", null],
  ["", null],
  ["null", null],
  ["nUll", "nUll"],
  ["=", "="],
  ["!!str 5", "5"],
  ["!!str", ""],
  ["!!int '5'", 5],
  ["!!float 5", 5],
  ["!!bool yes", true],
  ["!!null ~", null],
  ["!!timestamp 2001-12-14", "2001-12-14"],
  ["!!binary aGVsbG8=", "hello"],
  ["!foo bar", "bar"],
  ["!foo 12", "12"],
  ["! 12", "12"],
  ["'y'", "y"],
  ['"010"', "010"],
  ["9007199254740991", 9007199254740991],
];

describe("a scalar reads as kubectl reads it", () => {
  it.each(AS_KUBECTL)("%s", (text, value) => {
    const { documents, problems } = parseLocated(`key: ${text}\n`, "f");
    expect(problems).toEqual([]);
    expect(documents.map((document) => document.value)).toEqual([{ key: value }]);
  });
});

describe("a key is the text of what it reads as", () => {
  it.each([
    ["8", "8"],
    ["010", "8"],
    ["0x10", "16"],
    ["1.5", "1.5"],
    ["true", "true"],
    ["on", "true"],
    ["n", "false"],
    ["2001-12-14", "2001-12-14"],
    ["'010'", "010"],
    ["a b", "a b"],
  ])("%s", (key, name) => {
    const { documents } = parseLocated(`${key}: x\n`, "f");
    expect(documents[0]?.value).toEqual({ [name]: "x" });
  });
});

describe("what JSON has no value for is a problem", () => {
  it.each([
    [".inf", ".inf is no number that JSON has"],
    ["-.INF", "-.INF is no number that JSON has"],
    [".nan", ".nan is no number that JSON has"],
    ["9007199254740993", "9007199254740993 is too large to be kept exactly"],
    ["-9007199254740993", "-9007199254740993 is too large to be kept exactly"],
    ["0xFFFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFF is too large to be kept exactly"],
    ["!!int x", '"x" is not what its tag says'],
    ["!!int 1.5", '"1.5" is not what its tag says'],
    ["!!int ''", '"" is not what its tag says'],
    ["!!bool 1", '"1" is not what its tag says'],
    ["!!null x", '"x" is not what its tag says'],
    ["!!float x", '"x" is not what its tag says'],
    ["!!binary '***'", "its !!binary is not base64"],
  ])("%s", (text, message) => {
    const { problems } = parseLocated(`a: 1\nkey: ${text}\n`, "f.yaml");
    expect(problems).toEqual([{ severity: "error", code: "yaml-value", message, where: { file: "f.yaml", line: 2 } }]);
  });
});
