/** What a pull request changes against its base: calls by direction, and who may reach what in plaintext. */
import { DIRECTIONS, type Direction } from "../settings/settings.js";
import type { Predicted, Reason } from "../mesh/call.js";
import { CALLS_THAT, callsOf, callsText, decidingNow, exposureReasons, portText } from "./change-words.js";
import type { Level, Tools, Tree } from "./comment-tools.js";
import type { Accepted, Exposure, Report, ReportChange, ReportExposure } from "./document.js";
import { changeMark, exposureMark } from "./findings.js";
import { leftOut } from "./left-out.js";
import { clientLabel, destinationLabel } from "./matrix.js";
import { outcomesText, predictedText } from "./words.js";

/** A table of the directions, then the changes of each; nothing where the mesh was compared with nothing. */
export function changeBlocks({ base, diff }: Report, level: Level, tools: Tools): string[] {
  if (base === undefined || diff === undefined) return [];
  const at = base.commit === undefined ? "" : `, commit ${tools.code(base.commit.slice(0, 12))}`;
  const against = base.kind === "cluster" ? `the cluster ${tools.code(base.name)}` : `${tools.code(base.name)}${at}`;
  if (diff.length === 0) return [`### Changes\n\nNo call changes against ${against}.`];
  const groups = Map.groupBy(diff, ({ direction }) => direction);
  const found = DIRECTIONS.flatMap((direction) => {
    const changes = groups.get(direction);
    return changes === undefined ? [] : [{ direction, changes }];
  });
  return [
    `### Changes against ${against}`,
    directionTable(found),
    ...found.flatMap(({ direction, changes }) => directionBlocks(direction, changes, level, tools)),
  ];
}

interface Group {
  readonly direction: Direction;
  readonly changes: readonly ReportChange[];
}

function directionTable(groups: readonly Group[]): string {
  const rows = groups.map(({ direction, changes }) => {
    const calls = callsOf(changes);
    return `| ${stateMark(changes)} | \`${direction}\` | ${calls} | ${CALLS_THAT[direction]} |`;
  });
  return ["| | direction | calls | |", "|---|---|--:|---|", ...rows].join("\n");
}

function stateMark(changes: readonly ReportChange[]): string {
  if (changes.some(({ fails }) => fails)) return "❌";
  return changes.every(({ accepted }) => accepted !== undefined) ? "accepted" : "";
}

function directionBlocks(direction: Direction, changes: readonly ReportChange[], level: Level, tools: Tools): string[] {
  // What nobody can fail on has its row in the table, and is read when asked for.
  const fails = changes.some((change) => change.fails);
  const told = changes.slice(0, level.changes);
  if (told.length === 0) return [];
  const more = changes.slice(told.length);
  const blocks = [
    told.map((change) => changeItem(change, level, tools)).join("\n"),
    ...(more.length > 0 ? [leftOut(`${callsText({ count: callsOf(more) })} of ${more.length} more changes`)] : []),
  ];
  if (fails) return [`#### ${direction}`, ...blocks];
  return [
    `<details><summary>${direction}: ${callsText({ count: callsOf(changes) })}</summary>`,
    ...blocks,
    "</details>",
  ];
}

function changeItem(change: ReportChange, level: Level, tools: Tools): string {
  const { from, to, before, after, because, count, fails, accepted, examples } = change;
  const outcomes = [before, after].map((one) => (one === null ? "–" : tools.code(outcomesText(one))));
  const many = count === 1 ? "" : ` and ${callsText({ count: count - 1 })} more like it`;
  const unknown = [before, after].filter((one) => one !== null).filter((one) => "unknown" in one);
  const others = level.examples === 0 ? [] : examples.slice(1, 1 + level.examples);
  return [
    `- ${fails ? "❌ " : ""}${pair(from, to, tools)}${many}: ${outcomes.join(" → ")}${tools.fresh(() => changeMark(change))}`,
    ...tools.because(because, level.reasons, treeOf(because, after)),
    ...unknown.slice(0, level.reasons).map((one) => `  - ${tools.prose(predictedText(one))}`),
    ...(others.length === 0 ? [] : [`  - also ${others.map((one) => pair(one.from, one.to, tools)).join(", ")}`]),
    ...acceptedItems(accepted, tools),
  ].join("\n");
}

function pair(from: ReportChange["from"], to: ReportChange["to"], tools: Tools): string {
  return `${tools.code(clientLabel(from))} → ${tools.code(`${destinationLabel(to)}:${to.port}`)}`;
}

/** What decides now is in the files of the change, and everything else in those of its base. */
function treeOf(because: readonly Reason[], after: Predicted | Exposure | null): (reason: Reason) => Tree {
  const now = decidingNow(because, after);
  return (reason) => (now.has(reason) ? "head" : "base");
}

function acceptedItems(accepted: Accepted | undefined, tools: Tools): string[] {
  if (accepted === undefined) return [];
  const { until, file, line, reason } = accepted;
  const by = tools.place(`${file}:${line}`, file, line, "head");
  return [`  - accepted until ${tools.code(until)} by ${by}: ${tools.prose(reason)}`];
}

const WHO: Readonly<Record<Exposure["plaintext"], string>> = {
  all: "whoever reaches it",
  some: "some without an identity",
  none: "nobody",
  unknown: "unknown",
};

/** Service ports that others can reach in plaintext than before, those that fail first. */
export function exposureBlocks({ exposure = [] }: Report, level: Level, tools: Tools): string[] {
  if (exposure.length === 0) return [];
  const told = exposure.slice(0, level.exposures);
  const more = exposure.length - told.length;
  return [
    "### Who can reach what in plaintext",
    ...(told.length === 0 ? [] : [told.map((one) => exposureItem(one, level, tools)).join("\n")]),
    ...(more > 0 ? [leftOut(`${more} ${told.length > 0 ? "more " : ""}Service ports`)] : []),
  ];
}

function exposureItem(one: ReportExposure, level: Level, tools: Tools): string {
  const { before, after, fails, accepted } = one;
  const who = (state: Exposure | null): string => (state === null ? "not there" : WHO[state.plaintext]);
  const shown = after ?? before;
  const because = exposureReasons(one);
  const port = tools.code(portText(one));
  return [
    `- ${fails ? "❌ " : ""}${port}: ${who(before)} → **${who(after)}**${tools.fresh(() => exposureMark(one))}`,
    ...(shown === null || level.reasons === 0 || because.some(({ says }) => says === shown.says)
      ? []
      : [`  - ${after === null ? "before: " : ""}${tools.prose(shown.says)}`]),
    ...tools.because(because, level.reasons, treeOf(because, after)),
    ...acceptedItems(accepted, tools),
  ].join("\n");
}
