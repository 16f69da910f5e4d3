import type { FixedEndpoint, Service, ServicePort } from "../rules/model.js";
import { namedProtocol, portProtocol } from "../rules/protocol.js";
import type { Labels } from "../rules/selectors.js";
import { selects } from "../rules/selectors.js";
import { meshObject } from "./mesh-object.js";
import type { ReadObject } from "./read-objects.js";

/** Services, their endpoints and ServiceEntries → what clients can call. */

const EXPORT_TO = "networking.istio.io/exportTo";

interface KubePort {
  readonly port?: number;
  readonly name?: string;
  readonly protocol?: string;
  readonly appProtocol?: string;
  readonly targetPort?: number | string;
}

interface KubeServiceSpec {
  readonly ports?: readonly KubePort[];
  readonly selector?: Labels;
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly type?: string;
  readonly externalName?: string;
}

interface WorkloadEntrySpec {
  readonly address?: string;
  readonly ports?: Readonly<Record<string, number>>;
  readonly labels?: Labels;
  readonly serviceAccount?: string;
}

interface ServiceEntrySpec {
  readonly subjectAltNames?: readonly string[];
  readonly hosts?: readonly string[];
  readonly addresses?: readonly string[];
  readonly ports?: readonly { number?: number; name?: string; protocol?: string; targetPort?: number }[];
  readonly location?: string;
  readonly resolution?: string;
  readonly endpoints?: readonly WorkloadEntrySpec[];
  readonly workloadSelector?: { readonly labels?: Labels };
  readonly exportTo?: readonly string[];
}

/** All that can be called, by the objects of a mesh. */
export function readServices(objects: readonly ReadObject[], domain: string): Service[] {
  const entries = objects.filter(({ key }) => key === "networking.istio.io/WorkloadEntry");
  const written = endpointsByService(objects);
  return objects.flatMap((one) => {
    if (one.key === "/Service") return [kubeService(one, domain, written, entries)];
    if (one.key === "networking.istio.io/ServiceEntry") return serviceEntry(one, entries);
    return [];
  });
}

function kubeService(
  { object, at }: ReadObject,
  domain: string,
  written: ReadonlyMap<string, FixedEndpoint[]>,
  entries: readonly ReadObject[],
): Service {
  const spec = (object["spec"] ?? {}) as KubeServiceSpec;
  const { name, namespace = "", annotations = {} } = object.metadata;
  const clusterIPs = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
  const external = spec.type === "ExternalName";
  const selector = external ? null : selectorOf(spec);
  const exportTo = annotations[EXPORT_TO]?.split(",").map((one) => one.trim());
  return {
    object: meshObject(object, at),
    kind: "Service",
    namespace,
    name,
    hostname: `${name}.${namespace}.svc.${domain}`,
    ports: (spec.ports ?? []).map(kubePort),
    headless: !external && clusterIPs.includes("None"),
    externalName: external ? (spec.externalName ?? "").toLowerCase().replace(/\.$/u, "") : null,
    external,
    resolution: "STATIC",
    addresses: clusterIPs.filter((address) => address !== "None" && address !== ""),
    exportTo: exportTo ?? null,
    selector,
    endpoints:
      selector === null ? (written.get(`${namespace}/${name}`) ?? []) : entriesFor(entries, namespace, selector),
  };
}

/** An empty selector is none. */
function selectorOf({ selector }: KubeServiceSpec): Labels | null {
  return selector === undefined || Object.keys(selector).length === 0 ? null : selector;
}

function kubePort(port: KubePort, index: number): ServicePort {
  const number = port.port ?? 0;
  return {
    port: number,
    name: port.name ?? "",
    protocol: portProtocol({ ...port, port: number }),
    targetPort: port.targetPort ?? number,
    index,
  };
}

/** WorkloadEntries that a selector takes are endpoints like pods. */
function entriesFor(entries: readonly ReadObject[], namespace: string, selector: Labels): FixedEndpoint[] {
  return entries
    .filter(({ object }) => object.metadata.namespace === namespace)
    .map((one) => fixed((one.object["spec"] ?? {}) as WorkloadEntrySpec, one))
    .filter(({ labels }) => selects({ matchLabels: selector }, labels));
}

/** Source: istio, pilot/pkg/serviceregistry/serviceentry/conversion.go:getTLSModeFromWorkloadEntry. */
function fixed(spec: WorkloadEntrySpec, { object, at }: ReadObject): FixedEndpoint {
  const own = object.kind === "WorkloadEntry" ? object.metadata.labels : {};
  const labels: Labels = { ...own, ...spec.labels };
  const label = labels["security.istio.io/tlsMode"];
  return {
    address: spec.address ?? "",
    ports: new Map(Object.entries(spec.ports ?? {})),
    tlsMode: label === undefined ? (spec.serviceAccount ?? "") !== "" : label === "istio",
    labels,
    serviceAccount: spec.serviceAccount ?? null,
    object: meshObject(object, at),
  };
}

interface Slice {
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
}

interface Endpoints {
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip?: string }[];
    readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
  }[];
}

/** Addresses that were written down for Services without selector. Of Endpoints and their mirrored slices one counts. */
function endpointsByService(objects: readonly ReadObject[]): Map<string, FixedEndpoint[]> {
  const found = new Map<string, FixedEndpoint[]>();
  for (const one of objects) {
    const written = writtenAddresses(one);
    if (written === null) continue;
    const there = found.get(written.service) ?? [];
    const known = new Set(there.map(({ address }) => address));
    there.push(...written.endpoints.filter(({ address }) => !known.has(address)));
    found.set(written.service, there);
  }
  return found;
}

function writtenAddresses(one: ReadObject): { service: string; endpoints: FixedEndpoint[] } | null {
  const { namespace = "", name, labels = {} } = one.object.metadata;
  if (one.key === "discovery.k8s.io/EndpointSlice") {
    const { endpoints = [], ports = [] } = one.object as unknown as Slice;
    const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
    const addresses = ready.flatMap((endpoint) => endpoint.addresses ?? []);
    const service = `${namespace}/${labels["kubernetes.io/service-name"] ?? ""}`;
    return { service, endpoints: addresses.map((address) => plain(address, ports, one)) };
  }
  if (one.key !== "/Endpoints") return null;
  const { subsets = [] } = one.object as unknown as Endpoints;
  const endpoints = subsets.flatMap(({ addresses = [], ports = [] }) =>
    addresses.map(({ ip }) => plain(ip ?? "", ports, one)),
  );
  return { service: `${namespace}/${name}`, endpoints };
}

function plain(
  address: string,
  ports: readonly { readonly name?: string; readonly port?: number }[],
  { object, at }: ReadObject,
): FixedEndpoint {
  return {
    address,
    ports: new Map(ports.flatMap(({ name, port }) => (port === undefined ? [] : [[name ?? "", port] as const]))),
    tlsMode: false,
    labels: {},
    serviceAccount: null,
    object: meshObject(object, at),
  };
}

const RESOLUTIONS = ["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"] as const;

/** A ServiceEntry is as many Services as it has hosts. */
function serviceEntry(one: ReadObject, entries: readonly ReadObject[]): Service[] {
  const { object, at } = one;
  const spec = (object["spec"] ?? {}) as ServiceEntrySpec;
  const { name, namespace = "" } = object.metadata;
  const selector = spec.workloadSelector?.labels;
  const resolution = RESOLUTIONS.find((known) => known === spec.resolution) ?? "NONE";
  return (spec.hosts ?? []).map((host) => ({
    object: meshObject(object, at),
    kind: "ServiceEntry",
    namespace,
    name,
    hostname: host.toLowerCase(),
    ports: (spec.ports ?? []).map((port, index) => ({
      port: port.number ?? 0,
      name: port.name ?? "",
      protocol: namedProtocol(port.protocol),
      targetPort: port.targetPort ?? port.number ?? 0,
      index,
    })),
    headless: false,
    externalName: null,
    external: spec.location !== "MESH_INTERNAL",
    resolution,
    addresses: spec.addresses ?? [],
    exportTo: spec.exportTo === undefined || spec.exportTo.length === 0 ? null : spec.exportTo,
    selector: selector ?? null,
    endpoints:
      selector === undefined
        ? (spec.endpoints ?? []).map((endpoint) => fixed(endpoint, one))
        : entriesFor(entries, namespace, selector),
    subjectAltNames: spec.subjectAltNames ?? [],
  }));
}
