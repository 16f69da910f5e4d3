import { demoExpectation } from "./judge/demo-expectations.js";
import type { Strict } from "./judge/demo-expectations.js";
import type { Call, Expected } from "./mesh/call.js";
import { demoClients, demoDestinations, demoWorkloads, strictMeshPolicy, strictNamespacePolicy } from "./mesh/demo.js";
import type { DemoImages, ManifestTexts } from "./mesh/demo.js";
import type { LiveMesh } from "./mesh/live.js";
import type { SourcedObject } from "./mesh/objects.js";
import { plannedCalls } from "./mesh/planned.js";
import type { LiveCall, LiveClient } from "./mesh/planned.js";
import { whyNotReady } from "./mesh/pods.js";
import type { Problem } from "./problems.js";
import { expectedFor } from "./settings/plan.js";
import type { Plan } from "./settings/plan.js";
import { DEMO_MODES } from "./settings/settings.js";
import type { Mode, Settings } from "./settings/settings.js";

/** One state of the policies that a run brings about, in order; what a phase applies stays for those after it. */
export interface PhasePlan {
  readonly name: string;
  readonly control: boolean;
  readonly policies: (rootNamespace: string) => readonly SourcedObject[];
}

/** What a mode does, whichever it is: what it applies, who calls whom, what is expected. */
export interface Scenario {
  readonly applies: boolean;
  /** The namespaces of clients and destinations. Empty: all of the cluster but the root namespace and kube-*. */
  readonly namespaces: readonly string[];
  readonly injected: readonly string[];
  readonly notInjected: readonly string[];
  readonly workloads: readonly SourcedObject[];
  readonly phases: readonly PhasePlan[];
  readonly calls: (mesh: LiveMesh) => { calls: LiveCall[]; problems: Problem[] };
  /** Null: nothing is expected. "unmatched": the plan has expectations and none for this call. */
  readonly expected: (
    call: Call,
    phase: string,
    labels: Readonly<Record<string, string>>,
  ) => Expected | null | "unmatched";
  /** Services that must have endpoints before a call is made, `namespace/name`. */
  readonly services: (calls: readonly Call[]) => readonly string[];
}

/** What the user's files hold. */
export interface UserFiles {
  readonly manifests: readonly SourcedObject[];
  readonly policies: readonly SourcedObject[];
  readonly plan: Plan | null;
  /** What is to be told of them, and does not stop the run. */
  readonly warnings: readonly Problem[];
}

/** The scenario of the settings' mode. */
export function scenarioOf(settings: Settings, read: ManifestTexts, images: DemoImages, files: UserFiles): Scenario {
  return DEMO_MODES.includes(settings.mode) ? demoScenario(settings, read, images) : ownScenario(settings, files);
}

const NOTHING = (): readonly SourcedObject[] => [];

function demoScenario(settings: Settings, read: ManifestTexts, images: DemoImages): Scenario {
  const steps = demoSteps(settings, read);
  return {
    applies: true,
    namespaces: [...settings.namespaces, ...settings.legacyNamespaces],
    injected: settings.namespaces,
    notInjected: settings.legacyNamespaces,
    workloads: demoWorkloads(read, settings, images),
    phases: steps,
    calls: (mesh) => ({ calls: demoCalls(settings, mesh), problems: [] }),
    expected: (call, phase) => {
      const step = steps.find((one) => one.name === phase);
      return step === undefined || step.control ? null : demoExpectation(call, step.strict, settings.legacyNamespaces);
    },
    services: calledServices,
  };
}

interface DemoStep extends PhasePlan {
  readonly strict: Strict;
}

function demoSteps(settings: Settings, read: ManifestTexts): DemoStep[] {
  const permissive: DemoStep = { name: "permissive", control: false, policies: NOTHING, strict: "none" };
  const one: DemoStep = {
    name: "strict-namespace",
    control: false,
    policies: () => strictNamespacePolicy(read, settings),
    strict: { namespaces: [settings.strictNamespace] },
  };
  const mesh: DemoStep = {
    name: "strict-mesh",
    control: false,
    policies: (root) => strictMeshPolicy(read, root),
    strict: "mesh",
  };
  const control: DemoStep = { name: "control", control: true, policies: NOTHING, strict: "none" };
  const byMode: Partial<Record<Mode, DemoStep[]>> = {
    migration: [permissive, one, mesh],
    permissive: [control, permissive],
    "strict-namespace": [control, one],
    "strict-mesh": [control, mesh],
  };
  return byMode[settings.mode] ?? [];
}

function demoCalls(settings: Settings, mesh: LiveMesh): LiveCall[] {
  const destinations = demoDestinations(settings);
  return demoClients(settings).flatMap((client) => {
    const pods = mesh.pods.filter((one) => one.namespace === client.namespace && one.workload.name === client.workload);
    // Pods that were evicted stay in the list beside the one that took their place.
    const pod = pods.find((one) => whyNotReady(one.pod) === null) ?? pods[0] ?? null;
    const unready = pod === null ? "it has no pod" : whyNotReady(pod.pod);
    const from: LiveClient = { client, pod, why: unready, named: true };
    return destinations.map((to) => ({ call: { from: client, to }, from }));
  });
}

function ownScenario(settings: Settings, files: UserFiles): Scenario {
  const { plan } = files;
  const applies = settings.mode === "policies";
  const phases: PhasePlan[] = applies
    ? [
        { name: "control", control: true, policies: NOTHING },
        { name: "policies", control: false, policies: () => files.policies },
      ]
    : [{ name: "audit", control: false, policies: NOTHING }];
  return {
    applies,
    namespaces: ownNamespaces(settings, files),
    injected: [],
    notInjected: [],
    workloads: files.manifests,
    phases,
    calls: (mesh) => plannedCalls(mesh, plan),
    // A control round stands for how the mesh was before: what is expected of the policies is not expected of it.
    expected: (call, phase, labels) =>
      plan === null || phase === "control" ? null : expectedFor(plan, call, phase, labels),
    services: applies ? calledServices : () => [],
  };
}

/** What the settings name, and what the files and the plan name beyond it; empty where nothing does. */
function ownNamespaces(settings: Settings, { manifests, plan }: UserFiles): string[] {
  if (settings.namespaces.length > 0) return [...settings.namespaces];
  const fromPlan = [
    ...(plan?.clients ?? []).map((one) => one.namespace),
    ...(plan?.destinations ?? []).map(namespaceOf),
  ];
  const complete =
    plan?.clients !== undefined &&
    plan.destinations !== undefined &&
    !fromPlan.some((one) => one === null || /[*?]/u.test(one));
  const fromFiles = manifests.map(({ object }) => object.metadata.namespace).filter((one) => one !== undefined);
  if (manifests.length > 0 || complete)
    return [...new Set([...fromFiles, ...fromPlan.filter((one) => one !== null && !/[*?]/u.test(one))])]
      .filter((one) => one !== null)
      .sort();
  return [];
}

/** The namespace that a destination's host names, or null where that depends on the client, or on the cluster. */
function namespaceOf(destination: NonNullable<Plan["destinations"]>[number]): string | null {
  if (destination.service !== undefined) return destination.service.namespace;
  const [, namespace, svc] = destination.host.split(".");
  return namespace !== undefined && (svc === undefined || svc === "svc") ? namespace : null;
}

function calledServices(calls: readonly Call[]): string[] {
  return [
    ...new Set(
      calls.flatMap(({ to }) =>
        to.namespace === null || to.service === null ? [] : [`${to.namespace}/${to.service}`],
      ),
    ),
  ].sort();
}
