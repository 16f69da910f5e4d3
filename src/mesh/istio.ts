import type { Kubernetes, KubeObject } from "../ports.js";
import { KubeError } from "../ports.js";
import type { InjectionWebhook } from "../rules/injection.js";
import { parseLocated } from "../yaml/located.js";

/** The Istio of a cluster. */
export interface IstioInstallation {
  /** Where istiod runs. */
  readonly namespace: string;
  readonly rootNamespace: string;
  /** Null when nothing tells. */
  readonly version: string | null;
  /** Null when the right to see them is missing. */
  readonly webhooks: readonly InjectionWebhook[] | null;
}

const ISTIOD_LABEL = "app=istiod";
const DEFAULT_NAMESPACE = "istio-system";

/**
 * Finds Istio: its injection webhooks say where istiod runs, istiod's Deployment which version, and MeshConfig which
 * namespace is the root.
 *
 * @returns null when there is no istiod
 */
export async function findIstio(
  kubernetes: Kubernetes,
  rootNamespace: string | undefined,
  signal: AbortSignal,
): Promise<IstioInstallation | null> {
  const configurations = await injectors(kubernetes, signal);
  const namespace = serviceNamespace(configurations ?? []) ?? rootNamespace ?? DEFAULT_NAMESPACE;
  const [deployments, meshConfig] = await Promise.all([
    listOrNothing(kubernetes, { apiVersion: "apps/v1", kind: "Deployment", namespace, labels: ISTIOD_LABEL }, signal),
    meshConfigOf(kubernetes, namespace, signal),
  ]);
  if (deployments !== null && deployments.length === 0) return null;
  return {
    namespace,
    rootNamespace: rootNamespace ?? meshConfig.rootNamespace ?? DEFAULT_NAMESPACE,
    version: versionOf(deployments?.[0]),
    webhooks: configurations?.flatMap(webhooksOf) ?? null,
  };
}

async function injectors(kubernetes: Kubernetes, signal: AbortSignal): Promise<KubeObject[] | null> {
  const kind = { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingWebhookConfiguration" };
  return await listOrNothing(kubernetes, { ...kind, labels: "app=sidecar-injector" }, signal);
}

/** Null where the rights do not allow it. */
async function listOrNothing(
  kubernetes: Kubernetes,
  what: Parameters<Kubernetes["list"]>[0],
  signal: AbortSignal,
): Promise<KubeObject[] | null> {
  try {
    return await kubernetes.list(what, signal);
  } catch (thrown) {
    if (thrown instanceof KubeError && thrown.status === 403) return null;
    throw thrown;
  }
}

interface Webhook extends InjectionWebhook {
  readonly clientConfig?: { readonly service?: { readonly namespace?: string } };
}

function webhooksOf(configuration: KubeObject): Webhook[] {
  return Array.isArray(configuration["webhooks"]) ? (configuration["webhooks"] as Webhook[]) : [];
}

function serviceNamespace(configurations: readonly KubeObject[]): string | undefined {
  return configurations.flatMap(webhooksOf).find((one) => one.clientConfig?.service?.namespace !== undefined)
    ?.clientConfig?.service?.namespace;
}

async function meshConfigOf(
  kubernetes: Kubernetes,
  namespace: string,
  signal: AbortSignal,
): Promise<{ rootNamespace?: string }> {
  try {
    const map = await kubernetes.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "istio" }, signal);
    const text = (map?.["data"] as Record<string, string> | undefined)?.["mesh"] ?? "";
    const value = parseLocated(text, "ConfigMap istio").documents[0]?.value;
    const root =
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)["rootNamespace"] : undefined;
    return typeof root === "string" && root !== "" ? { rootNamespace: root } : {};
  } catch (thrown) {
    if (thrown instanceof KubeError && thrown.status === 403) return {};
    throw thrown;
  }
}

/** The version: the tag of istiod's image where it is one, else what the chart's label says; a development chart says 1.0.0. */
function versionOf(istiod: KubeObject | undefined): string | null {
  const spec = istiod?.["spec"] as
    { template?: { spec?: { containers?: { name?: string; image?: string }[] } } } | undefined;
  const image = spec?.template?.spec?.containers?.find((one) => one.name === "discovery")?.image;
  const tag = tagOf(image ?? "");
  const label = istiod?.metadata.labels?.["app.kubernetes.io/version"];
  if (tag !== undefined && /^v?\d+\.\d+/u.test(tag)) return tag;
  return label ?? tag ?? null;
}

/** The tag of an image's name, without its digest. */
function tagOf(image: string): string | undefined {
  const [name = ""] = image.split("@");
  return /:([^:/]+)$/u.exec(name)?.[1];
}
