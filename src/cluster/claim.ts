import type { SourcedObject } from "../mesh/objects.js";
import { KubeError } from "../ports.js";
import type { KubeObject } from "../ports.js";
import { errorProblem, messageOf, Refusal } from "../problems.js";
import type { Problem } from "../problems.js";
import { refOf } from "./ref.js";
import {
  expireLeases,
  holderOf,
  LEASE_NAME,
  LEASE_SECONDS,
  leaseObject,
  readLease,
  startHeartbeat,
  takeLease,
} from "./lease.js";
import type { Holder } from "./lease.js";
import { namespaceOrUnseen } from "./namespaces.js";
import { owned, readTouches, RUN_LABEL, runOf } from "./ownership.js";
import type { Touched } from "./ownership.js";
import { sweep } from "./sweep.js";
import type { SweepPorts } from "./sweep.js";

/** What a run wants to have for itself. */
export interface ClaimOptions {
  readonly runId: string;
  /** Every namespace of the run. */
  readonly namespaces: readonly string[];
  /** The root namespace: a run that holds it reaches every workload of the mesh. */
  readonly rootNamespace: string;
  /** Whether this run puts policies there. */
  readonly meshWide: boolean;
  readonly signal: AbortSignal;
}

/** What taking the claim takes beyond it. */
export interface TakeOptions extends ClaimOptions {
  /** Who runs it, for a person who is refused: a job's URL, or user and machine. */
  readonly identity: string;
  /** Namespaces to create where they do not exist. */
  readonly toCreate: readonly SourcedObject[];
  readonly touches: readonly Touched[];
  /** Told once when the claim is lost on the way. */
  readonly onLost: (why: string) => void;
}

/** What a run has for itself. */
export interface Claim {
  /** Ends the heartbeat; the Leases themselves go with the sweep of the run. */
  end(): void;
  /** Ends it for what stays: the next run may have it at once. Never rejects. */
  leave(): Promise<void>;
}

const LEAVE_MS = 10_000;

/** The namespaces that a run has a Lease in, in the order in which every run takes them. */
export function guardedNamespaces({
  namespaces,
  meshWide,
  rootNamespace,
}: Pick<ClaimOptions, "namespaces" | "meshWide" | "rootNamespace">): string[] {
  return [...new Set(meshWide ? [...namespaces, rootNamespace] : namespaces)].sort();
}

/**
 * Looks whether the namespaces are free, and sweeps what dead runs left in them. Before anything else is looked at:
 * what a dead run changed is put back first.
 *
 * @throws Refusal naming every holder, when another run is at work
 */
export async function freeNamespaces(ports: SweepPorts, options: ClaimOptions): Promise<void> {
  const { kubernetes, clock, log } = ports;
  const guarded = guardedNamespaces(options);
  const problems: Problem[] = [];
  const dead = new Map<string, Touched[]>();
  const look = async (namespace: string): Promise<void> => {
    const lease = await readLease(kubernetes, namespace, options.signal);
    const holder = lease === undefined ? await unleased(ports, namespace, options.signal) : holderOf(lease);
    if (holder === null || holder.runId === options.runId) return;
    if (holder.until > clock.date()) problems.push(heldProblem(namespace, holder));
    else dead.set(holder.runId, lease === undefined ? [{ apiVersion: "v1", kind: "Namespace" }] : readTouches(lease));
  };
  await Promise.all(guarded.map(look));
  // A run on other namespaces is in the way all the same where one of the two is mesh-wide.
  for (const holder of await meshWideHolders(ports, guarded, options))
    problems.push(heldProblem(holder.namespace, holder));
  if (problems.length > 0) throw new Refusal(problems);
  for (const [runId, touched] of dead) {
    log.info(`sweeping what the run ${runId} left: its Lease has run out`);
    const left = await sweep(ports, runId, touched, options.signal);
    if (left.length > 0) throw new Refusal(left);
  }
}

/**
 * Creates the namespaces that are missing, and takes a Lease in each.
 *
 * @throws Refusal when another run was faster
 */
export async function takeClaim(ports: SweepPorts, options: TakeOptions): Promise<Claim> {
  const guarded = guardedNamespaces(options);
  for (const sourced of options.toCreate) await createNamespace(ports, sourced, options);
  for (const namespace of guarded) {
    const lease = leaseObject(namespace, options.runId, options.identity, options.touches, ports.clock.date());
    if (!(await takeLease(ports.kubernetes, lease, options.signal))) {
      throw new Refusal([heldProblem(namespace, await holderIn(ports, namespace, options.signal))]);
    }
  }
  const end = startHeartbeat(ports, guarded, options.runId, options.onLost);
  const leave = async (): Promise<void> => {
    end();
    await expireLeases(ports, guarded, options.runId, AbortSignal.timeout(LEAVE_MS));
  };
  return { end, leave };
}

/** A namespace that a run created but has no Lease in yet: that run is at work if the namespace is young, else dead. */
async function unleased({ kubernetes }: SweepPorts, namespace: string, signal: AbortSignal): Promise<Holder | null> {
  const found = await namespaceOrUnseen(kubernetes, namespace, signal);
  if (found === undefined || found === "unseen") return null;
  const runId = runOf(found);
  if (runId === undefined) return null;
  const created = Date.parse(found.metadata.creationTimestamp ?? "");
  return {
    namespace,
    runId,
    identity: `run ${runId}`,
    until: new Date((Number.isNaN(created) ? 0 : created) + LEASE_SECONDS * 1000),
  };
}

async function meshWideHolders(
  { kubernetes, clock }: SweepPorts,
  guarded: readonly string[],
  options: ClaimOptions,
): Promise<Holder[]> {
  const live = (lease: KubeObject): boolean => {
    const holder = holderOf(lease);
    return holder.runId !== options.runId && holder.until > clock.date() && !guarded.includes(holder.namespace);
  };
  try {
    const leases = options.meshWide
      ? await kubernetes.list(
          {
            apiVersion: "coordination.k8s.io/v1",
            kind: "Lease",
            fields: `metadata.name=${LEASE_NAME}`,
            labels: RUN_LABEL,
          },
          options.signal,
        )
      : [await readLease(kubernetes, options.rootNamespace, options.signal)].filter((one) => one !== undefined);
    return leases.filter(live).map(holderOf);
  } catch (thrown) {
    // Without the right to look, the Leases of the run's own namespaces have to do.
    if (thrown instanceof KubeError && thrown.status === 403) return [];
    throw thrown;
  }
}

async function createNamespace(
  { kubernetes }: SweepPorts,
  { object, place }: SourcedObject,
  options: ClaimOptions,
): Promise<void> {
  if ((await kubernetes.get(refOf(object), options.signal)) !== undefined) return;
  try {
    await kubernetes.create(owned(object, options.runId), options.signal);
  } catch (thrown) {
    if (thrown instanceof KubeError && thrown.status >= 400 && thrown.status < 500) {
      const what =
        thrown.status === 409 ? "another run has just created it, or it is still being deleted" : messageOf(thrown);
      throw new Refusal([
        errorProblem("namespace", `Namespace ${object.metadata.name}: ${what}`, place, "run again when it is free"),
      ]);
    }
    throw thrown;
  }
}

async function holderIn({ kubernetes }: SweepPorts, namespace: string, signal: AbortSignal): Promise<Holder | null> {
  const lease = await readLease(kubernetes, namespace, signal);
  return lease === undefined ? null : holderOf(lease);
}

function heldProblem(namespace: string, holder: Holder | null): Problem {
  const who = holder === null ? "another run" : `${holder.identity} (run ${holder.runId})`;
  const until = holder === null ? "" : `; its Lease runs out at ${holder.until.toISOString()} unless it is renewed`;
  return errorProblem(
    "held",
    `namespace ${namespace} is in use by ${who}${until}`,
    { kind: "Lease", namespace, name: LEASE_NAME },
    "wait for that run to end, or use other namespaces",
  );
}
