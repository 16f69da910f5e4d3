import type { IstioInstallation } from "../mesh/istio.js";
import { findIstio } from "../mesh/istio.js";
import type { SourcedObject } from "../mesh/objects.js";
import { KubeError } from "../ports.js";
import type { Kubernetes, KubeObject } from "../ports.js";
import { errorProblem, Failure, messageOf, Refusal, warningProblem } from "../problems.js";
import type { Problem } from "../problems.js";
import { webhookInjects } from "../rules/injection.js";
import { findExisting } from "./apply.js";
import type { Existing } from "./apply.js";
import { namespaceOrUnseen } from "./namespaces.js";
import { runOf } from "./ownership.js";
import { needsOf } from "./needs.js";
import type { Right } from "./needs.js";
import { missingRights } from "./rights.js";

/** What a run is about to do, as far as it decides whether the cluster is fit for it. */
export interface Intent {
  readonly runId: string;
  /** The namespaces whose pods call and are called. */
  readonly namespaces: readonly string[];
  /** Of these, those whose new pods must get a sidecar by the webhook, and those whose must not. Demo modes only. */
  readonly injected: readonly string[];
  readonly notInjected: readonly string[];
  /** Objects to apply before the control round, and the policies of all phases. */
  readonly workloads: readonly SourcedObject[];
  readonly policies: (rootNamespace: string) => readonly SourcedObject[];
  /** False for a run that only reads and calls: it takes no Lease and sweeps nothing. */
  readonly appliesAnything: boolean;
  readonly allowReplace: boolean;
  readonly allowMeshWide: boolean;
  /** A cluster of our own: nobody else's workloads are there. */
  readonly ownCluster: boolean;
  readonly rootNamespace: string | undefined;
}

/** The cluster as it was found, fit for the run as far as can be seen without looking at its objects. */
export interface Reached {
  readonly kubernetes: string;
  readonly istio: IstioInstallation;
  readonly policies: readonly SourcedObject[];
  readonly meshWide: boolean;
}

/** What the preflight found out. */
export interface Preflight extends Reached {
  /** Policies that are there and that the run may change in place. */
  readonly replace: readonly Existing[];
  readonly warnings: readonly Problem[];
}

/**
 * Looks whether the API server answers, Istio is there, and the user may do what the run does.
 *
 * @throws Failure when the API server does not answer
 * @throws Refusal with every problem at once
 */
export async function reachMesh(kubernetes: Kubernetes, intent: Intent, signal: AbortSignal): Promise<Reached> {
  const [version, istio] = await reach(kubernetes, intent, signal);
  if (istio === null) {
    const hint = `install Istio, or set root-namespace where it is not istio-system (context ${kubernetes.context})`;
    throw new Refusal([errorProblem("no-istio", "there is no istiod in this cluster", undefined, hint)]);
  }
  const policies = intent.policies(istio.rootNamespace);
  const lacking = await missingRights(kubernetes, rightsNeeded(intent, policies, istio), signal);
  // Without the rights the further looks would fail one by one and say the same thing less well.
  if (lacking.length > 0) throw new Refusal(lacking);
  const absent = await absentNamespaces(kubernetes, intent, signal);
  if (absent.length > 0) throw new Refusal(absent);
  const meshWide = policies.some(({ object }) => object.metadata.namespace === istio.rootNamespace);
  return { kubernetes: version, istio, policies, meshWide };
}

/**
 * Looks whether anything that is there stands in the way, before anything is changed.
 *
 * @throws Refusal with every problem at once
 */
export async function preflight(
  kubernetes: Kubernetes,
  intent: Intent,
  reached: Reached,
  signal: AbortSignal,
): Promise<Preflight> {
  const { istio, policies, meshWide } = reached;
  const [injection, existing, inTheWay, others] = await Promise.all([
    injectionProblems(kubernetes, intent, istio, signal),
    findExisting(
      kubernetes,
      [...intent.workloads, ...policies].filter(({ object }) => object.kind !== "Namespace"),
      intent.runId,
      signal,
    ),
    policiesInTheWay(kubernetes, policies, signal),
    meshWide && !intent.ownCluster && !intent.allowMeshWide ? meshedOthers(kubernetes, intent, istio, signal) : [],
  ]);
  const replaceable = (one: Existing): boolean => intent.allowReplace && policies.includes(one.sourced);
  const refused = existing
    .filter((one) => !replaceable(one))
    .map((one) => existingProblem(one, policies.includes(one.sourced)));
  const problems = [...injection, ...refused, ...inTheWay, ...others];
  if (problems.some((one) => one.severity === "error")) throw new Refusal(problems);
  return { ...reached, replace: existing.filter(replaceable), warnings: problems };
}

async function reach(
  kubernetes: Kubernetes,
  intent: Intent,
  signal: AbortSignal,
): Promise<[string, IstioInstallation | null]> {
  try {
    return await Promise.all([kubernetes.version(signal), findIstio(kubernetes, intent.rootNamespace, signal)]);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const what = `the cluster of context '${kubernetes.context}' (${kubernetes.server}) cannot be used: ${messageOf(thrown)}`;
    if (thrown instanceof KubeError && [401, 403].includes(thrown.status)) {
      throw new Refusal([errorProblem("credentials", what, undefined, "renew the credentials of the kubeconfig")], {
        cause: thrown,
      });
    }
    throw new Failure(
      [errorProblem("unreachable", what, undefined, "see that the API server is up and the kubeconfig is right")],
      { cause: thrown },
    );
  }
}

/** Those that a run cannot do without. Rights for all of the cluster are told of in any namespace. */
function rightsNeeded(
  { namespaces, workloads, appliesAnything, allowMeshWide, ownCluster }: Intent,
  policies: readonly SourcedObject[],
  { namespace: istioNamespace, rootNamespace }: IstioInstallation,
): Map<string, Right[]> {
  const needs = needsOf({
    calls: true,
    namespaces,
    applied: [...workloads, ...policies].map(({ object }) => object),
    appliesAnything,
    allowMeshWide: allowMeshWide || ownCluster,
    rootNamespace,
    istioNamespace,
  });
  const needed = new Map<string, Right[]>();
  for (const { where, rights, without } of needs) {
    const asked = where ?? namespaces[0];
    if (without === undefined && asked !== undefined) needed.set(asked, [...(needed.get(asked) ?? []), ...rights]);
  }
  return needed;
}

/** A namespace that nothing creates has to be there. One that a dead run left is as good as gone: it will be swept. */
async function absentNamespaces(kubernetes: Kubernetes, intent: Intent, signal: AbortSignal): Promise<Problem[]> {
  const created = new Set(
    intent.workloads.filter(({ object }) => object.kind === "Namespace").map(({ object }) => object.metadata.name),
  );
  const found = await Promise.all(
    intent.namespaces
      .filter((namespace) => !created.has(namespace))
      .map(async (name) =>
        absentProblem(name, await namespaceOrUnseen(kubernetes, name, signal), intent.appliesAnything),
      ),
  );
  return found.filter((one) => one !== null);
}

function absentProblem(name: string, existing: KubeObject | undefined | "unseen", applies: boolean): Problem | null {
  const where = { kind: "Namespace", name };
  if (existing === "unseen") return null;
  if (existing === undefined) {
    const hint = "create it, or see namespaces and the plan for a misspelt name";
    return errorProblem("namespace", "the namespace is not there", where, hint);
  }
  const left = applies ? runOf(existing) : undefined;
  if (left === undefined) return null;
  const hint = "add its manifests to this run, or take the label mtls-gate.dev/run off to keep it";
  return errorProblem(
    "namespace",
    `the namespace was left by the run ${left}, and this run would sweep it`,
    where,
    hint,
  );
}

async function injectionProblems(
  kubernetes: Kubernetes,
  intent: Intent,
  istio: IstioInstallation,
  signal: AbortSignal,
): Promise<Problem[]> {
  const { webhooks } = istio;
  if (intent.injected.length === 0 && intent.notInjected.length === 0) return [];
  if (webhooks === null) {
    return [
      warningProblem(
        "injection",
        "the right to read MutatingWebhookConfigurations is missing: whether sidecars come in is seen only when the pods are there",
      ),
    ];
  }
  const check = async (namespace: string, wanted: boolean): Promise<Problem[]> => {
    const existing = await kubernetes.get({ apiVersion: "v1", kind: "Namespace", name: namespace }, signal);
    if (existing?.metadata.deletionTimestamp !== undefined && runOf(existing) === undefined) {
      return [
        errorProblem(
          "namespace",
          "the namespace is being deleted",
          { kind: "Namespace", name: namespace },
          "wait until it is gone, or use another",
        ),
      ];
    }
    const ours = intent.workloads.find(
      ({ object }) => object.kind === "Namespace" && object.metadata.name === namespace,
    )?.object;
    // A namespace of a dead run is swept and made anew; one of somebody else is used as it is.
    const foreign = existing !== undefined && runOf(existing) === undefined;
    const labels = (foreign ? existing : ours)?.metadata.labels ?? {};
    return webhookInjects(webhooks, namespace, labels, {}) === wanted
      ? []
      : [injectionProblem(namespace, wanted, foreign)];
  };
  const found = await Promise.all([
    ...intent.injected.map((namespace) => check(namespace, true)),
    ...intent.notInjected.map((namespace) => check(namespace, false)),
  ]);
  return found.flat();
}

function injectionProblem(namespace: string, wanted: boolean, foreign: boolean): Problem {
  const where = { kind: "Namespace", name: namespace };
  if (!wanted) {
    return errorProblem(
      "injection",
      "pods of this namespace would get a sidecar, but it stands for clients without one",
      where,
      "take the injection label off, or name another in legacy-namespaces",
    );
  }
  return foreign
    ? errorProblem(
        "injection",
        "no webhook of Istio injects pods of this namespace as it is labelled",
        where,
        "label it istio-injection=enabled, or istio.io/rev with the installed revision, or name another in namespaces",
      )
    : errorProblem(
        "injection",
        "no webhook of Istio injects pods of a namespace labelled as this one would be",
        where,
        "set revision to an installed one (kubectl get mutatingwebhookconfigurations -l app=sidecar-injector)",
      );
}

function existingProblem({ sourced, existing }: Existing, policy: boolean): Problem {
  const { kind, metadata } = existing;
  const where = {
    kind,
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  };
  const hint = policy
    ? "set allow-replace to have it changed for the run and put back as it was"
    : "remove it, or use other namespaces: what is not this tool's is never overwritten";
  return errorProblem("exists", `it is there already, and ${sourced.place.file} would overwrite it`, where, hint);
}

interface PolicySpec {
  selector?: { matchLabels?: object };
}

/** A selector-less PeerAuthentication of another name is older than ours and would decide in its place. */
async function policiesInTheWay(
  kubernetes: Kubernetes,
  policies: readonly SourcedObject[],
  signal: AbortSignal,
): Promise<Problem[]> {
  const general = policies
    .map(({ object }) => object)
    .filter((object) => object.kind === "PeerAuthentication" && coversAll(object));
  const found = await Promise.all(
    general.map(async (ours) => {
      const { namespace } = ours.metadata;
      if (namespace === undefined) return [];
      const there = await kubernetes.list({ apiVersion: ours.apiVersion, kind: ours.kind, namespace }, signal);
      return there
        .filter((one) => one.metadata.name !== ours.metadata.name && coversAll(one) && runOf(one) === undefined)
        .map((one) => olderProblem(one));
    }),
  );
  return found.flat();
}

function coversAll(policy: KubeObject): boolean {
  return Object.keys((policy["spec"] as PolicySpec | undefined)?.selector?.matchLabels ?? {}).length === 0;
}

function olderProblem({ kind, metadata }: KubeObject): Problem {
  const where = {
    kind,
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  };
  return errorProblem(
    "older-policy",
    "it is older than the policy of this run and covers the same workloads, so that it alone would count",
    where,
    "remove it, or run in another namespace",
  );
}

/** The namespaces outside of the run that have meshed pods: a mesh-wide policy would reach them. */
async function meshedOthers(
  kubernetes: Kubernetes,
  intent: Intent,
  istio: IstioInstallation,
  signal: AbortSignal,
): Promise<Problem[]> {
  const hint = "set allow-mesh-wide when that is meant, or use a cluster of your own";
  try {
    const pods = await kubernetes.list(
      { apiVersion: "v1", kind: "Pod", labels: "security.istio.io/tlsMode=istio" },
      signal,
    );
    const inRun = new Set([...intent.namespaces, istio.rootNamespace, istio.namespace]);
    const others = new Set(
      pods.map((pod) => pod.metadata.namespace ?? "").filter((namespace) => !inRun.has(namespace)),
    );
    if (others.size === 0) return [];
    return [
      errorProblem(
        "mesh-wide",
        `a policy in ${istio.rootNamespace} reaches every workload of the mesh, also those of ${[...others].sort().join(", ")}`,
        undefined,
        hint,
      ),
    ];
  } catch (thrown) {
    if (!(thrown instanceof KubeError && thrown.status === 403)) throw thrown;
    return [
      errorProblem(
        "mesh-wide",
        `a policy in ${istio.rootNamespace} reaches every workload of the mesh, and the right to list all pods is missing to see whose they are`,
        undefined,
        hint,
      ),
    ];
  }
}
