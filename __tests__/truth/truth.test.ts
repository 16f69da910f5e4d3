import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { SeenCall } from "../../e2e/truth/case.js";
import { callKey } from "../../e2e/truth/case.js";
import { agreement } from "../../e2e/truth/predictor.js";
import { predictScenario } from "./predict-scenario.js";

/** What the real mesh gave, as e2e/truth/record.ts wrote it, against the prediction of now. */

const SCENARIOS = import.meta.dirname;

const names = readdirSync(SCENARIOS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe("the prediction agrees with the real mesh", () => {
  it.each(names)("%s", (name) => {
    const folder = join(SCENARIOS, name);
    const { calls } = JSON.parse(readFileSync(join(folder, "observed.json"), "utf8")) as { calls: SeenCall[] };
    const predicted = predictScenario(folder);

    const wrong = calls.filter((call) => agreement(predicted.get(callKey(call)), call) !== "agrees");

    expect(calls.length).toBeGreaterThan(0);
    expect(wrong.map((call) => ({ call, predicted: predicted.get(callKey(call)) }))).toEqual([]);
  });
});
