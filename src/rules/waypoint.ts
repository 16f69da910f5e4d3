import type { Identity, TargetRef } from "./authorization-policy.js";
import type { DataPlane, Service } from "./model.js";
import type { Decision, FieldPath, MeshObject } from "./objects.js";
import { selects } from "./selectors.js";
import type { Labels, LabelSelector } from "./selectors.js";

/** A Gateway of the Gateway API, as far as it says who may use it as a waypoint. */
export interface GatewaySpec {
  readonly gatewayClassName?: string;
  readonly listeners?: readonly GatewayListener[];
}

export interface GatewayListener {
  readonly protocol?: string;
  readonly port?: number;
  readonly allowedRoutes?: { readonly namespaces?: { readonly from?: string; readonly selector?: LabelSelector } };
}

export type Gateway = MeshObject<GatewaySpec>;

/** What of a called pod decides its waypoint. The object and the path of the pod in it are for decisions. */
export interface WaypointPod {
  readonly namespace: string;
  readonly labels: Labels;
  readonly object?: MeshObject;
  readonly path?: FieldPath;
}

export interface WaypointChoice {
  /** Null where calls go straight to the pod; `unknown` where manifests do not say what becomes of them. */
  readonly waypoint: Gateway | "unknown" | null;
  readonly because: Decision;
}

const RULE = "waypoint";
const CLASS = "istio-waypoint";
const USE = "istio.io/use-waypoint";
const USE_NAMESPACE = "istio.io/use-waypoint-namespace";
const CANARY = "istio.io/use-waypoint-canary";
const FOR = "istio.io/waypoint-for";
const INGRESS = "istio.io/ingress-use-waypoint";
const MANAGED = "gateway.istio.io/managed";

/** Something that is called, and can name its waypoint. */
interface Target {
  readonly kind: "service" | "workload";
  readonly namespace: string;
  readonly labels: Labels;
  readonly object: MeshObject | undefined;
  readonly path: FieldPath;
}

/**
 * The waypoint that calls by ztunnel's clients go through: that of the called Service, or, for a call to a pod's own
 * address, that of the pod. A call to a Service never goes through the waypoint of a pod. The label
 * `istio.io/use-waypoint` of the Service or pod names it, else that of the namespace; `none` is no waypoint;
 * `istio.io/use-waypoint-namespace` beside it names another namespace than the target's.
 *
 * A name that stands for no Gateway, one that does not let the target's namespace attach, and one whose
 * `istio.io/waypoint-for` (by default `service`) is for another kind of traffic: all these are no waypoint, and the
 * namespace's is not asked. The Gateway is taken to be ready. A Gateway of another class than `istio-waypoint`, and a
 * second waypoint on trial, give `unknown`.
 *
 * Source: istio, pilot/pkg/serviceregistry/ambient/waypoints.go:fetchWaypointForService, fetchWaypointForWorkload,
 * fetchWaypointForTarget, GetUseWaypoint, makeAllowedRoutes; ztunnel, src/proxy/outbound.rs:build_request.
 *
 * @param service null for a call to the pod's address; a headless Service is such a call too
 * @param namespaceLabels those of the namespace of the Service, or of the pod where there is none
 */
export function waypointFor(
  service: Service | null,
  pod: WaypointPod,
  namespaceLabels: Labels,
  gateways: readonly Gateway[],
): WaypointChoice {
  const target = targetOf(service, pod);
  if (isGatewayItself(target, gateways)) return none("a waypoint or gateway has no waypoint itself");

  const ofTarget = own(target.labels, USE);
  const name = ofTarget ?? own(namespaceLabels, USE);
  if (name === undefined) return none("no label names a waypoint");
  const by = ofTarget === undefined ? namespaceLabels : target.labels;
  const named = (says: string): Decision =>
    ofTarget === undefined || target.object === undefined
      ? { rule: RULE, says }
      : { rule: RULE, says, object: target.object, path: [...target.path, "metadata", "labels", USE] };
  if (name === "none") return { waypoint: null, because: named("the label says that there is no waypoint") };

  const namespace = own(by, USE_NAMESPACE) ?? target.namespace;
  const gateway = gateways.find((one) => one.name === name && one.namespace === namespace);
  if (gateway === undefined) {
    return {
      waypoint: null,
      because: named(`there is no Gateway ${namespace}/${name}, so calls go without a waypoint`),
    };
  }
  if (target.kind === "service" && !["", "none"].includes(own(by, CANARY) ?? "")) {
    return { waypoint: "unknown", because: named("a second waypoint takes a part of the calls") };
  }
  return judge(gateway, target, namespaceLabels, named);
}

/** Whether the Gateway that a label names serves as the waypoint of the target. */
function judge(
  gateway: Gateway,
  target: Target,
  namespaceLabels: Labels,
  named: (says: string) => Decision,
): WaypointChoice {
  const is = `${gateway.namespace}/${gateway.name}`;
  const byGateway = (says: string, path: FieldPath): Decision => ({ rule: RULE, says, object: gateway, path });
  if (gateway.spec.gatewayClassName !== CLASS) {
    const says = `Gateway ${is} is not of class ${CLASS}, and what it does with the calls is not in the manifests`;
    return { waypoint: "unknown", because: byGateway(says, ["spec", "gatewayClassName"]) };
  }
  if (!letsAttach(gateway, target, namespaceLabels)) {
    const says = `waypoint ${is} does not let namespace ${target.namespace} attach, so calls go without it`;
    return { waypoint: null, because: byGateway(says, ["spec", "listeners"]) };
  }
  const traffic = own(gateway.labels, FOR) ?? "service";
  if (traffic !== "all" && traffic !== target.kind) {
    const says = `waypoint ${is} is for traffic to ${traffic}, not to a ${target.kind}, so calls go without it`;
    return { waypoint: null, because: byGateway(says, ["metadata", "labels", FOR]) };
  }
  return { waypoint: gateway, because: named(`the label names waypoint ${is}`) };
}

function targetOf(service: Service | null, pod: WaypointPod): Target {
  if (service === null || service.headless) {
    return { kind: "workload", namespace: pod.namespace, labels: pod.labels, object: pod.object, path: pod.path ?? [] };
  }
  const { object, namespace } = service;
  return { kind: "service", namespace, labels: object.labels, object, path: [] };
}

function isGatewayItself({ kind, namespace, labels }: Target, gateways: readonly Gateway[]): boolean {
  if (kind === "service") {
    return ["istio.io-mesh-controller", "istio.io-eastwest-controller"].includes(own(labels, MANAGED) ?? "");
  }
  const of = own(labels, "gateway.networking.k8s.io/gateway-name");
  return of !== undefined && gateways.some((one) => one.name === of && one.namespace === namespace);
}

/** Whether the listener for HBONE takes the target's namespace; without one, and by default, only the Gateway's own. */
function letsAttach(gateway: Gateway, { namespace }: Target, namespaceLabels: Labels): boolean {
  const listener = gateway.spec.listeners?.find((one) => one.protocol === "HBONE" && one.port === 15008);
  const { from, selector } = listener?.allowedRoutes?.namespaces ?? {};
  if (from === "All") return true;
  if (from !== "Selector") return gateway.namespace === namespace;
  const labels = { ...namespaceLabels, "kubernetes.io/metadata.name": namespace };
  return selector !== undefined && selects(selector, labels);
}

export interface WaypointUse {
  readonly through: boolean;
  readonly because: Decision;
}

/**
 * Whether a client's calls go through the waypoint of what it calls. Those of a ztunnel's clients do. Those of sidecars
 * do not, though they may go over HBONE, nor those of clients without a proxy: both reach the pod as if there were no
 * waypoint, and its policies do not hold for them. An ingress gateway's do where `istio.io/ingress-use-waypoint` of the
 * Service, or else of its namespace, is true, and the Service has an address.
 *
 * Source: istio, pilot/pkg/xds/endpoints/endpoint_builder.go:findServiceWaypoint,
 * pilot/pkg/serviceregistry/ambient/services.go:ingressUseWaypointFromLabels.
 */
export function usesWaypoint(client: DataPlane, service: Service | null, namespaceLabels: Labels): WaypointUse {
  switch (client) {
    case "ztunnel":
      return { through: true, because: { rule: RULE, says: "ztunnel sends its clients' calls through the waypoint" } };
    case "sidecar":
      return { through: false, because: { rule: RULE, says: "a sidecar calls pods without going through a waypoint" } };
    case "none":
      return { through: false, because: { rule: RULE, says: "a client without a proxy goes around the waypoint" } };
    case "gateway":
      return gatewayUses(service, namespaceLabels);
  }
}

function gatewayUses(service: Service | null, namespaceLabels: Labels): WaypointUse {
  const ofService = service === null ? undefined : own(service.object.labels, INGRESS);
  const value = ofService ?? own(namespaceLabels, INGRESS);
  const through = service !== null && !service.headless && isTrue(value);
  const says = through
    ? `the label ${INGRESS} sends gateways through the waypoint`
    : `gateways go around a waypoint unless the label ${INGRESS} is true`;
  if (ofService === undefined || service === null) return { through, because: { rule: RULE, says } };
  return { through, because: { rule: RULE, says, object: service.object, path: ["metadata", "labels", INGRESS] } };
}

/** What Go's strconv.ParseBool takes for true. */
function isTrue(value: string | undefined): boolean {
  return ["1", "t", "T", "TRUE", "true", "True"].includes(value ?? "");
}

/** A policy that can be attached to a waypoint: AuthorizationPolicy, RequestAuthentication. */
export type TargetedPolicy = MeshObject<{
  readonly targetRef?: TargetRef;
  readonly targetRefs?: readonly TargetRef[];
}>;

/**
 * The policies that a waypoint enforces on calls to a Service: those whose targetRefs name the Service or ServiceEntry in
 * the policy's own namespace, the waypoint's Gateway in its namespace, or, in the root namespace, the class
 * `istio-waypoint`. A policy without targetRefs never, whether it has a selector or not.
 *
 * Source: istio, pilot/pkg/model/policyattachment.go:ShouldAttachPolicy, GetTargetRefs, matchesGroupKind;
 * pilot/pkg/model/authorization.go:ListAuthorizationPolicies.
 *
 * @param service null for a call to a pod's address
 */
export function waypointPolicies<P extends TargetedPolicy>(
  policies: readonly P[],
  waypoint: Pick<Gateway, "namespace" | "name">,
  service: Service | null,
  rootNamespace: string,
): readonly P[] {
  const isFor = (policy: P, ref: TargetRef): boolean => {
    const { namespace } = policy;
    switch (`${ref.group === undefined || ref.group === "" ? "core" : ref.group}/${ref.kind ?? ""}`) {
      case "core/Service":
        return service?.kind === "Service" && isNamed(service.object, ref, namespace);
      case "networking.istio.io/ServiceEntry":
        return service?.kind === "ServiceEntry" && isNamed(service.object, ref, namespace);
      case "gateway.networking.k8s.io/GatewayClass":
        return namespace === rootNamespace && ref.name === CLASS;
      case "gateway.networking.k8s.io/Gateway":
        return isNamed(waypoint, ref, namespace) && ["", namespace].includes(ref.namespace ?? "");
      default:
        return false;
    }
  };
  return policies.filter((policy) => targetRefs(policy).some((ref) => isFor(policy, ref)));
}

/** The single targetRef counts only where the list is empty. */
function targetRefs({ spec }: TargetedPolicy): readonly TargetRef[] {
  if (spec.targetRefs !== undefined && spec.targetRefs.length > 0) return spec.targetRefs;
  return spec.targetRef === undefined ? [] : [spec.targetRef];
}

function isNamed(one: Pick<MeshObject, "namespace" | "name">, { name }: TargetRef, namespace: string): boolean {
  return one.name === name && one.namespace === namespace;
}

/**
 * Who the destination's ztunnel takes a call for that came through a waypoint: the waypoint, not its client.
 *
 * Source: istio, pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go:configureIstioGateway, GetDefaultName.
 */
export function waypointIdentity(waypoint: Gateway, trustDomain: string): Identity {
  const serviceAccount = waypoint.annotations["gateway.istio.io/service-account"] ?? waypoint.name;
  return { trustDomain, namespace: waypoint.namespace, serviceAccount };
}

function none(says: string): WaypointChoice {
  return { waypoint: null, because: { rule: RULE, says } };
}

function own(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
