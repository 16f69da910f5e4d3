import type { DestinationRequest } from "../mesh/call.js";
import type { AuthorizationPolicy } from "../rules/authorization-policy.js";
import { fullHost } from "../rules/hosts.js";
import type { PodShape, Service, ServicePort } from "../rules/model.js";
import { namespaceMode } from "../rules/peer-authentication.js";
import { sees } from "../rules/sidecar-scope.js";
import type { VirtualService } from "../rules/virtual-service.js";
import { readDestinationUrl } from "../settings/destination-url.js";
import { questionsOf } from "./caller-classes.js";
import { insists } from "./endpoint-identities.js";
import { RuleLookup } from "./client-class.js";
import type { ClientBase, ClientClasses, RulesOfHost } from "./client-class.js";
import { Interner, ObjectIds } from "./interner.js";
import type { Predictor } from "./predict.js";
import { ServerClasses } from "./server-class.js";
import { resolve } from "./target.js";
import type { Target } from "./target.js";
import type { Endpoint } from "./view.js";

/** Destinations that no client can tell apart, with what they can tell of a client. */
export interface DestinationClass {
  readonly destinations: DestinationRequest[];
  /** What the client's side of calls depends on: two classes with the same key tell the same clients apart, but for the policies. */
  readonly bases: string;
  /** A text for each client base: of equal ones the client's side is equal. */
  baseText(base: ClientBase): string;
  readonly policies: readonly AuthorizationPolicy[];
  readonly policyKey: string;
  /** Whether a policy asks for the client's address. */
  readonly asksAddress: boolean;
  /** Pods that can be server and client of one call, which makes a difference. */
  readonly selves: readonly PodShape[];
  /** Namespaces whose clients can be told from others by nothing but that they are in them; null for none. */
  readonly namespaces: ReadonlySet<string> | null;
  /** What more tells it apart. */
  readonly mark: string;
}

/** What is called where nothing about it is out of the ordinary: a Service's port with pods behind it. */
interface Plain {
  readonly service: Service;
  readonly port: ServicePort;
  readonly endpoints: readonly Endpoint[];
}

/** Sorts destinations for the clients of a prediction. */
export class DestinationClasses {
  readonly #predictor: Predictor;
  readonly #clients: ClientClasses;
  readonly #servers: ServerClasses;
  readonly #rules: RuleLookup;
  readonly #ids = new ObjectIds();
  readonly #sights = new Interner();
  readonly #sightsOf = new Interner();
  readonly #rulesOf = new Interner();
  readonly #asksRanges: boolean;
  readonly #deepNames: readonly string[];
  readonly #targeted: readonly AuthorizationPolicy[];
  readonly #classes = new Map<string, DestinationClass>();

  constructor(predictor: Predictor, clients: ClientClasses) {
    this.#predictor = predictor;
    this.#clients = clients;
    this.#servers = new ServerClasses(predictor);
    const { view } = predictor;
    const { domain, capture } = view.settings;
    this.#rules = new RuleLookup(view, clients.ruleClients, ({ namespace, spec }) =>
      fullHost(spec.host ?? "", namespace, domain),
    );
    const ranges = clients.bases.some(({ pod }) =>
      Object.keys(pod.annotations).some((name) => name.endsWith("IPRanges")),
    );
    this.#asksRanges = ranges || capture.includeIPRanges.trim() !== "*" || capture.excludeIPRanges.trim() !== "";
    // Names that a client's search path can make of NAME.NAMESPACE before it comes to the Service of that name.
    this.#deepNames = [...view.hostnames()].filter(
      (name) => name.endsWith(`.svc.${domain}`) && name.split(".").length > 3 + domain.split(".").length,
    );
    this.#targeted = view.inventory.authorizationPolicies.filter(
      ({ spec }) => (spec.targetRefs ?? []).length > 0 || (spec.targetRef ?? null) !== null,
    );
  }

  get all(): DestinationClass[] {
    return [...this.#classes.values()];
  }

  /** Puts a destination into its class; those of different marks never meet. */
  add(to: DestinationRequest, mark: string): void {
    const plain = this.#plainOf(to);
    const key = `${mark} ${plain === null ? `of its own ${JSON.stringify(to)}` : this.#keyOf(plain, to)}`;
    const found = this.#classes.get(key);
    if (found !== undefined) found.destinations.push(to);
    else this.#classes.set(key, plain === null ? this.#ofItsOwn(to, mark) : this.#ofPlain(plain, to, mark));
  }

  /** Null where something about the destination is out of the ordinary: it is then a class of its own. */
  #plainOf(to: DestinationRequest): Plain | null {
    const { view } = this.#predictor;
    if (to.namespace === null || to.service === null || to.method !== "GET") return null;
    // What could not be read counts in some namespaces; what listens on all addresses stands in for hosts that are not known.
    if (view.inventory.unreadable.length > 0 || view.catchingAll(to.port).length > 0) return null;
    if (Object.keys(to.headers).length > 0 || to.url !== `http://${to.service}.${to.namespace}:${to.port}/`)
      return null;
    const service = view.service(to.namespace, to.service);
    if (service === undefined || !this.#isOrdinary(service)) return null;
    const [port, more] = service.ports.filter((one) => one.port === to.port);
    if (port === undefined || more !== undefined || port.protocol === "udp") return null;
    const endpoints = view.endpoints(service, port);
    return endpoints.every((one) => one.kind === "pod") ? { service, port, endpoints } : null;
  }

  #isOrdinary(service: Service): boolean {
    const { view } = this.#predictor;
    const { hostname, headless, externalName, endpoints } = service;
    if (headless || externalName !== null || endpoints.length > 0 || insists(service)) return false;
    if (view.hosts(hostname).length !== 1 || view.routesNaming(hostname).length > 0) return false;
    return !this.#mayUseWaypoint(service) && !this.#isShadowed(`${service.name}.${service.namespace}`);
  }

  #mayUseWaypoint({ object, namespace }: Service): boolean {
    const name = "istio.io/use-waypoint";
    return name in object.labels || name in (this.#predictor.view.inventory.namespaces.get(namespace) ?? {});
  }

  #isShadowed(host: string): boolean {
    return /^[\d.]+$/u.test(host) || this.#deepNames.some((name) => name.startsWith(`${host}.`));
  }

  #keyOf({ service, port, endpoints }: Plain, to: DestinationRequest): string {
    const { view, obstacles } = this.#predictor;
    const servers = new Set(
      endpoints.map((one) => (one.kind === "pod" ? this.#servers.of(one.pod, one.port) : Number.NaN)),
    );
    const { policies } = this.#policiesOf(podsOf(endpoints));
    return [
      port.port,
      port.protocol,
      this.#asksRanges ? service.addresses.join() : "",
      this.#sightsOfAll(service, port.port),
      rulesText(this.#rules.of(service)),
      namespaceMode(view.namespacePolicies(service.namespace)).mode,
      this.#ids.of(obstacles.route(service)?.because.object),
      [...servers].join(),
      policies.some((one) => questionsOf(one).host) ? to.url : "",
    ].join(" ");
  }

  #ofPlain({ service, port, endpoints }: Plain, to: DestinationRequest, mark: string): DestinationClass {
    const rules = this.#rules.of(service);
    const sights = this.#clients.scopes.map((pod) => this.#sightOf(pod, service, port.port));
    return {
      destinations: [to],
      bases: `plain ${this.#sightsOf.of(sights.join())} ${this.#rulesOf.of(rulesText(rules))}`,
      baseText: ({ kind, proxied, scope, rules: client }) =>
        proxied ? `${kind} ${sights[scope] ?? ""} ${rules.others.get(client) ?? rules.usual}` : String(kind),
      ...this.#policiesOf(podsOf(endpoints)),
      selves: [],
      namespaces: null,
      mark,
    };
  }

  #sightsOfAll(service: Service, port: number): string {
    return this.#clients.scopes.map((pod) => this.#sightOf(pod, service, port)).join();
  }

  /** What the proxy of a pod makes of a Service's port, and of calls to it where it does not know it, as a number. */
  #sightOf(pod: PodShape, service: Service, port: number): number {
    const { view } = this.#predictor;
    const scope = view.scope(pod);
    const sight = sees(scope, service, port, view.settings);
    if ("unknown" in sight) return this.#sights.of(`unknown ${sight.unknown}`);
    const stranger = `${scope.outbound} ${view.hasHttpListener(pod, port)}`;
    if (!sight.seen) return this.#sights.of(`unseen ${stranger}`);
    // What a proxy knows it may still treat as a stranger, where a listener of a Sidecar says what is spoken there.
    const usual = sight.protocol === null && sight.routed;
    return this.#sights.of(usual ? "seen" : `seen ${sight.protocol} ${sight.routed} ${sight.general} ${stranger}`);
  }

  /** One that can depend on everything that is known of a client. */
  #ofItsOwn(to: DestinationRequest, mark: string): DestinationClass {
    const { view } = this.#predictor;
    const parts = readDestinationUrl(to.url);
    const host = parts.ok ? parts.value.host : "";
    const absolute = host.replace(/\.$/u, "").includes(".") && !this.#isShadowed(host);
    const from = absolute ? [...this.#clients.namespaces].slice(0, 1) : [...this.#clients.namespaces];
    const targets = from.map((namespace) => resolve(view, namespace, host));
    const services = [...new Set(targets.flatMap((target) => this.#relatedServices(target, to.port)))];
    const behind = services.flatMap((service) => this.#podsOfService(service));
    const called = targets.flatMap((target) => (target.kind === "pod" ? [target.pod] : []));
    const headless = services.flatMap((service) => (service.headless ? view.podsBehind(service) : []));
    const rules = services.map((service) => this.#rules.of(service));
    const everywhere = !absolute || "host" in lowerCase(to.headers) || view.inventory.unreadable.length > 0;
    const routed = services.some(({ hostname }) => view.routesNaming(hostname).length > 0);
    const through = services.some((service) => this.#mayUseWaypoint(service));
    const { policies, policyKey, asksAddress } = this.#policiesOf([...behind, ...called], through);
    return {
      destinations: [to],
      bases: `own ${JSON.stringify(to)}`,
      baseText: ({ kind, scope, routes, rules: client }) =>
        [kind, scope, routes, ...rules.map(({ others, usual }) => others.get(client) ?? usual)].join(" "),
      policies,
      policyKey,
      asksAddress,
      selves: [...new Set([...headless, ...called])],
      namespaces: everywhere
        ? this.#clients.namespaces
        : routed
          ? new Set(services.map(({ namespace }) => namespace))
          : null,
      mark,
    };
  }

  /** All Services that a call to a target can come to. */
  #relatedServices(target: Target, port: number): Service[] {
    const { view } = this.#predictor;
    const called =
      target.kind !== "service" ? [] : target.alias === null ? [target.service] : [target.service, target.alias];
    const pods =
      target.kind === "pod"
        ? [target.pod]
        : called.filter(({ headless }) => headless).flatMap((one) => view.podsBehind(one));
    // A pod's address can be taken for that of another Service without one.
    const sharing = [...new Set(pods.map(({ namespace }) => namespace))].flatMap((one) => view.headlessServices(one));
    const hosts = [...called, ...sharing, ...view.catchingAll(port)].map(({ hostname }) => hostname);
    const routed = hosts.flatMap((host) => view.routesNaming(host)).flatMap((one) => this.#destinationsOf(one));
    const found = [...new Set([...hosts, ...routed])].flatMap((host) => view.hosts(host));
    const aliases = found.flatMap(({ externalName }) => (externalName === null ? [] : view.hosts(externalName)));
    return [...called, ...found, ...aliases];
  }

  #destinationsOf({ spec, namespace }: VirtualService): string[] {
    const routes = [...(spec.http ?? []), ...(spec.tcp ?? []), ...(spec.tls ?? [])];
    const { domain } = this.#predictor.view.settings;
    return routes.flatMap(({ route }) =>
      (route ?? []).map(({ destination }) => fullHost(destination?.host ?? "", namespace, domain)),
    );
  }

  #podsOfService(service: Service): PodShape[] {
    const { view } = this.#predictor;
    const fixed = service.endpoints.flatMap(({ address }) => view.podAt(address) ?? []);
    const behind = service.ports.flatMap((port) => podsOf(view.endpoints(service, port)));
    return [...view.podsBehind(service), ...fixed, ...behind];
  }

  #policiesOf(
    pods: readonly PodShape[],
    waypoint = false,
  ): Pick<DestinationClass, "policies" | "policyKey" | "asksAddress"> {
    const lists = new Map(pods.map((pod) => this.#servers.policies(pod)).map((list) => [list.key, list]));
    const all = [...lists.values()].flatMap((list) => list.policies);
    const policies = [...new Set(waypoint ? [...all, ...this.#targeted] : all)];
    return {
      policies,
      policyKey: `${waypoint} ${[...lists.keys()].sort((a, b) => a - b).join()}`,
      asksAddress: policies.some((one) => questionsOf(one).sourceAddress),
    };
  }
}

function podsOf(endpoints: readonly Endpoint[]): PodShape[] {
  return endpoints.flatMap((one) => (one.kind === "pod" ? [one.pod] : []));
}

function rulesText({ usual, others }: RulesOfHost): string {
  return `${usual}${[...others].map(([client, rule]) => `,${client}=${rule}`).join("")}`;
}

function lowerCase(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
