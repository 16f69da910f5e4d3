import { describe, expect, it } from "vitest";
import { selects, type LabelSelector } from "../../src/rules/selectors.js";

const LABELS = { app: "web", tier: "", "a/b": "c" };

describe("a selector", () => {
  it.each<[string, LabelSelector, boolean]>([
    ["that is empty", {}, true],
    ["of equal labels", { matchLabels: { app: "web", tier: "" } }, true],
    ["of one unequal label", { matchLabels: { app: "web", tier: "x" } }, false],
    ["of a label that is not there", { matchLabels: { other: "web" } }, false],
    ["of a label that is not there as empty", { matchLabels: { other: "" } }, false],
    ["of what every object has", { matchLabels: { toString: "x" } }, false],
    ["In", { matchExpressions: [{ key: "app", operator: "In", values: ["x", "web"] }] }, true],
    ["In, others", { matchExpressions: [{ key: "app", operator: "In", values: ["x"] }] }, false],
    ["In, absent", { matchExpressions: [{ key: "none", operator: "In", values: ["x"] }] }, false],
    ["In, without values", { matchExpressions: [{ key: "app", operator: "In" }] }, false],
    ["NotIn", { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] }, false],
    ["NotIn, others", { matchExpressions: [{ key: "app", operator: "NotIn", values: ["x"] }] }, true],
    ["NotIn, absent", { matchExpressions: [{ key: "none", operator: "NotIn", values: ["x"] }] }, true],
    ["Exists", { matchExpressions: [{ key: "tier", operator: "Exists" }] }, true],
    ["Exists, absent", { matchExpressions: [{ key: "constructor", operator: "Exists" }] }, false],
    ["DoesNotExist", { matchExpressions: [{ key: "none", operator: "DoesNotExist" }] }, true],
    ["DoesNotExist, there", { matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }, false],
    [
      "with an operator that does not exist",
      { matchExpressions: [{ key: "app", operator: "Equals", values: ["web"] }] },
      false,
    ],
    [
      "of several expressions, one false",
      {
        matchExpressions: [
          { key: "app", operator: "Exists" },
          { key: "tier", operator: "DoesNotExist" },
        ],
      },
      false,
    ],
    [
      "of labels that fit and an expression that does not",
      { matchLabels: { app: "web" }, matchExpressions: [{ key: "app", operator: "DoesNotExist" }] },
      false,
    ],
  ])("%s", (_, selector, fits) => {
    expect(selects(selector, LABELS)).toBe(fits);
  });
});
