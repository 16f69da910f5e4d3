import { fullHost, isSubsetOf, isWildcard, mostSpecific } from "./hosts.js";
import type { MeshSettings } from "./model.js";
import { byAge } from "./objects.js";
import type { Decision, FieldPath, MeshObject } from "./objects.js";
import type { Labels } from "./selectors.js";
import { selects } from "./selectors.js";
import { matchText, matchesRegex } from "./string-match.js";
import type { Certainty, StringMatch } from "./string-match.js";

/** A VirtualService of the API, as far as it changes which host, subset or port a sidecar calls, or answers by itself. */
export interface VirtualServiceSpec {
  readonly hosts?: readonly string[];
  readonly gateways?: readonly string[];
  readonly exportTo?: readonly string[];
  readonly http?: readonly HttpRoute[];
  readonly tcp?: readonly TcpRoute[];
  readonly tls?: readonly TlsRoute[];
}

export interface HttpRoute {
  readonly name?: string;
  readonly match?: readonly HttpMatch[];
  readonly route?: readonly WeightedDestination[];
  readonly redirect?: { readonly redirectCode?: number };
  readonly directResponse?: { readonly status?: number };
  readonly delegate?: object;
  readonly rewrite?: { readonly uri?: string; readonly authority?: string; readonly uriRegexRewrite?: object };
  readonly headers?: {
    readonly request?: { readonly set?: Labels; readonly add?: Labels; readonly remove?: readonly string[] };
  };
  readonly fault?: {
    readonly abort?: {
      readonly httpStatus?: number;
      readonly grpcStatus?: string;
      readonly percentage?: { readonly value?: number };
    };
    readonly delay?: object;
  };
}

export interface HttpMatch {
  readonly uri?: StringMatch;
  readonly ignoreUriCase?: boolean;
  readonly scheme?: StringMatch;
  readonly method?: StringMatch;
  readonly authority?: StringMatch;
  readonly headers?: Readonly<Record<string, StringMatch>>;
  readonly withoutHeaders?: Readonly<Record<string, StringMatch>>;
  readonly queryParams?: Readonly<Record<string, StringMatch>>;
  readonly port?: number;
  readonly sourceLabels?: Labels;
  readonly sourceNamespace?: string;
  readonly gateways?: readonly string[];
}

export interface WeightedDestination {
  readonly destination?: {
    readonly host?: string;
    readonly subset?: string;
    readonly port?: { readonly number?: number };
  };
  readonly weight?: number;
}

export interface TcpRoute {
  readonly match?: readonly L4Match[];
  readonly route?: readonly WeightedDestination[];
}

export interface TlsRoute {
  readonly match?: readonly (L4Match & { readonly sniHosts?: readonly string[] })[];
  readonly route?: readonly WeightedDestination[];
}

export interface L4Match {
  readonly destinationSubnets?: readonly string[];
  readonly port?: number;
  readonly sourceLabels?: Labels;
  readonly sourceNamespace?: string;
  readonly gateways?: readonly string[];
}

export type VirtualService = MeshObject<VirtualServiceSpec>;

/** Who calls: routes can be for some clients alone. */
export interface RouteClient {
  readonly namespace: string;
  readonly labels: Labels;
}

/** A request as the client's proxy sees it. */
export interface RoutedRequest {
  readonly port: number;
  readonly method: string;
  /** With its query, as the proxy has normalised it. */
  readonly path: string;
  readonly authority: string;
  /** By lower-case name. */
  readonly headers: Labels;
}

/** Where a route leads. */
export interface RouteDestination {
  /** In full. */
  readonly host: string;
  /** Null: the port that was called. */
  readonly port: number | null;
  readonly subset: string | null;
}

export type Routed =
  | {
      readonly kind: "destinations";
      /** All that requests can be sent to. */
      readonly destinations: readonly RouteDestination[];
      /** What the server sees in place of the request's own; absent where it is as it was. */
      readonly path?: string;
      readonly authority?: string;
      readonly headers: Labels;
      /** The code that some of the requests are answered with by a fault. */
      readonly sometimes: number | null;
      readonly because: Decision;
    }
  | { readonly kind: "answer"; readonly code: number; readonly because: Decision }
  | { readonly kind: "unknown"; readonly why: string; readonly because: Decision };

const RULE = "virtual-service";
const MESH = "mesh";

/**
 * The VirtualServices that a client's proxy knows, those of its own namespace alone first, then those that are exported
 * to it by name, then the public ones; each group by age.
 *
 * Source: istio, pilot/pkg/model/push_context.go:initVirtualServices, pilot/pkg/model/virtualservice.go:SelectVirtualServices.
 */
export function virtualServicesFor(
  all: readonly VirtualService[],
  clientNamespace: string,
  mesh: Pick<MeshSettings, "defaultVirtualServiceExportTo">,
): VirtualService[] {
  const rank = (one: VirtualService): number => {
    const exportTo = one.spec.exportTo ?? mesh.defaultVirtualServiceExportTo ?? ["*"];
    const named = exportTo.length === 0 ? ["*"] : exportTo;
    if (named.includes("*")) return 2;
    const own = one.namespace === clientNamespace;
    if (own && (named.includes(".") || named.includes(clientNamespace))) return 0;
    return named.includes(clientNamespace) ? 1 : -1;
  };
  return all
    .filter(({ spec }) => (spec.gateways ?? []).length === 0 || spec.gateways?.includes(MESH) === true)
    .map((one) => ({ one, rank: rank(one) }))
    .filter(({ rank: found }) => found >= 0)
    .sort((a, b) => a.rank - b.rank || byAge(a.one, b.one))
    .map(({ one }) => one);
}

/** The hosts of a VirtualService, in full. */
export function hostsOf(one: VirtualService, domain: string): string[] {
  return (one.spec.hosts ?? []).map((host) => fullHost(host, one.namespace, domain));
}

/**
 * What the routes of VirtualServices make of an HTTP request to a host: the first VirtualService that names the host, of
 * the wildcards the most specific, as far as one of its routes can be for this client and port at all.
 *
 * Source: istio, pilot/pkg/networking/core/route/route.go:BuildSidecarVirtualHostWrapper, BuildHTTPRoutesForVirtualService.
 *
 * @param known what `virtualServicesFor` gives
 * @returns null where none is for the request: it goes to the host itself
 */
export function routeHttp(
  known: readonly VirtualService[],
  hostname: string,
  request: RoutedRequest,
  client: RouteClient,
  domain: string,
): Routed | null {
  for (const one of naming(known, hostname, domain)) {
    const routes = (one.spec.http ?? []).flatMap((route, index) => candidates(route, index, request.port, client));
    if (routes.length === 0) continue;
    return firstMatching(one, routes, request, domain);
  }
  return null;
}

/** Those that name a host, in order; of the ones with a wildcard only the most specific counts. */
function naming(known: readonly VirtualService[], hostname: string, domain: string): VirtualService[] {
  const hosts = new Map<string, VirtualService>();
  for (const one of known) for (const host of hostsOf(one, domain)) if (!hosts.has(host)) hosts.set(host, one);
  const best = mostSpecific(hostname, hosts.keys());
  const ofWildcard = best !== undefined && isWildcard(best) ? hosts.get(best) : undefined;
  return known.filter((one) => one === ofWildcard || hostsOf(one, domain).includes(hostname));
}

interface Candidate {
  readonly route: HttpRoute;
  readonly index: number;
  /** Null: everything. */
  readonly match: HttpMatch | null;
  readonly path: FieldPath;
}

/** A route's ways to match that can be for this client and port. */
function candidates(route: HttpRoute, index: number, port: number, client: RouteClient): Candidate[] {
  const at: FieldPath = ["spec", "http", index];
  const matches = route.match ?? [];
  if (matches.length === 0) return [{ route, index, match: null, path: at }];
  return matches.flatMap((match, i) =>
    isFor(match, port, client) ? [{ route, index, match, path: [...at, "match", i] }] : [],
  );
}

/** Whether a match can be for this client and port: what a proxy's configuration is made by. */
function isFor(match: L4Match | HttpMatch, port: number, client: RouteClient): boolean {
  if (match.port !== undefined && match.port !== 0 && match.port !== port) return false;
  if ((match.gateways ?? []).length > 0) return match.gateways?.includes(MESH) === true;
  const namespace = match.sourceNamespace ?? "";
  return (
    selects({ matchLabels: match.sourceLabels ?? {} }, client.labels) &&
    (namespace === "" || namespace === client.namespace)
  );
}

function firstMatching(
  one: VirtualService,
  routes: readonly Candidate[],
  request: RoutedRequest,
  domain: string,
): Routed {
  for (const candidate of routes) {
    const answer = candidate.match === null ? "yes" : matches(candidate.match, request);
    if (answer === "no") continue;
    const because: Decision = {
      rule: RULE,
      says: `route ${candidate.index + 1}${candidate.route.name === undefined ? "" : ` (${candidate.route.name})`} takes the request`,
      object: one,
      path: candidate.path,
    };
    if (answer === "unknown") return { kind: "unknown", why: "a regular expression that cannot be read here", because };
    return apply(one, candidate, request, domain, because);
  }
  const says = "no route matches the request: 404";
  return { kind: "answer", code: 404, because: { rule: RULE, says, object: one, path: ["spec", "http"] } };
}

/** Whether a request fits all conditions of a match (istio, route.go:TranslateRouteMatch; envoy, config/route/v3). */
function matches(match: HttpMatch, request: RoutedRequest): Certainty {
  const [path = "", query = ""] = request.path.split("?", 2);
  const parameters = new URLSearchParams(query);
  const answers: Certainty[] = [
    matchUri(match, path),
    matchGiven(match.method, request.method),
    matchGiven(match.authority, request.authority),
    matchGiven(match.scheme, "http"),
    ...Object.entries(match.headers ?? {}).map(([name, how]) => matchHeader(request, name, how)),
    ...Object.entries(match.withoutHeaders ?? {}).map(([name, how]) => not(matchHeaderOrEmpty(request, name, how))),
    ...Object.entries(match.queryParams ?? {}).map(([name, how]) => matchText(how, parameters.get(name))),
  ];
  return answers.includes("no") ? "no" : answers.includes("unknown") ? "unknown" : "yes";
}

function matchGiven(how: StringMatch | undefined, text: string): Certainty {
  return how === undefined ? "yes" : matchText(how, text);
}

/** Case can be left out of account for exact paths and prefixes, never for regular expressions. */
function matchUri({ uri, ignoreUriCase }: HttpMatch, path: string): Certainty {
  if (uri === undefined) return "yes";
  if (uri.regex !== undefined) return matchesRegex(uri.regex, path);
  if (ignoreUriCase !== true) return matchText(uri, path);
  const { exact, prefix } = uri;
  return matchText(
    {
      ...(exact === undefined ? {} : { exact: exact.toLowerCase() }),
      ...(prefix === undefined ? {} : { prefix: prefix.toLowerCase() }),
    },
    path.toLowerCase(),
  );
}

function headerOf(request: RoutedRequest, name: string): string | null {
  const key = name.toLowerCase();
  if (key === ":authority" || key === "host") return request.authority;
  if (key === ":method") return request.method;
  if (key === ":path") return request.path;
  return Object.hasOwn(request.headers, key) ? (request.headers[key] ?? null) : null;
}

function matchHeader(request: RoutedRequest, name: string, how: StringMatch): Certainty {
  if (name.startsWith("@request.auth.claims")) return request.headers["authorization"] === undefined ? "no" : "unknown";
  return matchText(how, headerOf(request, name));
}

/** A header that must not be so is taken as empty where it is missing, but where its mere presence is meant. */
function matchHeaderOrEmpty(request: RoutedRequest, name: string, how: StringMatch): Certainty {
  if (name.startsWith("@request.auth.claims")) return matchHeader(request, name, how);
  const present = how.exact === undefined && how.prefix === undefined && (how.regex === undefined || how.regex === "*");
  return matchText(how, headerOf(request, name) ?? (present ? null : ""));
}

function not(answer: Certainty): Certainty {
  return answer === "unknown" ? "unknown" : answer === "yes" ? "no" : "yes";
}

function apply(
  one: VirtualService,
  { route, match }: Candidate,
  request: RoutedRequest,
  domain: string,
  because: Decision,
): Routed {
  const why = unreadable(route);
  if (why !== null) return { kind: "unknown", why, because };
  const abort = abortOf(route);
  if (abort?.always === true) {
    return {
      kind: "answer",
      code: abort.code,
      because: { ...because, says: `${because.says}, and a fault answers ${abort.code}` },
    };
  }
  const sometimes = abort?.code ?? null;
  if (route.redirect !== undefined)
    return answered(route.redirect.redirectCode ?? 301, "redirects", sometimes, because);
  if (route.directResponse !== undefined) {
    return answered(route.directResponse.status ?? 200, "answers by itself", sometimes, because);
  }
  const all = route.route ?? [];
  const counting = all.length === 1 ? all : all.filter(({ weight }) => (weight ?? 0) > 0);
  const destinations = counting.map(({ destination }) => ({
    host: fullHost(destination?.host ?? "", one.namespace, domain),
    port: destination?.port?.number ?? null,
    subset: destination?.subset ?? null,
  }));
  const where = destinations
    .map(({ host, subset }) => `${host}${subset === null ? "" : ` subset ${subset}`}`)
    .join(" or ");
  return {
    kind: "destinations",
    destinations,
    ...rewritten(route, match, request),
    sometimes,
    because: { ...because, says: `${because.says} to ${where}` },
  };
}

/** What of a route cannot be told here; null for nothing. */
function unreadable(route: HttpRoute): string | null {
  if (route.delegate !== undefined) return "the route delegates to another VirtualService";
  if (share(route) > 0 && route.fault?.abort?.httpStatus === undefined) return "the route aborts with a gRPC status";
  if (route.fault?.delay !== undefined) return "the route delays requests";
  return route.rewrite?.uriRegexRewrite === undefined ? null : "the route rewrites the path by a regular expression";
}

function answered(code: number, how: string, sometimes: number | null, because: Decision): Routed {
  if (sometimes !== null) return { kind: "unknown", why: "the route has a fault for some requests", because };
  return { kind: "answer", code, because: { ...because, says: `${because.says} and ${how}: ${code}` } };
}

/** The fault of a route, where it has one for some requests. */
function abortOf(route: HttpRoute): { code: number; always: boolean } | null {
  const code = route.fault?.abort?.httpStatus;
  if (code === undefined || share(route) <= 0) return null;
  return { code, always: share(route) >= 100 };
}

/** A fault without a percentage is for no request at all (istio, route.go:TranslateFault; envoy's default is 0 %). */
function share({ fault }: HttpRoute): number {
  return fault?.abort?.percentage?.value ?? 0;
}

/**
 * What the server gets in place of the path, the authority and the headers. What is removed goes first, what is added
 * joins a value that is there already.
 *
 * Source: istio, route.go:TranslateRequestHeadersOperations; envoy, source/common/router/header_parser.cc:evaluateHeaders.
 */
function rewritten(
  route: HttpRoute,
  match: HttpMatch | null,
  request: RoutedRequest,
): { path?: string; authority?: string; headers: Labels } {
  const { set = {}, add = {}, remove = [] } = route.headers?.request ?? {};
  const removed = remove.map((name) => name.toLowerCase());
  const kept = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !removed.includes(name)));
  const appended = Object.entries(lowerCase(add)).map(([name, value]) => [
    name,
    [kept[name], value].filter(Boolean).join(","),
  ]);
  const headers: Labels = { ...kept, ...(Object.fromEntries(appended) as Labels), ...lowerCase(set) };
  const authority = route.rewrite?.authority ?? headers["host"] ?? headers[":authority"];
  const path = rewrittenPath(route, match, request.path);
  return {
    ...(path === undefined ? {} : { path }),
    ...(authority === undefined ? {} : { authority }),
    headers,
  };
}

function lowerCase(headers: Labels): Labels {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/**
 * The part of the path that the match names gives way to the new text: all but the query for a regular expression;
 * without a match, it is the first slash.
 */
function rewrittenPath({ rewrite }: HttpRoute, match: HttpMatch | null, path: string): string | undefined {
  if (rewrite?.uri === undefined) return undefined;
  const { prefix, exact, regex } = match?.uri ?? {};
  const all = path.split("?", 1)[0] ?? "";
  const matched = prefix ?? exact ?? (regex === undefined ? "/" : all);
  return rewrite.uri + path.slice(matched.length);
}

/** What TCP and TLS routes make of a connection; null where none is for it. */
export function routeTcp(
  known: readonly VirtualService[],
  hostname: string,
  connection: { readonly port: number; readonly tls: boolean; readonly sni: string | null },
  client: RouteClient,
  domain: string,
): Routed | null {
  const naming = known.filter((one) => hostsOf(one, domain).some((host) => isSubsetOf(hostname, host)));
  for (const one of naming) {
    const kind = connection.tls ? "tls" : "tcp";
    for (const [index, route] of (one.spec[kind] ?? []).entries()) {
      if ((route.route ?? []).length === 0) continue;
      const because: Decision = {
        rule: RULE,
        says: `${kind} route ${index + 1} takes the connection`,
        object: one,
        path: ["spec", kind, index],
      };
      const all = route.match ?? [];
      const fitting = all.filter((match) => isFor(match, connection.port, client) && namesSni(match, connection.sni));
      if (all.length > 0 && fitting.length === 0) continue;
      if (all.length > 0 && fitting.every(({ destinationSubnets }) => (destinationSubnets ?? []).length > 0)) {
        return { kind: "unknown", why: "the route is for some addresses", because };
      }
      return tcpDestinations(one, route, domain, because);
    }
  }
  return null;
}

function namesSni(match: L4Match & { readonly sniHosts?: readonly string[] }, sni: string | null): boolean {
  return (
    match.sniHosts === undefined || (sni !== null && match.sniHosts.some((host) => isSubsetOf(sni, host.toLowerCase())))
  );
}

function tcpDestinations(one: VirtualService, route: TcpRoute | TlsRoute, domain: string, because: Decision): Routed {
  const all = route.route ?? [];
  const counting = all.length === 1 ? all : all.filter(({ weight }) => (weight ?? 0) > 0);
  const destinations = counting.map(({ destination }) => ({
    host: fullHost(destination?.host ?? "", one.namespace, domain),
    port: destination?.port?.number ?? null,
    subset: destination?.subset ?? null,
  }));
  return { kind: "destinations", destinations, headers: {}, sometimes: null, because };
}
