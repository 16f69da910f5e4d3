import type { Inventory, Workload } from "../mesh/inventory.js";
import type { PodShape, Service } from "../rules/model.js";
import type { MeshObject } from "../rules/objects.js";
import { monitorCallers } from "./scrapes.js";
import { annotationCallers } from "./scrape-annotations.js";

/** Someone who calls into the mesh and is no workload of it, as far as objects show it. */
export interface OutsideCaller {
  /** `the API server`: who it is, in words. */
  readonly who: string;
  readonly scheme: "http" | "https";
  /** What is called: a Service's port, or a port of a pod. */
  readonly service: Service | null;
  readonly pod: PodShape | null;
  readonly port: number;
  /** What shows that it calls. */
  readonly object: MeshObject;
  /** Whether it shows a client certificate: it may be Istio's own. */
  readonly certificate: boolean;
}

/**
 * The callers that are no workload: the API server, for webhooks and aggregated APIs; ingress controllers, for Ingresses;
 * whoever is outside, for Services of type NodePort and LoadBalancer; Prometheus, for monitors and scrape annotations. An
 * Ingress of Istio's own gateway is none: that is a proxy of the mesh. What calls a Service that is not there is left out.
 */
export function outsideCallers(inventory: Inventory): OutsideCaller[] {
  const named = inventory.outside.flatMap((object) => {
    switch (object.kind) {
      case "MutatingWebhookConfiguration":
      case "ValidatingWebhookConfiguration":
        return webhookCallers(inventory, object);
      case "APIService":
        return apiServiceCallers(inventory, object);
      case "Ingress":
        return ingressCallers(inventory, object);
      default:
        return monitorCallers(inventory, object);
    }
  });
  return distinct([...named, ...exposed(inventory.services), ...annotationCallers(inventory)]);
}

/** One who calls as a client without sidecar, and without anything that policies could select. */
export function outsideWorkload({ who, object }: OutsideCaller): Workload {
  const pod: PodShape = {
    namespace: OUTSIDE,
    labels: {},
    annotations: {},
    serviceAccount: "default",
    hostNetwork: true,
    dataPlane: "none",
    ports: [],
    replicas: 1,
    because: { rule: "outside", says: `it is ${who}, and has no sidecar`, object },
    proxyUserContainers: [],
    addresses: [],
    object,
    path: [],
  };
  return { namespace: OUTSIDE, kind: "Outside", name: who, pods: [pod], containers: [OUTSIDE] };
}

/** No namespace of a cluster can have this name: a name cannot begin with a capital letter. */
const OUTSIDE = "Outside";

interface ServiceReference {
  readonly namespace?: string;
  readonly name?: string;
  readonly port?: number;
}

interface WebhookSpec {
  readonly webhooks?: readonly { readonly clientConfig?: { readonly service?: ServiceReference } }[];
}

function webhookCallers(inventory: Inventory, object: MeshObject): OutsideCaller[] {
  const { webhooks } = object.spec as WebhookSpec;
  const references = (webhooks ?? []).map(({ clientConfig }) => clientConfig?.service);
  return references.flatMap((one) => fromApiServer(inventory, object, one, "for its admission webhooks"));
}

function apiServiceCallers(inventory: Inventory, object: MeshObject): OutsideCaller[] {
  const { service } = object.spec as { readonly service?: ServiceReference | null };
  return fromApiServer(inventory, object, service ?? undefined, "for an API that it hands on");
}

function fromApiServer(
  { services }: Inventory,
  object: MeshObject,
  reference: ServiceReference | undefined,
  what: string,
): OutsideCaller[] {
  const service = kubeService(services, reference?.namespace ?? "", reference?.name);
  if (service === undefined) return [];
  const who = `the API server, ${what}`;
  // The API server speaks TLS alone, and 443 is its default for both.
  return [{ ...toService(object, service, reference?.port ?? 443), who, scheme: "https" }];
}

interface IngressBackend {
  readonly service?: { readonly name?: string; readonly port?: { readonly number?: number; readonly name?: string } };
}

interface IngressSpec {
  readonly ingressClassName?: string;
  readonly defaultBackend?: IngressBackend;
  readonly rules?: readonly { readonly http?: { readonly paths?: readonly { readonly backend?: IngressBackend }[] } }[];
}

const INGRESS_CLASS = "kubernetes.io/ingress.class";

function ingressCallers({ services }: Inventory, object: MeshObject): OutsideCaller[] {
  const { ingressClassName, defaultBackend, rules } = object.spec as IngressSpec;
  if ((object.annotations[INGRESS_CLASS] ?? ingressClassName) === "istio") return [];
  const paths = (rules ?? []).flatMap(({ http }) => http?.paths ?? []);
  return [defaultBackend, ...paths.map(({ backend }) => backend)].flatMap((backend) => {
    const service = kubeService(services, object.namespace, backend?.service?.name);
    const wanted = backend?.service?.port;
    const port = wanted?.number ?? service?.ports.find(({ name }) => name === wanted?.name)?.port;
    if (service === undefined || port === undefined) return [];
    return [{ ...toService(object, service, port), who: "an ingress controller without sidecar" }];
  });
}

/** Services that can be called from outside the cluster. */
function exposed(services: readonly Service[]): OutsideCaller[] {
  return services.flatMap((service) => {
    const { type } = service.object.spec as { readonly type?: string };
    if (service.kind !== "Service" || (type !== "NodePort" && type !== "LoadBalancer")) return [];
    const who = `whoever calls from outside the cluster, by the Service's type ${type}`;
    return service.ports
      .filter(({ protocol }) => protocol !== "udp")
      .map(({ port, protocol }) => ({
        ...toService(service.object, service, port),
        who,
        scheme: protocol === "tls" ? "https" : "http",
      }));
  });
}

function toService(object: MeshObject, service: Service, port: number): Omit<OutsideCaller, "who"> {
  return { scheme: "http", service, pod: null, port, object, certificate: false };
}

function kubeService(services: readonly Service[], namespace: string, name: string | undefined): Service | undefined {
  return services.find((one) => one.kind === "Service" && one.namespace === namespace && one.name === name);
}

/** A webhook configuration often names one Service several times. */
function distinct(callers: readonly OutsideCaller[]): OutsideCaller[] {
  const pods = new Map<PodShape, number>();
  const numberOf = (pod: PodShape | null): number => {
    if (pod === null) return -1;
    if (!pods.has(pod)) pods.set(pod, pods.size);
    return pods.get(pod) ?? -1;
  };
  const found = new Map<string, OutsideCaller>();
  for (const one of callers) {
    const { who, scheme, service, pod, port, object, certificate } = one;
    const by = [object.kind, object.namespace, object.name];
    const to = [service?.namespace, service?.name, numberOf(pod), port];
    found.set(JSON.stringify([who, scheme, certificate, ...by, ...to]), one);
  }
  return [...found.values()];
}
