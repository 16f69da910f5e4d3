import type { PodShape, Service } from "../rules/model.js";
import type { Decision, FieldPath, MeshObject } from "../rules/objects.js";
import { patches } from "../rules/envoy-filter.js";
import type { Direction, EnvoyFilterSpec } from "../rules/envoy-filter.js";
import type { LabelSelector } from "../rules/selectors.js";
import { selects } from "../rules/selectors.js";
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
  readonly #view: MeshView;
  readonly #policies = new Map<PodShape, ByDirection>();
  readonly #filters = new Map<PodShape, ByDirection>();
  readonly #rootNamespace: string;

  constructor(view: MeshView) {
    this.#view = view;
    this.#rootNamespace = view.settings.rootNamespace;
  }

  /** A NetworkPolicy that is for a pod in one direction: what it lets through depends on the network, not on Istio. */
  network(pod: PodShape, direction: Direction): Obstacle | null {
    return kept(this.#policies, pod, direction, () => {
      const found = this.#view.inventory.networkPolicies.find((one) => isFor(one, pod, direction));
      return found === undefined ? null : obstacle(found, ["spec"], "is for the pod, and networks are not predicted");
    });
  }

  /** What changes a pod's sidecar in one direction. */
  sidecar(pod: PodShape, direction: Direction): Obstacle | null {
    return kept(this.#filters, pod, direction, () => this.#envoyFilter(pod, direction) ?? this.#extension(pod));
  }

  #envoyFilter(pod: PodShape, direction: Direction): Obstacle | null {
    for (const filter of this.#view.inventory.envoyFilters as readonly MeshObject<EnvoyFilterSpec>[]) {
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
    const found = (this.#view.inventory.wasmPlugins as readonly MeshObject<WasmSpec>[]).find(
      ({ namespace, spec }) =>
        (namespace === this.#rootNamespace || namespace === pod.namespace) &&
        (spec.targetRefs ?? []).length === 0 &&
        selects({ matchLabels: spec.selector?.matchLabels ?? {} }, pod.labels),
    );
    return found === undefined
      ? null
      : obstacle(found, ["spec"], "extends the sidecar, and what it does is not predicted");
  }

  /** A route of the Gateway API that is attached to a Service. */
  route(service: Service): Obstacle | null {
    const found = (this.#view.inventory.gatewayRoutes as readonly MeshObject<RouteSpec>[]).find(
      ({ namespace, spec }) =>
        spec.parentRefs?.some(
          ({ kind, name, namespace: of }) =>
            kind === "Service" && name === service.name && (of ?? namespace) === service.namespace,
        ) === true,
    );
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
  return (of[direction] ??= find());
}

/** Source: kubernetes, api/networking/v1: a policy without types is for ingress, and for egress where it has such rules. */
function isFor(policy: MeshObject, pod: PodShape, direction: Direction): boolean {
  const spec = policy.spec as NetworkPolicySpec;
  if (policy.namespace !== pod.namespace || !selects(spec.podSelector ?? {}, pod.labels)) return false;
  const types = spec.policyTypes ?? (spec.egress === undefined ? ["Ingress"] : ["Ingress", "Egress"]);
  return types.includes(direction === "inbound" ? "Ingress" : "Egress");
}
