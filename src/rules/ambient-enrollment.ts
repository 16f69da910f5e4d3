import type { Decision, FieldPath, MeshObject } from "./objects.js";
import type { Labels } from "./selectors.js";

/** A pod as the node agent of Istio's CNI sees it. */
export interface EnrollablePod {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly hostNetwork: boolean;
  /** Whether injection gives it a sidecar. A pod of a cluster says so by the annotation `sidecar.istio.io/status`. */
  readonly hasSidecar: boolean;
  /** Where its labels stand, for decisions: the object, and the path of the pod's template in it. */
  readonly object?: MeshObject;
  readonly path?: FieldPath;
}

export interface Enrollment {
  readonly enrolled: boolean;
  readonly because: Decision;
}

const RULE = "ambient-enrollment";
const MODE = "istio.io/dataplane-mode";
const INJECTED = "sidecar.istio.io/status";

/**
 * Whether a pod is captured by its node's ztunnel, with the selectors that the CNI has by default: its own label
 * `istio.io/dataplane-mode: ambient`, or that of its namespace unless the pod's says `none`. Never a pod on its host's
 * network, and never one with a sidecar. The CNI's list of excluded namespaces (by default kube-system) is the caller's.
 *
 * Source: istio, cni/pkg/util/enablement_selector.go:Matches, cni/pkg/util/podutil.go:podHasSidecar,
 * manifests/charts/istio-cni/values.yaml.
 */
export function enrolled(namespaceLabels: Labels, pod: EnrollablePod): Enrollment {
  const ofPod = own(pod.labels, MODE);
  if (pod.hostNetwork) return no("a pod on its host's network is never captured by ztunnel");
  if (pod.hasSidecar || own(pod.annotations, INJECTED) !== undefined) {
    return no("a pod with a sidecar is never captured by ztunnel");
  }
  if (ofPod === "ambient") return { enrolled: true, because: byPod(pod, "the pod's own label puts it into ambient") };
  if (own(namespaceLabels, MODE) !== "ambient") return no("no label puts the pod into ambient");
  if (ofPod === "none") {
    return { enrolled: false, because: byPod(pod, "the pod's own label keeps it out of its namespace's ambient") };
  }
  return { enrolled: true, because: { rule: RULE, says: "the namespace's label puts its pods into ambient" } };
}

function no(says: string): Enrollment {
  return { enrolled: false, because: { rule: RULE, says } };
}

function byPod({ object, path = [] }: EnrollablePod, says: string): Decision {
  if (object === undefined) return { rule: RULE, says };
  return { rule: RULE, says, object, path: [...path, "metadata", "labels", MODE] };
}

function own(of: Labels, key: string): string | undefined {
  return Object.hasOwn(of, key) ? of[key] : undefined;
}
