import { ofPolicyIdentity } from "./identity-distinctions.js";
import type { IdentityDistinctions } from "./identity-distinctions.js";
import type { PodShape } from "../rules/model.js";
import type { Labels } from "../rules/selectors.js";
import { CAPTURE_DEFAULTS } from "../rules/capture.js";
import type { MeshView } from "./view.js";

/** What a mesh's objects tell clients and destinations apart by. What is not told apart by anything here is the same to all rules. */
export class Distinctions {
  /** Whether any rule looks at addresses. */
  readonly addressesMatter: boolean;
  /** Pods that a name without address can lead to. */
  readonly behindHeadless: ReadonlySet<PodShape>;
  readonly #namespaces: ReadonlySet<string>;
  readonly #selectors: ReadonlyMap<string, readonly Labels[]>;
  readonly #sourceLabels: readonly Labels[];
  readonly #identity: IdentityDistinctions;
  readonly #ids = new Map<object, number>();

  constructor(view: MeshView) {
    const { inventory } = view;
    this.#identity = ofPolicyIdentity(inventory.authorizationPolicies, view.settings);
    this.addressesMatter = this.#identity.addresses || looksAtRanges(view);
    this.behindHeadless = new Set(
      inventory.services.filter(({ headless }) => headless).flatMap((one) => view.podsBehind(one)),
    );
    this.#namespaces = namedNamespaces(view);
    const byNamespace = Map.groupBy(inventory.destinationRules, ({ namespace }) => namespace);
    this.#selectors = new Map(
      [...byNamespace].map(([namespace, rules]) => [
        namespace,
        rules.map(({ spec }) => spec.workloadSelector?.matchLabels ?? {}),
      ]),
    );
    this.#sourceLabels = inventory.virtualServices.flatMap(({ spec }) =>
      [...(spec.http ?? []), ...(spec.tcp ?? []), ...(spec.tls ?? [])].flatMap(({ match }) =>
        (match ?? []).flatMap(({ sourceLabels }) => (sourceLabels === undefined ? [] : [sourceLabels])),
      ),
    );
  }

  /** The namespace, where something speaks of it, or stands in it for clients. */
  namespaceKey(namespace: string): string {
    return this.#namespaces.has(namespace) ? namespace : "";
  }

  /** The label sets by which clients of a namespace are chosen. */
  clientSelectors(namespace: string): readonly Labels[] {
    return [...(this.#selectors.get(namespace) ?? []), ...this.#sourceLabels];
  }

  identityKey(pod: Pick<PodShape, "namespace" | "serviceAccount">): string {
    return this.#identity.keyOf(pod.namespace, pod.serviceAccount);
  }

  /** A number for an object, the same each time; null for none. */
  idOf(object: object | null): number | null {
    if (object === null) return null;
    let id = this.#ids.get(object);
    if (id === undefined) this.#ids.set(object, (id = this.#ids.size));
    return id;
  }
}

/** Whether a pod or the installation captures some addresses alone. */
function looksAtRanges({ inventory, settings }: MeshView): boolean {
  const { includeIPRanges, excludeIPRanges } = settings.capture;
  const defaults = includeIPRanges === CAPTURE_DEFAULTS.includeIPRanges && excludeIPRanges === "";
  return (
    !defaults ||
    inventory.workloads.some(({ pods }) =>
      pods.some(({ annotations }) => Object.keys(annotations).some((name) => name.endsWith("boundIPRanges"))),
    )
  );
}

/** The namespaces in which clients can be told from those of others. */
function namedNamespaces(view: MeshView): Set<string> {
  const { inventory, settings } = view;
  const own = [...inventory.destinationRules, ...inventory.sidecars].map(({ namespace }) => namespace);
  const everywhere = isRelative(view)
    ? [...inventory.namespaces.keys(), ...inventory.workloads.map(({ namespace }) => namespace)]
    : [];
  // What stands in a client's own namespace is found there first.
  return new Set([settings.rootNamespace, ...own, ...exportedTo(view), ...sourceNamespaces(view), ...everywhere]);
}

function exportedTo({ inventory: { services, destinationRules, virtualServices } }: MeshView): string[] {
  const policies = [...destinationRules, ...virtualServices];
  const lists = [
    ...services.map(({ exportTo, namespace }) => ({ exportTo: exportTo ?? [], namespace })),
    ...policies.map(({ spec, namespace }) => ({ exportTo: spec.exportTo ?? [], namespace })),
  ];
  return lists.flatMap(({ exportTo, namespace }) => exportTo.map((one) => (one === "." ? namespace : one)));
}

function sourceNamespaces({ inventory }: MeshView): string[] {
  return inventory.virtualServices.flatMap(({ spec }) =>
    [...(spec.http ?? []), ...(spec.tcp ?? []), ...(spec.tls ?? [])].flatMap(({ match }) =>
      (match ?? []).flatMap(({ sourceNamespace }) => sourceNamespace ?? []),
    ),
  );
}

/** Whether something means another namespace for each client's: `./*` in a Sidecar, `.` as the mesh's default. */
function isRelative({ inventory, settings }: MeshView): boolean {
  const hosts = inventory.sidecars.flatMap(({ spec }) => (spec.egress ?? []).flatMap((one) => one.hosts ?? []));
  const defaults = [
    settings.defaultServiceExportTo,
    settings.defaultDestinationRuleExportTo,
    settings.defaultVirtualServiceExportTo,
  ];
  return (
    hosts.some((host) => host.startsWith("./") || host.startsWith("~./")) ||
    defaults.some((one) => one?.includes(".") === true)
  );
}
