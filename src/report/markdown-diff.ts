/** A comparison with a base as GitHub Markdown, in as much detail as is asked for. */
import {
  acceptedText,
  baseText,
  callsOf,
  callsText,
  CALLS_THAT,
  exampleText,
  exposureReasons,
  exposureTurn,
  portText,
  turnText,
} from "./change-words.js";
import type { Report, ReportBase, ReportChange, ReportExposure } from "./document.js";
import { markdownCell, markdownCode, markdownProse } from "./escape.js";
import { leftOut } from "./left-out.js";
import { reasonSource, reasonText } from "./words.js";

/** How much is told; each is how many at most. */
export interface DiffLevel {
  /** Changes, those that fail first. */
  readonly changes: number;
  /** Reasons of each change. */
  readonly reasons: number;
  /** Calls of each change, named. */
  readonly examples: number;
  /** Service ports whose exposure changes. */
  readonly exposures: number;
}

/** From the fullest to the shortest. */
export const DIFF_LEVELS: readonly DiffLevel[] = [
  { changes: 200, reasons: 10, examples: 10, exposures: 200 },
  { changes: 100, reasons: 5, examples: 5, exposures: 100 },
  { changes: 50, reasons: 3, examples: 3, exposures: 50 },
  { changes: 20, reasons: 2, examples: 1, exposures: 20 },
  { changes: 10, reasons: 1, examples: 1, exposures: 10 },
  { changes: 0, reasons: 0, examples: 0, exposures: 0 },
];

/** The blocks of the comparison; none where nothing was compared. */
export function diffMarkdown({ base, diff = [], exposure = [] }: Report, level: DiffLevel): string[] {
  if (base === undefined) return [];
  return [...changesMarkdown(base, diff, level), ...exposureMarkdown(exposure, level)];
}

/** A heading, and the changes by direction. */
export function changesMarkdown(base: ReportBase, diff: readonly ReportChange[], level: DiffLevel): string[] {
  const shown = diff.slice(0, level.changes);
  const hidden = diff.slice(level.changes);
  const calls = callsOf(hidden);
  return [
    `### Changes against ${markdownCode(baseText(base))}`,
    ...(diff.length === 0 ? ["No call changes."] : []),
    ...byDirection(shown).map(([first, ...others]) => directionMarkdown([first, ...others], level)),
    ...(hidden.length === 0 ? [] : [leftOut(`${hidden.length} changes of ${calls} calls`)]),
  ];
}

/** A table of the Service ports whose exposure changes; nothing where there are none. */
export function exposureMarkdown(exposure: readonly ReportExposure[], level: DiffLevel): string[] {
  if (exposure.length === 0) return [];
  const shown = exposure.slice(0, level.exposures);
  const rows = shown.map((one) => {
    const says = (one.after ?? one.before)?.says ?? "";
    const decides = exposureReasons(one).findLast(({ kind }) => kind !== undefined);
    const source = decides === undefined ? "" : markdownCell(reasonText(decides));
    const accepted = one.accepted === undefined ? "" : ` ${markdownCell(acceptedText(one.accepted))}`;
    return `| ${markOf(one)} | ${markdownCell(portText(one))} | ${exposureTurn(one)} | ${markdownCell(says)}${accepted} | ${source} |`;
  });
  const head = ["| | Service port | who can reach it | | decided by |", "|---|---|---|---|---|"];
  return [
    "#### Who can reach Service ports in plaintext",
    ...(rows.length === 0 ? [] : [[...head, ...rows].join("\n")]),
    ...(exposure.length > shown.length ? [leftOut(`${exposure.length - shown.length} Service ports`)] : []),
  ];
}

type Group = readonly [ReportChange, ...ReportChange[]];

/** Those that fail and those that do not stand apart, as they come. */
function byDirection(diff: readonly ReportChange[]): Group[] {
  const groups = Map.groupBy(diff, ({ direction, fails }) => `${fails} ${direction}`);
  return [...groups.values()].flatMap(([first, ...others]): Group[] =>
    first === undefined ? [] : [[first, ...others]],
  );
}

function directionMarkdown(group: Group, level: DiffLevel): string {
  const [{ direction, fails }] = group;
  const says = `calls that ${CALLS_THAT[direction]}`;
  const title = `#### ${fails ? "❌ " : ""}${markdownCode(direction)}: ${says}`;
  return [title, group.map((change) => changeMarkdown(change, level)).join("\n")].join("\n\n");
}

/** `- ❌ **2 calls**, such as …: 200 plain → 000/56`, with the reasons and other calls below. */
function changeMarkdown(change: ReportChange, { reasons, examples }: DiffLevel): string {
  const { because, count, accepted } = change;
  const others = change.examples.slice(1, examples).map((one) => markdownCode(exampleText(one)));
  const hidden = count - 1 - others.length;
  const also = [...others, ...(hidden > 0 ? [`${hidden} more`] : [])];
  return [
    `- ${markOf(change)} **${callsText(change)}** ${markdownCode(exampleText(change))}: ${markdownCode(turnText(change))}`,
    ...because
      .slice(0, reasons)
      .map((reason) => `  - because ${markdownCode(reasonSource(reason))}: ${markdownProse(reason.says)}`),
    ...(because.length > reasons && reasons > 0 ? [`  - and ${because.length - reasons} more reasons`] : []),
    ...(also.length === 0 || examples === 0 ? [] : [`  - also ${also.join(", ")}`]),
    ...(accepted === undefined ? [] : [`  - ${markdownProse(acceptedText(accepted))}`]),
  ].join("\n");
}

function markOf(
  one: Pick<ReportChange, "fails" | "accepted"> & { before: object | null; after: object | null },
): string {
  if (one.fails) return "❌";
  if (one.accepted !== undefined) return "☑️";
  return [one.before, one.after].some(isUnknown) ? "❔" : "➖";
}

function isUnknown(side: object | null): boolean {
  return side !== null && ("unknown" in side || ("plaintext" in side && side.plaintext === "unknown"));
}
