import type { InventoryClient } from "../mesh/inventory-calls.js";
import type { PodShape } from "../rules/model.js";
import { isSubsetOf } from "../rules/hosts.js";
import type { Labels } from "../rules/selectors.js";
import { selects } from "../rules/selectors.js";
import type { VirtualService } from "../rules/virtual-service.js";
import { Interner, ObjectIds } from "./interner.js";
import type { Predictor } from "./predict.js";
import type { MeshView } from "./view.js";

/**
 * Clients by what rules read of them, but for their identity and their address: pods of one base differ in nothing else.
 * What only some destinations can tell apart is kept apart, as numbers, so that a destination can say which it looks at.
 */
export interface ClientBase {
  /** One of them. */
  readonly pod: PodShape;
  /** Data plane, obstacles, what of its calls is captured: what every destination can tell apart. */
  readonly kind: number;
  /** Whether calls go through a sidecar, as far as they are captured. */
  readonly proxied: boolean;
  /** Which hosts its proxy knows: an index of `scopes`. */
  readonly scope: number;
  /** Which DestinationRules it has: an index of `ruleClients`. */
  readonly rules: number;
  /** Which VirtualServices and routes in them can be for it. */
  readonly routes: number;
}

/** A client as DestinationRules choose by it. */
export interface RuleClientClass {
  /** Empty where no rule can tell the namespace from others. */
  readonly namespace: string;
  readonly labels: Labels;
}

const CAPTURE = [
  "sidecar.istio.io/interceptionMode",
  "traffic.sidecar.istio.io/excludeOutboundPorts",
  "traffic.sidecar.istio.io/includeOutboundPorts",
  "traffic.sidecar.istio.io/excludeOutboundIPRanges",
  "traffic.sidecar.istio.io/includeOutboundIPRanges",
];

/** The clients of a prediction, sorted. */
export class ClientClasses {
  readonly bases: ClientBase[] = [];
  /** A pod of each scope. */
  readonly scopes: PodShape[] = [];
  readonly ruleClients: RuleClientClass[] = [];
  readonly namespaces: ReadonlySet<string>;
  readonly #view: MeshView;
  readonly #predictor: Predictor;
  readonly #ids = new ObjectIds();
  readonly #kinds = new Interner();
  readonly #scopes = new Interner();
  readonly #rules = new Interner();
  readonly #routes = new Interner();
  readonly #bases = new Interner();
  readonly #known: { readonly scopes: Set<string>; readonly rules: Set<string>; readonly routes: Set<string> };
  readonly #ruleSelectors: ReadonlyMap<string, readonly Labels[]>;
  readonly #routeSelectors: readonly Labels[];

  constructor(predictor: Predictor, clients: readonly InventoryClient[]) {
    this.#predictor = predictor;
    this.#view = predictor.view;
    this.namespaces = new Set(clients.flatMap(({ workload }) => workload.pods.map(({ namespace }) => namespace)));
    const { inventory } = this.#view;
    this.#known = {
      scopes: namespacesOfScopes(this.#view),
      rules: namespacesOfRules(this.#view),
      routes: namespacesOfRoutes(this.#view),
    };
    const selecting = inventory.destinationRules.filter(({ spec }) => spec.workloadSelector !== undefined);
    this.#ruleSelectors = new Map(
      [...Map.groupBy(selecting, ({ namespace }) => namespace)].map(([namespace, rules]) => [
        namespace,
        rules.map(({ spec }) => spec.workloadSelector?.matchLabels ?? {}),
      ]),
    );
    const labels = inventory.virtualServices.flatMap(matchesOf).map(({ sourceLabels }) => sourceLabels ?? {});
    this.#routeSelectors = [...new Map(labels.map((one) => [JSON.stringify(one), one])).values()];
  }

  /** The base of a pod whose container calls: an index of `bases`. */
  baseOf(pod: PodShape, container: string): number {
    const proxied = pod.dataPlane === "sidecar" && !pod.proxyUserContainers.includes(container);
    const routed = proxied || pod.dataPlane === "ztunnel";
    const base: ClientBase = {
      pod,
      kind: this.#kindOf(pod, proxied),
      proxied,
      scope: routed ? this.#scopeOf(pod) : -1,
      rules: proxied ? this.#rulesOf(pod) : -1,
      routes: routed ? this.#routesOf(pod) : -1,
    };
    const index = this.#bases.of([base.kind, base.scope, base.rules, base.routes].join());
    if (index === this.bases.length) this.bases.push(base);
    return index;
  }

  #kindOf(pod: PodShape, proxied: boolean): number {
    const { obstacles } = this.#predictor;
    const network = this.#ids.of(obstacles.network(pod, "outbound")?.because.object);
    const filter = proxied ? this.#ids.of(obstacles.sidecar(pod, "outbound")?.because.object) : 0;
    const captured = proxied ? CAPTURE.map((name) => pod.annotations[name] ?? null) : [];
    return this.#kinds.of(JSON.stringify([pod.dataPlane, proxied, network, filter, captured]));
  }

  #scopeOf(pod: PodShape): number {
    const sidecar = this.#view.sidecar(pod);
    const relative = sidecar?.spec.egress?.some(({ hosts }) => hosts?.some((host) => /^~?\.\//u.test(host))) === true;
    const namespace = relative || this.#known.scopes.has(pod.namespace) ? pod.namespace : "";
    const index = this.#scopes.of(`${this.#ids.of(sidecar)} ${namespace}`);
    if (index === this.scopes.length) this.scopes.push(pod);
    return index;
  }

  #rulesOf({ namespace, labels }: PodShape): number {
    if (!this.#known.rules.has(namespace)) return this.#ruleClient("", {}, []);
    const selectors = this.#ruleSelectors.get(namespace) ?? [];
    return this.#ruleClient(
      namespace,
      labels,
      selectors.map((one) => selects({ matchLabels: one }, labels)),
    );
  }

  #ruleClient(namespace: string, labels: Labels, selected: readonly boolean[]): number {
    const index = this.#rules.of(`${namespace} ${bits(selected)}`);
    if (index === this.ruleClients.length) this.ruleClients.push({ namespace, labels });
    return index;
  }

  #routesOf({ namespace, labels }: PodShape): number {
    const own = this.#known.routes.has(namespace) ? namespace : "";
    return this.#routes.of(`${own} ${bits(this.#routeSelectors.map((one) => selects({ matchLabels: one }, labels)))}`);
  }
}

function bits(all: readonly boolean[]): string {
  return all.map(Number).join("");
}

/** The namespaces that an exportTo can tell from others; `of` is the namespace that `.` stands for. */
function namedBy(exportTo: readonly string[], of: string): string[] {
  return exportTo.filter((one) => one !== "*").map((one) => (one === "." ? of : one));
}

function namespacesOfScopes({ inventory, settings }: MeshView): Set<string> {
  const byDefault = settings.defaultServiceExportTo ?? [];
  return new Set(inventory.services.flatMap(({ exportTo, namespace }) => namedBy(exportTo ?? byDefault, namespace)));
}

function namespacesOfRules({ inventory, settings }: MeshView): Set<string> {
  const named = inventory.destinationRules.flatMap(({ namespace, spec }) => [
    namespace,
    ...namedBy(spec.exportTo ?? [], namespace),
  ]);
  return new Set([settings.rootNamespace, ...named]);
}

function namespacesOfRoutes({ inventory, settings }: MeshView): Set<string> {
  const byDefault = settings.defaultVirtualServiceExportTo ?? [];
  return new Set(
    inventory.virtualServices.flatMap((one) => [
      ...namedBy(one.spec.exportTo ?? byDefault, one.namespace),
      ...matchesOf(one).flatMap(({ sourceNamespace }) => sourceNamespace ?? []),
    ]),
  );
}

interface SourceMatch {
  readonly sourceLabels?: Labels;
  readonly sourceNamespace?: string;
}

function matchesOf({ spec }: VirtualService): SourceMatch[] {
  return [...(spec.http ?? []), ...(spec.tcp ?? []), ...(spec.tls ?? [])].flatMap(
    (route): readonly SourceMatch[] => route.match ?? [],
  );
}

/** Which DestinationRules clients have for hosts: where few rules name a host, few clients have to be asked. */
export class RuleLookup {
  readonly #view: MeshView;
  readonly #clients: readonly RuleClientClass[];
  readonly #ids = new ObjectIds();
  readonly #exact = new Map<string, RuleReach[]>();
  readonly #wild: (readonly [host: string, reach: RuleReach])[] = [];

  constructor(view: MeshView, clients: readonly RuleClientClass[], hostOf: (rule: RuleReach["rule"]) => string) {
    this.#view = view;
    this.#clients = clients;
    for (const rule of view.inventory.destinationRules) {
      const reach = { rule, named: [rule.namespace, ...namedBy(rule.spec.exportTo ?? [], rule.namespace)] };
      const host = hostOf(rule);
      if (host.startsWith("*")) this.#wild.push([host, reach]);
      else this.#exact.set(host, [...(this.#exact.get(host) ?? []), reach]);
    }
  }

  /** A number for what each of the clients has for a Service: the same number is the same rules. */
  of(service: Parameters<MeshView["ruleOf"]>[1]): RulesOfHost {
    const wild = this.#wild.filter(([host]) => isSubsetOf(service.hostname, host)).map(([, reach]) => reach);
    const naming = [...(this.#exact.get(service.hostname) ?? []), ...wild];
    if (naming.length === 0) return { usual: 0, others: NONE };
    const usual = this.#ids.of(this.#view.ruleOf({ namespace: "", labels: {} }, service));
    const special = new Set([this.#view.settings.rootNamespace, ...naming.flatMap(({ named }) => named)]);
    const others = new Map<number, number>();
    this.#clients.forEach((client, index) => {
      if (!special.has(client.namespace)) return;
      const rule = this.#ids.of(this.#view.ruleOf(client, service));
      if (rule !== usual) others.set(index, rule);
    });
    return { usual, others };
  }
}

interface RuleReach {
  readonly rule: MeshView["inventory"]["destinationRules"][number];
  /** The namespaces that it can be told from others by. */
  readonly named: readonly string[];
}

/** What most clients have for a host, and what others have, by their index. */
export interface RulesOfHost {
  readonly usual: number;
  readonly others: ReadonlyMap<number, number>;
}

const NONE: ReadonlyMap<number, number> = new Map();
