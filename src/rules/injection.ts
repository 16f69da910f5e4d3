import { selects } from "./selectors.js";
import type { Labels, LabelSelector } from "./selectors.js";

/** One webhook of a MutatingWebhookConfiguration, as far as it decides which pods it sees. */
export interface InjectionWebhook {
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
}

/**
 * Whether a new pod in a namespace goes through one of the injection webhooks: the API server asks those whose
 * namespaceSelector takes the namespace's labels and whose objectSelector takes the pod's.
 *
 * Source: istio, manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml; kubernetes,
 * apiserver/pkg/admission/plugin/webhook/generic.
 *
 * @param namespace its name, which the API server adds to the labels as kubernetes.io/metadata.name
 */
export function webhookInjects(
  webhooks: readonly InjectionWebhook[],
  namespace: string,
  namespaceLabels: Labels,
  podLabels: Labels,
): boolean {
  const labels = { ...namespaceLabels, "kubernetes.io/metadata.name": namespace };
  return webhooks.some(
    (one) => selects(one.namespaceSelector ?? {}, labels) && selects(one.objectSelector ?? {}, podLabels),
  );
}

/** A pod before it is created: what the API server asks the webhook about. */
export interface PodToInject {
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly hostNetwork: boolean;
}

/** Whether a pod gets a sidecar, and which label or annotation says so; a path in the namespace or the pod. */
export interface Injection {
  readonly injected: boolean;
  readonly says: string;
  readonly by: {
    readonly of: "namespace" | "pod";
    readonly field: "labels" | "annotations";
    readonly key: string;
  } | null;
}

const INJECT = "sidecar.istio.io/inject";
const REVISION = "istio.io/rev";
const NAMESPACE_LABEL = "istio-injection";
const NEVER = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

/**
 * Whether a pod gets a sidecar, by the labels of its namespace and by its own: what the webhooks of an installation with
 * its defaults match, then what the webhook itself leaves out. Any revision is taken to be installed.
 *
 * Source: istio, manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml;
 * pkg/kube/inject/inject.go:injectRequired.
 */
export function decideInjection(pod: PodToInject, namespaceLabels: Labels): Injection {
  const sees = webhookSees(pod, namespaceLabels);
  if (!sees.injected) return sees;
  if (pod.hostNetwork) return { injected: false, says: "pods in the host's network get no sidecar", by: null };
  if (NEVER.includes(pod.namespace)) {
    return { injected: false, says: `pods of ${pod.namespace} never get a sidecar`, by: null };
  }
  const label = pod.labels[INJECT];
  const annotation = pod.annotations[INJECT];
  // Istio before 1.31 took other words than these two as well; it says nothing of them now.
  if ((label ?? annotation) !== "false") return sees;
  const field = label === undefined ? "annotations" : "labels";
  return { injected: false, says: `${INJECT} is false: no sidecar`, by: { of: "pod", field, key: INJECT } };
}

function webhookSees(pod: PodToInject, namespaceLabels: Labels): Injection {
  const ofNamespace = (key: string): Injection["by"] => ({ of: "namespace", field: "labels", key });
  const ofPod = (key: string): Injection["by"] => ({ of: "pod", field: "labels", key });
  const own = pod.labels[INJECT];
  const injection = namespaceLabels[NAMESPACE_LABEL];
  const revision = namespaceLabels[REVISION];
  if (own === "false") return { injected: false, says: `${INJECT} is false: no sidecar`, by: ofPod(INJECT) };
  if (injection === "enabled") {
    return { injected: true, says: "the namespace asks for sidecars", by: ofNamespace(NAMESPACE_LABEL) };
  }
  if (injection !== undefined) {
    return {
      injected: false,
      says: `the namespace has istio-injection ${injection}: no sidecar`,
      by: ofNamespace(NAMESPACE_LABEL),
    };
  }
  if (revision !== undefined) {
    return {
      injected: true,
      says: `the namespace asks for sidecars of revision ${revision}`,
      by: ofNamespace(REVISION),
    };
  }
  if (own === "true") return { injected: true, says: "the pod asks for a sidecar", by: ofPod(INJECT) };
  const ownRevision = pod.labels[REVISION];
  if (ownRevision !== undefined) {
    return { injected: true, says: `the pod asks for a sidecar of revision ${ownRevision}`, by: ofPod(REVISION) };
  }
  return { injected: false, says: "neither the namespace nor the pod asks for a sidecar", by: null };
}
