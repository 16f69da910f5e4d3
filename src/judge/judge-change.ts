import { clientText } from "../mesh/call.js";
import type { DestinationRequest } from "../mesh/call.js";
import type { InventoryClient } from "../mesh/inventory-calls.js";
import { reasonsKey, together } from "../predict/change.js";
import type { Change } from "../predict/change.js";
import type { ExposureChange } from "../predict/compare-exposure.js";
import type { PortExposure } from "../predict/exposure.js";
import { errorProblem, warningProblem } from "../problems.js";
import type { Problem } from "../problems.js";
import type { Accepted, Exposure, ReportChange, ReportExposure } from "../report/document.js";
import { DIRECTIONS } from "../settings/settings.js";
import type { Direction } from "../settings/settings.js";

/** Who accepts changes as they are: the plan. */
export interface Acceptance {
  /** Tell clients and destinations apart as far as `accepted` does: it is asked once for all calls that these do not. */
  clientMark(client: InventoryClient): string;
  destinationMark(to: DestinationRequest): string;
  /** What accepts a change in a direction; null for nothing. */
  accepted(change: Change, direction: Direction): Accepted | null;
  /** What accepts the exposure of a Service port; null for nothing. */
  acceptedExposure(change: ExposureChange): Accepted | null;
}

/** Nothing is accepted. */
export const NOTHING_ACCEPTED: Acceptance = {
  clientMark: () => "",
  destinationMark: () => "",
  accepted: () => null,
  acceptedExposure: () => null,
};

/** Changes judged, and what has to be told of those that could not be. */
export interface JudgedChanges {
  readonly diff: readonly ReportChange[];
  readonly problems: readonly Problem[];
}

/**
 * Which changes fail: those of which a direction is one to fail on, unless they are accepted in it. A change of which one
 * side cannot be predicted does not fail, for nobody knows that it is one: where such a direction cannot be ruled out, it is
 * an error instead, so that the run is no pass either.
 *
 * @returns those that fail first, then by direction, each from the largest
 */
export function judgeChanges(
  changes: readonly Change[],
  failOn: readonly Direction[],
  acceptance: Acceptance,
): JudgedChanges {
  const judged = changes.map((change) => judgeChange(change, failOn, acceptance));
  const found = new Map<string, ReportChange>();
  for (const { change, shown } of judged) {
    if (shown === null) continue;
    const { direction, because, fails, accepted } = shown;
    const key = `${direction} ${change.unclear} ${fails} ${JSON.stringify(accepted)} ${outcomeMark(change)} ${reasonsKey(because)}`;
    const known = found.get(key);
    found.set(key, known === undefined ? shown : together(known, shown));
  }
  return { diff: [...found.values()].sort(worstFirst), problems: unclearProblems(judged) };
}

interface Judged {
  readonly change: Change;
  /** Null where neither side is known: there is nothing to show. */
  readonly shown: ReportChange | null;
  /** Whether it cannot be ruled out that it fails. */
  readonly mayFail: boolean;
}

function judgeChange(change: Change, failOn: readonly Direction[], acceptance: Acceptance): Judged {
  const { from, to, before, after, because, count, examples, directions, unclear } = change;
  const [worst] = directions;
  if (worst === undefined) return { change, shown: null, mayFail: false };
  const asked = directions.filter((one) => failOn.includes(one));
  const refused = asked.find((one) => acceptance.accepted(change, one) === null);
  // Where nothing of it would fail, it may be accepted all the same.
  const accepted = refused === undefined ? acceptance.accepted(change, asked[0] ?? worst) : null;
  const shown = {
    direction: refused ?? asked[0] ?? worst,
    from,
    to: withoutHeaders(to),
    before,
    after,
    because,
    count,
    examples: examples.map((one) => ({ from: one.from, to: withoutHeaders(one.to) })),
    fails: refused !== undefined && unclear === "no",
    ...(accepted === null ? {} : { accepted }),
  };
  return { change, shown, mayFail: refused !== undefined && unclear === "one" };
}

/** New calls, and those that are gone, are told apart by their outcome: they have no other to be compared with. */
function outcomeMark({ before, after, directions: [direction] }: Change): string {
  if (direction !== "new" && direction !== "gone") return "";
  return JSON.stringify({ ...(after ?? before), because: null });
}

function withoutHeaders({ url, method, host, port, namespace, service }: ReportChange["to"]): ReportChange["to"] {
  return { url, method, host, port, namespace, service };
}

function worstFirst(a: ReportChange, b: ReportChange): number {
  const rank = ({ direction }: ReportChange): number => DIRECTIONS.indexOf(direction);
  return Number(b.fails) - Number(a.fails) || rank(a) - rank(b) || b.count - a.count;
}

function unclearProblems(judged: readonly Judged[]): Problem[] {
  const one = judged.filter(({ change, shown }) => change.unclear === "one" && shown?.accepted === undefined);
  const both = judged.filter(({ change }) => change.unclear === "both");
  const unsure = one.filter(({ mayFail }) => !mayFail);
  const what = "what they would give is known on one side of the comparison only";
  return [
    ...told(
      one.filter(({ mayFail }) => mayFail),
      (calls, such) =>
        errorProblem(
          "change-unclear",
          `it cannot be ruled out that ${calls} change in a way to fail on: ${what}${such}`,
          undefined,
          "accept them in the plan, or look at their reasons in the report",
        ),
    ),
    ...told(unsure, (calls, such) =>
      warningProblem("change-unclear", `whether ${calls} change cannot be told: ${what}${such}`),
    ),
    ...told(both, (calls, such) =>
      warningProblem("change-unclear", `whether ${calls} change cannot be told: neither side is known${such}`),
    ),
  ];
}

function told(judged: readonly Judged[], problem: (calls: string, such: string) => Problem): Problem[] {
  const [first] = judged;
  if (first === undefined) return [];
  const count = judged.reduce((sum, { change }) => sum + change.count, 0);
  const { from, to, before, after } = first.change;
  const whys = [before, after].flatMap((one) => (one !== null && "unknown" in one ? [one.unknown] : []));
  const such = `, such as ${clientText(from)} → ${to.url} (${[...new Set(whys)].join("; ")})`;
  return [problem(count === 1 ? "1 call" : `${count} calls`, such)];
}

/** Exposures judged, and what has to be told of those that could not be. */
export interface JudgedExposures {
  readonly exposure: readonly ReportExposure[];
  readonly problems: readonly Problem[];
}

/**
 * Which changes of exposure fail: where `to-plaintext` is to fail, those by which others can reach a Service port in plaintext
 * than could, whoever calls it. Where that cannot be ruled out, it is an error; where some could and some others can, a
 * warning. A port that is new exposes nothing that was there before.
 */
export function judgeExposures(
  changes: readonly ExposureChange[],
  failOn: readonly Direction[],
  acceptance: Acceptance,
): JudgedExposures {
  const asked = failOn.includes("to-plaintext");
  const problems: Problem[] = [];
  const exposure = changes.map((change): ReportExposure => {
    const { to, before, after, turn } = change;
    const accepted = turn === "more" || turn === "unclear" ? acceptance.acceptedExposure(change) : null;
    if (turn === "unclear" && accepted === null) problems.push(unclearExposure(change, asked));
    return {
      to,
      before: shownExposure(before),
      after: shownExposure(after),
      fails: asked && turn === "more" && accepted === null,
      ...(accepted === null ? {} : { accepted }),
    };
  });
  return { exposure: exposure.sort((a, b) => Number(b.fails) - Number(a.fails)), problems };
}

function unclearExposure({ to, before, after }: ExposureChange, asked: boolean): Problem {
  const { namespace, service, port } = to;
  const what = `${service}.${namespace}:${port}`;
  if (before?.plaintext === "some" && after?.plaintext === "some") {
    const message = `others may reach ${what} in plaintext than before: the AuthorizationPolicies that let some through changed`;
    return warningProblem("exposure-unclear", message, undefined, "compare the policies by hand");
  }
  const unknown = before?.plaintext === "unknown" ? before : after;
  const message = `whether others can reach ${what} in plaintext than before cannot be told: ${unknown?.says ?? ""}`;
  return asked ? errorProblem("exposure-unclear", message) : warningProblem("exposure-unclear", message);
}

function shownExposure(exposure: PortExposure | null): Exposure | null {
  if (exposure === null) return null;
  const { plaintext, says, because } = exposure;
  return { plaintext, says, because };
}
