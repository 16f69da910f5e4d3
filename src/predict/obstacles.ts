import type { PodShape, Service } from "../rules/model.js";
import type { Decision, FieldPath, MeshObject } from "../rules/objects.js";
import { patches } from "../rules/envoy-filter.js";
import type { Direction, EnvoyFilterSpec } from "../rules/envoy-filter.js";
import type { LabelSelector } from "../rules/selectors.js";
import { selects } from "../rules/selectors.js";
import { Near } from "./near.js";
import type { MeshView } from "./view.js";

/** What can change a call in ways that no rule of Istio tells: where one is on the way, the outcome is unknown. */
export interface Obstacle {
  readonly why: string;
  readonly because: Decision;
}

interface NetworkPolicySpec {
  readonly podSelector?: LabelSelector;
  readonly policyTypes?: readonly string[];
  readonly egress?: readonly unknown[];
}

interface WasmSpec {
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly targetRefs?: readonly object[];
}

interface RouteSpec {
  readonly parentRefs?: readonly { readonly kind?: string; readonly name?: string; readonly namespace?: string }[];
}

type ByDirection = Partial<Record<Direction, Obstacle | null>>;

/** Finds obstacles, and keeps what it found. */
export class Obstacles {
  readonly #networkPolicies: Near<MeshObject>;
  readonly #envoyFilters: Near<MeshObject<EnvoyFilterSpec>>;
  readonly #plugins: Near<MeshObject<WasmSpec>>;
  readonly #routes = new Map<string, MeshObject>();
  readonly #policies = new Map<PodShape, ByDirection>();
  readonly #filters = new Map<PodShape, ByDirection>();
  readonly #rootNamespace: string;

  constructor(view: MeshView) {
    const { networkPolicies, envoyFilters, wasmPlugins, gatewayRoutes } = view.inventory;
    const { rootNamespace } = view.settings;
    this.#rootNamespace = rootNamespace;
    this.#networkPolicies = new Near(networkPolicies, rootNamespace);
    this.#envoyFilters = new Near(envoyFilters as readonly MeshObject<EnvoyFilterSpec>[], rootNamespace);
    this.#plugins = new Near(wasmPlugins as readonly MeshObject<WasmSpec>[], rootNamespace);
    for (const route of gatewayRoutes as readonly MeshObject<RouteSpec>[]) this.#indexRoute(route);
  }

  /** A NetworkPolicy that is for a pod in one direction: what it lets through depends on the network, not on Istio. */
  network(pod: PodShape, direction: Direction): Obstacle | null {
    return kept(this.#policies, pod, direction, () => {
      const found = this.#networkPolicies.of(pod.namespace).find((one) => isFor(one, pod, direction));
      return found === undefined ? null : obstacle(found, ["spec"], "is for the pod, and networks are not predicted");
    });
  }

  /** What changes a pod's sidecar in one direction. */
  sidecar(pod: PodShape, direction: Direction): Obstacle | null {
    return kept(this.#filters, pod, direction, () => this.#envoyFilter(pod, direction) ?? this.#extension(pod));
  }

  #envoyFilter(pod: PodShape, direction: Direction): Obstacle | null {
    for (const filter of this.#envoyFilters.of(pod.namespace)) {
      const index = patches(filter, pod, direction, this.#rootNamespace);
      if (index !== null) {
        return obstacle(
          filter,
          ["spec", "configPatches", index],
          "patches the sidecar, and what it does is not predicted",
        );
      }
    }
    return null;
  }

  #extension(pod: PodShape): Obstacle | null {
    const found = this.#plugins
      .of(pod.namespace)
      .find(
        ({ spec }) =>
          (spec.targetRefs ?? []).length === 0 &&
          selects({ matchLabels: spec.selector?.matchLabels ?? {} }, pod.labels),
      );
    return found === undefined
      ? null
      : obstacle(found, ["spec"], "extends the sidecar, and what it does is not predicted");
  }

  #indexRoute(route: MeshObject<RouteSpec>): void {
    for (const { kind, name = "", namespace } of route.spec.parentRefs ?? []) {
      const key = `${namespace ?? route.namespace}/${name}`;
      if (kind === "Service" && !this.#routes.has(key)) this.#routes.set(key, route);
    }
  }

  /** A route of the Gateway API that is attached to a Service. */
  route(service: Service): Obstacle | null {
    const found = this.#routes.get(`${service.namespace}/${service.name}`);
    return found === undefined ? null : obstacle(found, ["spec"], "routes calls of the Service, and is not predicted");
  }
}

function obstacle(object: MeshObject, path: FieldPath, does: string): Obstacle {
  const why = `${object.kind} ${object.namespace}/${object.name} ${does}`;
  return { why, because: { rule: "obstacle", says: `it ${does}`, object, path } };
}

function kept(
  known: Map<PodShape, ByDirection>,
  pod: PodShape,
  direction: Direction,
  find: () => Obstacle | null,
): Obstacle | null {
  const of = known.get(pod) ?? {};
  known.set(pod, of);
  return of[direction] === undefined ? (of[direction] = find()) : of[direction];
}

/** Source: kubernetes, api/networking/v1: a policy without types is for ingress, and for egress where it has such rules. */
function isFor(policy: MeshObject, pod: PodShape, direction: Direction): boolean {
  const spec = policy.spec as NetworkPolicySpec;
  if (policy.namespace !== pod.namespace || !selects(spec.podSelector ?? {}, pod.labels)) return false;
  const types = spec.policyTypes ?? (spec.egress === undefined ? ["Ingress"] : ["Ingress", "Egress"]);
  return types.includes(direction === "inbound" ? "Ingress" : "Egress");
}
