import type { Call, Expected, Outcome, Predicted } from "../mesh/call.js";
import type { Cause, ReportCall, Verdict } from "../report/document.js";
import { meets, withoutHeaders } from "./judge.js";

/** A call with what is predicted of it, before it is judged. */
export interface PredictedCall {
  readonly call: Call;
  readonly expected: Expected | null;
  readonly predicted: Predicted;
}

/** The verdict of a call that is not made: what is expected has to be met by every outcome that is predicted. */
export function judgePrediction({ call, expected, predicted }: PredictedCall): ReportCall {
  const [verdict, cause] = predictionVerdict(expected, predicted);
  return { from: call.from, to: withoutHeaders(call.to), expected, predicted, observed: null, verdict, cause };
}

/** The last row of the design's table of verdicts. */
export function predictionVerdict(expected: Expected | null, predicted: Predicted): [Verdict, Cause | null] {
  if (expected === null) return ["pass", null];
  if ("unknown" in predicted) return ["unproven", "unknown"];
  const outcomes: readonly Outcome[] = "anyOf" in predicted ? predicted.anyOf : [predicted];
  return outcomes.every((outcome) => meets(expected, outcome) === "yes") ? ["pass", null] : ["mismatch", "policy"];
}
