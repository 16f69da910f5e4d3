import type { PodShape } from "../rules/model.js";
import type { FieldPath } from "../rules/objects.js";
import { listAt, valueAt } from "./edit.js";
import { objectName, replaced } from "./turn-scene.js";
import type { Candidate, Goal, Placed, Scene } from "./turn-scene.js";

const INJECT = "sidecar.istio.io/inject";
const PREFIX = "traffic.sidecar.istio.io/";

/** Sidecars for pods that have none, and calls that go round the sidecars that there are. */
export function injectionCandidates(scene: Scene, goal: Goal): Candidate[] {
  if (goal === "refuse") return [];
  const clients = scene.request.client.pods;
  const servers = scene.spots.flatMap((spot) => spot.servers);
  return [
    ...clients.flatMap((pod) => [
      ...withProxy(scene, pod, "the client"),
      ...taken(scene, pod, "excludeOutboundPorts", scene.url.port),
      ...ownUser(scene, pod),
    ]),
    ...servers.flatMap(({ pod, port }) => [
      ...withProxy(scene, pod, "the server"),
      ...taken(scene, pod, "excludeInboundPorts", port),
      ...included(scene, pod, port),
    ]),
  ];
}

/** The object that the pod's template stands in: none where a cluster told of the pods and not of what makes them. */
function templateOf(scene: Scene, { object }: PodShape): Placed | undefined {
  const placed = scene.source(object);
  const owned = placed?.object.metadata.ownerReferences?.some(({ controller }) => controller === true) === true;
  return owned ? undefined : placed;
}

function withProxy(scene: Scene, pod: PodShape, who: string): Candidate[] {
  if (pod.dataPlane !== "none" || pod.hostNetwork) return [];
  const why = `with a sidecar, ${who} speaks mTLS by itself`;
  return [...byPod(scene, pod, why), ...byNamespace(scene, pod, why)];
}

/** The label by which this mesh asks for sidecars. */
function askingLabel({ inventory }: Scene): readonly [string, string] {
  const all = [...inventory.namespaces.values()];
  const revision = all.map((labels) => labels["istio.io/rev"]).find((one) => one !== undefined);
  const byName = all.some((labels) => labels["istio-injection"] === "enabled");
  return byName || revision === undefined ? ["istio-injection", "enabled"] : ["istio.io/rev", revision];
}

function byPod(scene: Scene, pod: PodShape, why: string): Candidate[] {
  const placed = templateOf(scene, pod);
  if (placed === undefined) return [];
  const metadata = [...pod.path, "metadata"];
  const name = objectName(placed.object);
  const optOuts = (["labels", "annotations"] as const).filter((field) => pod[field][INJECT] !== undefined);
  if (optOuts.length > 0) {
    const title = `take the ${INJECT} that says no out of ${name}`;
    return [
      replaced(
        placed,
        optOuts.map((field) => [[...metadata, field, INJECT], undefined]),
        { title, why },
      ),
    ];
  }
  const [key, value] = askingLabel(scene);
  const label = key === "istio.io/rev" ? key : INJECT;
  const edits = [[[...metadata, "labels", label], key === "istio.io/rev" ? value : "true"]] as const;
  return [replaced(placed, edits, { title: `put a sidecar into ${name} alone`, why })];
}

function byNamespace(scene: Scene, { namespace }: PodShape, why: string): Candidate[] {
  const ask = askingLabel(scene);
  const labels = scene.view.settings.ambient ? [ask, ["istio.io/dataplane-mode", "ambient"] as const] : [ask];
  const placed = scene.source({ kind: "Namespace", namespace: "", name: namespace });
  return labels.map(([key, value]) => {
    const what = key === "istio.io/dataplane-mode" ? "take" : "put a sidecar into";
    const where = key === "istio.io/dataplane-mode" ? " into the ambient mesh" : "";
    const texts = { title: `${what} every pod of namespace ${namespace}${where}`, why };
    if (placed !== undefined) {
      return { ...replaced(placed, [[["metadata", "labels", key], value]], texts), restarts: namespace };
    }
    const metadata = { name: namespace, labels: { [key]: value } };
    const object = { apiVersion: "v1", kind: "Namespace", metadata };
    return { ...texts, change: "add", object, restarts: namespace };
  });
}

/** A port that an annotation leaves to the application is taken from the list. */
function taken(scene: Scene, pod: PodShape, name: string, port: number): Candidate[] {
  const placed = templateOf(scene, pod);
  const listed = pod.annotations[PREFIX + name];
  if (placed === undefined || pod.dataPlane !== "sidecar" || listed === undefined) return [];
  const ports = listed.split(",").map((one) => one.trim());
  const left = ports.filter((one) => one !== String(port));
  if (left.length === ports.length) return [];
  const path = annotationPath(pod, PREFIX + name);
  const title = `take port ${port} out of ${name} of ${objectName(placed.object)}`;
  const why = "calls to the port then go through the sidecar, which speaks mTLS";
  return [replaced(placed, [[path, left.length === 0 ? undefined : left.join(",")]], { title, why })];
}

function included(scene: Scene, pod: PodShape, port: number): Candidate[] {
  const name = "includeInboundPorts";
  const placed = templateOf(scene, pod);
  const listed = pod.annotations[PREFIX + name];
  if (placed === undefined || pod.dataPlane !== "sidecar" || listed === undefined) return [];
  const path = annotationPath(pod, PREFIX + name);
  const title = `add port ${port} to ${name} of ${objectName(placed.object)}`;
  const why = "calls to the port then go through the sidecar, which speaks mTLS";
  const ports = listed.split(",").filter((one) => one.trim() !== "");
  return [replaced(placed, [[path, [...ports, String(port)].join(",")]], { title, why })];
}

function annotationPath(pod: PodShape, key: string): FieldPath {
  return [...pod.path, "metadata", "annotations", key];
}

/** A container that runs as the proxy's user calls past the proxy. */
function ownUser(scene: Scene, pod: PodShape): Candidate[] {
  const { container } = scene.request;
  const placed = templateOf(scene, pod);
  if (placed === undefined || !pod.proxyUserContainers.includes(container)) return [];
  const spec = [...pod.path, "spec"];
  const all = listAt(placed.object, [...spec, "containers"]);
  const index = all.findIndex((one) => valueAt(one, ["name"]) === container);
  const own: FieldPath = [...spec, "containers", index, "securityContext", "runAsUser"];
  const path = valueAt(placed.object, own) === undefined ? [...spec, "securityContext", "runAsUser"] : own;
  const title = `do not run container ${container} of ${objectName(placed.object)} as the proxy's user`;
  return [
    replaced(placed, [[path, undefined]], { title, why: "its calls then go through the sidecar, which speaks mTLS" }),
  ];
}
