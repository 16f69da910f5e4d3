/** The matrix of a phase: a row a client, a column a destination, a cell a call. Labels are as short as they can be told apart. */
import type { Client, Destination } from "../mesh/call.js";
import type { ReportCall } from "./document.js";

/** Labels are raw text. `cells[row][column]` is undefined where no such call was made. */
export interface Matrix {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly cells: readonly (readonly (ReportCall | undefined)[])[];
}

/** Rows and columns are in the order of their first call. A call that comes twice (with other headers) has a column for each time. */
export function matrixOf(calls: readonly ReportCall[]): Matrix {
  const clients = new Map<string, Client>();
  const destinations = new Map<string, { to: Destination; time: number }>();
  const cells = new Map<string, Map<string, ReportCall>>();
  for (const call of calls) {
    const row = clientKey(call.from);
    const made = cells.get(row) ?? new Map<string, ReportCall>();
    let time = 1;
    while (made.has(destinationKey(call.to, time))) time += 1;
    const column = destinationKey(call.to, time);
    clients.set(row, clients.get(row) ?? call.from);
    destinations.set(column, destinations.get(column) ?? { to: call.to, time });
    cells.set(row, made.set(column, call));
  }
  const columns = [...destinations.keys()];
  return {
    rows: distinctLabels([...clients.values()], CLIENT_LABELS),
    columns: distinctLabels([...destinations.values()], DESTINATION_LABELS),
    cells: [...clients.keys()].map((row) => columns.map((column) => cells.get(row)?.get(column))),
  };
}

/** What a call is called in its matrix. */
export interface CallLabels {
  readonly from: string;
  readonly to: string;
}

/** The labels of every call of a matrix. */
export function labelsOf({ rows, columns, cells }: Matrix): (call: ReportCall) => CallLabels {
  const labels = new Map<ReportCall, CallLabels>();
  cells.forEach((calls, row) => {
    calls.forEach((call, column) => {
      if (call !== undefined) labels.set(call, { from: rows[row] ?? "", to: columns[column] ?? "" });
    });
  });
  return (call) => labels.get(call) ?? { from: clientLabel(call.from), to: destinationLabel(call.to) };
}

/** Rows and columns changed over: easier to read where the destinations are many and the clients few. */
export function transpose({ rows, columns, cells }: Matrix): Matrix {
  return { rows: columns, columns: rows, cells: columns.map((_, column) => cells.map((row) => row[column])) };
}

/** `sleep.legacy` */
export function clientLabel(client: Client): string {
  return `${client.workload}.${client.namespace}`;
}

/** `httpbin.foo`, or the host of the URL where it is no Service of the mesh. */
export function destinationLabel(to: Destination): string {
  return to.service === null || to.namespace === null ? to.host : `${to.service}.${to.namespace}`;
}

type Label<T> = (item: T) => string;

/** From the shortest to the longest. */
const CLIENT_LABELS: readonly Label<Client>[] = [
  clientLabel,
  (client) => `${clientLabel(client)}[${client.container}]`,
  (client) => `${client.kind}/${clientLabel(client)}`,
  (client) => `${client.kind}/${clientLabel(client)}[${client.container}]`,
];

const DESTINATION_LABELS: readonly Label<{ to: Destination; time: number }>[] = [
  ({ to }) => destinationLabel(to),
  ({ to }) => `${destinationLabel(to)}:${to.port}`,
  ({ to }) => `${destinationLabel(to)}${pathOf(to.url)}`,
  ({ to }) => `${destinationLabel(to)}:${to.port}${pathOf(to.url)}`,
  ({ to }) => `${to.method} ${destinationLabel(to)}:${to.port}${pathOf(to.url)}`,
  ({ to }) => `${to.method} ${to.url}`,
  ({ to, time }) => `${to.method} ${to.url} #${time}`,
];

/** For items that share the shortest label, the shortest form in which they all differ, the same form for all of them. */
function distinctLabels<T>(items: readonly T[], forms: readonly Label<T>[]): string[] {
  const short = forms[0] ?? String;
  const groups = Map.groupBy(items, (item) => short(item));
  const formOf = new Map(
    [...groups].map(([label, group]) => [
      label,
      forms.find((form) => new Set(group.map(form)).size === group.length) ?? forms.at(-1) ?? String,
    ]),
  );
  return items.map((item) => (formOf.get(short(item)) ?? String)(item));
}

function clientKey(client: Client): string {
  return JSON.stringify([client.namespace, client.workload, client.kind, client.container]);
}

function destinationKey(to: Destination, time: number): string {
  return JSON.stringify([to.method, to.url, to.host, to.port, to.namespace, to.service, time]);
}

/** Path and query of a URL as it was written; nothing where it has none. */
function pathOf(url: string): string {
  return /^[a-z][\w+.-]*:\/\/[^/?#]*(.*)$/isu.exec(url)?.[1] ?? "";
}
