import type { Client, DestinationRequest, Outcome, Predicted } from "../mesh/call.js";
import type { InventoryClient } from "../mesh/inventory-calls.js";
import type { PodShape } from "../rules/model.js";
import { CallerClasses } from "./caller-classes.js";
import { ClientClasses } from "./client-class.js";
import { DestinationClasses } from "./destination-class.js";
import type { DestinationClass } from "./destination-class.js";
import { Interner } from "./interner.js";
import type { Predictor } from "./predict.js";

/**
 * Predictions of more calls than can be listed: calls of clients that nothing can tell apart, to destinations that nothing
 * can tell apart, are one. Each class is predicted once, by a call of it.
 */
export interface ClassedPrediction<Mark> {
  /** Clients whose calls all have the same outcomes, each client in one of the lists. */
  readonly clients: readonly (readonly Client[])[];
  /** The same of destinations. */
  readonly destinations: readonly (readonly DestinationRequest[])[];
  readonly classes: readonly ClassPrediction<Mark>[];
}

/** From and to, both included. */
export type IndexRange = readonly [first: number, last: number];

/** Calls with one outcome. */
export interface ClassPrediction<Mark> {
  /** Lists of clients, by their place. */
  readonly from: readonly IndexRange[];
  /** A list of destinations, by its place. */
  readonly to: number;
  /** The reasons are those of one of the calls. */
  readonly predicted: Predicted;
  readonly mark: Mark;
  /** How many calls there are in it. */
  readonly count: number;
}

/** What else calls are told apart by: a class has one mark. */
export interface Marking<Mark> {
  /** Equal for clients whose calls have equal marks. */
  clientKey(client: InventoryClient): string;
  destinationKey(to: DestinationRequest): string;
  /** Asked once for each pair of keys. */
  markOf(client: InventoryClient, to: DestinationRequest): Mark;
}

/** No marks: classes are told apart by their outcomes alone. */
export const UNMARKED: Marking<null> = { clientKey: () => "", destinationKey: () => "", markOf: () => null };

/** Predicts the calls of all clients to all destinations, as classes. */
export function predictClasses<Mark>(
  predictor: Predictor,
  clients: readonly InventoryClient[],
  destinations: readonly DestinationRequest[],
  marking: Marking<Mark>,
): ClassedPrediction<Mark> {
  const sorted = new ClientClasses(predictor, clients);
  const bases = clients.map(({ workload, client }) => workload.pods.map((pod) => sorted.baseOf(pod, client.container)));
  const classes = new DestinationClasses(predictor, sorted);
  for (const to of destinations) classes.add(to, marking.destinationKey(to));
  const units = new Units(predictor, clients, sorted, bases, classes.all, marking);
  const outcomes = new Outcomes(predictor, clients, marking);
  const rows = classes.all.map((one) => outcomes.row(one, units.partition(one)));
  return gathered(clients, classes.all, rows, outcomes);
}

/** Clients, sorted for one destination: `groups` has a number for each client, `first` a client of each group. */
interface Partition {
  readonly groups: Int32Array;
  readonly first: readonly number[];
}

/** A pod of a client, as numbers. */
interface Profile {
  readonly base: number;
  readonly identity: number;
  readonly address: number;
  readonly namespace: number;
  /** 0 but for a pod that some destination can lead back to. */
  readonly self: number;
}

/** All clients, to be sorted for destinations. */
class Units {
  readonly #sorted: ClientClasses;
  readonly #profiles: Profile[] = [];
  readonly #ofClient: readonly (readonly number[])[];
  readonly #clientKeys: Int32Array;
  readonly #callers: CallerClasses;
  readonly #partitions = new Map<string, Partition>();
  readonly #selves = new Map<PodShape, number>();

  constructor(
    { view }: Predictor,
    clients: readonly InventoryClient[],
    sorted: ClientClasses,
    bases: readonly (readonly number[])[],
    classes: readonly DestinationClass[],
    { clientKey }: Pick<Marking<unknown>, "clientKey">,
  ) {
    this.#sorted = sorted;
    const selves = new Set(classes.flatMap((one) => one.selves));
    for (const pod of selves) this.#selves.set(pod, this.#selves.size + 1);
    const [identities, addresses, namespaces, profiles, keys] = Array.from({ length: 5 }, () => new Interner()) as [
      Interner,
      Interner,
      Interner,
      Interner,
      Interner,
    ];
    const accounts: { namespace: string; serviceAccount: string; trustDomain: string }[] = [];
    this.#ofClient = clients.map(({ workload }, index) =>
      workload.pods.map((pod, at) => {
        const { namespace, serviceAccount } = pod;
        const identity = identities.of(`${namespace} ${serviceAccount}`);
        if (identity === accounts.length) {
          accounts.push({ namespace, serviceAccount, trustDomain: view.settings.trustDomain });
        }
        const profile: Profile = {
          base: bases[index]?.[at] ?? 0,
          identity,
          address: addresses.of(pod.addresses.length === 1 ? (pod.addresses[0] ?? "") : ""),
          namespace: namespaces.of(namespace),
          self: this.#selves.get(pod) ?? 0,
        };
        const place = profiles.of(Object.values(profile).join());
        if (place === this.#profiles.length) this.#profiles.push(profile);
        return place;
      }),
    );
    this.#callers = new CallerClasses(accounts, view.settings);
    this.#clientKeys = Int32Array.from(clients, (one) => keys.of(clientKey(one)));
  }

  /** The clients by what a destination can tell of them. */
  partition(of: DestinationClass): Partition {
    const key = of.selves.length > 0 ? null : `${of.bases} ${of.policyKey} ${of.asksAddress} ${of.asksNamespace}`;
    const known = key === null ? undefined : this.#partitions.get(key);
    if (known !== undefined) return known;
    const labels = this.#labels(of);
    const groups = new Int32Array(this.#ofClient.length);
    const first: number[] = [];
    const places = new Map<number | string, number>();
    this.#ofClient.forEach((profiles, client) => {
      const [only = 0] = profiles;
      const own = this.#clientKeys[client] ?? 0;
      const label =
        profiles.length === 1 && own === 0
          ? (labels[only] ?? 0)
          : `${own} ${[...new Set(profiles.map((one) => labels[one]))].join()}`;
      let place = places.get(label);
      if (place === undefined) {
        places.set(label, (place = first.length));
        first.push(client);
      }
      groups[client] = place;
    });
    const partition = { groups, first };
    if (key !== null) this.#partitions.set(key, partition);
    return partition;
  }

  /** A number for each profile. */
  #labels(of: DestinationClass): Float64Array {
    const texts = new Interner();
    const bases = this.#sorted.bases.map((base) => texts.of(of.baseText(base)));
    const carries = this.#sorted.bases.map(({ pod }) => pod.dataPlane === "sidecar" || pod.dataPlane === "ztunnel");
    const callers = this.#callers.sort(of.policyKey, of.policies);
    const selves = new Set(of.selves.map((pod) => this.#selves.get(pod) ?? 0));
    const labels = new Float64Array(this.#profiles.length);
    const rest = new Interner();
    this.#profiles.forEach(({ base, identity, address, namespace, self }, index) => {
      // Only a proxy shows an identity.
      const caller = carries[base] === true ? (callers.labels[identity] ?? 0) : 0;
      const usual = (bases[base] ?? 0) * callers.count + caller;
      const own = selves.has(self) ? self : 0;
      const more =
        own === 0 && !of.asksAddress && !of.asksNamespace
          ? 0
          : 1 + rest.of(`${own} ${of.asksAddress ? address : ""} ${of.asksNamespace ? namespace : ""}`);
      labels[index] = more * texts.size * callers.count + usual;
    });
    return labels;
  }
}

/** What a class of destinations gives each group of clients. */
interface Row {
  readonly partition: Partition;
  /** For each group, a number for outcome and mark. */
  readonly results: readonly number[];
  readonly predicted: ReadonlyMap<number, Predicted>;
}

/** Predicts groups, and keeps apart what differs in outcome or mark. */
class Outcomes<Mark> {
  readonly #predictor: Predictor;
  readonly #clients: readonly InventoryClient[];
  readonly #marking: Marking<Mark>;
  readonly #results = new Interner();
  readonly #marks = new Map<string, { readonly id: number; readonly mark: Mark }>();
  readonly #markOf: Mark[] = [];
  readonly #markIds = new Map<string, number>();

  constructor(predictor: Predictor, clients: readonly InventoryClient[], marking: Marking<Mark>) {
    this.#predictor = predictor;
    this.#clients = clients;
    this.#marking = marking;
  }

  get size(): number {
    return this.#results.size;
  }

  row({ destinations }: DestinationClass, partition: Partition): Row {
    const [to] = destinations;
    if (to === undefined) throw new Error("a class has a destination");
    const predicted = new Map<number, Predicted>();
    const destinationKey = this.#marking.destinationKey(to);
    const results = partition.first.map((index) => {
      const client = this.#clients[index];
      if (client === undefined) throw new Error("a group has a client");
      const outcome = this.#predictor.predict(client.workload, client.client.container, to);
      const mark = this.#mark(client, to, destinationKey);
      const result = this.#results.of(`${mark.id} ${outcomeKey(outcome)}`);
      if (result === this.#markOf.length) this.#markOf.push(mark.mark);
      if (!predicted.has(result)) predicted.set(result, outcome);
      return result;
    });
    return { partition, results, predicted };
  }

  markOf(result: number): Mark {
    return this.#markOf[result] as Mark;
  }

  #mark(client: InventoryClient, to: DestinationRequest, destinationKey: string): { id: number; mark: Mark } {
    const key = JSON.stringify([this.#marking.clientKey(client), destinationKey]);
    let found = this.#marks.get(key);
    if (found === undefined) {
      const mark = this.#marking.markOf(client, to);
      const text = JSON.stringify(mark);
      const id = this.#markIds.get(text) ?? this.#markIds.size;
      this.#markIds.set(text, id);
      this.#marks.set(key, (found = { id, mark }));
    }
    return found;
  }
}

/** A prediction without its reasons, as a text: equal for equal outcomes. */
export function outcomeKey(predicted: Predicted): string {
  if ("unknown" in predicted) return JSON.stringify([predicted.unknown]);
  const outcomes: readonly Outcome[] = "anyOf" in predicted ? predicted.anyOf : [predicted];
  return JSON.stringify(
    outcomes.map(({ arrives, code, exit, transport, grpc }) => [arrives, code, exit, transport, grpc]),
  );
}

/** Clients that have the same results everywhere are one list, and so are destinations. */
function gathered<Mark>(
  clients: readonly InventoryClient[],
  classes: readonly DestinationClass[],
  rows: readonly Row[],
  outcomes: Outcomes<Mark>,
): ClassedPrediction<Mark> {
  const lists = alike(clients.length, rows, outcomes.size);
  const found = new Map<string, { row: Row; ranges: Map<number, IndexRange[]>; members: DestinationRequest[] }>();
  rows.forEach((row, index) => {
    const ranges = rangesOf(row, lists);
    const key = [...ranges].map(([result, of]) => `${result}:${of.join(";")}`).join(" ");
    const there = found.get(key) ?? { row, ranges, members: [] };
    for (const to of classes[index]?.destinations ?? []) there.members.push(to);
    found.set(key, there);
  });
  const all = [...found.values()];
  return {
    clients: lists.map((list) => list.flatMap((index) => clients[index]?.client ?? [])),
    destinations: all.map(({ members }) => members),
    classes: all.flatMap(({ row, ranges, members }, to) =>
      [...ranges].flatMap(([result, from]) => {
        const predicted = row.predicted.get(result);
        if (predicted === undefined) return [];
        const count = membersIn(from, lists) * members.length;
        return [{ from, to, predicted, mark: outcomes.markOf(result), count }];
      }),
    ),
  };
}

function membersIn(ranges: readonly IndexRange[], lists: readonly (readonly number[])[]): number {
  let count = 0;
  for (const [first, last] of ranges) {
    for (let at = first; at <= last; at += 1) count += lists[at]?.length ?? 0;
  }
  return count;
}

/** The clients, by their places, in lists of those that have the same result in every row. */
function alike(clients: number, rows: readonly Row[], results: number): number[][] {
  let labels = new Int32Array(clients);
  let count = clients > 0 ? 1 : 0;
  for (const { partition, results: of } of rows) {
    if (count === clients) break;
    if (of.every((one) => one === of[0])) continue;
    const places = new Map<number, number>();
    const split = new Int32Array(clients);
    for (let client = 0; client < clients; client += 1) {
      const result = of[partition.groups[client] ?? 0] ?? 0;
      const key = (labels[client] ?? 0) * results + result;
      let place = places.get(key);
      if (place === undefined) places.set(key, (place = places.size));
      split[client] = place;
    }
    labels = split;
    count = places.size;
  }
  const lists = new Map<number, number[]>();
  labels.forEach((label, client) => {
    const list = lists.get(label);
    if (list === undefined) lists.set(label, [client]);
    else list.push(client);
  });
  return [...lists.values()];
}

/** For each result of a row the lists that have it, in ranges. */
function rangesOf({ partition, results }: Row, lists: readonly (readonly number[])[]): Map<number, IndexRange[]> {
  const found = new Map<number, IndexRange[]>();
  let open = { result: -1, first: 0 };
  const close = (end: number): void => {
    if (open.result < 0) return;
    const range: IndexRange = [open.first, end];
    const there = found.get(open.result);
    if (there === undefined) found.set(open.result, [range]);
    else there.push(range);
  };
  lists.forEach(([client = 0], index) => {
    const result = results[partition.groups[client] ?? 0] ?? 0;
    if (result === open.result) return;
    close(index - 1);
    open = { result, first: index };
  });
  close(lists.length - 1);
  return found;
}
