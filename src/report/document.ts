/**
 * The report document, `mtls-gate/report/v1`: the one thing that every renderer and every other tool reads. The order of
 * keys and of calls is part of the contract.
 */
import type { Client, Destination, Expected, Observed, Predicted, Reason } from "../mesh/call.js";
import type { Direction, Mode } from "../settings/settings.js";
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

/**
 * Calls whose prediction a change turns in one direction for one reason, told as one. `from` and `to` are one of them, and
 * `before` and `after` are its predictions: `before` is null for a new call, `after` for one that is gone.
 */
export interface ReportChange {
  readonly direction: Direction;
  readonly from: Client;
  readonly to: Destination;
  readonly before: Predicted | null;
  readonly after: Predicted | null;
  /** What decides now, and did not before; for a call that is gone, what decided before. */
  readonly because: readonly Reason[];
  readonly count: number;
  /** A few of the calls, the first being `from` and `to`. */
  readonly examples: readonly { readonly from: Client; readonly to: Destination }[];
  /** Whether it makes the verdict `mismatch`: its direction is one to fail on, and nothing accepts it. */
  readonly fails: boolean;
  /** The plan's `accept` entry that takes it as it is. */
  readonly accepted?: Accepted;
}

/** An entry of the plan's `accept`. `until` is a date, `2026-12-31`: the last day on which it holds. */
export interface Accepted {
  readonly reason: string;
  readonly until: string;
  readonly file: string;
  readonly line: number;
}

/** Who can reach a Service port in plaintext, whether or not any known client does. */
export interface Exposure {
  /** `all`: whoever reaches its address; `some`: those that a policy lets through without an identity; `none`; `unknown`. */
  readonly plaintext: "all" | "some" | "none" | "unknown";
  /** The same in words. */
  readonly says: string;
  readonly because: readonly Reason[];
}

/** A Service port whose exposure a change turns. Null where the Service port is not there. */
export interface ReportExposure {
  readonly to: { readonly namespace: string; readonly service: string; readonly port: number };
  readonly before: Exposure | null;
  readonly after: Exposure | null;
  /** Whether it makes the verdict `mismatch`: more can reach it than could, `to-plaintext` is to fail, and nothing accepts it. */
  readonly fails: boolean;
  readonly accepted?: Accepted;
}

/** What a mesh was compared with. `name` is the ref, the path, or the cluster's context. */
export interface ReportBase {
  readonly kind: "git" | "dir" | "cluster";
  readonly name: string;
  readonly commit?: string;
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
  /** These three where the mesh was compared with a base. Changes stand in the order of DIRECTIONS, those that fail first. */
  readonly base?: ReportBase;
  readonly diff?: readonly ReportChange[];
  readonly exposure?: readonly ReportExposure[];
  readonly problems: readonly Problem[];
}
