/**
 * The report document, `mtls-gate/report/v1`: the one thing that every renderer and every other tool reads. The order of
 * keys and of calls is part of the contract.
 */
import type { Client, Destination, Expected, Observed, Predicted } from "../mesh/call.js";
import type { Mode } from "../settings/settings.js";
import type { Problem } from "../problems.js";

export const REPORT_SCHEMA = "mtls-gate/report/v1";

export type Verdict = "pass" | "mismatch" | "unproven" | "error";
export type Cause = "policy" | "mesh" | "not-settled" | "control" | "transport" | "unknown" | "probe";

/** One judged call. */
export interface ReportCall {
  readonly from: Client;
  readonly to: Destination;
  readonly expected: Expected | null;
  readonly predicted: Predicted | null;
  /** Null when there was no result, or in mode predict. */
  readonly observed: Observed | null;
  readonly verdict: Verdict;
  readonly cause: Cause | null;
}

/** An object that a phase applied, with the file and line it came from where it came from a file. */
export interface AppliedObject {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
}

/**
 * A group of calls that have one outcome, in a prediction of too many calls to list. `from` are places in the phase's groups
 * of clients, as ranges (`0-4,7`), `to` is one in its groups of destinations.
 */
export interface ReportClass {
  readonly from: string;
  readonly to: number;
  readonly count: number;
  readonly expected: Expected | null;
  /** Its reasons are those of one of the calls: those of the others can name other objects. */
  readonly predicted: Predicted;
  readonly verdict: Verdict;
  readonly cause: Cause | null;
}

/** Clients, and destinations, that are the same to every rule. */
export interface ReportGroups {
  readonly clients: readonly (readonly Client[])[];
  readonly destinations: readonly (readonly Destination[])[];
}

/** One state of the policies and its matrix. `settledMs` is null where it did not settle, or nothing was probed. */
export interface ReportPhase {
  readonly name: string;
  readonly control: boolean;
  readonly applied: readonly AppliedObject[];
  readonly settledMs: number | null;
  readonly rounds: number;
  readonly calls: readonly ReportCall[];
  /** In place of calls, where a prediction has too many. */
  readonly groups?: ReportGroups;
  readonly classes?: readonly ReportClass[];
}

export interface Counts {
  readonly calls: number;
  readonly pass: number;
  readonly mismatch: number;
  readonly unproven: number;
  readonly error: number;
}

export interface Report {
  readonly schema: typeof REPORT_SCHEMA;
  readonly mode: Mode;
  readonly verdict: Verdict;
  readonly counts: Counts;
  readonly mesh: {
    readonly source: "cluster" | "manifests";
    readonly rootNamespace: string;
    readonly istio: string | null;
    readonly kubernetes: string | null;
  };
  readonly phases: readonly ReportPhase[];
  readonly problems: readonly Problem[];
}
