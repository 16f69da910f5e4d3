import { isSubsetOf } from "./hosts.js";
import type { MeshSettings, Service } from "./model.js";
import { byAge } from "./objects.js";
import type { Decision, MeshObject } from "./objects.js";
import { namedProtocol } from "./protocol.js";
import type { ListenerProtocol } from "./protocol.js";
import { listenerProtocol } from "./protocol.js";
import type { Labels } from "./selectors.js";
import { selects } from "./selectors.js";

/** A Sidecar of the API, as far as it decides what a client's proxy knows and what a server's listens on. */
export interface SidecarSpec {
  readonly workloadSelector?: { readonly labels?: Labels };
  readonly egress?: readonly EgressListener[];
  readonly ingress?: readonly IngressListener[];
  readonly outboundTrafficPolicy?: { readonly mode?: string };
}

export interface EgressListener {
  readonly hosts?: readonly string[];
  readonly port?: { readonly number?: number; readonly protocol?: string; readonly name?: string };
  readonly bind?: string;
  readonly captureMode?: string;
}

export interface IngressListener {
  readonly port?: { readonly number?: number; readonly protocol?: string; readonly name?: string };
  readonly bind?: string;
  readonly captureMode?: string;
  readonly defaultEndpoint?: string;
  readonly tls?: object;
}

export type Sidecar = MeshObject<SidecarSpec>;

/** What a proxy of a namespace knows of the mesh. */
export interface SidecarScope {
  /** Null where no Sidecar is for the workload: it then knows everything that is exported to its namespace. */
  readonly sidecar: Sidecar | null;
  readonly namespace: string;
  readonly outbound: "ALLOW_ANY" | "REGISTRY_ONLY";
  readonly because: readonly Decision[];
}

/**
 * The Sidecar that is for a workload: in its own namespace one whose selector takes it, else one without selector, the
 * oldest of each; else the root namespace's without selector.
 *
 * Source: istio, pilot/pkg/model/push_context.go:doGetSidecarScope, initSidecarScopes.
 */
export function sidecarFor(
  sidecars: readonly Sidecar[],
  workload: { readonly namespace: string; readonly labels: Labels },
  rootNamespace: string,
): Sidecar | null {
  const own = sidecars.filter(({ namespace }) => namespace === workload.namespace);
  const fitting = own.filter(
    ({ spec }) =>
      spec.workloadSelector === undefined ||
      selects({ matchLabels: spec.workloadSelector.labels ?? {} }, workload.labels),
  );
  const [first] = fitting.sort(
    (a, b) =>
      Number(a.spec.workloadSelector === undefined) - Number(b.spec.workloadSelector === undefined) || byAge(a, b),
  );
  const roots = sidecars.filter(
    ({ namespace, spec }) => namespace === rootNamespace && spec.workloadSelector === undefined,
  );
  return first ?? roots.sort(byAge)[0] ?? null;
}

/** What the proxy of a workload knows, by the Sidecar that is for it. */
export function scopeOf(
  sidecar: Sidecar | null,
  namespace: string,
  mesh: Pick<MeshSettings, "outboundTrafficPolicy" | "object">,
): SidecarScope {
  const own = sidecar?.spec.outboundTrafficPolicy;
  if (sidecar !== null && own !== undefined) {
    const outbound = own.mode === "REGISTRY_ONLY" ? "REGISTRY_ONLY" : "ALLOW_ANY";
    const says = `hosts that the proxy does not know: ${outbound}`;
    const path = ["spec", "outboundTrafficPolicy"];
    return { sidecar, namespace, outbound, because: [{ rule: RULE, says, object: sidecar, path }] };
  }
  const outbound = mesh.outboundTrafficPolicy;
  const says = `hosts that the proxy does not know: ${outbound}, as the mesh has it`;
  const because: Decision =
    mesh.object === null
      ? { rule: RULE, says }
      : { rule: RULE, says, object: mesh.object, path: ["outboundTrafficPolicy", "mode"] };
  return { sidecar, namespace, outbound, because: [because] };
}

/** How a proxy sees a Service's port. */
export type Sight =
  | {
      readonly seen: true;
      readonly because: Decision;
      /** That of a listener with a port of its own. */
      readonly protocol: ListenerProtocol | null;
      /** Whether HTTP requests find a route: a listener for the port may have taken that away. */
      readonly routed: boolean;
      /** Whether the listener without a port names it as well: what the port's own leaves open, that one takes. */
      readonly general: boolean;
    }
  | { readonly seen: false; readonly because: Decision }
  | { readonly unknown: string; readonly because: Decision };

/**
 * Whether a proxy knows a Service on a port: the Service has to be exported to its namespace, and the Sidecar's egress
 * listener for the port has to name it, or the one without a port. Where only the latter names it, while there is one for
 * the port, connections find it and HTTP requests do not: routes are those of the listener for the port.
 *
 * Source: istio, pilot/pkg/model/sidecar.go:selectServices, GetEgressListenerForRDS; pilot/pkg/model/push_context.go:IsServiceVisible;
 * pilot/pkg/networking/core/listener.go:buildSidecarOutboundListeners.
 */
export function sees(
  scope: SidecarScope,
  service: Pick<Service, "hostname" | "namespace" | "exportTo" | "object">,
  port: number,
  mesh: Pick<MeshSettings, "defaultServiceExportTo">,
): Sight {
  if (!exportedTo(service, scope.namespace, mesh)) {
    const says = `${service.hostname} is not exported to ${scope.namespace}`;
    const path = ["metadata", "annotations", "networking.istio.io/exportTo"];
    return { seen: false, because: { rule: RULE, says, object: service.object, path } };
  }
  const { sidecar } = scope;
  const egress = sidecar?.spec.egress ?? [];
  if (sidecar === null || egress.length === 0) {
    const because = { rule: RULE, says: `the client's proxy knows ${service.hostname}` };
    return { seen: true, protocol: null, routed: true, general: true, because };
  }
  const own = egress.findIndex((one) => one.port?.number === port);
  const general = egress.findIndex((one) => one.port === undefined);
  const names = (index: number): boolean => imports(egress[index]?.hosts ?? [], service, scope.namespace);
  const naming = [own, general].find(names);
  const listener = naming === undefined ? undefined : egress[naming];
  if (naming === undefined || listener === undefined) {
    const index = own >= 0 ? own : general;
    const path = ["spec", "egress", ...(index < 0 ? [] : [index, "hosts"])];
    const says = `no egress host of the Sidecar names ${service.hostname} for port ${port}`;
    return { seen: false, because: { rule: RULE, says, object: sidecar, path } };
  }
  return sightBy(sidecar, listener, naming, { own, hostname: service.hostname, general: names(general) });
}

function sightBy(
  sidecar: Sidecar,
  listener: EgressListener,
  index: number,
  { own, hostname, general }: { own: number; hostname: string; general: boolean },
): Sight {
  const path = ["spec", "egress", index, "hosts"];
  const because = { rule: RULE, says: `the Sidecar's egress hosts name ${hostname}`, object: sidecar, path };
  if ((listener.bind ?? "") !== "" || listener.captureMode === "NONE") {
    return { unknown: "the Sidecar's egress listener has an address of its own", because };
  }
  if (own >= 0 && own !== index) {
    const says = `the Sidecar's egress listener for the port does not name ${hostname}: HTTP has no route there`;
    return {
      seen: true,
      protocol: null,
      routed: false,
      general,
      because: { ...because, says, path: ["spec", "egress", own] },
    };
  }
  const protocol = listener.port === undefined ? null : protocolOf(listener.port);
  return { seen: true, protocol, routed: true, general, because };
}

const RULE = "sidecar-scope";

function protocolOf({ protocol }: NonNullable<EgressListener["port"]>): ListenerProtocol {
  return listenerProtocol(namedProtocol(protocol));
}

/**
 * Whether an object with an exportTo (a Service, a ServiceEntry's host) may be seen in a namespace. `*` goes over all else,
 * then `~`.
 *
 * Source: istio, pilot/pkg/model/push_context.go:initServiceRegistry.
 */
export function exportedTo(
  service: Pick<Service, "namespace" | "exportTo">,
  namespace: string,
  mesh: Pick<MeshSettings, "defaultServiceExportTo">,
): boolean {
  const exportTo = service.exportTo ?? mesh.defaultServiceExportTo ?? ["*"];
  if (exportTo.includes("*") || exportTo.includes("~")) return exportTo.includes("*");
  return exportTo.includes(namespace) || (exportTo.includes(".") && service.namespace === namespace);
}

/** Whether egress hosts (`NAMESPACE/HOST`, `~` in front to leave out) name a host of a namespace. */
export function imports(
  hosts: readonly string[],
  what: { readonly hostname: string; readonly namespace: string },
  clientNamespace: string,
): boolean {
  const matching = (excluded: boolean): boolean =>
    hosts.some((text) => {
      const slash = text.indexOf("/");
      const left = text.slice(0, slash);
      if (left.startsWith("~") !== excluded) return false;
      const bare = excluded ? left.slice(1) || "*" : left;
      const namespace = bare === "." ? clientNamespace : bare;
      return (
        (namespace === "*" || namespace === what.namespace) &&
        isSubsetOf(what.hostname, text.slice(slash + 1).toLowerCase())
      );
    });
  return !matching(true) && matching(false);
}
