import type { KubeObject } from "../ports.js";
import type { Settings } from "../settings/settings.js";
import type { Client, DestinationRequest } from "./call.js";
import type { SourcedObject } from "./objects.js";
import { readObjects } from "./objects.js";

/**
 * The demo mesh: the plain manifests of `manifests/`, made out to the namespaces and images of a run. The manifests of
 * foo and of legacy are the patterns of every mesh and every legacy namespace.
 */

/** The texts of the manifests, by their path under `manifests/`. */
export type ManifestTexts = (path: string) => string;

export interface DemoImages {
  readonly httpbin?: string;
  readonly client?: string;
}

type DemoSettings = Pick<Settings, "namespaces" | "legacyNamespaces" | "strictNamespace" | "injection" | "revision">;

const HTTPBIN_PORT = 8000;
/** The call of Istio's mTLS migration task. */
const PATH = "/ip";

/** The namespaces and workloads of the demo. */
export function demoWorkloads(read: ManifestTexts, settings: DemoSettings, images: DemoImages): SourcedObject[] {
  const mesh = settings.namespaces.flatMap((namespace) => from(read, "workloads/foo.yaml", "foo", namespace));
  const legacy = settings.legacyNamespaces.flatMap((namespace) =>
    from(read, "workloads/legacy.yaml", "legacy", namespace),
  );
  return [...mesh, ...legacy].map((one) => ({ ...one, object: madeOut(one.object, settings, images) }));
}

/** The policy that makes one namespace STRICT. */
export function strictNamespacePolicy(read: ManifestTexts, settings: DemoSettings): SourcedObject[] {
  return from(read, "policies/mtls-ns.yaml", "foo", settings.strictNamespace);
}

/** The policy that makes the whole mesh STRICT. */
export function strictMeshPolicy(read: ManifestTexts, rootNamespace: string): SourcedObject[] {
  return from(read, "policies/mtls-global.yaml", "istio-system", rootNamespace);
}

/** Every `sleep`, mesh namespaces first. */
export function demoClients(settings: DemoSettings): Client[] {
  return [...settings.namespaces, ...settings.legacyNamespaces].map((namespace) => ({
    namespace,
    workload: "sleep",
    kind: "Deployment",
    container: "sleep",
  }));
}

/** Every `httpbin`. */
export function demoDestinations(settings: DemoSettings): DestinationRequest[] {
  return settings.namespaces.map((namespace) => ({
    url: `http://httpbin.${namespace}:${HTTPBIN_PORT}${PATH}`,
    method: "GET",
    host: `httpbin.${namespace}`,
    port: HTTPBIN_PORT,
    namespace,
    service: "httpbin",
    headers: {},
  }));
}

function from(read: ManifestTexts, path: string, written: string, namespace: string): SourcedObject[] {
  const { objects, problems } = readObjects(read(path), `manifests/${path}`);
  if (problems.length > 0)
    throw new Error(`manifests/${path} is broken: ${problems.map((one) => one.message).join("; ")}`);
  return objects.map((one) => {
    const { object } = one;
    const metadata = { ...object.metadata };
    if (object.kind === "Namespace" && metadata.name === written) metadata.name = namespace;
    if (metadata.namespace === written) metadata.namespace = namespace;
    return { ...one, object: { ...object, metadata } };
  });
}

function madeOut(object: KubeObject, settings: DemoSettings, images: DemoImages): KubeObject {
  if (object.kind === "Namespace") return injected(object, settings);
  if (object.kind === "Deployment") return withImages(object, images);
  return object;
}

/** The label that brings the sidecars in: of the default revision, of the one that was asked for, or none with kube-inject. */
function injected(namespace: KubeObject, settings: DemoSettings): KubeObject {
  const { "istio-injection": label, ...others } = namespace.metadata.labels ?? {};
  if (label === undefined) return namespace;
  const labels =
    settings.injection === "kube-inject"
      ? others
      : settings.revision === undefined
        ? { ...others, "istio-injection": label }
        : { ...others, "istio.io/rev": settings.revision };
  return { ...namespace, metadata: { ...namespace.metadata, labels } };
}

interface DeploymentSpec {
  template: { spec: { containers: { name: string; image: string }[] } };
}

function withImages(deployment: KubeObject, images: DemoImages): KubeObject {
  const spec = structuredClone(deployment["spec"]) as DeploymentSpec;
  for (const container of spec.template.spec.containers) {
    container.image = (container.name === "httpbin" ? images.httpbin : images.client) ?? container.image;
  }
  return { ...deployment, spec };
}
