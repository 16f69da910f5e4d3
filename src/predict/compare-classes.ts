import type { DestinationRequest, Predicted } from "../mesh/call.js";
import type { InventoryClient } from "../mesh/inventory-calls.js";
import { MOST_EXAMPLES, Changes, newReasons } from "./change.js";
import type { Change, Example } from "./change.js";
import { ChangedObjects } from "./changed-objects.js";
import { outcomeKey } from "./classes.js";
import type { ClassOptions } from "./classes.js";
import { GroupedSide } from "./compare-groups.js";
import type { ClassedSide, Member } from "./compare-groups.js";
import { cut } from "./compare-pieces.js";
import type { Piece } from "./compare-pieces.js";
import { turnOf, turnOfOne } from "./direction.js";
import type { Turn } from "./direction.js";
import { Presence } from "./presence.js";

/**
 * Compares all calls of two meshes without a list of them: the groups of both sides are cut with each other, and each pair of
 * them is looked at once. Objects that changed tell groups apart, so that the calls of a change have its reason.
 */
export function compareClasses(before: ClassedSide, after: ClassedSide, options: ClassOptions = {}): Change[] {
  const changed = new ChangedObjects(before.predictor.view.inventory, after.predictor.view.inventory);
  const [there, here] = [new Presence(before), new Presence(after)];
  const had = new GroupedSide(before, after, here, "gone", changed, options);
  const has = new GroupedSide(after, before, there, "new", changed, options);
  const clients = cut(had.clients, has.clients);
  const destinations = cut(had.destinations, has.destinations);
  return new Comparison(had, has, there, here, options).all(clients, destinations);
}

/** Calls of which one prediction stands for all: their classes on both sides and what tells them apart are the same. */
interface Alike {
  readonly from: Piece<InventoryClient>;
  readonly to: Piece<DestinationRequest>;
  readonly turn: Turn;
  readonly mark: string;
  count: number;
  readonly examples: Example[];
}

class Comparison {
  readonly #had: GroupedSide;
  readonly #has: GroupedSide;
  readonly #there: Presence;
  readonly #here: Presence;
  readonly #options: ClassOptions;
  readonly #turns = new Map<number, Turn>();

  constructor(had: GroupedSide, has: GroupedSide, there: Presence, here: Presence, options: ClassOptions) {
    this.#had = had;
    this.#has = has;
    this.#there = there;
    this.#here = here;
    this.#options = options;
  }

  all(clients: readonly Piece<InventoryClient>[], destinations: readonly Piece<DestinationRequest>[]): Change[] {
    const found = new Map<string, Alike>();
    for (const from of clients) for (const to of destinations) this.#look(from, to, found);
    const changes = new Changes();
    for (const one of found.values()) this.#tell(one, changes);
    return changes.all;
  }

  #look(from: Piece<InventoryClient>, to: Piece<DestinationRequest>, found: Map<string, Alike>): void {
    const before = this.#had.classOf(from.before, to.before);
    const after = this.#has.classOf(from.after, to.after);
    if (before < 0 && after < 0) return;
    const turn = this.#turnOf(before, after);
    if (turn.directions.length === 0 && turn.unclear === "no") return;
    const key = `${before} ${after} ${from.mark} ${to.mark}`;
    const examples = examplesOf(from.some, to.some);
    const count = from.count * to.count;
    const known = found.get(key);
    if (known === undefined) {
      found.set(key, {
        from,
        to,
        turn,
        mark: this.#markOf(from, to),
        count,
        examples: examples.slice(0, MOST_EXAMPLES),
      });
    } else {
      known.count += count;
      known.examples.push(...examples.slice(0, MOST_EXAMPLES - known.examples.length));
    }
  }

  #turnOf(before: number, after: number): Turn {
    const key = before * (this.#has.classes.length + 1) + after;
    let turn = this.#turns.get(key);
    if (turn === undefined) {
      const [had, has] = [this.#had.classes[before]?.predicted, this.#has.classes[after]?.predicted];
      turn = had === undefined ? turnOfOne("new") : has === undefined ? turnOfOne("gone") : roughTurn(had, has);
      this.#turns.set(key, turn);
    }
    return turn;
  }

  #markOf(from: Piece<InventoryClient>, to: Piece<DestinationRequest>): string {
    const { clientMark, destinationMark } = this.#options;
    const [client, destination] = [from.some[0], to.some[0]];
    return JSON.stringify([
      client === undefined ? "" : clientMark?.(client),
      destination === undefined ? "" : destinationMark?.(destination),
    ]);
  }

  /** Predicts one of the calls anew, for reasons that are its own. */
  #tell({ from, to, turn, mark, count, examples }: Alike, changes: Changes): void {
    const before = predictedOf(this.#had, from.before, to.before);
    const after = predictedOf(this.#has, from.after, to.after);
    if (before !== null && after !== null) {
      const exact = turnOf(before, after);
      if (exact.directions.length === 0 && exact.unclear === "no") return;
      const because = newReasons(before.because, after.because);
      changes.add(exact, { before, after, because }, count, examples, mark);
      return;
    }
    const [word, own, other] =
      before === null ? (["new", this.#has, this.#there] as const) : (["gone", this.#had, this.#here] as const);
    const [client, destination] = [from.some[0], to.some[0]];
    if (client === undefined || destination === undefined) return;
    const because = [other.missing(client, destination, own.side.predictor, word)];
    const predicted = before ?? after;
    const outcome = predicted === null ? "" : outcomeKey(predicted);
    changes.add(turn, { before, after, because }, count, examples, `${mark} ${outcome}`);
  }
}

/** Some of the calls, of as many clients and destinations as there are. */
function examplesOf(clients: readonly InventoryClient[], destinations: readonly DestinationRequest[]): Example[] {
  return Array.from({ length: Math.max(clients.length, destinations.length) }).flatMap((_, index) => {
    const from = clients[index % clients.length];
    const to = destinations[index % destinations.length];
    return from === undefined || to === undefined ? [] : [{ from: from.client, to }];
  });
}

/** The turn of two classes. Reasons, by which unknown outcomes are compared, are those of a call, and not of a class. */
function roughTurn(before: Predicted, after: Predicted): Turn {
  return "unknown" in before && "unknown" in after ? { directions: [], unclear: "both" } : turnOf(before, after);
}

function predictedOf(
  { side }: GroupedSide,
  from: Member<InventoryClient> | undefined,
  to: Member<DestinationRequest> | undefined,
): Predicted | null {
  if (from === undefined || to === undefined) return null;
  return side.predictor.predict(from.one.workload, from.one.client.container, to.one);
}
