import { describe, expect, it } from "vitest";
import { judgePrediction, predictionVerdict } from "../../src/judge/judge-prediction.js";
import type { Expected, Predicted } from "../../src/mesh/call.js";
import {
  client,
  destination,
  expect as stated,
  MTLS,
  PLAIN,
  predict,
  REFUSED,
  STRICT_FOO,
} from "../report/builders.js";

/** The last row of the table of verdicts: a call that is not made. */

const several = (...anyOf: (typeof MTLS)[]): Predicted => ({ anyOf, because: [] });
const UNKNOWN: Predicted = { unknown: "an EnvoyFilter", because: [] };
const ANY: Expected = { code: null, exit: null, transport: null };

describe("the verdict of a prediction", () => {
  it.each<[string, Expected | null, Predicted, string]>([
    ["nothing is expected", null, predict(MTLS), "pass"],
    ["nothing is expected of what is unknown", null, UNKNOWN, "pass"],
    ["it is as expected", stated(MTLS), predict(MTLS), "pass"],
    ["it has another transport", stated(MTLS), predict(PLAIN), "mismatch policy"],
    ["it has another code", stated(MTLS), predict(REFUSED), "mismatch policy"],
    ["it has another exit code", { code: null, exit: [52], transport: null }, predict(REFUSED), "mismatch policy"],
    ["a class of codes", { code: ["2xx"], exit: null, transport: null }, predict(MTLS), "pass"],
    ["one of several codes", { code: ["000", "200"], exit: null, transport: null }, predict(REFUSED), "pass"],
    ["all of several are as expected", { code: ["200"], exit: null, transport: null }, several(MTLS, PLAIN), "pass"],
    ["one of several is not", stated(MTLS), several(MTLS, PLAIN), "mismatch policy"],
    ["none of several is", stated(REFUSED), several(MTLS, PLAIN), "mismatch policy"],
    ["it is unknown", stated(MTLS), UNKNOWN, "unproven unknown"],
    ["it is unknown, and anything is expected", ANY, UNKNOWN, "unproven unknown"],
    ["anything is expected", ANY, several(MTLS, REFUSED), "pass"],
  ])("%s: %s", (_, expected, predicted, wanted) => {
    const [verdict, cause] = predictionVerdict(expected, predicted);
    expect(cause === null ? verdict : `${verdict} ${cause}`).toBe(wanted);
  });

  it("takes an unproven transport for no transport that was expected", () => {
    expect(predictionVerdict(stated(MTLS), predict({ ...MTLS, transport: "unproven" }))).toEqual([
      "mismatch",
      "policy",
    ]);
  });
});

describe("a judged call", () => {
  const call = { from: client("legacy"), to: { ...destination("foo"), headers: { authorization: "secret" } } };

  it("has what was expected and predicted, and was not observed", () => {
    const predicted = predict(REFUSED, STRICT_FOO);
    expect(judgePrediction({ call, expected: stated(MTLS), predicted })).toEqual({
      from: client("legacy"),
      to: destination("foo"),
      expected: stated(MTLS),
      predicted,
      observed: null,
      verdict: "mismatch",
      cause: "policy",
    });
  });

  it("has no headers, which can be secret", () => {
    expect(JSON.stringify(judgePrediction({ call, expected: null, predicted: predict(MTLS) }))).not.toContain("secret");
  });
});
