import type { Inventory } from "../mesh/inventory.js";
import type { PodShape, Service } from "../rules/model.js";
import { selects } from "../rules/selectors.js";
import type { Labels } from "../rules/selectors.js";
import type { OutsideCaller } from "./outside-callers.js";

const SCRAPE = "prometheus.io/scrape";
const PORT = "prometheus.io/port";
const SCHEME = "prometheus.io/scheme";
const MERGE = "prometheus.istio.io/merge-metrics";
const INJECTED = "sidecar.istio.io/status";
const WHO = "Prometheus";

/**
 * What Prometheus calls by the annotations that its usual configuration looks for, on pods and on Services. A pod that is
 * still to be injected is none: injection points the annotations at the sidecar's own port, which is never captured.
 *
 * Source: istio, pkg/kube/inject/webhook.go:applyPrometheusMerge, enablePrometheusMerge; prometheus,
 * documentation/examples/prometheus-kubernetes.yml.
 */
export function annotationCallers({ workloads, services, settings }: Inventory): OutsideCaller[] {
  const pods = workloads.flatMap((one) => one.pods);
  const byPod = pods
    .filter((pod) => pod.annotations[SCRAPE] === "true" && !willBeMerged(pod, settings.enablePrometheusMerge))
    .flatMap((pod) => {
      const own = portOf(pod.annotations);
      const ports = own === null ? pod.ports.map(({ containerPort }) => containerPort) : [own];
      return ports.map((port) => toPod(pod, port, pod.annotations, pod.object));
    });
  const byService = services
    .filter(({ kind, object }) => kind === "Service" && object.annotations[SCRAPE] === "true")
    .flatMap((service) => ofService(service, pods));
  return [...byPod, ...byService];
}

function ofService(service: Service, pods: readonly PodShape[]): OutsideCaller[] {
  const { object, selector, ports } = service;
  const own = portOf(object.annotations);
  if (own === null) {
    const tcp = ports.filter(({ protocol }) => protocol !== "udp");
    return tcp.map(({ port }) => ({ ...caller(object.annotations, object), service, port }));
  }
  if (selector === null) return [];
  return pods
    .filter((pod) => pod.namespace === service.namespace && selects({ matchLabels: selector }, pod.labels))
    .map((pod) => toPod(pod, own, object.annotations, object));
}

/** Once a pod is injected its annotations say what injection has made of them. */
function willBeMerged({ dataPlane, annotations, addresses }: PodShape, byDefault: boolean): boolean {
  const there = addresses.length > 0 || annotations[INJECTED] !== undefined;
  const asked = /^(?:(t|true|1)|f|false|0)$/iu.exec(annotations[MERGE] ?? "");
  const merged = asked === null ? byDefault : asked[1] !== undefined;
  return dataPlane === "sidecar" && !there && merged;
}

function portOf(annotations: Labels): number | null {
  const port = Number(annotations[PORT] ?? "");
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : null;
}

function toPod(pod: PodShape, port: number, annotations: Labels, object: OutsideCaller["object"]): OutsideCaller {
  return { ...caller(annotations, object), pod, port };
}

function caller(annotations: Labels, object: OutsideCaller["object"]): Omit<OutsideCaller, "port"> {
  const scheme = annotations[SCHEME] === "https" ? "https" : "http";
  return { who: WHO, scheme, service: null, pod: null, object, certificate: false };
}
