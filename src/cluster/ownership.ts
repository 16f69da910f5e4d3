import type { KubeObject } from "../ports.js";

/** How the cluster remembers what belongs to a run, so that any later run can clean up after a dead one. */

/** Label of everything that a run created or changed: the run's id. */
export const RUN_LABEL = "mtls-gate.dev/run";
/** Annotation of an object that a run changed in place: the object as it was, as JSON. */
export const ORIGINAL_ANNOTATION = "mtls-gate.dev/original";
/** Annotation of a run's Lease: the kinds and namespaces that it touches, as JSON. */
export const TOUCHES_ANNOTATION = "mtls-gate.dev/touches";

/** A kind in a namespace (or cluster-scoped) that a run may have objects of. */
export interface Touched {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
}

/** The run that an object belongs to, or undefined. */
export function runOf(object: KubeObject): string | undefined {
  return object.metadata.labels?.[RUN_LABEL];
}

/** The object with the run's label. */
export function owned(object: KubeObject, runId: string): KubeObject {
  const labels = { ...object.metadata.labels, [RUN_LABEL]: runId };
  return { ...object, metadata: { ...object.metadata, labels } };
}

/** What applying the objects touches: each kind and namespace once. */
export function touchedBy(objects: readonly KubeObject[]): Touched[] {
  const found = new Map<string, Touched>();
  for (const { apiVersion, kind, metadata } of objects) {
    const touched = {
      apiVersion,
      kind,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    };
    found.set(JSON.stringify([apiVersion, kind, metadata.namespace]), touched);
  }
  return [...found.values()];
}

/** Reads the annotation of a Lease; what cannot be read is no entry. */
export function readTouches(lease: KubeObject): Touched[] {
  try {
    const value = JSON.parse(lease.metadata.annotations?.[TOUCHES_ANNOTATION] ?? "[]") as unknown;
    return Array.isArray(value) ? value.filter(isTouched) : [];
  } catch {
    return [];
  }
}

/** Whether something that was read back is an entry. */
export function isTouched(value: unknown): value is Touched {
  if (typeof value !== "object" || value === null) return false;
  const { apiVersion, kind, namespace } = value as Record<string, unknown>;
  return (
    typeof apiVersion === "string" &&
    typeof kind === "string" &&
    (namespace === undefined || typeof namespace === "string")
  );
}
