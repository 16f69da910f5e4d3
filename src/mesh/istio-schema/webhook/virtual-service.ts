import type { Field, Finding } from "../../field.js";
import { doubtful, shown, wrong } from "../../field.js";
import { domainProblem, isAddress, isIstioLabel, wildcardDomainProblem } from "../../names.js";
import { hintFor } from "../../../settings/suggest.js";
import { addressRanges, exportTo, labels, optionalPort, port, presentOf, when } from "./common.js";
import type { RuleContext } from "./common.js";

/**
 * What Istio's webhook refuses of a VirtualService, as far as it decides where calls go: hosts, gateways, routes, their
 * matches and destinations.
 *
 * Source: istio, pkg/config/validation/validation.go:ValidateVirtualService; pkg/config/validation/virtualservice.go.
 */
export function* virtualService(spec: Field, { namespace }: RuleContext): Generator<Finding> {
  const delegate = spec.at("hosts").items().length === 0;
  if (delegate)
    for (const field of presentOf(spec, ["gateways", "tls", "tcp"]))
      yield* when(
        field.items().length > 0,
        "conflicting-fields",
        field,
        "cannot be set without hosts: a VirtualService without them is a delegate",
      );
  yield* gatewayNames(spec.at("gateways"));
  yield* hostFindings(spec);
  const routes = ["http", "tls", "tcp"].flatMap((kind) => spec.at(kind).items());
  if (routes.length === 0) yield wrong("missing-field", spec.at("http"), "is missing, and tls and tcp with it");
  for (const route of spec.at("http").items()) yield* httpRoute(route, delegate);
  for (const route of spec.at("tls").items()) yield* tlsRoute(route, spec.at("hosts").texts());
  for (const route of spec.at("tcp").items()) yield* tcpRoute(route);
  yield* exportTo(spec.at("exportTo"), namespace, false);
}

function* gatewayNames(list: Field): Generator<Finding> {
  for (const item of list.items()) {
    const [namespace = "", name, ...rest] = item.text.split("/");
    const fits =
      name === undefined ? domainProblem(item.text) === undefined : isIstioLabel(namespace) && isIstioLabel(name);
    yield* when(
      !fits || rest.length > 0,
      "invalid-value",
      item,
      `is ${shown(item.value)}`,
      "mesh, NAME or NAMESPACE/NAME",
    );
    // The webhook looks at nothing that stands behind a name without namespace.
    if (name === undefined) return;
  }
}

function* hostFindings(spec: Field): Generator<Finding> {
  const gateways = spec.at("gateways").texts();
  const mesh = gateways.length === 0 || gateways.includes("mesh");
  const before: Field[] = [];
  for (const host of spec.at("hosts").items()) {
    const problem = isAddress(host.text) ? undefined : wildcardDomainProblem(host.text);
    if (problem !== undefined) yield wrong("invalid-value", host, problem);
    else if (mesh && host.text === "*") yield wrong("invalid-value", host, "cannot be * for the sidecars of the mesh");
    const same = before.find((one) => overlap(one.text, host.text));
    if (same !== undefined)
      yield wrong("conflicting-fields", host, `is ${shown(host.value)}, which ${shown(same.value)} covers already`);
    before.push(host);
  }
}

/** Whether there is a name that both hosts are for (istio, pkg/config/host/name.go:Matches). */
function overlap(a: string, b: string): boolean {
  const [wildA, wildB] = [a.startsWith("*"), b.startsWith("*")];
  if (wildA && wildB) return a.length < b.length ? b.endsWith(a.slice(1)) : a.endsWith(b.slice(1));
  if (wildA) return b.endsWith(a.slice(1));
  return wildB ? a.endsWith(b.slice(1)) : a === b;
}

function* httpRoute(route: Field, delegate: boolean): Generator<Finding> {
  yield* routeKind(route, delegate);
  for (const match of route.at("match").items()) yield* httpMatch(match);
  yield* destinations(route.at("route"));
  for (const destination of [
    route.at("mirror"),
    ...route
      .at("mirrors")
      .items()
      .map((one) => one.at("destination")),
  ])
    yield* destinationFindings(destination);
  const both = route.at("mirror").present && route.at("mirrors").items().length > 0;
  yield* when(both, "conflicting-fields", route.at("mirrors"), "cannot be set beside mirror");
  const percent = route.at("mirrorPercentage").at("value");
  const fits = (percent.number ?? 0) >= 0 && (percent.number ?? 0) <= 100;
  yield* when(!fits, "out-of-range", percent, `is ${shown(percent.value)}, and has to be 0 to 100`);
  yield* retries(route.at("retries"));
}

function* routeKind(route: Field, delegate: boolean): Generator<Finding> {
  const ways = presentOf(route, ["delegate", "redirect", "directResponse", "route"]);
  const [first, ...others] = ways.filter((way) => way.path.at(-1) !== "route" || way.items().length > 0);
  if (first === undefined) {
    yield { ...wrong("missing-field", route, "needs route, redirect, directResponse or delegate") };
    return;
  }
  const kind = String(first.path.at(-1));
  for (const other of others) yield wrong("conflicting-fields", other, `cannot be set beside ${kind}`);
  if (kind === "delegate")
    yield* when(delegate, "conflicting-fields", first, "cannot be set in a VirtualService that is a delegate itself");
  if (kind === "redirect" || kind === "directResponse")
    for (const field of presentOf(route, ["fault", "rewrite"]))
      yield wrong("conflicting-fields", field, `cannot be set beside ${kind}`);
}

function* httpMatch(match: Field): Generator<Finding> {
  yield* optionalPort(match.at("port"));
  yield* labels(match.at("sourceLabels"));
  yield* gatewayNames(match.at("gateways"));
  const source = match.at("sourceNamespace");
  const named = source.text === "" || isIstioLabel(source.text);
  yield* when(!named, "invalid-value", source, `is ${shown(source.value)}, which is no namespace`);
  for (const name of ["scheme", "method", "authority"]) yield* stringMatch(match.at(name), false);
  yield* stringMatch(match.at("uri"), true);
  for (const name of ["headers", "queryParams", "withoutHeaders"])
    for (const [, one] of match.at(name).entries()) yield* stringMatch(one, name === "withoutHeaders");
}

function* stringMatch(match: Field, emptyPrefix: boolean): Generator<Finding> {
  const [prefix, regex] = [match.at("prefix"), match.at("regex")];
  yield* when(prefix.value === "" && !emptyPrefix, "invalid-value", prefix, "is empty");
  yield* when(regex.value === "", "invalid-value", regex, "is empty");
  yield* when(regex.text.length > 1024, "invalid-value", regex, "is longer than 1024 characters");
}

function* tlsRoute(route: Field, hosts: readonly string[]): Generator<Finding> {
  if (route.at("match").items().length === 0) yield wrong("missing-field", route.at("match"), "is missing");
  for (const match of route.at("match").items()) {
    const sniHosts = match.at("sniHosts");
    yield* when(sniHosts.present && sniHosts.items().length === 0, "missing-field", sniHosts, "is empty");
    for (const sni of sniHosts.items()) yield* sniFindings(sni, hosts);
    yield* l4Match(match);
  }
  yield* requiredDestinations(route);
}

function* sniFindings(sni: Field, hosts: readonly string[]): Generator<Finding> {
  if (isAddress(sni.text)) {
    yield doubtful("no-effect", sni, `is ${shown(sni.value)}: TLS clients send no address as the name of a server`);
    return;
  }
  const problem = wildcardDomainProblem(sni.text);
  if (problem !== undefined) yield wrong("invalid-value", sni, problem);
  else if (!hosts.some((host) => covers(host, sni.text)))
    yield wrong("conflicting-fields", sni, `is ${shown(sni.value)}, which none of the hosts covers`, hosts.join(", "));
}

/** istio, pkg/config/host/name.go:SubsetOf. */
function covers(host: string, name: string): boolean {
  if (!host.startsWith("*")) return host === name;
  const suffix = host.slice(1);
  return name.startsWith("*") ? name.length >= host.length && name.slice(1).endsWith(suffix) : name.endsWith(suffix);
}

function* tcpRoute(route: Field): Generator<Finding> {
  for (const match of route.at("match").items()) yield* l4Match(match);
  yield* requiredDestinations(route);
}

function* l4Match(match: Field): Generator<Finding> {
  yield* addressRanges(match.at("destinationSubnets"));
  yield* optionalPort(match.at("port"));
  yield* labels(match.at("sourceLabels"));
  yield* gatewayNames(match.at("gateways"));
}

function* requiredDestinations(route: Field): Generator<Finding> {
  if (route.at("route").items().length === 0) yield wrong("missing-field", route.at("route"), "is missing");
  yield* destinations(route.at("route"));
}

function* destinations(list: Field): Generator<Finding> {
  const items = list.items();
  for (const item of items) {
    yield* destinationFindings(item.at("destination"));
    const weight = item.at("weight");
    yield* when((weight.number ?? 0) < 0, "out-of-range", weight, `is ${shown(weight.value)}, and has to be 0 or more`);
  }
  const total = items.reduce((sum, item) => sum + (item.at("weight").number ?? 0), 0);
  if (items.length > 1 && total === 0)
    yield wrong("missing-field", list, "has several destinations, of which none has a weight");
}

function* destinationFindings(destination: Field): Generator<Finding> {
  if (!destination.present) return;
  const host = destination.at("host");
  const problem = host.text === "*" ? "cannot be *" : wildcardDomainProblem(host.text);
  if (host.present && problem !== undefined) yield wrong("invalid-value", host, problem);
  const subset = destination.at("subset");
  const named = subset.text === "" || isIstioLabel(subset.text);
  yield* when(!named, "invalid-value", subset, `is ${shown(subset.value)}, which is no name of a subset`);
  if (destination.at("port").present) yield* port(destination.at("port").at("number"));
}

/** When Envoy can be told to try again, beside on codes of HTTP. */
const RETRY_ON = [
  "5xx",
  "cancelled",
  "connect-failure",
  "deadline-exceeded",
  "envoy-ratelimited",
  "gateway-error",
  "http3-post-connect-failure",
  "internal",
  "refused-stream",
  "reset",
  "reset-before-request",
  "resource-exhausted",
  "retriable-4xx",
  "retriable-headers",
  "retriable-status-codes",
  "unavailable",
];

function* retries(retry: Field): Generator<Finding> {
  const attempts = retry.at("attempts");
  const on = retry.at("retryOn");
  for (const word of on.text === "" ? [] : on.text.split(",")) {
    const fits = RETRY_ON.includes(word) || /^[1-5][0-9]{2}$/.test(word);
    yield* when(!fits, "invalid-value", on, `has ${shown(word)}`, hintFor(word, RETRY_ON));
  }
  if (!retry.present || (attempts.number ?? 0) > 0) return;
  yield* when((attempts.number ?? 0) < 0, "out-of-range", attempts, "has to be 0 or more");
  for (const field of presentOf(retry, ["perTryTimeout", "retryOn", "retryRemoteLocalities"]))
    yield wrong("conflicting-fields", field, "means nothing without attempts");
}
