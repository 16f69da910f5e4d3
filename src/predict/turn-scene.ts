import type { Inventory, Workload } from "../mesh/inventory.js";
import type { Reason } from "../mesh/call.js";
import type { InventoryInput } from "../mesh/read-inventory.js";
import type { KubeObject } from "../ports.js";
import { fullHost } from "../rules/hosts.js";
import type { PodShape, Service, ServicePort } from "../rules/model.js";
import type { FieldPath, MeshObject } from "../rules/objects.js";
import type { Labels } from "../rules/selectors.js";
import type { VirtualService } from "../rules/virtual-service.js";
import { readDestinationUrl } from "../settings/destination-url.js";
import type { DestinationUrl } from "../settings/destination-url.js";
import { edited } from "./edit.js";
import type { Predictor, PredictedRequest } from "./predict.js";
import { resolve } from "./target.js";
import { targetPortIn } from "./view.js";
import type { MeshView } from "./view.js";

/** What a change is to bring about. */
export type Goal = "arrive" | "mtls" | "refuse";

/** A change of one object that may turn a call; whether it does is for the prediction to say. */
export interface Candidate {
  /** What to do, as a sentence without a full stop. */
  readonly title: string;
  /** Why that should help. */
  readonly why: string;
  readonly change: "add" | "replace";
  /** Whole, after the change. */
  readonly object: KubeObject;
  readonly before?: Placed;
  /** The namespace whose pods without proxy have to start anew for it to count. */
  readonly restarts?: string;
}

export type Placed = InventoryInput["objects"][number];

/** A call whose outcome is to be turned. */
export interface TurnRequest {
  readonly client: Workload;
  readonly container: string;
  readonly to: PredictedRequest;
}

/** A pod that answers, on its own port. */
export interface Server {
  readonly pod: PodShape;
  readonly port: number;
}

/** A host that the call goes to, or is routed to. */
export interface Spot {
  /** Null where a pod's address is called. */
  readonly service: Service | null;
  /** Null where the Service has no such port. */
  readonly port: ServicePort | null;
  readonly subset: string | null;
  readonly servers: readonly Server[];
}

/** A call with everything around it that a change could be made to. */
export interface Scene {
  readonly view: MeshView;
  readonly inventory: Inventory;
  readonly request: TurnRequest;
  readonly url: DestinationUrl;
  readonly because: readonly Reason[];
  readonly spots: readonly Spot[];
  /** The object as it was read, of an object as rules read it. */
  source(object: Pick<MeshObject, "kind" | "namespace" | "name">): Placed | undefined;
  /** The objects of a kind that the chain of decisions names. */
  named(kind: string): Placed[];
}

/** Null where the call's host leads to nothing that is known. */
export function sceneOf(
  input: InventoryInput,
  predictor: Predictor,
  request: TurnRequest,
  because: readonly Reason[],
): Scene | null {
  const url = readDestinationUrl(request.to.url);
  if (!url.ok) return null;
  const { view } = predictor;
  const sources = new Map(input.objects.map((one) => [keyOf(one.object.kind, one.object.metadata), one]));
  const source = (object: Pick<MeshObject, "kind" | "namespace" | "name">): Placed | undefined =>
    sources.get(keyOf(object.kind, object));
  const named = (kind: string): Placed[] => {
    const keys = because
      .filter((one) => one.kind === kind && one.name !== undefined)
      .map((one) => keyOf(kind, { name: one.name ?? "", namespace: one.namespace }));
    return [...new Set(keys)].map((key) => sources.get(key)).filter((one) => one !== undefined);
  };
  const spots = spotsOf(view, request.client, url.value, because);
  return { view, inventory: view.inventory, request, url: url.value, because, spots, source, named };
}

function keyOf(kind: string, { namespace, name }: { namespace?: string | undefined; name: string }): string {
  return JSON.stringify([kind, namespace ?? "", name]);
}

/** The called host, and those that the VirtualServices of the chain lead to. */
function spotsOf(view: MeshView, client: Workload, url: DestinationUrl, because: readonly Reason[]): Spot[] {
  const found = new Map<string, Spot>();
  const keep = (spot: Spot): void => {
    const key = JSON.stringify([spot.service?.hostname, spot.port?.port, spot.subset]);
    if (!found.has(key)) found.set(key, spot);
  };
  for (const { namespace } of client.pods) {
    const target = resolve(view, namespace, url.host);
    if (target.kind === "pod") {
      keep({ service: null, port: null, subset: null, servers: [{ pod: target.pod, port: url.port }] });
    }
    if (target.kind === "service") keep(spotOf(view, target.service, url.port, null));
  }
  for (const one of view.inventory.virtualServices) {
    const takesPart = because.some(
      ({ kind, namespace, name }) => kind === one.kind && namespace === one.namespace && name === one.name,
    );
    if (takesPart) for (const to of destinationsOf(one, view.settings.domain)) routeSpots(view, to, url.port, keep);
  }
  return [...found.values()];
}

interface RouteTo {
  readonly host: string;
  readonly port: number | null;
  readonly subset: string | null;
}

function destinationsOf({ spec, namespace }: VirtualService, domain: string): RouteTo[] {
  return [...(spec.http ?? []), ...(spec.tcp ?? []), ...(spec.tls ?? [])]
    .flatMap(({ route }) => route ?? [])
    .map(({ destination }) => ({
      host: fullHost(destination?.host ?? "", namespace, domain),
      port: destination?.port?.number ?? null,
      subset: destination?.subset ?? null,
    }));
}

function routeSpots(view: MeshView, to: RouteTo, called: number, keep: (spot: Spot) => void): void {
  const [service] = view.hosts(to.host);
  if (service !== undefined) keep(spotOf(view, service, to.port ?? called, to.subset));
}

function spotOf(view: MeshView, service: Service, called: number, subset: string | null): Spot {
  const port = service.ports.find((one) => one.port === called && one.protocol !== "udp") ?? null;
  return { service, port, subset, servers: serversOf(view, service, port, called) };
}

function serversOf(view: MeshView, service: Service, port: ServicePort | null, called: number): Server[] {
  if (service.headless) return view.podsBehind(service).map((pod) => ({ pod, port: called }));
  if (port === null) return view.podsBehind(service).map((pod) => ({ pod, port: targetPortIn(pod, called) ?? called }));
  return view.endpoints(service, port).flatMap((one) => (one.kind === "pod" ? [one] : []));
}

/** The client's identity as policies write it, where it can show one. */
export function principalsOf({ view, request }: Scene): string[] {
  const { trustDomain } = view.settings;
  const able = request.client.pods.filter(({ dataPlane }) => dataPlane === "sidecar" || dataPlane === "ztunnel");
  return [...new Set(able.map((pod) => `${trustDomain}/ns/${pod.namespace}/sa/${pod.serviceAccount}`))];
}

/** `Deployment foo/httpbin` */
export function objectName({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}

/** A change of an object that is there: a value at a path, or its removal where it is undefined. */
export function replaced(
  placed: Placed,
  edits: readonly (readonly [FieldPath, unknown])[],
  texts: Pick<Candidate, "title" | "why">,
): Candidate {
  const object = edits.reduce((one, [path, value]) => edited(one, path, value), ofUser(placed.object));
  return { ...texts, change: "replace", object, before: placed };
}

/** What the server and kubectl write into an object's metadata. */
const OF_SERVER = ["uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "selfLink"];
const OF_KUBECTL = "kubectl.kubernetes.io/last-applied-configuration";

/** An object without what the server and kubectl write into it: what a person would have in a file. */
export function ofUser(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = object;
  const own = Object.entries(metadata).filter(([name]) => !OF_SERVER.includes(name));
  const rest = Object.entries(object).filter(([name]) => name !== "status");
  const user: KubeObject = {
    ...Object.fromEntries(rest),
    apiVersion,
    kind,
    metadata: { ...Object.fromEntries(own), name: metadata.name },
  };
  return metadata.annotations?.[OF_KUBECTL] === undefined
    ? user
    : edited(user, ["metadata", "annotations", OF_KUBECTL], undefined);
}

/** A name of a new object that no other of its kind has. */
export function freeName({ inventory }: Scene, kind: string, namespace: string, wanted: string): string {
  const lists = [inventory.peerAuthentications, inventory.authorizationPolicies, inventory.destinationRules];
  const taken = new Set(
    lists
      .flat()
      .filter((one) => one.kind === kind && one.namespace === namespace)
      .map(({ name }) => name),
  );
  const base = wanted
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/gu, "-")
    .slice(0, 58)
    .replaceAll(/^-+|-+$/gu, "");
  let name = base;
  for (let turn = 2; taken.has(name); turn += 1) name = `${base}-${turn}`;
  return name;
}

/** Labels that injection or a controller gives to pods: a selector does not name them. */
const NOT_OWN = /^(?:security\.istio\.io\/|service\.istio\.io\/|pod-template-hash$|controller-|statefulset\.|apps\.)/u;

/** Selectors for policies of the pods behind a spot: the pod's workload alone, then all that the Service selects. */
export function selectorsFor(spot: Spot, { pod }: Server): Labels[] {
  const { selector } = pod.object.spec as { selector?: { matchLabels?: Labels } };
  const own = Object.fromEntries(Object.entries(pod.labels).filter(([key]) => !NOT_OWN.test(key)));
  const ofWorkload = Object.entries(selector?.matchLabels ?? {}).filter(([key]) => !NOT_OWN.test(key));
  const all = [ofWorkload.length > 0 ? Object.fromEntries(ofWorkload) : own, spot.service?.selector ?? {}];
  const seen = new Map(all.map((labels) => [JSON.stringify(Object.entries(labels).sort()), labels]));
  return [...seen.values()].filter((labels) => Object.keys(labels).length > 0);
}

/** `httpbin`: what a person calls the pods of a server. */
export function serverName({ pod }: Server): string {
  return `${pod.namespace}/${pod.labels["app"] ?? pod.labels["app.kubernetes.io/name"] ?? pod.object.name}`;
}
