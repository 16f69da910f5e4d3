import type { KubeObject } from "../../src/ports.js";

/** A case: what is applied over the fixed mesh, and who calls what. */
export interface TruthCase {
  readonly objects: readonly KubeObject[];
  readonly plan: TruthPlan;
}

/** The plan of a case, in the words of the plan file. */
export interface TruthPlan {
  readonly clients: readonly { readonly namespace: string; readonly workload: string; readonly container?: string }[];
  readonly destinations: readonly TruthDestination[];
}

export interface TruthDestination {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An outcome as the real mesh gave it. */
export interface SeenOutcome {
  readonly code: string;
  readonly exit: number;
  readonly transport: string | null;
  readonly evidence: string | null;
  readonly error: string | null;
}

/** One call and all that it came to: more than one outcome only where several pods can answer. */
export interface SeenCall {
  /** `namespace/workload`. */
  readonly from: string;
  readonly method: string;
  readonly url: string;
  readonly observed: readonly SeenOutcome[];
  /** Whether several pods can answer: then what showed the transport may have come from another than the answer. */
  readonly several?: true;
  /** Whether it was still changing when time was over: then what was seen proves nothing. */
  readonly unsettled?: true;
}

/** What names a call within a case. */
export function callKey(call: Pick<SeenCall, "from" | "method" | "url">): string {
  return `${call.from} ${call.method} ${call.url}`;
}

export function isIstio({ apiVersion }: KubeObject): boolean {
  return apiVersion.includes(".istio.io/");
}

/** The spec of an object, for reading fields of it. */
export function specOf(object: KubeObject): Readonly<Record<string, unknown>> {
  return (object["spec"] ?? {}) as Readonly<Record<string, unknown>>;
}
