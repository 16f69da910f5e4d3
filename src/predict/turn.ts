import type { Outcome, Predicted } from "../mesh/call.js";
import { checkManifest } from "../mesh/check-manifest.js";
import type { Workload } from "../mesh/inventory.js";
import { inventoryClients, inventoryDestinations, inventoryNamespaces } from "../mesh/inventory-calls.js";
import { PROXY_CONTAINER } from "../mesh/pods.js";
import { overlay, readInventory } from "../mesh/read-inventory.js";
import type { InventoryInput } from "../mesh/read-inventory.js";
import type { KubeObject } from "../ports.js";
import type { Located } from "../rules/objects.js";
import { NOWHERE } from "../rules/objects.js";
import { listAt, valueAt } from "./edit.js";
import { Predictor } from "./predict.js";
import { authenticationCandidates } from "./turn-authentication.js";
import { authorizationCandidates } from "./turn-authorization.js";
import { destinationCandidates } from "./turn-destination.js";
import { injectionCandidates } from "./turn-injection.js";
import { routeCandidates } from "./turn-routes.js";
import { ofUser, principalsOf, sceneOf } from "./turn-scene.js";
import type { Candidate, Goal, Placed, Scene, TurnRequest } from "./turn-scene.js";
import { visibilityCandidates } from "./turn-visibility.js";

export type { TurnRequest } from "./turn-scene.js";

/** What a call is after a change that turned it. */
export type Achieves = "arrives-mtls" | "arrives-plaintext" | "arrives-tls" | "refused";

/** How many calls of the mesh, beside the one that is to be turned, have another outcome after a change. */
export interface SideEffects {
  /** How many were predicted, of how many that there are. */
  readonly looked: number;
  readonly all: number;
  readonly changed: number;
  /** Of the changed ones: those that arrived and do no more, and those that do now and did not. */
  readonly nowRefused: number;
  readonly nowArriving: number;
}

/** A change of one object that turns a call's outcome, as the prediction has it. */
export interface Suggestion {
  readonly title: string;
  readonly why: string;
  readonly achieves: Achieves;
  readonly change: "add" | "replace";
  /** Whole, after the change. */
  readonly object: KubeObject;
  readonly before?: KubeObject;
  /** Where the object stands that is changed. */
  readonly at?: Located;
  /** The namespace whose pods have to start anew for it to count. */
  readonly restarts?: string;
  readonly after: Predicted;
  readonly others: SideEffects;
}

const MOST_SUGGESTIONS = 3;
/** Of each kind of change. */
const MOST_CANDIDATES = 25;
const MOST_CALLS = 2_000;

/**
 * The smallest changes that turn a call: for one that is refused, those that let it arrive; for one that arrives in
 * plaintext, those that make it mTLS or refuse it; for one over mTLS, those that refuse it. Each is predicted again, and
 * those that change the fewest other calls come first. None where the outcome is unknown, or where nothing was found.
 *
 * @param mesh what the inventory was read from
 * @param predicted what is predicted of the call in that mesh
 */
export function suggestions(mesh: InventoryInput, request: TurnRequest, predicted: Predicted): Suggestion[] {
  const goals = goalsOf(predicted);
  if (goals.length === 0) return [];
  const before = new Predictor(readInventory(mesh));
  const scene = sceneOf(mesh, before, request, predicted.because);
  if (scene === null) return [];
  const turning = goals.flatMap((goal) => turningOf(mesh, scene, goal));
  if (turning.length === 0) return [];
  const calls = otherCalls(scene);
  const were = outcomesOf(before, calls.looked);
  const told = turning.map((one) => ({ ...one, others: sideEffects(one.predictor, calls, were) }));
  return best(told, goals).map(toSuggestion);
}

/** What would turn an outcome; nothing would one that is unknown. */
function goalsOf(predicted: Predicted): Goal[] {
  if ("unknown" in predicted) return [];
  const all = allOf(predicted);
  if (!all.every(({ arrives }) => arrives === true)) return ["arrive"];
  return all.every(({ transport }) => transport === "mtls" || transport === "hbone") ? ["refuse"] : ["mtls", "refuse"];
}

function allOf(predicted: Exclude<Predicted, { unknown: string }>): readonly Outcome[] {
  return "anyOf" in predicted ? predicted.anyOf : [predicted];
}

/** What a goal has come to, or null where the outcome does not reach it surely. */
function reached(goal: Goal, predicted: Predicted): Achieves | null {
  if ("unknown" in predicted) return null;
  const all = allOf(predicted);
  if (goal === "refuse") return all.every(({ arrives }) => arrives === false) ? "refused" : null;
  if (!all.every(({ arrives }) => arrives === true)) return null;
  if (all.every(({ transport }) => transport === "mtls" || transport === "hbone")) return "arrives-mtls";
  if (goal === "mtls") return null;
  return all.some(({ transport }) => transport === "plaintext") ? "arrives-plaintext" : "arrives-tls";
}

interface Turning {
  readonly goal: Goal;
  readonly candidate: Candidate;
  readonly achieves: Achieves;
  readonly after: Predicted;
  readonly predictor: Predictor;
}

const SOURCES = [
  injectionCandidates,
  destinationCandidates,
  routeCandidates,
  visibilityCandidates,
  authenticationCandidates,
  authorizationCandidates,
];

function turningOf(mesh: InventoryInput, scene: Scene, goal: Goal): Turning[] {
  const all = SOURCES.flatMap((source) => distinctOf(source(scene, goal)).slice(0, MOST_CANDIDATES));
  const { rootNamespace } = scene.view.settings;
  const evades = hidesIdentity(scene);
  return all.flatMap((candidate) => {
    if (!isValid(candidate, rootNamespace)) return [];
    const predictor = new Predictor(readInventory({ ...mesh, objects: after(mesh.objects, candidate) }));
    const { client, container, to } = scene.request;
    const workload = sameWorkload(predictor, client);
    if (workload === undefined) return [];
    const predicted = predictor.predict(workload, container, to);
    const achieves = reached(goal, predicted);
    if (achieves === "arrives-plaintext" && evades && candidate.object.kind !== "AuthorizationPolicy") return [];
    return achieves === null ? [] : [{ goal, candidate, achieves, after: predicted, predictor }];
  });
}

/**
 * Whether plaintext would hide from an AuthorizationPolicy who calls. A policy that knows nobody in particular may let the
 * call in then, and that is no way to be let in.
 */
function hidesIdentity(scene: Scene): boolean {
  return scene.named("AuthorizationPolicy").length > 0 && principalsOf(scene).length > 0;
}

function distinctOf(all: readonly Candidate[]): Candidate[] {
  const distinct = new Map<string, Candidate>();
  for (const one of all) {
    const key = JSON.stringify(one.object);
    if (!distinct.has(key)) distinct.set(key, one);
  }
  return [...distinct.values()];
}

/** Nothing is suggested that the API server or Istio would refuse; an object that they have is as good as it was. */
function isValid({ object, before }: Candidate, rootNamespace: string): boolean {
  const errors = (one: KubeObject): number =>
    checkManifest(one, () => ({ file: "" }), { rootNamespace }).filter(({ severity }) => severity === "error").length;
  const now = errors(object);
  return now === 0 || (before !== undefined && now <= errors(before.object));
}

function sameWorkload({ view }: Predictor, { namespace, kind, name }: Workload): Workload | undefined {
  return view.inventory.workloads.find((one) => one.namespace === namespace && one.kind === kind && one.name === name);
}

/** The mesh's objects after a change. */
function after(objects: readonly Placed[], { object, before, restarts }: Candidate): Placed[] {
  const others = restarts === undefined ? objects : objects.map((one) => restarted(one, restarts));
  // What is there is older than what is added, also where no file says since when it is there.
  const old = before === undefined ? others.map(aged) : others;
  return overlay(old, [{ object, at: before?.at ?? NOWHERE }]);
}

const LATE = "9999-01-01T00:00:00Z";

function aged(one: Placed): Placed {
  const { metadata } = one.object;
  if (metadata.creationTimestamp !== undefined) return one;
  return { ...one, object: { ...one.object, metadata: { ...metadata, creationTimestamp: LATE } } };
}

/** A pod of a cluster that has no proxy, as it is before its admission. */
function restarted(one: Placed, namespace: string): Placed {
  const { object } = one;
  if (object.kind !== "Pod" || object.metadata.namespace !== namespace) return one;
  const containers = [...listAt(object, ["spec", "containers"]), ...listAt(object, ["spec", "initContainers"])];
  if (containers.some((container) => valueAt(container, ["name"]) === PROXY_CONTAINER)) return one;
  return { ...one, object: ofUser(object) };
}

interface OtherCall {
  readonly workload: Workload;
  readonly container: string;
  readonly to: { readonly url: string; readonly method: string; readonly headers: Readonly<Record<string, string>> };
  /** How near it is to the call that is turned: those that have an end in common with it come first. */
  readonly near: number;
}

/** All calls of all workloads to all Service ports but the one in question; of very many, the nearest. */
function otherCalls({ inventory, request, spots, url }: Scene): { looked: readonly OtherCall[]; all: number } {
  const namespaces = inventoryNamespaces(inventory);
  const { clients } = inventoryClients(inventory, null, namespaces);
  const destinations = inventoryDestinations(inventory, namespaces);
  const called = spots[0]?.service;
  const calls = clients.flatMap(({ client, workload }) =>
    destinations.flatMap((to): OtherCall[] => {
      const sameClient = workload === request.client || isSame(workload, request.client);
      const sameService = to.namespace === called?.namespace && to.service === called.name;
      if (sameClient && sameService && to.port === url.port) return [];
      const near = (sameClient ? 2 : 0) + (sameService ? 2 : 0) + (to.namespace === called?.namespace ? 1 : 0);
      return [{ workload, container: client.container, to, near }];
    }),
  );
  return { looked: calls.sort((a, b) => b.near - a.near).slice(0, MOST_CALLS), all: calls.length };
}

function isSame(a: Workload, b: Workload): boolean {
  return a.namespace === b.namespace && a.kind === b.kind && a.name === b.name;
}

type Seen = { readonly key: string; readonly arrives: boolean } | null;

function outcomesOf(predictor: Predictor, calls: readonly OtherCall[]): Seen[] {
  return calls.map(({ workload, container, to }) => {
    const own = sameWorkload(predictor, workload);
    if (own === undefined) return null;
    const predicted = predictor.predict(own, container, to);
    if ("unknown" in predicted) return { key: "unknown", arrives: false };
    const all = allOf(predicted);
    return { key: JSON.stringify(all.map(outcomeKey)), arrives: all.every(({ arrives }) => arrives === true) };
  });
}

function outcomeKey({ arrives, code, exit, transport, grpc }: Outcome): unknown[] {
  return [arrives, code, exit, transport, grpc ?? null];
}

function sideEffects(
  predictor: Predictor,
  { looked, all }: { looked: readonly OtherCall[]; all: number },
  were: readonly Seen[],
): SideEffects {
  const are = outcomesOf(predictor, looked);
  let [changed, nowRefused, nowArriving] = [0, 0, 0];
  were.forEach((was, index) => {
    const is = are[index] ?? null;
    if (was?.key === is?.key) return;
    changed += 1;
    if (was?.arrives === true && is?.arrives !== true) nowRefused += 1;
    if (was?.arrives !== true && is?.arrives === true) nowArriving += 1;
  });
  return { looked: looked.length, all, changed, nowRefused, nowArriving };
}

type Told = Turning & { readonly others: SideEffects };

/**
 * The fewest calls that break, then the fewest that change. Of each goal there is at least one, and one for each object;
 * ways that change different kinds of objects go before variants of one way.
 */
function best(all: readonly Told[], goals: readonly Goal[]): Told[] {
  const sorted = [...all].sort(
    (a, b) => a.others.nowRefused - b.others.nowRefused || a.others.changed - b.others.changed,
  );
  const objects = firstOf(sorted, ({ goal, candidate: { object, change } }) => {
    const { kind, metadata } = object;
    return JSON.stringify([goal, kind, metadata.namespace, change === "add" ? "" : metadata.name]);
  });
  const kinds = firstOf(objects, ({ goal, candidate }) => `${goal} ${candidate.object.kind}`);
  const goalsFirst = goals.flatMap((goal) => kinds.find((one) => one.goal === goal) ?? []);
  const chosen = new Set([...new Set([...goalsFirst, ...kinds, ...objects])].slice(0, MOST_SUGGESTIONS));
  return sorted.filter((one) => chosen.has(one));
}

function firstOf(all: readonly Told[], keyOf: (one: Told) => string): Told[] {
  const found = new Map<string, Told>();
  for (const one of all) {
    const key = keyOf(one);
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}

function toSuggestion({ candidate, achieves, after: predicted, others }: Told): Suggestion {
  const { title, why, change, object, before, restarts } = candidate;
  return {
    title,
    why,
    achieves,
    change,
    object,
    ...(before === undefined ? {} : { before: ofUser(before.object), at: before.at }),
    ...(restarts === undefined ? {} : { restarts }),
    after: predicted,
    others,
  };
}
