/** A comparison with a base in words, the same for every format. All texts are raw. */
import type { Predicted } from "../mesh/call.js";
import type { Direction } from "../settings/settings.js";
import type { Accepted, Exposure, ReportBase, ReportChange, ReportExposure } from "./document.js";
import { clientLabel, destinationLabel } from "./matrix.js";
import { outcomesText } from "./words.js";

/** What a direction means for a call. */
export const DIRECTION_WORDS: Readonly<Record<Direction, string>> = {
  breaks: "arrived before, and no longer does",
  opens: "was refused before, and now arrives",
  "to-plaintext": "goes on arriving, and is no longer protected by mTLS alone",
  code: "gets another code",
  "to-mtls": "goes on arriving, and is now protected by mTLS",
  new: "was not there before",
  gone: "is no longer there",
};

/** `git main (0a1b2c3)` */
export function baseText({ kind, name, commit }: ReportBase): string {
  return `${kind} ${name}${commit === undefined ? "" : ` (${commit.slice(0, 12)})`}`;
}

/** `12 calls break: sleep.legacy → httpbin.foo` as `breaks: sleep.legacy → httpbin.foo and 11 more`. */
export function changeTitle({ direction, from, to, count }: ReportChange): string {
  const more = count > 1 ? ` and ${count - 1} more` : "";
  return `${direction}: ${clientLabel(from)} → ${destinationLabel(to)}${more}`;
}

/** `200 plain → 000/56` */
export function changeOutcome({ before, after }: Pick<ReportChange, "before" | "after">): string {
  return `${stateText(before)} → ${stateText(after)}`;
}

/** `accepted until 2026-12-31: the old client goes (plan.yaml:12)` */
export function acceptedText({ reason, until, file, line }: Accepted): string {
  return `accepted until ${until}: ${reason} (${file}:${line})`;
}

/** `httpbin.foo:8000` */
export function exposureName({ to }: ReportExposure): string {
  return `${to.service}.${to.namespace}:${to.port}`;
}

/** `all: whoever reaches it` */
export function exposureText(exposure: Exposure | null): string {
  return exposure === null ? "not there" : `${exposure.plaintext}: ${exposure.says}`;
}

function stateText(predicted: Predicted | null): string {
  return predicted === null ? "not there" : outcomesText(predicted);
}
