/** What a comparison with a base says, in words for every renderer. All texts are raw: the renderer escapes them for its place. */
import type { Client, Destination, Predicted, Reason } from "../mesh/call.js";
import type { Direction } from "../settings/settings.js";
import { DIRECTIONS } from "../settings/settings.js";
import type { Accepted, Exposure, Report, ReportBase, ReportChange, ReportExposure } from "./document.js";
import { clientLabel, destinationLabel } from "./matrix.js";
import { outcomesText } from "./words.js";

/** What calls of a direction do, as the end of the sentence "these calls …". */
export const DIRECTION_SAYS: Readonly<Record<Direction, string>> = {
  breaks: "arrived, and no longer do or may not",
  opens: "were refused, and now arrive or may",
  "to-plaintext": "go on arriving, and lose mTLS",
  code: "get another answer in the same case",
  "to-mtls": "go on arriving, and gain mTLS",
  new: "have a client or a destination that is new",
  gone: "have a client or a destination that is gone",
};

/** `main (2c72c5cce597)`, `dir:base`, `cluster kind-mesh` */
export function baseText({ kind, name, commit }: ReportBase): string {
  if (kind === "git") return commit === undefined || name === commit ? name : `${name} (${commit.slice(0, 12)})`;
  return kind === "dir" ? `dir:${name}` : `cluster ${name}`;
}

/** How a comparison ended, on one line: `3 calls change (2 breaks, 1 code), 2 of them fail; 1 Service port is open to more`. */
export function diffText({ diff = [], exposure = [] }: Pick<Report, "diff" | "exposure">): string {
  const total = sum(diff);
  const failing = sum(diff.filter(({ fails }) => fails));
  const open = exposure.filter(({ fails }) => fails).length;
  const directions = DIRECTIONS.map((one) => [one, sum(diff.filter(({ direction }) => direction === one))] as const)
    .filter(([, count]) => count > 0)
    .map(([direction, count]) => `${count} ${direction}`);
  const calls =
    total === 0
      ? "no call changes"
      : `${total === 1 ? "1 call changes" : `${total} calls change`} (${directions.join(", ")}), ${failing === 0 ? "none" : failing} of them ${failing === 1 ? "fails" : "fail"}`;
  const ports = open === 1 ? "1 Service port is" : `${open} Service ports are`;
  return open === 0 ? calls : `${calls}; ${ports} open to more in plaintext`;
}

function sum(changes: readonly Pick<ReportChange, "count">[]): number {
  return changes.reduce((all, { count }) => all + count, 0);
}

/** `sleep.legacy → httpbin.foo:8000` */
export function exampleText({ from, to }: { readonly from: Client; readonly to: Destination }, arrow = "→"): string {
  return `${clientLabel(from)} ${arrow} ${destinationLabel(to)}:${to.port}`;
}

/** `1 call`, `120 calls` */
export function callsText({ count }: Pick<ReportChange, "count">): string {
  return count === 1 ? "1 call" : `${count} calls`;
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

/** `all → none` */
export function exposureTurn({ before, after }: Pick<ReportExposure, "before" | "after">, arrow = "→"): string {
  const side = (one: Exposure | null): string => one?.plaintext ?? "not there";
  return `${side(before)} ${arrow} ${side(after)}`;
}

/**
 * The reason whose line a change is told at: the last of a file that decides now. Files of the base are not those of the
 * change, and what no longer decides has no line any more.
 */
export function decidingReason(because: readonly Reason[], after: Predicted | Exposure | null): Reason | undefined {
  const now = new Set((after?.because ?? []).map((one) => JSON.stringify(one)));
  return because.findLast((one) => one.file !== undefined && now.has(JSON.stringify(one)));
}
