/** What a comparison with a base says, in words for every renderer. All texts are raw: the renderer escapes them for its place. */
import type { Client, Destination, Predicted, Reason } from "../mesh/call.js";
import type { Direction } from "../settings/settings.js";
import { DIRECTIONS } from "../settings/settings.js";
import type { Accepted, Exposure, Report, ReportBase, ReportChange, ReportExposure } from "./document.js";
import { clientLabel, destinationLabel } from "./matrix.js";
import { outcomesText } from "./words.js";

/** What calls of a direction do, as the end of "calls that …". */
export const CALLS_THAT: Readonly<Record<Direction, string>> = {
  breaks: "arrived, and no longer do or may not",
  opens: "were refused, and now arrive or may",
  "to-plaintext": "go on arriving, and lose mTLS",
  code: "get another answer in the same case",
  "to-mtls": "go on arriving, and gain mTLS",
  new: "have a client or a destination that is new",
  gone: "have a client or a destination that is gone",
};

/** What one call of a direction does, as the end of "the call …". */
export const THE_CALL: Readonly<Record<Direction, string>> = {
  breaks: "arrived, and no longer does or may not",
  opens: "was refused, and now arrives or may",
  "to-plaintext": "goes on arriving, and loses mTLS",
  code: "gets another answer in the same case",
  "to-mtls": "goes on arriving, and gains mTLS",
  new: "has a client or a destination that is new",
  gone: "has a client or a destination that is gone",
};

/** `main (2c72c5cce597)`, `dir:base`, `cluster kind-mesh` */
export function baseText({ kind, name, commit }: ReportBase): string {
  if (kind === "git") return commit === undefined || name === commit ? name : `${name} (${commit.slice(0, 12)})`;
  return kind === "dir" ? `dir:${name}` : `cluster ${name}`;
}

/** How a comparison ended, on one line: `3 calls change (2 breaks, 1 code), 2 of them fail; 1 Service port is open to more in plaintext`. */
export function diffText({ diff = [], exposure = [] }: Pick<Report, "diff" | "exposure">): string {
  const total = callsOf(diff);
  const failing = callsOf(diff.filter(({ fails }) => fails));
  const directions = DIRECTIONS.map((one) => [one, callsOf(diff.filter(({ direction }) => direction === one))] as const)
    .filter(([, count]) => count > 0)
    .map(([direction, count]) => `${count} ${direction}`);
  const calls =
    total === 0
      ? "no call changes"
      : `${total === 1 ? "1 call changes" : `${total} calls change`} (${directions.join(", ")}), ${failing === 0 ? "none" : failing} of them ${failing === 1 ? "fails" : "fail"}`;
  return [calls, ...openText(exposure)].join("; ");
}

/** What of a comparison makes the verdict `mismatch`: `2 calls change in a direction that fails; 1 Service port is open to more in plaintext`; null for nothing. */
export function failingText({ diff = [], exposure = [] }: Pick<Report, "diff" | "exposure">): string | null {
  const failing = callsOf(diff.filter(({ fails }) => fails));
  const calls = failing === 1 ? "1 call changes" : `${failing} calls change`;
  const told = [...(failing === 0 ? [] : [`${calls} in a direction that fails`]), ...openText(exposure)];
  return told.length === 0 ? null : told.join("; ");
}

function openText(exposure: readonly ReportExposure[]): string[] {
  const open = exposure.filter(({ fails }) => fails).length;
  if (open === 0) return [];
  return [`${open === 1 ? "1 Service port is" : `${open} Service ports are`} open to more in plaintext`];
}

/** How many calls changes stand for. */
export function callsOf(changes: readonly Pick<ReportChange, "count">[]): number {
  return changes.reduce((all, { count }) => all + count, 0);
}

/** `1 call`, `120 calls` */
export function callsText({ count }: Pick<ReportChange, "count">): string {
  return count === 1 ? "1 call" : `${count} calls`;
}

/** `sleep.legacy → httpbin.foo:8000` */
export function exampleText({ from, to }: { readonly from: Client; readonly to: Destination }, arrow = "→"): string {
  return `${clientLabel(from)} ${arrow} ${destinationLabel(to)}:${to.port}`;
}

/** `breaks: sleep.legacy → httpbin.foo:8000 and 11 more` */
export function changeTitle(change: Pick<ReportChange, "direction" | "from" | "to" | "count">): string {
  const { direction, count } = change;
  return `${direction}: ${exampleText(change)}${count > 1 ? ` and ${count - 1} more` : ""}`;
}

/** `200 plain → 000/56`; `not there` for what is new or gone. */
export function turnText({ before, after }: Pick<ReportChange, "before" | "after">, arrow = "→"): string {
  return `${sideText(before)} ${arrow} ${sideText(after)}`;
}

function sideText(predicted: Predicted | null): string {
  return predicted === null ? "not there" : outcomesText(predicted);
}

/** `accepted until 2026-12-31 (plan.yaml:12): the batch job moves in March` */
export function acceptedText({ reason, until, file, line }: Accepted): string {
  return `accepted until ${until} (${file}:${line}): ${reason}`;
}

/** `httpbin.foo:8000` */
export function portText({ to: { namespace, service, port } }: Pick<ReportExposure, "to">): string {
  return `${service}.${namespace}:${port}`;
}

/** `open to more in plaintext: httpbin.foo:8000` where it fails, else `plaintext exposure: httpbin.foo:8000`. */
export function exposureTitle(exposure: Pick<ReportExposure, "to" | "fails">): string {
  return `${exposure.fails ? "open to more in plaintext" : "plaintext exposure"}: ${portText(exposure)}`;
}

/** `all → none` */
export function exposureTurn({ before, after }: Pick<ReportExposure, "before" | "after">, arrow = "→"): string {
  const side = (one: Exposure | null): string => one?.plaintext ?? "not there";
  return `${side(before)} ${arrow} ${side(after)}`;
}

/** `all: whoever reaches it` */
export function exposureText(exposure: Exposure | null): string {
  return exposure === null ? "not there" : `${exposure.plaintext}: ${exposure.says}`;
}

/**
 * Why a Service port is as exposed as it is: what decides now and, where that is in no file, what decided before and no
 * longer does.
 */
export function exposureReasons({ before, after }: Pick<ReportExposure, "before" | "after">): readonly Reason[] {
  if (after === null) return before?.because ?? [];
  if (after.because.some(({ file }) => file !== undefined)) return after.because;
  const lost = (before?.because ?? []).filter(({ file }) => file !== undefined);
  return [...after.because, ...lost.map((one) => ({ ...one, says: `no longer: ${one.says}` }))];
}

/** Which of the reasons decide now. The others are of the base: their files and lines are not those of the change. */
export function decidingNow(because: readonly Reason[], after: Predicted | Exposure | null): ReadonlySet<Reason> {
  const now = new Set((after?.because ?? []).map((one) => JSON.stringify(one)));
  return new Set(because.filter((one) => now.has(JSON.stringify(one))));
}

/** The reason whose line a change is told at: the last of a file that decides now. What no longer decides has no line any more. */
export function decidingReason(because: readonly Reason[], after: Predicted | Exposure | null): Reason | undefined {
  const now = decidingNow(because, after);
  return because.findLast((one) => one.file !== undefined && now.has(one));
}
