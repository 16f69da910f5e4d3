import type { Expected, Observed, Outcome, Predicted, Transport } from "../../mesh/call.js";

/** What a plan states of a call: an outcome, or nothing, and why. */
export type Stated = Expected | { readonly nothing: string };

/** What is stated of a call with this prediction: what every outcome that it allows meets, and no more. */
export function statedByPrediction(predicted: Predicted | null): Stated {
  if (predicted === null) return { nothing: "it was not predicted" };
  if ("unknown" in predicted) return { nothing: predicted.unknown };
  return statedBy("anyOf" in predicted ? predicted.anyOf : [predicted]);
}

/**
 * What is stated of a call that was made. A closed connection ends in one exit code or another: where the prediction
 * allows several for what was seen, each will do.
 */
export function statedByObservation(observed: Observed, predicted: Predicted | null): Stated {
  const allowed =
    predicted === null || "unknown" in predicted ? [] : "anyOf" in predicted ? predicted.anyOf : [predicted];
  const alike = allowed.filter(({ code, transport }) => code === observed.code && transport === observed.transport);
  const exits = alike.some(({ exit }) => exit === observed.exit) ? alike : [];
  return statedBy([observed, ...exits]);
}

function statedBy(outcomes: readonly Outcome[]): Stated {
  const stated = {
    code: all(outcomes.map(({ code }) => code)),
    exit: all(outcomes.map(({ exit }) => exit)),
    transport: one(outcomes.map(({ transport }) => transport)),
  };
  const empty = Object.values(stated).every((value) => value === null);
  return empty ? { nothing: "nothing that a plan can state shows of it" } : stated;
}

/** The values in order, each once; null where one is not there. */
function all<T extends string | number>(values: readonly (T | null)[]): T[] | null {
  const found = values.filter((value) => value !== null);
  return found.length < values.length ? null : [...new Set(found)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function one(transports: readonly (Transport | null)[]): Transport | null {
  const [first = null, ...others] = new Set(transports);
  return others.length > 0 || first === "unproven" ? null : first;
}
