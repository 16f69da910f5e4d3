import type { DestinationRequest, Predicted } from "../mesh/call.js";
import type { InventoryClient } from "../mesh/inventory-calls.js";
import { Changes, newReasons } from "./change.js";
import type { Change } from "./change.js";
import { outcomeKey } from "./classes.js";
import type { ClassOptions } from "./classes.js";
import { turnOf, turnOfOne } from "./direction.js";
import { Presence } from "./presence.js";
import type { Side } from "./presence.js";

/** One call of one side. `key` is the same for the same call of the other side. */
export interface ComparedCall {
  readonly key: string;
  readonly client: InventoryClient;
  readonly to: DestinationRequest;
}

/** The calls of one side, one by one. */
export interface CalledSide extends Side {
  readonly calls: readonly ComparedCall[];
}

/** Compares two meshes call by call: calls that turn alike for one reason are one change. */
export function compareCalls(before: CalledSide, after: CalledSide, options: ClassOptions = {}): Change[] {
  const changes = new Changes();
  const had = new Map(before.calls.map((one) => [one.key, one]));
  const has = new Set(after.calls.map(({ key }) => key));
  const [there, here] = [new Presence(before), new Presence(after)];
  for (const call of after.calls) {
    const old = had.get(call.key);
    const now = predictedOf(after, call);
    if (old === undefined) addOne(changes, "new", call, now, after, there, options);
    else addBoth(changes, call, predictedOf(before, old), now, options);
  }
  for (const call of before.calls) {
    if (!has.has(call.key)) addOne(changes, "gone", call, predictedOf(before, call), before, here, options);
  }
  return changes.all;
}

function predictedOf({ predictor }: CalledSide, { client: { client, workload }, to }: ComparedCall): Predicted {
  return predictor.predict(workload, client.container, to);
}

function addBoth(
  changes: Changes,
  call: ComparedCall,
  before: Predicted,
  after: Predicted,
  options: ClassOptions,
): void {
  const turn = turnOf(before, after);
  if (turn.directions.length === 0 && turn.unclear === "no") return;
  const because = newReasons(before.because, after.because);
  changes.add(turn, { before, after, because }, 1, [exampleOf(call)], markOf(call, options));
}

function addOne(
  changes: Changes,
  direction: "new" | "gone",
  call: ComparedCall,
  predicted: Predicted,
  own: Side,
  other: Presence,
  options: ClassOptions,
): void {
  const because = [other.missing(call.client, call.to, own.predictor, direction)];
  const sides = direction === "new" ? { before: null, after: predicted } : { before: predicted, after: null };
  const mark = `${markOf(call, options)} ${outcomeKey(predicted)}`;
  changes.add(turnOfOne(direction), { ...sides, because }, 1, [exampleOf(call)], mark);
}

function exampleOf({ client, to }: ComparedCall): Change["examples"][number] {
  return { from: client.client, to };
}

function markOf({ client, to }: ComparedCall, { clientMark, destinationMark }: ClassOptions): string {
  return JSON.stringify([clientMark?.(client), destinationMark?.(to)]);
}
