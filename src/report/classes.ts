import type { Client, Destination } from "../mesh/call.js";
import type { ReportClass, ReportPhase } from "./document.js";
import { outcomesText } from "./words.js";

/** Large predictions in words: the largest classes of calls, those that are no pass first. */

export interface ClassRow {
  readonly verdict: ReportClass["verdict"];
  readonly count: number;
  readonly outcome: string;
  readonly from: string;
  readonly to: string;
  readonly shown: ReportClass;
}

/** The rows that are shown, and how many classes there are beside them. Texts are raw. */
export function classRows(phase: ReportPhase, most: number): { rows: ClassRow[]; more: number } {
  const { groups, classes = [] } = phase;
  if (groups === undefined) return { rows: [], more: 0 };
  const failedFirst = (one: ReportClass): number => (one.verdict === "pass" ? 1 : 0);
  const sorted = [...classes].sort((a, b) => failedFirst(a) - failedFirst(b) || b.count - a.count);
  const rows = sorted.slice(0, most).map((one) => {
    const callers = placesOf(one.from).flatMap((place) => groups.clients[place] ?? []);
    return {
      verdict: one.verdict,
      count: one.count,
      outcome: outcomesText(one.predicted),
      from: examples(callers.map(clientName)),
      to: examples((groups.destinations[one.to] ?? []).map(destinationName)),
      shown: one,
    };
  });
  return { rows, more: Math.max(0, classes.length - most) };
}

function clientName({ namespace, workload }: Client): string {
  return `${workload}.${namespace}`;
}

function destinationName({ host, port }: Destination): string {
  return `${host}:${port}`;
}

/** `sleep.foo and 12 more` */
function examples(names: readonly string[]): string {
  const [first = "nobody", ...others] = names;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** Places as a text of ranges: `0-4,7`. They are in ascending order. */
export function rangesOf(places: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const place of places) {
    const last = ranges.at(-1);
    if (last?.[1] === place - 1) last[1] = place;
    else ranges.push([place, place]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(",");
}

/** The places of a text of ranges. */
export function placesOf(ranges: string): number[] {
  return ranges.split(",").flatMap((range) => {
    const [from = NaN, to = from] = range.split("-").map(Number);
    return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
