import { applyAll } from "./cluster/apply.js";
import { freeNamespaces, guardedNamespaces, takeClaim } from "./cluster/claim.js";
import type { ClaimOptions } from "./cluster/claim.js";
import type { Ledger } from "./cluster/clean-up.js";
import { kubeInject } from "./cluster/kube-inject.js";
import { preflight, reachMesh } from "./cluster/preflight.js";
import type { Preflight, Reached } from "./cluster/preflight.js";
import { touchedBy } from "./cluster/ownership.js";
import type { Touched } from "./cluster/ownership.js";
import { rollOut } from "./cluster/rollout.js";
import type { Target } from "./cluster/target.js";
import { readLiveMesh } from "./mesh/live.js";
import type { LiveMesh } from "./mesh/live.js";
import type { SourcedObject } from "./mesh/objects.js";
import type { Clock, Commands, Kubernetes, Log } from "./ports.js";
import { Failure, errorProblem, problemText } from "./problems.js";
import type { Scenario } from "./scenario.js";
import type { Settings } from "./settings/settings.js";

/** A cluster that is ready for the first call. */
export interface Prepared {
  readonly preflight: Preflight;
  readonly mesh: LiveMesh;
  /** Those that the run is about. */
  readonly namespaces: readonly string[];
  /** Aborts when the run is to end early, and when its claim on the namespaces is lost. */
  readonly signal: AbortSignal;
}

export interface PreparePorts {
  readonly kubernetes: Kubernetes;
  readonly log: Log;
  readonly clock: Clock;
  readonly commands: Commands;
  readonly runId: string;
  readonly identity: string;
  readonly remember: (ledger: Ledger, target: Target) => void;
}

/** What a run that ends early has to know. */
export interface Milestones {
  preflight: Preflight | null;
  ledger: Ledger | null;
}

/**
 * From a cluster to one that is ready for the first call: look, claim, apply, roll out. What it creates is in the ledger
 * before it is created.
 *
 * @throws Refusal or Failure, each with every problem that it could see
 */
export async function prepare(
  ports: PreparePorts,
  settings: Settings,
  scenario: Scenario,
  target: Target,
  milestones: Milestones,
  signal: AbortSignal,
): Promise<Prepared> {
  const { kubernetes, log } = ports;
  const namespaces =
    scenario.namespaces.length > 0 ? scenario.namespaces : await allNamespaces(kubernetes, settings, signal);
  const policiesOf = (root: string): SourcedObject[] => scenario.phases.flatMap((phase) => phase.policies(root));
  const intent = {
    runId: ports.runId,
    namespaces,
    injected: settings.injection === "namespace" ? scenario.injected : [],
    notInjected: scenario.notInjected,
    workloads: scenario.workloads,
    policies: policiesOf,
    appliesAnything: scenario.applies,
    allowReplace: settings.allowReplace,
    allowMeshWide: settings.allowMeshWide,
    ownCluster: target.own,
    rootNamespace: settings.rootNamespace,
  };
  const found = await log.group("preflight", async () => {
    const reached = await reachMesh(kubernetes, intent, signal);
    if (scenario.applies) await freeNamespaces(ports, claimOf(ports.runId, namespaces, scenario, reached, signal));
    return await preflight(kubernetes, intent, reached, signal);
  });
  milestones.preflight = found;
  log.info(
    `Kubernetes ${found.kubernetes}, Istio ${found.istio.version ?? "of an unknown version"}, root namespace ${found.istio.rootNamespace}`,
  );
  for (const warning of found.warnings) log.warning(problemText(warning));
  const reading = namespaces.filter(
    (namespace) => namespace !== found.istio.rootNamespace || scenario.namespaces.includes(namespace),
  );
  if (!scenario.applies) {
    return { preflight: found, mesh: await readLiveMesh(kubernetes, reading, signal), namespaces: reading, signal };
  }
  const lost = new AbortController();
  const guarded = AbortSignal.any([signal, lost.signal]);
  const onLost = (why: string): void => lost.abort(leaseLost(why));
  const mesh = await bringAbout(ports, settings, scenario, target, found, reading, milestones, onLost, guarded);
  return { preflight: found, mesh, namespaces: reading, signal: guarded };
}

async function bringAbout(
  ports: PreparePorts,
  settings: Settings,
  scenario: Scenario,
  target: Target,
  found: Preflight,
  namespaces: readonly string[],
  milestones: Milestones,
  onLost: (why: string) => void,
  guarded: AbortSignal,
): Promise<LiveMesh> {
  const { kubernetes, log, commands } = ports;
  const workloads = await sidecarsIn(commands, settings, target, found, scenario.workloads, guarded);
  const wanted = claimOf(ports.runId, namespaces, scenario, found, guarded);
  const touches = touchesOf([...workloads, ...found.policies], guardedNamespaces(wanted));
  const ledger: Ledger = { runId: ports.runId, touches };
  milestones.ledger = ledger;
  ports.remember(ledger, target);
  await log.group("apply", async () => {
    const claim = await takeClaim(
      { kubernetes, clock: ports.clock, log },
      {
        ...wanted,
        identity: ports.identity,
        toCreate: workloads.filter(({ object }) => object.kind === "Namespace"),
        touches,
        onLost,
      },
    );
    milestones.ledger = { ...ledger, claim };
    const others = workloads.filter(({ object }) => object.kind !== "Namespace");
    // The policies first, for form's sake alone: one that the server does not take ends the run before any pod starts.
    await applyAll({ kubernetes, log }, found.policies, found.replace, {
      runId: ports.runId,
      dryRun: true,
      signal: guarded,
    });
    await applyAll({ kubernetes, log }, others, [], { runId: ports.runId, dryRun: false, signal: guarded });
    log.info(`applied ${others.length} objects to ${wanted.namespaces.join(", ")}`);
  });
  return await log.group("roll out", async () => {
    const first = await readLiveMesh(kubernetes, namespaces, guarded);
    const services = scenario.services(scenario.calls(first).calls.map(({ call }) => call));
    return await rollOut(
      ports,
      rolloutTarget(scenario, workloads, namespaces, services),
      settings.rolloutTimeout,
      guarded,
    );
  });
}

function leaseLost(why: string): Failure {
  const hint = "another run is at work on these namespaces: run again when it has ended";
  return new Failure([errorProblem("lease-lost", why, undefined, hint)]);
}

/** The namespaces that the run is at work in: its own, and those that it applies objects to. */
function claimOf(
  runId: string,
  namespaces: readonly string[],
  scenario: Scenario,
  { istio: { rootNamespace }, policies, meshWide }: Reached,
  signal: AbortSignal,
): ClaimOptions {
  const applied = [...scenario.workloads, ...policies].map(({ object }) => object.metadata.namespace ?? rootNamespace);
  const inside = [...new Set([...namespaces, ...applied])].filter((namespace) => namespace !== rootNamespace);
  return { runId, namespaces: inside, rootNamespace, meshWide, signal };
}

async function sidecarsIn(
  commands: Commands,
  settings: Settings,
  target: Target,
  { istio }: Preflight,
  workloads: readonly SourcedObject[],
  signal: AbortSignal,
): Promise<SourcedObject[]> {
  if (settings.injection !== "kube-inject" || workloads.length === 0) return [...workloads];
  const legacy = ({ object }: SourcedObject): boolean =>
    settings.legacyNamespaces.includes(object.metadata.namespace ?? "");
  const installation = {
    istioNamespace: istio.namespace,
    ...(settings.revision === undefined ? {} : { revision: settings.revision }),
  };
  const injected = await kubeInject(
    commands,
    target.istioctl,
    target,
    installation,
    workloads.filter((one) => !legacy(one)),
    signal,
  );
  return [...injected, ...workloads.filter(legacy)];
}

/** Everything that the run may create or change, its Leases last. */
function touchesOf(objects: readonly SourcedObject[], guarded: readonly string[]): Touched[] {
  const leases = guarded.map((namespace) => ({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace }));
  return [...touchedBy(objects.map(({ object }) => object)), ...leases];
}

const ROLLED_OUT = ["Deployment", "StatefulSet", "DaemonSet"];

function rolloutTarget(
  scenario: Scenario,
  workloads: readonly SourcedObject[],
  namespaces: readonly string[],
  services: readonly string[],
): Parameters<typeof rollOut>[1] {
  return {
    namespaces,
    workloads: workloads
      .filter(({ object }) => ROLLED_OUT.includes(object.kind))
      .map(({ object }) => ({
        kind: object.kind,
        namespace: object.metadata.namespace ?? "default",
        name: object.metadata.name,
      })),
    injected: scenario.injected,
    notInjected: scenario.notInjected,
    services,
  };
}

/** All namespaces but the system's own; the root namespace is taken out when it is known. */
async function allNamespaces(kubernetes: Kubernetes, settings: Settings, signal: AbortSignal): Promise<string[]> {
  const found = await kubernetes.list({ apiVersion: "v1", kind: "Namespace" }, signal);
  const root = settings.rootNamespace ?? "istio-system";
  return found.map(({ metadata }) => metadata.name).filter((name) => !name.startsWith("kube-") && name !== root);
}
