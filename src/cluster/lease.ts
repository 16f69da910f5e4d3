import { KubeError } from "../ports.js";
import type { Clock, Kubernetes, KubeObject } from "../ports.js";
import { messageOf } from "../problems.js";
import { RUN_LABEL, TOUCHES_ANNOTATION } from "./ownership.js";
import type { Touched } from "./ownership.js";

/**
 * The guard of a namespace: a Lease in it, with a heartbeat. A second run on the namespace sees it and refuses; one that
 * ran out belongs to a run that died.
 */

export const LEASE_NAME = "mtls-gate";
export const LEASE_SECONDS = 40;
const HEARTBEAT_MS = 10_000;
const LEASE_API = "coordination.k8s.io/v1";

/** A Lease of another run. */
export interface Holder {
  readonly namespace: string;
  readonly runId: string;
  readonly identity: string;
  /** When it runs out, by the wall clock. */
  readonly until: Date;
}

/** A Lease as the object to create. */
export function leaseObject(
  namespace: string,
  runId: string,
  identity: string,
  touches: readonly Touched[],
  now: Date,
): KubeObject {
  return {
    apiVersion: LEASE_API,
    kind: "Lease",
    metadata: {
      name: LEASE_NAME,
      namespace,
      labels: { [RUN_LABEL]: runId },
      annotations: { [TOUCHES_ANNOTATION]: JSON.stringify(touches) },
    },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: LEASE_SECONDS,
      acquireTime: microTime(now),
      renewTime: microTime(now),
    },
  };
}

/** Who holds a Lease. */
export function holderOf(lease: KubeObject): Holder {
  const spec = (lease["spec"] ?? {}) as { holderIdentity?: string; leaseDurationSeconds?: number; renewTime?: string };
  const renewed = Date.parse(spec.renewTime ?? lease.metadata.creationTimestamp ?? "");
  return {
    namespace: lease.metadata.namespace ?? "",
    runId: lease.metadata.labels?.[RUN_LABEL] ?? "",
    identity: spec.holderIdentity ?? "unknown",
    until: new Date((Number.isNaN(renewed) ? 0 : renewed) + (spec.leaseDurationSeconds ?? LEASE_SECONDS) * 1000),
  };
}

/** The Lease of a namespace, or undefined. */
export async function readLease(
  kubernetes: Kubernetes,
  namespace: string,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  return await kubernetes.get({ apiVersion: LEASE_API, kind: "Lease", namespace, name: LEASE_NAME }, signal);
}

/** Takes the Lease of a namespace. False: somebody else was faster. */
export async function takeLease(kubernetes: Kubernetes, lease: KubeObject, signal: AbortSignal): Promise<boolean> {
  try {
    await kubernetes.create(lease, signal);
    return true;
  } catch (thrown) {
    if (thrown instanceof KubeError && thrown.status === 409) return false;
    throw thrown;
  }
}

/**
 * Renews the Leases until stopped. A renewal that fails is tried again at the next beat; when another run has taken the
 * Lease over, or none could be renewed before it ran out, `onLost` is told once.
 *
 * @returns a function that stops it
 */
export function startHeartbeat(
  ports: { kubernetes: Kubernetes; clock: Clock },
  namespaces: readonly string[],
  runId: string,
  onLost: (why: string) => void,
): () => void {
  const stop = new AbortController();
  void beat(ports, namespaces, runId, onLost, stop.signal);
  return () => stop.abort();
}

async function beat(
  { kubernetes, clock }: { kubernetes: Kubernetes; clock: Clock },
  namespaces: readonly string[],
  runId: string,
  onLost: (why: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let last = clock.now();
  for (;;) {
    try {
      await clock.sleep(HEARTBEAT_MS, signal);
      for (const namespace of namespaces) {
        if (!(await setRenewed(kubernetes, namespace, runId, clock.date(), signal))) {
          onLost(`the Lease ${namespace}/${LEASE_NAME} was taken away from this run`);
          return;
        }
      }
      last = clock.now();
    } catch (thrown) {
      if (signal.aborted) return;
      if (clock.now() - last > LEASE_SECONDS * 1000) {
        onLost(`the Lease of this run could not be renewed: ${messageOf(thrown)}`);
        return;
      }
    }
  }
}

/**
 * Lets the Leases of a run that has ended run out at once, so that the next run need not wait for them. One that cannot be
 * changed runs out by itself.
 */
export async function expireLeases(
  { kubernetes, clock }: { kubernetes: Kubernetes; clock: Pick<Clock, "date"> },
  namespaces: readonly string[],
  runId: string,
  signal: AbortSignal,
): Promise<void> {
  const ended = new Date(clock.date().getTime() - LEASE_SECONDS * 1000);
  await Promise.allSettled(namespaces.map((namespace) => setRenewed(kubernetes, namespace, runId, ended, signal)));
}

/** Writes into the Lease of a run when it was renewed. False: it is not, or no longer, that run's. */
async function setRenewed(
  kubernetes: Kubernetes,
  namespace: string,
  runId: string,
  renewed: Date,
  signal: AbortSignal,
): Promise<boolean> {
  const lease = await readLease(kubernetes, namespace, signal);
  if (lease?.metadata.labels?.[RUN_LABEL] !== runId) return false;
  const spec = { ...(lease["spec"] as object), renewTime: microTime(renewed) };
  await kubernetes.replace({ ...lease, spec }, signal);
  return true;
}

/** Kubernetes' MicroTime. */
function microTime(date: Date): string {
  return date.toISOString().replace("Z", "000Z");
}
