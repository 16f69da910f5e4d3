import type { Reason } from "../mesh/call.js";
import { readInventory } from "../mesh/read-inventory.js";
import type { InventoryInput } from "../mesh/read-inventory.js";
import { hasSelector, namespaceMode } from "../rules/peer-authentication.js";
import type { PeerAuthentication } from "../rules/peer-authentication.js";
import { Predictor, reasonOf } from "./predict.js";
import { isMember } from "./strict-calls.js";
import type { StrictCall } from "./strict-calls.js";
import { StrictChecks } from "./strict-checks.js";
import type { Checked, StrictEffect } from "./strict-checks.js";
import { exceptionObjects, strictObjects } from "./strict-objects.js";
import type { StrictObject } from "./strict-objects.js";

/** `already`: it is STRICT; `staged`: it has a stage; `blocked`: calls break; `unknown`: calls are unknown, and may break. */
export type StrictStatus = "already" | "staged" | "blocked" | "unknown";

export interface NamespacePlan extends StrictEffect {
  readonly namespace: string;
  readonly status: StrictStatus;
  /** Policies for some pods that let plaintext in, and still do after that. */
  readonly stays: readonly Reason[];
  /** For one that is blocked: what makes it STRICT but for the ports whose calls break. Null where that does not help. */
  readonly exceptions: readonly StrictObject[] | null;
}

/** One namespace, or with null the mesh as a whole. */
export interface StrictStage {
  readonly namespace: string | null;
  readonly objects: readonly StrictObject[];
}

export interface StrictPlan {
  readonly rootNamespace: string;
  readonly namespaces: readonly NamespacePlan[];
  /** Namespaces that were asked for, and have no pod that a PeerAuthentication could be for. */
  readonly outside: readonly string[];
  /** In order, each to be applied when the one before it is. */
  readonly stages: readonly StrictStage[];
  /** `waits`: not all namespaces of the mesh are STRICT. */
  readonly mesh: StrictEffect & { readonly status: StrictStatus | "waits" };
}

const NOTHING: StrictEffect = { looked: 0, breaks: [], unknown: { calls: 0, reasons: [] } };

/**
 * The way of namespaces to STRICT: what it would break in each, by prediction of every call that may be made to it, and the
 * stages of those in which nothing breaks. Each stage is held against the prediction of all calls of the mesh together with
 * the stages before it; the last one is the whole mesh's.
 *
 * @param namespaces those that are to go STRICT
 */
export function planStrict(input: InventoryInput, namespaces: readonly string[]): StrictPlan {
  const planner = new Planner(input);
  const { rootNamespace } = planner.checks.base.view.settings;
  const wanted = [...new Set(namespaces)].filter((one) => one !== rootNamespace).sort();
  const members = planner.members();
  const first = wanted.filter((one) => members.includes(one)).map((one) => planner.look(one));
  const staged = planner.stage(first);
  const missing = members.filter((one) => !staged.some(({ namespace, status }) => namespace === one && isDone(status)));
  const mesh = planner.wholeMesh(members.length > 0 && missing.length === 0);
  return {
    rootNamespace,
    namespaces: staged.map((one) => planner.withExceptions(one)),
    outside: wanted.filter((one) => !members.includes(one)),
    stages: planner.stages,
    mesh,
  };
}

function isDone(status: StrictStatus): boolean {
  return status === "already" || status === "staged";
}

class Planner {
  readonly checks: StrictChecks;
  readonly stages: StrictStage[] = [];
  readonly #objects: InventoryInput["objects"];
  readonly #broken = new Map<string, readonly StrictCall[]>();

  constructor(input: InventoryInput) {
    this.#objects = input.objects;
    this.checks = new StrictChecks(new Predictor(readInventory(input)));
  }

  /** The namespaces of the mesh. The root namespace's own policy is the mesh's. */
  members(): string[] {
    const { inventory, settings } = this.checks.base.view;
    const all = inventory.workloads.filter(({ pods }) => pods.some(isMember)).map(({ namespace }) => namespace);
    return [...new Set(all)].filter((one) => one !== settings.rootNamespace).sort();
  }

  /** What STRICT for one namespace alone does to the calls to it. */
  look(namespace: string): NamespacePlan {
    const { view } = this.checks.base;
    const stays = view.inventory.peerAuthentications.filter((one) => one.namespace === namespace).flatMap(letsIn);
    const plan = { namespace, stays, exceptions: null };
    if (namespaceMode(view.namespacePolicies(namespace)).mode === "STRICT") {
      return { ...plan, ...NOTHING, status: "already" };
    }
    const put = strictObjects(view, this.#objects, namespace);
    return this.#judged(plan, this.checks.check(put, [namespace], [namespace]));
  }

  #judged(plan: Pick<NamespacePlan, "namespace" | "stays" | "exceptions">, checked: Checked): NamespacePlan {
    this.#broken.set(plan.namespace, checked.broken);
    const { effect } = checked;
    return { ...plan, ...effect, status: statusOf(effect) };
  }

  /** Gives each namespace in which nothing breaks its stage; those that break something after the others have none. */
  stage(plans: readonly NamespacePlan[]): NamespacePlan[] {
    return plans.map((plan) => {
      if (plan.status !== "staged") return plan;
      const { namespace } = plan;
      const objects = strictObjects(this.checks.base.view, this.#objects, namespace);
      const checked = this.checks.check([...this.#applied(), ...objects], [...this.#gone(), namespace]);
      const { breaks, unknown } = checked.effect;
      if (breaks.length > 0 || unknown.calls > 0) return this.#judged(plan, checked);
      this.stages.push({ namespace, objects });
      return plan;
    });
  }

  #applied(): StrictObject[] {
    return this.stages.flatMap(({ objects }) => objects);
  }

  #gone(): string[] {
    return this.stages.flatMap(({ namespace }) => namespace ?? []);
  }

  wholeMesh(ready: boolean): StrictPlan["mesh"] {
    const { view } = this.checks.base;
    const { rootNamespace } = view.settings;
    if (namespaceMode(view.namespacePolicies(rootNamespace)).mode === "STRICT")
      return { ...NOTHING, status: "already" };
    if (!ready) return { ...NOTHING, status: "waits" };
    const objects = strictObjects(view, this.#objects, rootNamespace);
    const { effect } = this.checks.check([...this.#applied(), ...objects], null);
    const status = statusOf(effect);
    if (status === "staged") this.stages.push({ namespace: null, objects });
    return { ...effect, status };
  }

  /** With exceptions, where they let the namespace go STRICT after all stages. */
  withExceptions(plan: NamespacePlan): NamespacePlan {
    if (plan.status !== "blocked") return plan;
    const { namespace } = plan;
    const { view } = this.checks.base;
    const servers = (this.#broken.get(namespace) ?? []).flatMap((call) => call.servers);
    const own = servers.filter(({ pod }) => pod.namespace === namespace);
    // First, so that nothing breaks before the rest is there, too.
    const exceptions = exceptionObjects(view, this.#objects, own);
    const put = [...exceptions, ...strictObjects(view, this.#objects, namespace)];
    const { breaks, unknown } = this.checks.check([...this.#applied(), ...put], [...this.#gone(), namespace]).effect;
    const helps = exceptions.length > 0 && breaks.length === 0 && unknown.calls === 0;
    return { ...plan, exceptions: helps ? put : null };
  }
}

function statusOf({ breaks, unknown }: StrictEffect): "staged" | "blocked" | "unknown" {
  if (breaks.length > 0) return "blocked";
  return unknown.calls > 0 ? "unknown" : "staged";
}

/** Where a policy with a selector lets plaintext in. */
function letsIn(policy: PeerAuthentication): Reason[] {
  if (!hasSelector(policy)) return [];
  const { mtls, portLevelMtls } = policy.spec;
  const ports = Object.entries(portLevelMtls ?? {}).map(([port, { mode }]) => ({
    mode,
    what: `port ${port}`,
    path: ["spec", "portLevelMtls", port, "mode"],
  }));
  return [{ mode: mtls?.mode, what: "its pods", path: ["spec", "mtls", "mode"] }, ...ports]
    .filter(({ mode }) => mode === "PERMISSIVE" || mode === "DISABLE")
    .map(({ mode, what, path }) =>
      reasonOf({ rule: "peer-authentication", says: `mode ${mode ?? ""} for ${what}`, object: policy, path }),
    );
}
