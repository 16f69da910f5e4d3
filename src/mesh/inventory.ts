import type { AuthorizationPolicy } from "../rules/authorization-policy.js";
import type { DestinationRule } from "../rules/destination-rule.js";
import type { MeshSettings, PodShape, Service } from "../rules/model.js";
import type { MeshObject } from "../rules/objects.js";
import type { PeerAuthentication } from "../rules/peer-authentication.js";
import type { Labels } from "../rules/selectors.js";
import type { Sidecar } from "../rules/sidecar-scope.js";
import type { VirtualService } from "../rules/virtual-service.js";

/** A mesh as data: the same whether it was read from manifests or from a cluster. */
export interface Inventory {
  readonly source: "manifests" | "cluster";
  readonly settings: MeshSettings;
  readonly namespaces: ReadonlyMap<string, Labels>;
  readonly workloads: readonly Workload[];
  readonly services: readonly Service[];
  readonly peerAuthentications: readonly PeerAuthentication[];
  readonly destinationRules: readonly DestinationRule[];
  readonly authorizationPolicies: readonly AuthorizationPolicy[];
  readonly requestAuthentications: readonly MeshObject[];
  readonly sidecars: readonly Sidecar[];
  readonly virtualServices: readonly VirtualService[];
  /** Kubernetes' Gateway objects: waypoints are among them. */
  readonly gateways: readonly MeshObject[];
  /** What can change a call in ways that no rule here knows. */
  readonly envoyFilters: readonly MeshObject[];
  readonly wasmPlugins: readonly MeshObject[];
  readonly networkPolicies: readonly MeshObject[];
  /** Routes of the Gateway API. */
  readonly gatewayRoutes: readonly MeshObject[];
  /** Objects that call or are called from outside the mesh, for who wants to know what STRICT would break. */
  readonly outside: readonly MeshObject[];
  /** What could not be read, and so cannot be told of: a kind, in a namespace or everywhere. */
  readonly unreadable: readonly Unreadable[];
  /** How many objects there were of kinds that decide no call, by kind. */
  readonly ignored: ReadonlyMap<string, number>;
}

export interface Unreadable {
  readonly kind: string;
  /** Absent: everywhere. */
  readonly namespace?: string;
  readonly why: string;
}

/** A workload: pods under one top controller, or a pod of its own. */
export interface Workload {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** What its pods look like; more than one where they differ. */
  readonly pods: readonly PodShape[];
  /** The containers that can call, the first one first. */
  readonly containers: readonly string[];
}
