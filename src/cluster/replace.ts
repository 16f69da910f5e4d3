import { KubeError } from "../ports.js";
import type { Kubernetes, KubeObject } from "../ports.js";
import { refOf } from "./kubernetes.js";
import { ORIGINAL_ANNOTATION, owned } from "./ownership.js";

/**
 * Changing an object that somebody else made, and putting it back. It is updated in place and never deleted: its age
 * decides which of several policies counts. Its original is kept in the cluster, in the very request that changes it,
 * so that no crash can lose it.
 */

interface Original {
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly spec?: unknown;
  /** Who owned which field: without it, an owner's next apply would meet a conflict with us. */
  readonly managedFields?: unknown[];
}

/**
 * Gives an existing object the spec of ours, and keeps its original in an annotation.
 *
 * @param existing as the server has it; its resourceVersion is a precondition
 * @throws KubeError 409 when it changed meanwhile
 */
export async function replaceInPlace(
  kubernetes: Kubernetes,
  existing: KubeObject,
  ours: KubeObject,
  runId: string,
  signal: AbortSignal,
): Promise<KubeObject> {
  const { labels, annotations, managedFields } = existing.metadata;
  const original: Original = {
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...("spec" in existing ? { spec: existing["spec"] } : {}),
    ...(managedFields === undefined ? {} : { managedFields }),
  };
  const changed = owned({ ...existing, ...("spec" in ours ? { spec: ours["spec"] } : {}) }, runId);
  changed.metadata.annotations = { ...annotations, [ORIGINAL_ANNOTATION]: JSON.stringify(original) };
  return await kubernetes.replace(changed, signal);
}

/** Whether the object is one that a run changed in place. */
export function isReplaced(object: KubeObject): boolean {
  return object.metadata.annotations?.[ORIGINAL_ANNOTATION] !== undefined;
}

/**
 * Puts an object back as it was: spec, labels, annotations, and then who owned which field. An object that was deleted
 * meanwhile stays deleted.
 *
 * @throws Error when the kept original cannot be read
 */
export async function restore(kubernetes: Kubernetes, object: KubeObject, signal: AbortSignal): Promise<void> {
  const original = JSON.parse(object.metadata.annotations?.[ORIGINAL_ANNOTATION] ?? "") as Original;
  const metadata = { ...object.metadata };
  delete metadata.labels;
  delete metadata.annotations;
  if (original.labels !== undefined) metadata.labels = original.labels;
  if (original.annotations !== undefined) metadata.annotations = original.annotations;
  const restored: KubeObject = { ...object, metadata };
  if (original.spec === undefined) delete restored["spec"];
  else restored["spec"] = original.spec;
  try {
    const back = await kubernetes.replace(restored, signal);
    if (original.managedFields === undefined) return;
    await kubernetes.patch(
      refOf(back),
      [
        { op: "test", path: "/metadata/resourceVersion", value: back.metadata.resourceVersion },
        { op: "replace", path: "/metadata/managedFields", value: original.managedFields },
      ],
      signal,
    );
  } catch (thrown) {
    if (thrown instanceof KubeError && thrown.status === 404) return;
    throw thrown;
  }
}
