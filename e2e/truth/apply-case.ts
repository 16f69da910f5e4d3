import { refOf } from "../../src/cluster/ref.js";
import type { Clock, Kubernetes, KubeObject } from "../../src/ports.js";
import { messageOf } from "../../src/problems.js";
import { isIstio, specOf } from "./case.js";

/** Applies the objects of a case and takes them away again. */

/** What is applied in the same second has the same age: `metadata.creationTimestamp` has no smaller parts. */
const NEXT_SECOND_MS = 1_050;

export type Applied =
  | { readonly objects: readonly KubeObject[] }
  /** What the API server says against an object; nothing of the case is left. */
  | { readonly refused: string };

/**
 * Applies objects side by side; those that compete for the same thing in turn, seconds apart, where `spread` says so.
 *
 * @returns the objects with the time of their creation, or why one was refused
 */
export async function applyCase(
  ports: { kubernetes: Kubernetes; clock: Clock },
  objects: readonly KubeObject[],
  spread: boolean,
  signal: AbortSignal,
): Promise<Applied> {
  const created = new Map<KubeObject, string>();
  const refused: string[] = [];
  for (const [turn, wave] of (spread ? waves(objects) : [objects]).entries()) {
    if (turn > 0) await ports.clock.sleep(NEXT_SECOND_MS, signal);
    await Promise.all(
      wave.map(async (object) => {
        try {
          const kept = await ports.kubernetes.apply(marked(object), { dryRun: false }, signal);
          created.set(object, kept.metadata.creationTimestamp ?? "");
        } catch (thrown) {
          refused.push(`${object.kind} ${object.metadata.name}: ${messageOf(thrown)}`);
        }
      }),
    );
    const [first] = refused;
    if (first !== undefined) {
      await removeCase(ports.kubernetes, objects, signal);
      return { refused: first };
    }
  }
  return {
    objects: objects.map((object) => ({
      ...object,
      metadata: { ...object.metadata, creationTimestamp: created.get(object) ?? "" },
    })),
  };
}

export async function removeCase(
  kubernetes: Kubernetes,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(objects.map((object) => kubernetes.delete(refOf(object), {}, signal)));
}

/** What a case applies carries this, so that a run that was killed leaves nothing that the next one would not find. */
const MARK = "mtls-gate.dev/truth";

function marked(object: KubeObject): KubeObject {
  const labels = { ...object.metadata.labels, [MARK]: "case" };
  return { ...object, metadata: { ...object.metadata, labels } };
}

const KINDS = [
  ["v1", "Service"],
  ...["PeerAuthentication", "AuthorizationPolicy", "RequestAuthentication"].map((kind) => [
    "security.istio.io/v1",
    kind,
  ]),
  ...["DestinationRule", "VirtualService", "ServiceEntry", "WorkloadEntry", "Sidecar"].map((kind) => [
    "networking.istio.io/v1",
    kind,
  ]),
] as const;

/** Removes what the cases of a run that did not end by itself have left. */
export async function sweepCases(kubernetes: Kubernetes, signal: AbortSignal): Promise<void> {
  const lists = await Promise.all(
    KINDS.map(([apiVersion = "", kind = ""]) => kubernetes.list({ apiVersion, kind, labels: MARK }, signal)),
  );
  await removeCase(kubernetes, lists.flat(), signal);
}

/** The n-th of those that compete is in the n-th wave. */
function waves(objects: readonly KubeObject[]): KubeObject[][] {
  const made: KubeObject[][] = [];
  const turns = new Map<string, number>();
  for (const object of objects) {
    const key = competesFor(object);
    const turn = key === null ? 0 : (turns.get(key) ?? 0);
    if (key !== null) turns.set(key, turn + 1);
    (made[turn] ??= []).push(object);
  }
  return made.filter((wave) => wave.length > 0);
}

/** What of all objects of the same text only the oldest has; null for what never competes. */
function competesFor(object: KubeObject): string | null {
  const { kind, metadata } = object;
  const spec = specOf(object);
  const where = `${kind} ${metadata.namespace ?? ""}`;
  if (kind === "PeerAuthentication") return `${where} ${spec["selector"] === undefined ? "all" : "some"}`;
  if (kind === "Sidecar") return `${where} ${spec["workloadSelector"] === undefined ? "all" : "some"}`;
  if (kind === "DestinationRule") return `${where} ${String(spec["host"])}`;
  if (kind === "VirtualService") return `${kind} ${JSON.stringify(spec["hosts"])}`;
  if (kind === "Service") return `${where} ${JSON.stringify(spec["selector"])}`;
  return isIstio(object) ? null : where;
}
