import { KubeError } from "../ports.js";
import type { Clock, Kubernetes, KubeObject, Log } from "../ports.js";
import { errorProblem, messageOf } from "../problems.js";
import type { Problem } from "../problems.js";
import { refOf } from "./ref.js";
import { RUN_LABEL } from "./ownership.js";
import type { Touched } from "./ownership.js";
import { isReplaced, restore } from "./replace.js";

/** How long a Namespace may take to go: its pods have to end first. */
const GONE_MS = 120_000;
const POLL_MS = 250;

export interface SweepPorts {
  readonly kubernetes: Kubernetes;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Removes what a run created and puts back what it changed: policies first, then the rest, then Namespaces, and its
 * Leases last, so that a sweep that is cut short can be taken up again. Does what it can and tells the rest.
 *
 * @returns a problem for each thing that is left
 */
export async function sweep(
  ports: SweepPorts,
  runId: string,
  touched: readonly Touched[],
  signal: AbortSignal,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const steps: ((one: Touched) => boolean)[] = [
    (one) => one.apiVersion.includes(".istio.io/"),
    (one) => !one.apiVersion.includes(".istio.io/") && one.kind !== "Namespace" && one.kind !== "Lease",
    (one) => one.kind === "Namespace",
    (one) => one.kind === "Lease",
  ];
  for (const step of steps) {
    const found = await Promise.all(touched.filter(step).map((one) => sweepKind(ports, runId, one, problems, signal)));
    await waitUntilGone(
      ports,
      found.flat().filter((object) => object.kind === "Namespace"),
      problems,
      signal,
    );
  }
  return problems;
}

async function sweepKind(
  ports: SweepPorts,
  runId: string,
  touched: Touched,
  problems: Problem[],
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const { kubernetes } = ports;
  let objects: KubeObject[] = [];
  try {
    objects = await kubernetes.list({ ...touched, labels: `${RUN_LABEL}=${runId}` }, signal);
  } catch (thrown) {
    // A kind that is not served any more has no objects.
    if (thrown instanceof KubeError && thrown.status === 404) return [];
    problems.push(leftOver({ ...touched, name: "*" }, thrown));
  }
  await Promise.all(
    objects.map(async (object) => {
      try {
        if (isReplaced(object)) await restore(ports, object, signal);
        else await kubernetes.delete(refOf(object), uidOf(object), signal);
      } catch (thrown) {
        problems.push(leftOver(refOf(object), thrown));
      }
    }),
  );
  return objects;
}

/** The uid is a precondition: an object of the same name that came after is not ours to delete. */
function uidOf(object: KubeObject): { uid?: string } {
  return object.metadata.uid === undefined ? {} : { uid: object.metadata.uid };
}

async function waitUntilGone(
  { kubernetes, clock, log }: SweepPorts,
  namespaces: readonly KubeObject[],
  problems: Problem[],
  signal: AbortSignal,
): Promise<void> {
  const start = clock.now();
  let left = [...namespaces];
  while (left.length > 0) {
    try {
      const still = await Promise.all(left.map((one) => kubernetes.get(refOf(one), signal)));
      left = left.filter((one, index) => still[index]?.metadata.uid === one.metadata.uid);
    } catch (thrown) {
      for (const one of left) problems.push(leftOver(refOf(one), thrown));
      return;
    }
    if (left.length === 0) return;
    const names = left.map((one) => one.metadata.name).join(", ");
    if (clock.now() - start > GONE_MS) {
      for (const one of left)
        problems.push(leftOver(refOf(one), new Error(`it is still being deleted after ${GONE_MS / 1000} s`)));
      return;
    }
    log.progress(`removing ${names}`);
    await clock.sleep(POLL_MS, signal).catch(() => undefined);
  }
}

function leftOver(what: { kind: string; namespace?: string; name: string }, thrown: unknown): Problem {
  const where = {
    kind: what.kind,
    name: what.name,
    ...(what.namespace === undefined ? {} : { namespace: what.namespace }),
  };
  return errorProblem(
    "left-over",
    `it could not be removed or put back: ${messageOf(thrown)}`,
    where,
    `what is left carries the label ${RUN_LABEL}; the next run on these namespaces sweeps it`,
  );
}
