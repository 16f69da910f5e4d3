import { expect, it } from "vitest";
import { problemText, Refusal } from "../../src/problems.js";
import { settingsFrom } from "../../src/settings/settings-from.js";

function refused(raw: Readonly<Record<string, string>>): string[] {
  try {
    settingsFrom({ mode: "predict", ...raw }, { spelling: (name) => name, stdin: true });
    return [];
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.problems.map(problemText);
    throw thrown;
  }
}

it.each([
  [{ policies: "p", base: "cluster" }, "base cluster needs cluster"],
  [{ policies: "p", base: "dir:" }, "base names no folder"],
  [{ policies: "-", base: "main" }, "standard input (-) is in no base"],
  [{ policies: "-", base: "dir:old" }, "standard input (-) is in no base"],
  [{ cluster: "current", base: "main" }, "base main needs manifests or policies"],
])("refuses %j", (raw, message) => {
  expect(refused(raw)).toEqual([expect.stringContaining(message)]);
});

it.each([
  { policies: "p", base: "main" },
  { policies: "p", base: "dir:old", "fail-on": "none" },
  { policies: "-", base: "cluster", cluster: "current" },
  { policies: "p", plan: "-", base: "main" },
  { policies: "p", "fail-on": "breaks" },
])("takes %j", (raw) => {
  expect(refused(raw)).toEqual([]);
});
