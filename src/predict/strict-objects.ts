import type { Inventory } from "../mesh/inventory.js";
import { meshObject } from "../mesh/mesh-object.js";
import type { InventoryInput } from "../mesh/read-inventory.js";
import type { KubeObject } from "../ports.js";
import { hasSelector } from "../rules/peer-authentication.js";
import type { PeerAuthentication, PeerAuthenticationSpec } from "../rules/peer-authentication.js";
import { edited } from "./edit.js";
import type { StrictServer } from "./strict-calls.js";
import { ofUser, selectorsFor, serverName } from "./turn-scene.js";
import type { MeshView } from "./view.js";

/** The PeerAuthentications that a namespace goes STRICT with. */

/** An object to apply, and whether one of its name is there. */
export interface StrictObject {
  readonly change: "add" | "replace";
  readonly object: KubeObject;
}

/**
 * What makes a namespace STRICT: its policy without selector, changed, or a new one. Policies that are as old as that one
 * are changed, too: which of them counts is not for a file to say.
 *
 * @param namespace the root namespace stands for the whole mesh
 */
export function strictObjects(view: MeshView, objects: InventoryInput["objects"], namespace: string): StrictObject[] {
  const { mesh, namespace: own } = view.namespacePolicies(namespace);
  const counts = namespace === view.settings.rootNamespace ? mesh : own;
  if (counts === undefined) {
    const name = freeName(view.inventory, namespace, "default");
    return [{ change: "add", object: policy(name, namespace, { mtls: { mode: "STRICT" } }) }];
  }
  return view.inventory.peerAuthentications
    .filter((one) => one.namespace === namespace && !hasSelector(one) && one.created === counts.created)
    .filter((one) => one.spec.mtls?.mode !== "STRICT")
    .flatMap((one) => changed(objects, one, (object) => edited(object, ["spec", "mtls", "mode"], "STRICT")));
}

/**
 * What lets ports of pods take plaintext though their namespace is STRICT: the policy that counts for the pod gets an entry
 * for the port, or a new one is made for the pod's workload.
 */
export function exceptionObjects(
  view: MeshView,
  objects: InventoryInput["objects"],
  servers: readonly StrictServer[],
): StrictObject[] {
  const found = new Map<string, StrictObject>();
  for (const server of servers) {
    const [key, start] = exceptionStart(view, objects, server, found);
    if (start === undefined) continue;
    const object = edited(start.object, ["spec", "portLevelMtls", String(server.port), "mode"], "PERMISSIVE");
    found.set(key, { ...start, object });
  }
  return [...found.values()];
}

/** The object that gets the entry, under what it is kept by. */
function exceptionStart(
  view: MeshView,
  objects: InventoryInput["objects"],
  server: StrictServer,
  found: ReadonlyMap<string, StrictObject>,
): readonly [string, StrictObject | undefined] {
  const { pod } = server;
  const { workload } = view.peerAuthentications(pod);
  if (workload !== undefined) {
    const key = `policy ${workload.namespace}/${workload.name}`;
    return [key, found.get(key) ?? changed(objects, workload, (object) => object)[0]];
  }
  const [labels] = selectorsFor({ service: null, port: null, subset: null, servers: [server] }, server);
  if (labels === undefined) return ["", undefined];
  const key = `labels ${pod.namespace} ${JSON.stringify(Object.entries(labels).sort())}`;
  const taken = [...found.values()].map(({ object }) => object.metadata.name);
  const name = freeName(view.inventory, pod.namespace, `${serverName(server).split("/")[1] ?? ""}-plaintext`, taken);
  const spec = { selector: { matchLabels: { ...labels } } };
  return [key, found.get(key) ?? { change: "add", object: policy(name, pod.namespace, spec) }];
}

function policy(name: string, namespace: string, spec: PeerAuthenticationSpec): KubeObject {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name, namespace },
    spec,
  };
}

function changed(
  objects: InventoryInput["objects"],
  { namespace, name }: PeerAuthentication,
  change: (object: KubeObject) => KubeObject,
): StrictObject[] {
  const placed = objects.find(
    ({ object: { kind, metadata } }) =>
      kind === "PeerAuthentication" && metadata.namespace === namespace && metadata.name === name,
  );
  return placed === undefined ? [] : [{ change: "replace", object: change(ofUser(placed.object)) }];
}

const LONGEST_NAME = 240;

function freeName(
  { peerAuthentications }: Inventory,
  namespace: string,
  wanted: string,
  more: readonly string[] = [],
): string {
  const there = peerAuthentications.filter((one) => one.namespace === namespace).map(({ name }) => name);
  const taken = new Set([...there, ...more]);
  // A label's value can have characters that no name has.
  const base = wanted
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/gu, "-")
    .slice(0, LONGEST_NAME)
    .replaceAll(/^-+|-+$/gu, "");
  let name = base;
  for (let turn = 2; taken.has(name); turn += 1) name = `${base}-${turn}`;
  return name;
}

/** A mesh with policies put; those that are changed keep their age, and new ones are the youngest. */
export function withPolicies(inventory: Inventory, put: readonly StrictObject[]): Inventory {
  const now = new Map(inventory.peerAuthentications.map((one) => [`${one.namespace}/${one.name}`, one]));
  for (const { object } of put) {
    const one: PeerAuthentication = meshObject(object);
    const key = `${one.namespace}/${one.name}`;
    now.set(key, { ...one, created: now.get(key)?.created ?? Infinity });
  }
  return { ...inventory, peerAuthentications: [...now.values()] };
}
