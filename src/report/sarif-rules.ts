/** The rules of the SARIF form: one for each way in which a call can be no pass, and for each direction of a change. */
import { DIRECTIONS, type Direction } from "../settings/settings.js";
import type { Problem } from "../problems.js";
import { THE_CALL } from "./change-words.js";
import type { Cause, Verdict } from "./document.js";
import { terminal } from "./escape.js";
import { sarifMessage } from "./escape-formats.js";
import { causeText } from "./words.js";

export type SarifLevel = "error" | "warning" | "note";

export interface SarifRule {
  readonly id: string;
  readonly name: string;
  readonly shortDescription: { readonly text: string };
  readonly fullDescription: { readonly text: string };
  readonly help: { readonly text: string; readonly markdown: string };
  readonly defaultConfiguration: { readonly level: SarifLevel };
  readonly properties: {
    readonly tags: readonly string[];
    readonly precision: "high";
    readonly "problem.severity": "error" | "warning" | "recommendation";
    readonly "security-severity"?: string;
  };
}

interface Described {
  readonly id: string;
  readonly level: SarifLevel;
  readonly what: string;
  readonly why: string;
  readonly help: string;
  /** Of ten, as GitHub ranks the alerts of security tools. */
  readonly severity?: string;
}

/** What to do about each verdict and cause. */
const CALL_HELP: Readonly<Record<Cause, string>> = {
  policy: "Change the policy that the location names, or the expectation in the plan.",
  mesh: "Look at the proxies of both sides and at policies that are in no file; the mesh contradicts Istio's rules.",
  control: "See whether the client and the destination work at all: a destination that is down refuses calls too.",
  transport: "See whether the destination answers with the headers that it got (input evidence-path).",
  "not-settled": "Raise settle-timeout, and look at the health of istiod.",
  unknown: "Make the call by hand with the command in the report, or state what is expected of it.",
  probe: "Look at the client's pod, at the rights to exec into it, and at the problems of the report.",
};

const CHANGE_HELP: Readonly<Record<Direction, string>> = {
  breaks: "Give the client an identity of the mesh first, or let its port take plaintext, or take the change back.",
  opens:
    "Make sure that this client is meant to reach the destination; else tighten the policy that the location names.",
  "to-plaintext":
    "Restore STRICT or the DestinationRule that kept this call under mTLS, or accept it with a date in the plan.",
  code: "See which proxy answers now, and whether the caller can live with the new code.",
  "to-mtls": "Nothing has to be done: the call is better protected than it was.",
  new: "Nothing has to be done: there was no such call before.",
  gone: "Nothing has to be done, if the client or the destination was meant to go.",
};

/** CVSS-like ranks: what opens or bares traffic is a security finding, what breaks it is not. */
const CHANGE_SEVERITY: Readonly<Partial<Record<Direction, string>>> = { opens: "8.0", "to-plaintext": "7.5" };

/** The rule of a call that is no pass. */
export function callRule(verdict: Verdict, cause: Cause | null): SarifRule {
  return rule({
    id: `call/${verdict}${cause === null ? "" : `/${cause}`}`,
    level: verdict === "unproven" ? "warning" : "error",
    what: `A call is ${verdict === "error" ? "without a result" : `a ${verdict}`.replace("a unproven", "unproven")}`,
    why: causeText(verdict, cause),
    help: cause === null ? "See the report." : CALL_HELP[cause],
    ...(verdict === "mismatch" ? { severity: "7.0" } : {}),
  });
}

/** The rule of a change: an error where it fails the run, and a note where it does not. */
export function changeRule(direction: Direction): SarifRule {
  const severity = CHANGE_SEVERITY[direction];
  return rule({
    id: `change/${direction}`,
    level: DIRECTIONS.indexOf(direction) < DIRECTIONS.indexOf("code") ? "error" : "note",
    what: `A change of the policies: ${direction}`,
    why: `the call ${THE_CALL[direction]}`,
    help: CHANGE_HELP[direction],
    ...(severity === undefined ? {} : { severity }),
  });
}

/** The rule of a problem of the input or the run. */
export function problemRule({ code, severity }: Pick<Problem, "code" | "severity">): SarifRule {
  const shown = terminal(code);
  return rule({
    id: `problem/${shown}`,
    level: severity,
    what: `A problem of the input or the run: ${shown}`,
    why: severity === "error" ? "the run cannot be a pass" : "the run can be a pass all the same",
    help: "Do what the result's message says.",
  });
}

/** The rule of a Service port that takes more plaintext than before, which can fail the run, or less. */
export function exposureRule(): SarifRule {
  return rule({
    id: "exposure",
    level: "note",
    what: "Who can reach a Service port in plaintext has changed",
    why: "whether or not any known client does",
    help: "Make sure that the port is meant to take calls without an identity of the mesh; else restore the policy that kept them out, or accept it with a date in the plan.",
    severity: "7.5",
  });
}

function rule({ id, level, what, why, help, severity }: Described): SarifRule {
  const text = `${what}: ${why}. ${help}`;
  return {
    id,
    name: id.replace(/(?:^|[^\p{L}\p{N}]+)([\p{L}\p{N}]?)/gu, (_, first: string) => first.toUpperCase()),
    shortDescription: { text: sarifMessage(what) },
    fullDescription: { text: sarifMessage(`${what}: ${why}.`) },
    help: { text: sarifMessage(text), markdown: sarifMessage(text) },
    defaultConfiguration: { level },
    properties: {
      tags: ["istio", "mtls", ...(severity === undefined ? [] : ["security"])],
      precision: "high",
      "problem.severity": level === "note" ? "recommendation" : level,
      ...(severity === undefined ? {} : { "security-severity": severity }),
    },
  };
}
