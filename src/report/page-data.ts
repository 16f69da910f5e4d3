/**
 * What the HTML page is told of a report: the same texts once each, and a row of numbers a call, so that a matrix of tens of
 * thousands of calls is a page that a browser opens at once. Copied key by key, as report.json is.
 */
import type { Client, Destination, Expected, Observed, Outcome, Predicted, Reason } from "../mesh/call.js";
import type { Problem } from "../problems.js";
import { placesOf } from "./classes.js";
import type {
  Accepted,
  Cause,
  Report,
  ReportCall,
  ReportChange,
  ReportClass,
  ReportExposure,
  ReportPhase,
  Verdict,
} from "./document.js";
import { clientLabel, destinationLabel, matrixOf } from "./matrix.js";
import { appliedText, phaseTitle, predictionText, settledText } from "./words.js";
import type { Direction } from "../settings/settings.js";

export const PAGE_VERDICTS = ["pass", "mismatch", "unproven", "error"] as const satisfies readonly Verdict[];
export const PAGE_CAUSES = [
  "policy",
  "mesh",
  "not-settled",
  "control",
  "transport",
  "unknown",
  "probe",
] as const satisfies readonly Cause[];

/** A row or a column of a matrix: one client or destination, or many that are the same to every rule. Places in the lists of the page. */
export interface PageAxis {
  readonly label: string;
  readonly members: readonly number[];
}

/**
 * A cell: row, column, expected, predicted, observed, milliseconds, verdict, cause, change, and how many calls it stands for.
 * All but row, column, milliseconds and the last are places in lists; -1 stands for none.
 */
export type PageCell = readonly number[];
export const CELL_FIELDS = 10;

export interface PagePhase {
  readonly title: string;
  readonly facts: readonly string[];
  readonly applied: readonly string[];
  readonly probed: boolean;
  readonly rows: readonly PageAxis[];
  readonly columns: readonly PageAxis[];
  /** Cell after cell, in one list. Empty where there are too many groups to draw. */
  readonly cells: readonly number[];
  /** The classes of a large prediction, the largest first. */
  readonly classes: readonly PageClass[] | null;
}

export interface PageClass {
  readonly count: number;
  /** Places of rows and the place of the column. */
  readonly from: string;
  readonly to: number;
  readonly expected: number;
  readonly predicted: number;
  readonly verdict: number;
  readonly cause: number;
}

export interface PageChange {
  readonly direction: Direction;
  readonly from: number;
  readonly to: number;
  readonly before: number;
  readonly after: number;
  readonly because: readonly Reason[];
  readonly count: number;
  readonly examples: readonly (readonly [number, number])[];
  readonly fails: boolean;
  readonly accepted?: Accepted;
}

export interface PageData {
  readonly context?: string;
  readonly clients: readonly Client[];
  readonly destinations: readonly Destination[];
  readonly expected: readonly Expected[];
  readonly predicted: readonly Predicted[];
  readonly observed: readonly Observed[];
  readonly phases: readonly PagePhase[];
  readonly changes: readonly PageChange[] | null;
  readonly exposure: readonly ReportExposure[] | null;
  readonly problems: readonly Problem[];
}

/** A matrix of more groups than this is a table of its classes only. */
const MOST_CELLS = 250_000;

/** The data of a page. */
export function pageData(report: Report, context?: string): PageData {
  const lists = new Lists();
  const changes = report.diff?.map((change) => pageChange(change, lists)) ?? null;
  const changeOf = changePlaces(report.diff ?? []);
  const phases = report.phases.map((phase) =>
    phase.classes === undefined
      ? callsPhase(phase, lists, phase.control ? new Map() : changeOf)
      : classesPhase(phase, phase.classes, lists),
  );
  return {
    ...(context === undefined ? {} : { context }),
    clients: lists.clients.items,
    destinations: lists.destinations.items,
    expected: lists.expected.items,
    predicted: lists.predicted.items,
    observed: lists.observed.items,
    phases,
    changes,
    exposure: report.exposure ?? null,
    problems: report.problems,
  };
}

/** Each item once. An object that was seen already is found without being written out again. */
class Interned<T extends object> {
  readonly items: T[] = [];
  readonly #byText = new Map<string, number>();
  readonly #byObject = new WeakMap<T, number>();
  readonly #copy: (item: T) => T;

  constructor(copy: (item: T) => T) {
    this.#copy = copy;
  }

  place(item: T | null): number {
    if (item === null) return -1;
    const seen = this.#byObject.get(item);
    if (seen !== undefined) return seen;
    const copied = this.#copy(item);
    const text = JSON.stringify(copied);
    let place = this.#byText.get(text);
    if (place === undefined) {
      place = this.items.push(copied) - 1;
      this.#byText.set(text, place);
    }
    this.#byObject.set(item, place);
    return place;
  }
}

class Lists {
  readonly clients = new Interned<Client>(({ namespace, workload, kind, container }) => ({
    namespace,
    workload,
    kind,
    container,
  }));
  readonly destinations = new Interned<Destination>(({ url, method, host, port, namespace, service }) => ({
    url,
    method,
    host,
    port,
    namespace,
    service,
  }));
  readonly expected = new Interned<Expected>(({ code, exit, transport }) => ({ code, exit, transport }));
  readonly predicted = new Interned<Predicted>(copyPredicted);
  // The time differs from call to call: it stands with the call.
  readonly observed = new Interned<Observed>((observed) => ({
    ...copyOutcome(observed),
    evidence: observed.evidence,
    ...(observed.identity === undefined ? {} : { identity: observed.identity }),
    error: observed.error,
    attempts: observed.attempts,
    ms: null,
  }));
}

function copyOutcome({ arrives, code, exit, transport, grpc }: Outcome): Outcome {
  return { arrives, code, exit, transport, ...(grpc === undefined ? {} : { grpc }) };
}

function copyPredicted(predicted: Predicted): Predicted {
  const because = predicted.because.map(copyReason);
  if ("anyOf" in predicted) return { anyOf: predicted.anyOf.map(copyOutcome), because };
  if ("unknown" in predicted) return { unknown: predicted.unknown, because };
  return { ...copyOutcome(predicted), because };
}

function copyReason({ rule, says, kind, namespace, name, file, line }: Reason): Reason {
  return {
    rule,
    says,
    ...(kind === undefined ? {} : { kind }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
}

function callsPhase(phase: ReportPhase, lists: Lists, changeOf: ReadonlyMap<string, number>): PagePhase {
  const { rows, columns, cells } = matrixOf(phase.calls);
  const list: number[] = [];
  cells.forEach((calls, row) => {
    calls.forEach((call, column) => {
      if (call === undefined) return;
      const change = changeOf.size === 0 ? undefined : changeOf.get(callKey(call));
      list.push(
        row,
        column,
        lists.expected.place(call.expected),
        lists.predicted.place(call.predicted),
        lists.observed.place(call.observed),
        call.observed?.ms ?? -1,
        PAGE_VERDICTS.indexOf(call.verdict),
        causePlace(call.cause),
        change ?? -1,
        1,
      );
    });
  });
  return {
    ...phaseHead(phase),
    rows: rows.map((label, row) => {
      const call = cells[row]?.find((one) => one !== undefined);
      return { label, members: call === undefined ? [] : [lists.clients.place(call.from)] };
    }),
    columns: columns.map((label, column) => {
      const call = cells.find((row) => row[column] !== undefined)?.[column];
      return { label, members: call === undefined ? [] : [lists.destinations.place(call.to)] };
    }),
    cells: list,
    classes: null,
  };
}

function classesPhase(phase: ReportPhase, classes: readonly ReportClass[], lists: Lists): PagePhase {
  const clients = phase.groups?.clients ?? [];
  const destinations = phase.groups?.destinations ?? [];
  const told = classes.map((one): PageClass => ({
    count: one.count,
    from: one.from,
    to: one.to,
    expected: lists.expected.place(one.expected),
    predicted: lists.predicted.place(one.predicted),
    verdict: PAGE_VERDICTS.indexOf(one.verdict),
    cause: causePlace(one.cause),
  }));
  const drawn = clients.length * destinations.length <= MOST_CELLS;
  return {
    ...phaseHead(phase),
    rows: clients.map((group) =>
      axis(
        group.map(clientLabel),
        group.map((one) => lists.clients.place(one)),
      ),
    ),
    columns: destinations.map((group) =>
      axis(
        group.map((one) => `${destinationLabel(one)}:${one.port}`),
        group.map((one) => lists.destinations.place(one)),
      ),
    ),
    cells: drawn ? told.flatMap(classCells) : [],
    classes: told.toSorted((one, other) => rank(one) - rank(other) || other.count - one.count),
  };
}

function classCells({ from, to, expected, predicted, verdict, cause, count }: PageClass): number[] {
  return placesOf(from).flatMap((row) => [row, to, expected, predicted, -1, -1, verdict, cause, -1, count]);
}

function rank({ verdict }: PageClass): number {
  return verdict === 0 ? 1 : 0;
}

function axis(names: readonly string[], members: readonly number[]): PageAxis {
  const [first = "nobody", ...others] = names;
  return { label: others.length === 0 ? first : `${first} +${others.length}`, members };
}

function phaseHead(phase: ReportPhase): Pick<PagePhase, "title" | "facts" | "applied" | "probed"> {
  const prediction = predictionText(phase);
  return {
    title: phaseTitle(phase),
    facts: [settledText(phase), ...(prediction === null ? [] : [prediction])],
    applied: phase.applied.map(appliedText),
    probed: phase.rounds > 0 || phase.calls.some(({ observed }) => observed !== null),
  };
}

function pageChange(change: ReportChange, lists: Lists): PageChange {
  const { direction, from, to, before, after, because, count, examples, fails, accepted } = change;
  return {
    direction,
    from: lists.clients.place(from),
    to: lists.destinations.place(to),
    before: lists.predicted.place(before),
    after: lists.predicted.place(after),
    because: because.map(copyReason),
    count,
    examples: examples.map((one) => [lists.clients.place(one.from), lists.destinations.place(one.to)] as const),
    fails,
    ...(accepted === undefined ? {} : { accepted }),
  };
}

/** Of every call that a change names, which change that is. */
function changePlaces(diff: readonly ReportChange[]): Map<string, number> {
  return new Map(
    diff.flatMap((change, place) => [change, ...change.examples].map((one) => [callKey(one), place] as const)),
  );
}

function callKey({ from, to }: Pick<ReportCall, "from" | "to">): string {
  return JSON.stringify([from.namespace, from.workload, from.kind, from.container, to.method, to.url]);
}

function causePlace(cause: Cause | null): number {
  return cause === null ? -1 : PAGE_CAUSES.indexOf(cause);
}
