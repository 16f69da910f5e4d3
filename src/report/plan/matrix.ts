import type { Client } from "../../mesh/call.js";
import type { FromPattern, NamedDestination, ToPattern } from "../../settings/plan.js";
import type { Stated } from "./stated.js";

/** Nothing is said of a call. */
export const FREE = -1;

/** A pattern of clients and the places of those that it fits; the children's patterns are narrower. */
export interface ClientNode {
  readonly pattern: FromPattern;
  readonly places: readonly number[];
}

/** A pattern of destinations. One without children is for the destinations that it fits all alike. */
export interface DestinationNode {
  readonly pattern: ToPattern;
  readonly places: readonly number[];
  readonly children: readonly DestinationNode[];
}

/** What patterns go by. */
export type NamedClient = Pick<Client, "namespace" | "workload">;

/** What is stated of every client and destination that patterns can tell apart, as numbers of `outcomes`. */
export interface StatedMatrix {
  readonly outcomes: readonly Stated[];
  readonly namespaces: readonly (ClientNode & { readonly workloads: readonly ClientNode[] })[];
  readonly clients: readonly NamedClient[];
  readonly called: readonly NamedDestination[];
  readonly destinations: DestinationNode;
  /** By place of the destination: its port, and an outcome a client. */
  readonly ports: readonly number[];
  readonly rows: readonly (readonly number[])[];
}

/** Gathers what is stated of single calls. */
export class Statements {
  private readonly outcomes: Stated[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly clients = new Map<string, NamedClient>();
  private readonly destinations = new Map<string, NamedDestination>();
  private readonly cells = new Map<string, Map<string, number>>();

  /** Calls that no pattern can tell apart and that differ have nothing stated. */
  add(from: NamedClient, to: NamedDestination, stated: Stated): void {
    const client = JSON.stringify([from.namespace, from.workload]);
    const destination = JSON.stringify([to.namespace, to.service ?? to.host, to.port, to.url]);
    this.clients.set(client, from);
    this.destinations.set(destination, to);
    const row = this.cells.get(destination) ?? new Map<string, number>();
    this.cells.set(destination, row);
    const number = this.numberOf(stated);
    const there = row.get(client);
    row.set(client, there === undefined || there === number ? number : this.numberOf({ nothing: DIFFER }));
  }

  /** In an order that does not depend on the one in which the calls came. */
  matrix(): StatedMatrix {
    const ranked = [...this.outcomes.entries()].sort(([, a], [, b]) => compare(rank(a), rank(b)));
    const ranks = new Map(ranked.map(([number], place) => [number, place]));
    const clients = sorted(this.clients);
    const destinations = sorted(this.destinations);
    const rows = destinations.map(([key]) => {
      const row = this.cells.get(key);
      return clients.map(([client]) => ranks.get(row?.get(client) ?? FREE) ?? FREE);
    });
    return {
      outcomes: ranked.map(([, outcome]) => outcome),
      namespaces: clientTree(clients.map(([, client]) => client)),
      clients: clients.map(([, client]) => client),
      called: destinations.map(([, to]) => to),
      destinations: destinationTree(
        destinations.map(([, to]) => to),
        rows,
      ),
      ports: destinations.map(([, { port }]) => port),
      rows,
    };
  }

  /** The reason why nothing is stated tells no two outcomes apart: the first one is kept. */
  private numberOf(stated: Stated): number {
    const key = "nothing" in stated ? "nothing" : JSON.stringify([stated.code, stated.exit, stated.transport]);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.outcomes.length);
    return this.outcomes.push(stated) - 1;
  }
}

const DIFFER = "calls differ that no pattern can tell apart";

/** Where as many calls have the one as the other, the better one is the rule and the other the exception. */
function rank(stated: Stated): string {
  if ("nothing" in stated) return "2";
  const answered = stated.code?.every((code) => code.startsWith("2")) === true ? 0 : 1;
  return `${answered} ${stated.transport ?? "unstated"} ${JSON.stringify([stated.code, stated.exit])}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => compare(a, b));
}

/** The places by a key of what is there, in order. */
function grouped<T>(places: readonly number[], keyOf: (place: number) => T): [T, number[]][] {
  const groups = new Map<T, number[]>();
  for (const place of places) groups.set(keyOf(place), [...(groups.get(keyOf(place)) ?? []), place]);
  return [...groups];
}

function places(count: number): number[] {
  return Array.from({ length: count }, (_, place) => place);
}

function clientTree(clients: readonly NamedClient[]): StatedMatrix["namespaces"] {
  return grouped(places(clients.length), (place) => clients[place]?.namespace ?? "").map(([namespace, own]) => ({
    pattern: { namespace },
    places: own,
    workloads: own.map((place) => ({ pattern: { namespace, name: clients[place]?.workload ?? "" }, places: [place] })),
  }));
}

function destinationTree(
  destinations: readonly NamedDestination[],
  rows: readonly (readonly number[])[],
): DestinationNode {
  const at = (place: number): NamedDestination => {
    const found = destinations[place];
    if (found === undefined) throw new Error("no destination at this place");
    return found;
  };
  const leaf = (pattern: ToPattern, own: readonly number[]): DestinationNode => ({
    pattern,
    places: own,
    children: [],
  });
  const byUrl = (pattern: ToPattern, own: readonly number[]): DestinationNode[] =>
    own.map((place) => leaf({ ...pattern, url: at(place).url }, [place]));
  const alike = (own: readonly number[]): boolean => new Set(own.map((place) => rows[place]?.join())).size === 1;
  const portNode = (pattern: ToPattern, own: readonly number[]): DestinationNode =>
    alike(own) ? leaf(pattern, own) : { pattern, places: own, children: byUrl(pattern, own) };
  const serviceNode = (pattern: ToPattern, own: readonly number[]): DestinationNode => ({
    pattern,
    places: own,
    children: grouped(own, (place) => at(place).port).map(([port, inside]) =>
      portNode({ ...pattern, port: String(port) }, inside),
    ),
  });
  const namespaceNode = (namespace: string, own: readonly number[]): DestinationNode => ({
    pattern: { namespace },
    places: own,
    children: grouped(own, (place) => at(place).service ?? at(place).host).map(([name, inside]) =>
      serviceNode({ namespace, name }, inside),
    ),
  });
  const whole = places(destinations.length);
  const children = grouped(whole, (place) => at(place).namespace).flatMap(([namespace, own]) =>
    // A host that is no Service has no namespace that a pattern could name.
    namespace === null ? byUrl({}, own) : [namespaceNode(namespace, own)],
  );
  return { pattern: {}, places: whole, children };
}
