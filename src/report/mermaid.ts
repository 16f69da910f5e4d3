/**
 * A phase as a flowchart of Mermaid: from clients to destinations, an arrow an outcome. Clients that have the same outcomes
 * everywhere are one node, and so are destinations; where that is still too much for Mermaid, namespaces are, then everything.
 */
import { placesOf } from "./classes.js";
import type { ReportPhase, Verdict } from "./document.js";
import { mermaidLabel } from "./escape-formats.js";
import { clientLabel, destinationLabel, matrixOf } from "./matrix.js";
import { cellText, outcomesText, phaseTitle } from "./words.js";
import { shorten } from "./escape.js";

/** Mermaid draws nothing beyond 500 edges or 50,000 characters. */
const MOST_EDGES = 400;
const MOST_CHARACTERS = 45_000;
const LABEL_LENGTH = 60;

/** Nodes are told apart by their keys: many clients can be named alike once they are one node. */
interface Node {
  readonly key: string;
  readonly name: string;
}

interface Edge {
  readonly from: Node;
  readonly to: Node;
  readonly outcome: string;
  readonly verdict: Verdict;
  readonly count: number;
}

interface Level {
  readonly note: string | null;
  readonly edges: () => readonly Edge[];
}

const MARKS: Readonly<Record<Verdict, string>> = { pass: "✓", mismatch: "✗", unproven: "?", error: "!" };
const COLOURS: Readonly<Record<Verdict, string>> = {
  pass: "#2f855a",
  mismatch: "#c53030",
  unproven: "#b7791f",
  error: "#6b46c1",
};

/** The text of one diagram, in as much detail as Mermaid draws. */
export function mermaidText(phase: ReportPhase): string {
  for (const { note, edges } of levels(phase)) {
    const found = edges();
    if (found.length > MOST_EDGES) continue;
    const text = flowchart(phase, found, note);
    if (text.length <= MOST_CHARACTERS) return text;
  }
  return flowchart(phase, [], "too many outcomes to draw: see report.json");
}

function levels(phase: ReportPhase): readonly Level[] {
  const classes = phase.classes !== undefined;
  return [
    { note: classes ? "equal clients and destinations are one" : null, edges: () => groupedEdges(phase) },
    { note: "grouped by namespace", edges: () => mergedEdges(phase, "namespace") },
    { note: "all clients and destinations together", edges: () => mergedEdges(phase, "all") },
  ];
}

/** One edge for all calls between clients and destinations that behave alike. */
function groupedEdges(phase: ReportPhase): Edge[] {
  if (phase.classes !== undefined) return classEdges(phase, "group");
  const { rows, columns, cells } = matrixOf(phase.calls);
  const key = (call: (typeof cells)[number][number]): string =>
    call === undefined ? "" : `${call.verdict} ${cellText(call)}`;
  const clients = Map.groupBy(rows.keys(), (row) => JSON.stringify(cells[row]?.map(key)));
  const destinations = Map.groupBy(columns.keys(), (column) => JSON.stringify(cells.map((row) => key(row[column]))));
  return [...clients.values()].flatMap((sources) =>
    [...destinations.values()].flatMap((targets) => {
      const call = cells[sources[0] ?? 0]?.[targets[0] ?? 0];
      if (call === undefined) return [];
      const from = node(namesText(sources.map((row) => rows[row] ?? "")), sources.join());
      const to = node(namesText(targets.map((column) => columns[column] ?? "")), targets.join());
      const count = sources.length * targets.length;
      return [{ from, to, outcome: cellText(call), verdict: call.verdict, count }];
    }),
  );
}

function mergedEdges(phase: ReportPhase, by: "namespace" | "all"): Edge[] {
  const found =
    phase.classes === undefined
      ? phase.calls.map((call): Edge => ({
          from: node(by === "all" ? "all clients" : `namespace ${call.from.namespace}`),
          to: node(by === "all" ? "all destinations" : namespaceText(call.to.namespace, call.to.host)),
          outcome: cellText(call),
          verdict: call.verdict,
          count: 1,
        }))
      : classEdges(phase, by);
  return merged(found);
}

/** Of a large prediction, edge by edge of its classes: exact for groups; by the first of a group for namespaces. */
function classEdges({ groups, classes = [] }: ReportPhase, by: "group" | "namespace" | "all"): Edge[] {
  const clients = (places: readonly number[]): string => {
    const members = places.flatMap((place) => groups?.clients[place] ?? []);
    if (by === "group") return namesText(members.map(clientLabel));
    return by === "all" ? "all clients" : spaces(members.map(({ namespace }) => namespace));
  };
  const destinations = (place: number): string => {
    const members = groups?.destinations[place] ?? [];
    if (by === "group") return namesText(members.map(destinationLabel));
    return by === "all" ? "all destinations" : spaces(members.map(({ namespace, host }) => namespace ?? host));
  };
  return classes.map(({ from, to, count, predicted, verdict }) => ({
    from: node(clients(placesOf(from)), by === "group" ? from : undefined),
    to: node(destinations(to), by === "group" ? String(to) : undefined),
    outcome: outcomesText(predicted),
    verdict,
    count,
  }));
}

function merged(edges: readonly Edge[]): Edge[] {
  const groups = Map.groupBy(edges, ({ from, to, outcome, verdict }) =>
    JSON.stringify([from.key, to.key, outcome, verdict]),
  );
  return [...groups.values()].flatMap((same) =>
    same.slice(0, 1).map((first) => ({ ...first, count: same.reduce((sum, { count }) => sum + count, 0) })),
  );
}

function flowchart(phase: ReportPhase, edges: readonly Edge[], note: string | null): string {
  const sources = new Map(edges.map(({ from }) => [from.key, from.name]));
  const targets = new Map(edges.map(({ to }) => [to.key, to.name]));
  const sourceIds = new Map([...sources.keys()].map((key, index) => [key, `c${index}`]));
  const targetIds = new Map([...targets.keys()].map((key, index) => [key, `d${index}`]));
  const title = `${phaseTitle(phase)}${note === null ? "" : `: ${note}`}`;
  const lines = [
    "flowchart LR",
    `  subgraph phase["${label(title)}"]`,
    ...[...sources.values()].map((name, index) => `    c${index}["${label(name)}"]`),
    ...[...targets.values()].map((name, index) => `    d${index}(["${label(name)}"])`),
    ...(edges.length === 0 ? [`    none["no calls"]`] : []),
    "  end",
    ...edges.map((edge) => {
      const count = edge.count === 1 ? "" : ` ×${edge.count}`;
      const text = `${MARKS[edge.verdict]} ${edge.outcome}${count}`;
      const arrow = edge.verdict === "pass" ? "-->" : "==>";
      return `  ${sourceIds.get(edge.from.key)} ${arrow}|"${label(text)}"| ${targetIds.get(edge.to.key)}`;
    }),
    ...linkStyles(edges),
  ];
  return `${lines.join("\n")}\n`;
}

function linkStyles(edges: readonly Edge[]): string[] {
  return (Object.keys(COLOURS) as Verdict[]).flatMap((verdict) => {
    const places = [...edges.keys()].filter((index) => edges[index]?.verdict === verdict);
    return places.length === 0 ? [] : [`  linkStyle ${places.join(",")} stroke:${COLOURS[verdict]}`];
  });
}

function node(name: string, key = name): Node {
  return { key, name };
}

function label(text: string): string {
  return mermaidLabel(shorten(text, LABEL_LENGTH));
}

/** `sleep.foo and 12 more` */
function namesText(names: readonly string[]): string {
  const [first = "nobody", second, ...others] = names;
  if (second === undefined) return first;
  return others.length === 0 ? `${first}, ${second}` : `${first} and ${others.length + 1} more`;
}

function spaces(names: readonly string[]): string {
  return `namespace ${namesText([...new Set(names)])}`;
}

function namespaceText(namespace: string | null, host: string): string {
  return namespace === null ? host : `namespace ${namespace}`;
}
