import type { Client, DestinationRequest, Outcome, Predicted } from "../mesh/call.js";
import { clientKey } from "./client-class.js";
import type { ClassedClient } from "./client-class.js";
import { DestinationKeys } from "./destination-class.js";
import { Distinctions } from "./distinctions.js";
import type { Predictor } from "./predict.js";

/** Clients, and destinations, that are the same to every rule; and the outcomes between such groups. */
export interface ClassedPrediction {
  readonly clients: readonly (readonly Client[])[];
  readonly destinations: readonly (readonly DestinationRequest[])[];
  readonly classes: readonly PredictionClass[];
}

/** All calls of some groups of clients to one group of destinations that have one outcome. */
export interface PredictionClass {
  /** Places in `clients`. */
  readonly from: readonly number[];
  /** A place in `destinations`. */
  readonly to: number;
  readonly count: number;
  /** That of one of the calls, with its reasons: those of the others can name other objects. */
  readonly predicted: Predicted;
}

/** What more tells clients or destinations apart than the rules do: what a plan expects of them. */
export interface ClassOptions {
  readonly clientMark?: (client: ClassedClient) => string;
  readonly destinationMark?: (destination: DestinationRequest) => string;
}

/**
 * Predicts every client's call to every destination as groups, without a list of the calls.
 *
 * @param destinations such as `http://NAME.NAMESPACE:PORT/`, without headers
 */
export function predictClasses(
  predictor: Predictor,
  clients: readonly ClassedClient[],
  destinations: readonly DestinationRequest[],
  options: ClassOptions = {},
): ClassedPrediction {
  const { view, obstacles } = predictor;
  const distinctions = new Distinctions(view);
  const keys = new DestinationKeys(view, obstacles, distinctions);
  const { clientMark = () => "", destinationMark = () => "" } = options;
  const clientGroups = grouped(clients, (one) => `${clientKey(view, obstacles, distinctions, one)} ${clientMark(one)}`);
  const destinationGroups = grouped(destinations, (one) => `${keys.keyOf(one)} ${destinationMark(one)}`);
  const marks = clientGroups.map(([first]) => (first === undefined ? "" : clientMark(first)));
  const classes = destinationGroups.flatMap((group, to) => {
    const [destination] = group;
    if (destination === undefined) return [];
    const byOutcome = new Map<string, { from: number[]; callers: number; predicted: Predicted }>();
    clientGroups.forEach((callers, index) => {
      const [caller] = callers;
      if (caller === undefined) return;
      const predicted = predictor.predict(caller.workload, caller.client.container, destination);
      const key = `${outcomeKey(predicted)} ${marks[index] ?? ""}`;
      const same = byOutcome.get(key) ?? { from: [], callers: 0, predicted };
      same.from.push(index);
      same.callers += callers.length;
      byOutcome.set(key, same);
    });
    return [...byOutcome.values()].map(({ from, callers, predicted }) => ({
      from,
      to,
      count: callers * group.length,
      predicted,
    }));
  });
  return {
    clients: clientGroups.map((group) => group.map(({ client }) => client)),
    destinations: destinationGroups,
    classes,
  };
}

function grouped<One>(all: readonly One[], key: (one: One) => string): One[][] {
  return [...Map.groupBy(all, key).values()];
}

/** What has to be the same for two predictions to be of one class. */
export function outcomeKey(predicted: Predicted): string {
  if ("unknown" in predicted) return `unknown ${predicted.unknown}`;
  const outcomes: readonly Outcome[] = "anyOf" in predicted ? predicted.anyOf : [predicted];
  return outcomes
    .map(({ arrives, code, exit, transport, grpc }) => `${arrives} ${code} ${exit} ${transport} ${grpc}`)
    .sort()
    .join("|");
}
