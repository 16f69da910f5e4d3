import { describe, expect, it } from "vitest";
import { matchesSelector, parseSelector } from "../../src/settings/selector.js";

const matches = (selector: string, labels: Record<string, string>): boolean =>
  matchesSelector(parseSelector(selector)!, labels);

describe("parseSelector", () => {
  it.each<[string, unknown]>([
    ["app=sleep", [{ key: "app", operator: "in", values: ["sleep"] }]],
    ["app==sleep", [{ key: "app", operator: "in", values: ["sleep"] }]],
    ["app = sleep", [{ key: "app", operator: "in", values: ["sleep"] }]],
    ["app=", [{ key: "app", operator: "in", values: [""] }]],
    ["app!=sleep", [{ key: "app", operator: "notin", values: ["sleep"] }]],
    ["env in (a, b)", [{ key: "env", operator: "in", values: ["a", "b"] }]],
    ["env notin (a)", [{ key: "env", operator: "notin", values: ["a"] }]],
    ["app.kubernetes.io/name", [{ key: "app.kubernetes.io/name", operator: "exists", values: [] }]],
    ["!legacy", [{ key: "legacy", operator: "absent", values: [] }]],
    [
      "a=1,env in (x,y), !c",
      [
        { key: "a", operator: "in", values: ["1"] },
        { key: "env", operator: "in", values: ["x", "y"] },
        { key: "c", operator: "absent", values: [] },
      ],
    ],
  ])("%s", (text, selector) => {
    expect(parseSelector(text)).toEqual(selector);
  });
  it.each([
    "",
    ",",
    "a=1,",
    "=a",
    "a=b=c",
    "a in x",
    "a in ()x",
    "a in (b",
    "a b",
    "-a",
    "a=b c",
    "a=-",
    "!",
    "a>1",
    "x".repeat(64),
  ])("refuses %j", (text) => {
    expect(parseSelector(text)).toBeNull();
  });
});

describe("matchesSelector", () => {
  it.each<[string, Record<string, string>, boolean]>([
    ["app=sleep", { app: "sleep" }, true],
    ["app=sleep", { app: "x" }, false],
    ["app=sleep", {}, false],
    ["app=", { app: "" }, true],
    ["app=", {}, false],
    ["app!=sleep", {}, true],
    ["app!=sleep", { app: "sleep" }, false],
    ["app!=sleep", { app: "x" }, true],
    ["app in (a,b)", { app: "b" }, true],
    ["app in (a,b)", { app: "c" }, false],
    ["app notin (a,b)", {}, true],
    ["app notin (a,b)", { app: "a" }, false],
    ["app", { app: "" }, true],
    ["app", {}, false],
    ["!app", {}, true],
    ["!app", { app: "" }, false],
    ["a=1,b=2", { a: "1", b: "2" }, true],
    ["a=1,b=2", { a: "1" }, false],
    ["constructor", {}, false],
  ])("%s on %j is %j", (selector, labels, result) => {
    expect(matches(selector, labels)).toBe(result);
  });
});
