import type { Client, DestinationRequest, Outcome, Predicted } from "../mesh/call.js";
import type { InventoryClient } from "../mesh/inventory-calls.js";
import type { PodShape } from "../rules/model.js";
import { CallerClasses } from "./caller-classes.js";
import { ClientClasses } from "./client-class.js";
import { DestinationClasses } from "./destination-class.js";
import type { DestinationClass } from "./destination-class.js";
import { Interner } from "./interner.js";
import type { Predictor } from "./predict.js";

/** Clients, and destinations, that are the same to every rule; and the outcomes between such groups. */
export interface ClassedPrediction {
  readonly clients: readonly (readonly Client[])[];
  readonly destinations: readonly (readonly DestinationRequest[])[];
  readonly classes: readonly PredictionClass[];
}

/** All calls of some groups of clients to one group of destinations that have one outcome. */
export interface PredictionClass {
  /** Places in `clients`, in their order. */
  readonly from: readonly number[];
  /** A place in `destinations`. */
  readonly to: number;
  readonly count: number;
  /** That of one of the calls, with its reasons: those of the others can name other objects. */
  readonly predicted: Predicted;
}

/** What more tells clients or destinations apart than the rules do: what a plan expects of them. */
export interface ClassOptions {
  readonly clientMark?: (client: InventoryClient) => string;
  readonly destinationMark?: (destination: DestinationRequest) => string;
}

/**
 * Predicts every client's call to every destination as groups, without a list of the calls.
 *
 * Each destination tells clients apart by other things: by what it or its policies ask. So clients are sorted anew for each
 * kind of destination, a call of each pair is predicted, and who has the same outcomes everywhere is one group in the end.
 */
export function predictClasses(
  predictor: Predictor,
  clients: readonly InventoryClient[],
  destinations: readonly DestinationRequest[],
  { clientMark = () => "", destinationMark = () => "" }: ClassOptions = {},
): ClassedPrediction {
  const sorted = new ClientClasses(predictor, clients);
  const bases = clients.map(({ workload, client }) => workload.pods.map((pod) => sorted.baseOf(pod, client.container)));
  const classes = new DestinationClasses(predictor, sorted);
  for (const to of destinations) classes.add(to, destinationMark(to));
  const marks = new Interner();
  const ofClients = Int32Array.from(clients, (one) => marks.of(clientMark(one)));
  const units = new Units(predictor, clients, sorted, bases, classes.all, ofClients);
  const results = new Interner();
  const rows = classes.all.map((one) =>
    rowOf(one, units.partition(one), { predictor, clients, marks: ofClients, results }),
  );
  return gathered(clients, classes.all, rows, results.size);
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
  readonly namespace: string;
  /** 0 but for a pod that some destination can lead back to. */
  readonly self: number;
}

/** All clients, to be sorted for destinations. */
class Units {
  readonly #sorted: ClientClasses;
  readonly #profiles: Profile[] = [];
  readonly #ofClient: readonly (readonly number[])[];
  readonly #marks: Int32Array;
  readonly #callers: CallerClasses;
  readonly #partitions = new Map<string, Partition>();
  readonly #selves = new Map<PodShape, number>();

  constructor(
    { view }: Predictor,
    clients: readonly InventoryClient[],
    sorted: ClientClasses,
    bases: readonly (readonly number[])[],
    classes: readonly DestinationClass[],
    marks: Int32Array,
  ) {
    this.#sorted = sorted;
    const selves = new Set(classes.flatMap((one) => one.selves));
    for (const pod of selves) this.#selves.set(pod, this.#selves.size + 1);
    const [identities, addresses, profiles] = [new Interner(), new Interner(), new Interner()];
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
          namespace,
          self: this.#selves.get(pod) ?? 0,
        };
        const place = profiles.of(Object.values(profile).join());
        if (place === this.#profiles.length) this.#profiles.push(profile);
        return place;
      }),
    );
    this.#callers = new CallerClasses(accounts, view.settings);
    this.#marks = marks;
  }

  /** The clients by what a destination can tell of them. */
  partition(of: DestinationClass): Partition {
    const key = of.selves.length > 0 || of.namespaces !== null ? null : `${of.bases} ${of.policyKey} ${of.asksAddress}`;
    const known = key === null ? undefined : this.#partitions.get(key);
    if (known !== undefined) return known;
    const labels = this.#labels(of);
    const groups = new Int32Array(this.#ofClient.length);
    const first: number[] = [];
    const places = new Map<number | string, number>();
    this.#ofClient.forEach((profiles, client) => {
      const [only = 0] = profiles;
      const own = this.#marks[client] ?? 0;
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
      const near = of.namespaces?.has(namespace) === true ? namespace : "";
      const more =
        own === 0 && !of.asksAddress && near === ""
          ? 0
          : 1 + rest.of(`${own} ${of.asksAddress ? address : ""} ${near}`);
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

interface RowContext {
  readonly predictor: Predictor;
  readonly clients: readonly InventoryClient[];
  readonly marks: Int32Array;
  /** Numbers outcomes, apart for each mark of the client. */
  readonly results: Interner;
}

/** Predicts a call of each group. */
function rowOf({ destinations }: DestinationClass, partition: Partition, context: RowContext): Row {
  const { predictor, clients, marks, results } = context;
  const [to] = destinations;
  if (to === undefined) throw new Error("a class has a destination");
  const predicted = new Map<number, Predicted>();
  const ofGroups = partition.first.map((index) => {
    const client = clients[index];
    if (client === undefined) throw new Error("a group has a client");
    const outcome = predictor.predict(client.workload, client.client.container, to);
    const result = results.of(`${marks[index] ?? 0} ${outcomeKey(outcome)}`);
    if (!predicted.has(result)) predicted.set(result, outcome);
    return result;
  });
  return { partition, results: ofGroups, predicted };
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

/** Clients that have the same results everywhere are one group, and so are destinations with the same mark. */
function gathered(
  clients: readonly InventoryClient[],
  classes: readonly DestinationClass[],
  rows: readonly Row[],
  results: number,
): ClassedPrediction {
  const groups = alike(clients.length, rows, results);
  const found = new Map<string, { row: Row; places: Map<number, number[]>; members: DestinationRequest[] }>();
  rows.forEach((row, index) => {
    const of = classes[index];
    if (of === undefined) return;
    const each = groups.map(([client = 0]) => row.results[row.partition.groups[client] ?? 0] ?? 0);
    const key = `${of.mark} ${runsOf(each)}`;
    const same = found.get(key) ?? { row, places: placesOf(each), members: [] };
    same.members.push(...of.destinations);
    found.set(key, same);
  });
  const all = [...found.values()];
  return {
    clients: groups.map((group) => group.flatMap((index) => clients[index]?.client ?? [])),
    destinations: all.map(({ members }) => members),
    classes: all.flatMap(({ row, places, members }, to) =>
      [...places].flatMap(([result, from]) => {
        const predicted = row.predicted.get(result);
        if (predicted === undefined) return [];
        const callers = from.reduce((sum, place) => sum + (groups[place]?.length ?? 0), 0);
        return [{ from, to, count: callers * members.length, predicted }];
      }),
    ),
  };
}

/** A list as a text; most lists are long and have few runs. */
function runsOf(results: readonly number[]): string {
  let text = "";
  let run = 0;
  results.forEach((result, place) => {
    run += 1;
    if (results[place + 1] === result) return;
    text += `${result}x${run},`;
    run = 0;
  });
  return text;
}

/** For each result the places where it stands. */
function placesOf(results: readonly number[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  results.forEach((result, place) => {
    const there = found.get(result);
    if (there === undefined) found.set(result, [place]);
    else there.push(place);
  });
  return found;
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
