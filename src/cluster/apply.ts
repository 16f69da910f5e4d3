import { KubeError } from "../ports.js";
import type { Kubernetes, KubeObject, Log } from "../ports.js";
import { errorProblem, Failure, messageOf, placeText, Refusal } from "../problems.js";
import type { Problem } from "../problems.js";
import type { SourcedObject } from "../mesh/objects.js";
import { refOf } from "./ref.js";
import { owned, runOf } from "./ownership.js";
import { replaceInPlace } from "./replace.js";
import { groupOf } from "./resources.js";

/** What stands in the way of an object, or nothing. */
export interface Existing {
  readonly sourced: SourcedObject;
  /** The object of that name, somebody else's. */
  readonly existing: KubeObject;
}

/**
 * Which of the objects are there already and are not this run's. Namespaces are looked at elsewhere: one that exists is
 * used as it is.
 */
export async function findExisting(
  kubernetes: Kubernetes,
  objects: readonly SourcedObject[],
  runId: string,
  signal: AbortSignal,
): Promise<Existing[]> {
  const found = await Promise.all(
    objects.map(async (sourced) => {
      const existing = await getOrNothing(kubernetes, sourced.object, signal);
      return existing === undefined || runOf(existing) === runId ? null : { sourced, existing };
    }),
  );
  return found.filter((one) => one !== null);
}

/** A kind that the server does not know has no objects: the dry run will say so, with the place in the file. */
async function getOrNothing(
  kubernetes: Kubernetes,
  object: KubeObject,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    return await kubernetes.get(refOf(object), signal);
  } catch (thrown) {
    if (thrown instanceof KubeError && thrown.status === 404) return undefined;
    throw thrown;
  }
}

export interface ApplyOptions {
  readonly runId: string;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/**
 * Applies objects with strict field validation, side by side, Namespaces first. `replace` names the existing objects
 * that are to be changed in place.
 *
 * @throws Refusal with every object that the server does not take as it is written
 * @throws Failure when the server could not say
 */
export async function applyAll(
  ports: { kubernetes: Kubernetes; log: Log },
  objects: readonly SourcedObject[],
  replace: readonly Existing[],
  options: ApplyOptions,
): Promise<void> {
  const namespaces = objects.filter(({ object }) => object.kind === "Namespace");
  const others = objects.filter(({ object }) => object.kind !== "Namespace");
  for (const batch of [namespaces, others]) {
    const refused: Problem[] = [];
    const failed: Problem[] = [];
    await Promise.all(
      batch.map(async (sourced) => {
        try {
          const existing = replace.find((one) => isSame(one.existing, sourced.object))?.existing;
          await applyOne(ports.kubernetes, sourced, existing, options);
        } catch (thrown) {
          if (options.signal.aborted) throw thrown;
          (isRefusal(thrown) ? refused : failed).push(applyProblem(sourced, thrown));
        }
      }),
    );
    if (refused.length > 0) throw new Refusal([...refused, ...failed]);
    if (failed.length > 0) throw new Failure(failed);
  }
}

/** By name, not by identity: a phase makes its objects anew each time it is asked for them. */
function isSame(a: KubeObject, b: KubeObject): boolean {
  return (
    groupOf(a.apiVersion) === groupOf(b.apiVersion) &&
    a.kind === b.kind &&
    a.metadata.name === b.metadata.name &&
    a.metadata.namespace === b.metadata.namespace
  );
}

async function applyOne(
  kubernetes: Kubernetes,
  { object, place }: SourcedObject,
  existing: KubeObject | undefined,
  options: ApplyOptions,
): Promise<void> {
  const sent = owned(object, options.runId);
  if (existing !== undefined && !options.dryRun) {
    await replaceInPlace(kubernetes, existing, object, options.runId, options.signal);
    return;
  }
  const kept = await (existing === undefined
    ? kubernetes.apply(sent, { dryRun: options.dryRun }, options.signal)
    : kubernetes.apply(
        { ...sent, metadata: { ...sent.metadata, name: `${sent.metadata.name}-mtls-gate-dry-run` } },
        { dryRun: true },
        options.signal,
      ));
  const lost = existing === undefined ? firstLost(sent["spec"], kept["spec"], ["spec"]) : null;
  if (lost !== null) {
    throw new Refusal([
      errorProblem(
        "dropped-field",
        `the server did not keep ${lost}`,
        place,
        "write the field as the kind's documentation has it",
      ),
    ]);
  }
}

/**
 * The first field that was sent and is not in what the server kept, as a path; null when all are there. Strict
 * validation should have refused it: this is the second lock on the same door, for fields that a schema lets pass.
 */
function firstLost(sent: unknown, kept: unknown, path: readonly string[]): string | null {
  if (typeof sent !== "object" || sent === null) return null;
  if (typeof kept !== "object" || kept === null) return emptyish(sent) ? null : path.join(".");
  if (Array.isArray(sent)) {
    if (!Array.isArray(kept)) return path.join(".");
    // Lists keyed by a field can come back merged and reordered: a shorter one has lost something.
    return kept.length < sent.length ? path.join(".") : null;
  }
  for (const [key, value] of Object.entries(sent)) {
    if (!(key in kept)) {
      if (value === null || emptyish(value)) continue;
      return [...path, key].join(".");
    }
    const lost = firstLost(value, (kept as Record<string, unknown>)[key], [...path, key]);
    if (lost !== null) return lost;
  }
  return null;
}

function emptyish(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** 4xx but for time-outs and throttling: the object, or the right to apply it, is what is wrong. */
function isRefusal(thrown: unknown): boolean {
  if (thrown instanceof Refusal) return true;
  if (!(thrown instanceof KubeError)) return false;
  return (
    isUndeclaredField(thrown) || (thrown.status >= 400 && thrown.status < 500 && ![408, 429].includes(thrown.status))
  );
}

/** A server-side apply with a field that the kind has not is answered with a bare 500, seen on a real server of 1.36. */
function isUndeclaredField({ status, message }: KubeError): boolean {
  return status === 500 && message.includes("failed to create typed patch object");
}

function applyProblem({ object, place }: SourcedObject, thrown: unknown): Problem {
  const [own] = thrown instanceof Refusal ? thrown.problems : [];
  if (own !== undefined) return own;
  const { kind, metadata } = object;
  const name = placeText({
    kind,
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  });
  return errorProblem("apply", `the API server refuses ${name}: ${messageOf(thrown)}`, place, hintFor(thrown));
}

function hintFor(thrown: unknown): string | undefined {
  if (!(thrown instanceof KubeError)) return undefined;
  if (thrown.status === 403) return "the user of the kubeconfig needs the right to apply it";
  if (thrown.status === 409) return "another tool manages these fields: change it there, or use other names";
  if (isUndeclaredField(thrown)) return "mend the field's name: this kind has no such field";
  if (thrown.status >= 500 || thrown.status === 0) return "see that the API server and istiod are up, then run again";
  return "mend the manifest";
}
