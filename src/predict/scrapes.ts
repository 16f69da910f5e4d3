import type { Inventory } from "../mesh/inventory.js";
import type { PodShape, Service } from "../rules/model.js";
import type { MeshObject } from "../rules/objects.js";
import { selects } from "../rules/selectors.js";
import type { LabelSelector } from "../rules/selectors.js";
import type { OutsideCaller } from "./outside-callers.js";
import { targetPortIn } from "./view.js";

interface MonitorEndpoint {
  /** The name of a Service's port, or of a container's for a PodMonitor. */
  readonly port?: string;
  readonly portNumber?: number;
  readonly targetPort?: number | string;
  readonly scheme?: string;
  readonly tlsConfig?: object;
}

interface MonitorSpec {
  readonly selector?: LabelSelector;
  readonly namespaceSelector?: { readonly any?: boolean; readonly matchNames?: readonly string[] };
  readonly endpoints?: readonly MonitorEndpoint[];
  readonly podMetricsEndpoints?: readonly MonitorEndpoint[];
}

const WHO = "Prometheus";

/**
 * What Prometheus calls by a ServiceMonitor or PodMonitor; nothing by an object of another kind.
 *
 * Source: prometheus-operator, pkg/prometheus/promcfg.go.
 */
export function monitorCallers({ services, workloads }: Inventory, object: MeshObject): OutsideCaller[] {
  const spec = object.spec as MonitorSpec;
  const pods = workloads.flatMap((one) => one.pods);
  const inScope = ({ namespace }: { readonly namespace: string }): boolean => {
    const { any, matchNames } = spec.namespaceSelector ?? {};
    return any === true || (matchNames ?? [object.namespace]).includes(namespace);
  };
  if (object.kind === "PodMonitor") {
    return pods
      .filter((pod) => inScope(pod) && selects(spec.selector ?? {}, pod.labels))
      .flatMap((pod) => (spec.podMetricsEndpoints ?? []).flatMap((one) => ofPod(object, pod, one)));
  }
  if (object.kind !== "ServiceMonitor") return [];
  return services
    .filter((one) => one.kind === "Service" && inScope(one) && selects(spec.selector ?? {}, one.object.labels))
    .flatMap((service) => (spec.endpoints ?? []).flatMap((one) => ofService(object, service, pods, one)));
}

/** It calls the pods one by one, and they are those that the Service's port leads to. */
function ofService(
  object: MeshObject,
  service: Service,
  pods: readonly PodShape[],
  endpoint: MonitorEndpoint,
): OutsideCaller[] {
  const own = service.ports.find(({ name }) => name === endpoint.port);
  if (endpoint.port !== undefined) {
    return own === undefined ? [] : [{ ...scrape(object, endpoint), service, port: own.port }];
  }
  const { selector } = service;
  if (selector === null) return [];
  return pods
    .filter((pod) => pod.namespace === service.namespace && selects({ matchLabels: selector }, pod.labels))
    .flatMap((pod) => ofPod(object, pod, endpoint));
}

function ofPod(object: MeshObject, pod: PodShape, endpoint: MonitorEndpoint): OutsideCaller[] {
  const { port, portNumber, targetPort } = endpoint;
  const wanted = port ?? portNumber ?? targetPort;
  const number = wanted === undefined ? null : targetPortIn(pod, wanted);
  return number === null ? [] : [{ ...scrape(object, endpoint), pod, port: number }];
}

function scrape(object: MeshObject, { scheme, tlsConfig = {} }: MonitorEndpoint): Omit<OutsideCaller, "port"> {
  return {
    who: WHO,
    scheme: scheme?.toLowerCase() === "https" ? "https" : "http",
    service: null,
    pod: null,
    object,
    certificate: "certFile" in tlsConfig || "cert" in tlsConfig,
  };
}
