import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadKubeConfig } from "../../src/cluster/kube-config.js";
import { KubernetesApi } from "../../src/cluster/kubernetes.js";
import { rollOut } from "../../src/cluster/rollout.js";
import { clock } from "../../src/entry/world.js";
import type { LiveMesh } from "../../src/mesh/live.js";
import { readObjects } from "../../src/mesh/objects.js";
import { hasSidecar, serviceAccountOf } from "../../src/mesh/pods.js";
import type { Kubernetes, KubeObject } from "../../src/ports.js";
import type { ClientPod } from "../../src/probe/stream.js";
import { sweepCases } from "./apply-case.js";

/** The fixed mesh, as it stands in `__tests__/truth/world.yaml`, on the local mesh. */

export const ROOT_FOLDER = process.cwd();
export const SCENARIOS = join(ROOT_FOLDER, "__tests__", "truth");
export const WORLD_FILE = join(SCENARIOS, "world.yaml");

export interface World {
  readonly kubernetes: Kubernetes;
  readonly mesh: LiveMesh;
  /** Those that were made for it. */
  readonly namespaces: readonly string[];
  /** The version of Istio that gives the outcomes. */
  readonly istio: string;
  /** The client pod of a workload, `namespace/workload`. */
  client(name: string): ClientPod;
}

interface MeshFile {
  readonly istio: string;
  readonly images: { readonly httpbin: string; readonly client: string };
}

/** Rolls the fixed mesh out, with more objects where a scenario brings some; quick where it stands already. */
export async function rollOutWorld(more: readonly KubeObject[], signal: AbortSignal): Promise<World> {
  const kubeconfig = execFileSync(join(ROOT_FOLDER, "local-mesh", "up"), {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
  const file = JSON.parse(readFileSync(join(dirname(kubeconfig), "mesh.json"), "utf8")) as MeshFile;
  const kubernetes = new KubernetesApi(loadKubeConfig({ kubeconfig }), clock);
  const objects = [...objectsOf(readFileSync(WORLD_FILE, "utf8"), WORLD_FILE), ...more].map((one) =>
    withImages(one, file.images),
  );
  await sweepCases(kubernetes, signal);
  const isNamespace = ({ kind }: KubeObject): boolean => kind === "Namespace";
  const own = objects.filter(({ kind, metadata }) => kind !== "Namespace" || metadata.name.startsWith("t-"));
  await Promise.all(own.filter(isNamespace).map((one) => applyNamespace(kubernetes, one, signal)));
  await Promise.all(
    own.filter((one) => !isNamespace(one)).map((one) => kubernetes.apply(one, { dryRun: false }, signal)),
  );
  const workloads = own
    .filter(({ kind }) => ["Deployment", "StatefulSet", "DaemonSet"].includes(kind))
    .map(({ kind, metadata: { name, namespace = "default" } }) => ({ kind, namespace, name }));
  const quiet = {
    info: nothing,
    warning: nothing,
    progress: nothing,
    group: async <T>(_: string, work: () => Promise<T>) => await work(),
  };
  const namespaces = own.filter(isNamespace).map(({ metadata }) => metadata.name);
  const mesh = await rollOut(
    { kubernetes, clock, log: quiet },
    { namespaces, workloads, injected: [], notInjected: [], services: [] },
    180_000,
    signal,
  );
  const pods = new Map<string, ClientPod>();
  for (const { pod, namespace, workload } of mesh.pods) {
    const containers = (pod["spec"] as { containers: { name: string }[] }).containers;
    const container = containers.find(({ name }) => name !== "istio-proxy")?.name ?? "";
    pods.set(`${namespace}/${workload.name}`, {
      target: { namespace, pod: pod.metadata.name, container },
      identity: { namespace, serviceAccount: serviceAccountOf(pod), sidecar: hasSidecar(pod) },
    });
  }
  const client = (name: string): ClientPod => {
    const pod = pods.get(name);
    if (pod === undefined) throw new Error(`${name} has no pod`);
    return pod;
  };
  return { kubernetes, mesh, namespaces, istio: file.istio, client };
}

/** The pods of the fixed mesh, as `kubectl get pods -o yaml` would tell them. */
export function podsText({ mesh }: World): string {
  const items = mesh.pods.map(({ pod }) => {
    const metadata = Object.entries(pod.metadata).filter(([key]) => key !== "managedFields");
    return { ...pod, apiVersion: "v1", kind: "Pod", metadata: Object.fromEntries(metadata) };
  });
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** One that the run before is still removing has to be gone first. */
async function applyNamespace(kubernetes: Kubernetes, object: KubeObject, signal: AbortSignal): Promise<void> {
  const ref = { apiVersion: "v1", kind: "Namespace", name: object.metadata.name };
  while ((await kubernetes.get(ref, signal))?.metadata.deletionTimestamp !== undefined) await clock.sleep(500, signal);
  await kubernetes.apply(object, { dryRun: false }, signal);
}

const nothing = (): void => undefined;

/** Removes the fixed mesh, and what a scenario brought. */
export async function removeWorld({ kubernetes, namespaces }: World, signal: AbortSignal): Promise<void> {
  await Promise.all(
    namespaces.map((name) => kubernetes.delete({ apiVersion: "v1", kind: "Namespace", name }, {}, signal)),
  );
}

/** @throws Error with the first problem of the text */
export function objectsOf(text: string, file: string): KubeObject[] {
  const { objects, problems } = readObjects(text, file);
  const [problem] = problems;
  if (problem !== undefined) throw new Error(`${file}: ${problem.message}`);
  return objects.map(({ object }) => object);
}

/** The local mesh has images of its own, and no registry. */
function withImages(object: KubeObject, images: MeshFile["images"]): KubeObject {
  const text = JSON.stringify(object)
    .replaceAll(/"image":"[^"]*go-httpbin[^"]*"/gu, `"image":"${images.httpbin}"`)
    .replaceAll(/"image":"[^"]*curlimages[^"]*"/gu, `"image":"${images.client}"`);
  return JSON.parse(text) as KubeObject;
}
