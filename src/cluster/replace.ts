import { KubeError } from "../ports.js";
import type { Clock, Kubernetes, KubeObject } from "../ports.js";
import { refOf } from "./ref.js";
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

const TRIES = 5;
const PAUSE_MS = 200;

/**
 * Puts an object back as it was: spec, labels, annotations, and then who owned which field; again from what is there
 * then, when the server fails for a moment or somebody else changes the object. One that was deleted meanwhile stays
 * deleted.
 *
 * @throws Error when the kept original cannot be read
 */
export async function restore(
  { kubernetes, clock }: { kubernetes: Kubernetes; clock: Pick<Clock, "sleep"> },
  object: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  const original = JSON.parse(object.metadata.annotations?.[ORIGINAL_ANNOTATION] ?? "") as Original;
  let current = object;
  for (let attempt = 1; ; attempt += 1) {
    try {
      // The last attempt may have been done, and only its answer lost.
      const back = isReplaced(current) ? await kubernetes.replace(asItWas(current, original), signal) : current;
      await giveFieldsBack(kubernetes, back, original, signal);
      return;
    } catch (thrown) {
      if (thrown instanceof KubeError && thrown.status === 404) return;
      if (attempt === TRIES || !mayPass(thrown)) throw thrown;
      await clock.sleep(PAUSE_MS * 2 ** (attempt - 1), signal);
      const now = await kubernetes.get(refOf(object), signal);
      if (now === undefined || now.metadata.uid !== object.metadata.uid) return;
      current = now;
    }
  }
}

function asItWas(object: KubeObject, original: Original): KubeObject {
  const metadata = { ...object.metadata };
  delete metadata.labels;
  delete metadata.annotations;
  if (original.labels !== undefined) metadata.labels = original.labels;
  if (original.annotations !== undefined) metadata.annotations = original.annotations;
  const restored: KubeObject = { ...object, metadata };
  if (original.spec === undefined) delete restored["spec"];
  else restored["spec"] = original.spec;
  return restored;
}

async function giveFieldsBack(
  kubernetes: Kubernetes,
  back: KubeObject,
  { managedFields }: Original,
  signal: AbortSignal,
): Promise<void> {
  if (managedFields === undefined) return;
  const operations = [
    { op: "test", path: "/metadata/resourceVersion", value: back.metadata.resourceVersion },
    { op: "replace", path: "/metadata/managedFields", value: managedFields },
  ];
  await kubernetes.patch(refOf(back), operations, signal);
}

/** No answer, a conflict (422 is that of a patch), throttling, or trouble of the server's own. */
function mayPass(thrown: unknown): boolean {
  return thrown instanceof KubeError && (thrown.status >= 500 || [0, 409, 422, 429].includes(thrown.status));
}
