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
