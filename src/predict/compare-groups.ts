import type { DestinationRequest } from "../mesh/call.js";
import type { InventoryClient } from "../mesh/inventory-calls.js";
import { reasonsKey } from "./change.js";
import type { ChangedObjects } from "./changed-objects.js";
import { predictClasses } from "./classes.js";
import type { ClassOptions, ClassedPrediction } from "./classes.js";
import { clientKey } from "./presence.js";
import type { Presence, Side } from "./presence.js";

/** The clients and destinations of one side, each of which calls each. */
export interface ClassedSide extends Side {
  readonly everything: readonly DestinationRequest[];
}

/** A client or a destination of one side, with its group and with what tells it from others beside the rules. */
export interface Member<One> {
  readonly one: One;
  readonly group: number;
  readonly mark: string;
}

/** One side, in groups. */
export class GroupedSide {
  readonly side: ClassedSide;
  readonly clients = new Map<string, Member<InventoryClient>>();
  readonly destinations = new Map<string, Member<DestinationRequest>>();
  readonly classes: ClassedPrediction["classes"];
  readonly #table: readonly Int32Array[];

  constructor(
    side: ClassedSide,
    across: ClassedSide,
    other: Presence,
    word: "new" | "gone",
    changed: ChangedObjects,
    { clientMark, destinationMark }: ClassOptions,
  ) {
    this.side = side;
    const marks = changed.marks(side.predictor);
    const missing = { client: missingClient(other, word), destination: missingDestination(side, across, other, word) };
    const markOfClient = kept((one: InventoryClient) =>
      JSON.stringify([clientMark?.(one), missing.client(one), marks.client(one)]),
    );
    const markOfDestination = kept((one: DestinationRequest) =>
      JSON.stringify([destinationMark?.(one), missing.destination(one), marks.destination(one)]),
    );
    const found = predictClasses(side.predictor, side.clients, side.everything, {
      clientMark: markOfClient,
      destinationMark: markOfDestination,
    });
    const ofClient = new Map(found.clients.flatMap((group, index) => group.map((one) => [one, index] as const)));
    const ofDestination = new Map(found.destinations.flatMap((all, index) => all.map((one) => [one, index] as const)));
    for (const one of side.clients) {
      const key = clientKey(one.client, side.named);
      this.clients.set(key, { one, group: ofClient.get(one.client) ?? -1, mark: markOfClient(one) });
    }
    for (const one of side.everything) {
      this.destinations.set(one.url, { one, group: ofDestination.get(one) ?? -1, mark: markOfDestination(one) });
    }
    this.classes = found.classes;
    const table = found.destinations.map(() => new Int32Array(found.clients.length).fill(-1));
    found.classes.forEach(({ from, to }, index) => from.forEach((group) => table[to]?.fill(index, group, group + 1)));
    this.#table = table;
  }

  /** The class of the calls of a group to a group; -1 where there are none. */
  classOf(from: Member<InventoryClient> | undefined, to: Member<DestinationRequest> | undefined): number {
    return from === undefined || to === undefined ? -1 : (this.#table[to.group]?.[from.group] ?? -1);
  }
}

function missingClient(other: Presence, word: "new" | "gone"): (one: InventoryClient) => string {
  return ({ client, workload }) => {
    const reason = other.missingClient(client, workload, word);
    return reason === null ? "" : reasonsKey([reason]);
  };
}

function missingDestination(
  side: Side,
  across: ClassedSide,
  other: Presence,
  word: "new" | "gone",
): (one: DestinationRequest) => string {
  const there = new Set(across.everything.map(({ url }) => url));
  return (one) => (there.has(one.url) ? "" : reasonsKey([other.missingDestination(one, side.predictor, word)]));
}

function kept<One extends object>(work: (one: One) => string): (one: One) => string {
  const known = new WeakMap<One, string>();
  return (one) => {
    let found = known.get(one);
    if (found === undefined) known.set(one, (found = work(one)));
    return found;
  };
}
