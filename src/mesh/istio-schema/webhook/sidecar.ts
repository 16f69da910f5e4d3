import type { Field, Finding } from "../../field.js";
import { doubtful, shown, wrong } from "../../field.js";
import { domainProblem, isPort, isTlsProtocol } from "../../names.js";
import {
  address,
  emptySelector,
  port,
  scopedHostProblem,
  portName,
  presentOf,
  protocol,
  socketPath,
  when,
} from "./common.js";
import type { RuleContext } from "./common.js";
import { connectionPool } from "./connection-pool.js";
import { serverTls } from "./server-tls.js";

/**
 * What Istio's webhook refuses of a Sidecar.
 *
 * Source: istio, pkg/config/validation/validation.go:ValidateSidecar.
 */
export function* sidecar(spec: Field, context: RuleContext): Generator<Finding> {
  yield* emptySelector(spec.at("workloadSelector"), "labels");
  const [ingress, egress] = [spec.at("ingress").items(), spec.at("egress").items()];
  const others = presentOf(spec, ["outboundTrafficPolicy", "inboundConnectionPool"]);
  if (ingress.length + egress.length + others.length === 0)
    yield wrong("missing-field", spec, "says nothing", "write egress, ingress or outboundTrafficPolicy");
  yield* ingressFindings(ingress);
  yield* connectionPool(spec.at("inboundConnectionPool"));
  yield* egressFindings(egress, context);
  yield* outbound(spec.at("outboundTrafficPolicy"));
}

function* ingressFindings(listeners: readonly Field[]): Generator<Finding> {
  const ports = new Set<number>();
  for (const listener of listeners) {
    const at = listener.at("port");
    yield* portFindings(at);
    yield* port(at.at("number"));
    yield* address(listener.at("bind"));
    yield* unique(at.at("number"), ports);
    yield* defaultEndpoint(listener.at("defaultEndpoint"));
    if (listener.at("tls").present) yield* ingressTls(listener.at("tls"), at.at("protocol"));
    yield* connectionPool(listener.at("connectionPool"));
  }
}

function* portFindings(at: Field): Generator<Finding> {
  yield* when((at.at("targetPort").number ?? 0) > 0, "conflicting-fields", at.at("targetPort"), "means nothing here");
  if (at.at("name").text !== "") yield* portName(at.at("name"));
  yield* protocol(at.at("protocol"));
}

function* unique<T>(field: Field, seen: Set<T | number>): Generator<Finding> {
  if (field.number === undefined) return;
  yield* when(seen.has(field.number), "conflicting-fields", field, `is ${field.number}, which another listener has`);
  seen.add(field.number);
}

const OWN_HOSTS = ["", "127.0.0.1", "0.0.0.0", "[::1]", "[::]"];

function* defaultEndpoint(field: Field): Generator<Finding> {
  const { text } = field;
  if (text === "") return;
  if (text.startsWith("unix://")) {
    yield* socketPath(field);
    return;
  }
  const colon = text.lastIndexOf(":");
  const number = text.slice(colon + 1);
  const fits =
    colon >= 0 && OWN_HOSTS.includes(text.slice(0, colon)) && /^[0-9]+$/.test(number) && isPort(Number(number));
  const hint = "127.0.0.1:PORT, 0.0.0.0:PORT, [::1]:PORT, [::]:PORT or unix:///PATH";
  yield* when(!fits, "invalid-value", field, `is ${shown(field.value)}`, hint);
}

const NOT_IN_SIDECARS = ["subjectAltNames", "httpsRedirect", "credentialName", "credentialNames", "tlsCertificates"];

function* ingressTls(tls: Field, protocolOf: Field): Generator<Finding> {
  for (const field of presentOf(tls, NOT_IN_SIDECARS)) {
    const set = field.value === true || field.text !== "" || field.items().length > 0;
    yield* when(set, "conflicting-fields", field, "cannot be set for the ingress of a Sidecar");
  }
  const mode = tls.at("mode");
  const barred = mode.text === "ISTIO_MUTUAL" || mode.text === "AUTO_PASSTHROUGH";
  yield* when(barred, "conflicting-fields", mode, `cannot be ${mode.text} for the ingress of a Sidecar`);
  const says = "goes with a port of protocol HTTPS or TLS only";
  yield* when(!isTlsProtocol(protocolOf.text), "conflicting-fields", tls, says);
  yield* serverTls(tls);
}

function* egressFindings(listeners: readonly Field[], context: RuleContext): Generator<Finding> {
  const [ports, sockets] = [new Set<number>(), new Set<string>()];
  for (const [index, listener] of listeners.entries()) {
    const at = listener.at("port");
    if (at.present) yield* egressPort(listener, at, ports, sockets);
    else if (index < listeners.length - 1)
      yield wrong("conflicting-fields", listener, "has no port and so takes all: it has to be the last");
    const hosts = listener.at("hosts");
    yield* when(hosts.present && hosts.items().length === 0, "missing-field", hosts, "is empty");
    for (const host of hosts.items()) yield* egressHost(host);
    yield* overlaps(hosts.items(), context);
  }
}

function* egressPort(listener: Field, at: Field, ports: Set<number>, sockets: Set<string>): Generator<Finding> {
  yield* portFindings(at);
  const bind = listener.at("bind");
  const number = at.at("number");
  if ((number.number ?? 0) !== 0) {
    yield* port(number);
    yield* address(bind);
    yield* unique(number, ports);
    return;
  }
  if (bind.text.startsWith("unix://")) yield* socketPath(bind);
  else yield wrong("missing-field", bind, "has to be a Unix socket where the port has no number");
  yield* when(
    sockets.has(bind.text),
    "conflicting-fields",
    bind,
    `is ${shown(bind.value)}, which another listener has`,
  );
  sockets.add(bind.text);
  const mode = listener.at("captureMode");
  const fits = ["", "DEFAULT", "NONE"].includes(mode.text);
  yield* when(!fits, "conflicting-fields", mode, "has to be DEFAULT or NONE for a Unix socket");
}

function* egressHost(field: Field): Generator<Finding> {
  const problem = scopedHostProblem(field.text, false);
  if (problem !== undefined)
    yield wrong("invalid-value", field, `is ${shown(field.value)}: ${problem.says}`, problem.hint);
}

function* overlaps(hosts: readonly Field[], { namespace }: RuleContext): Generator<Finding> {
  const seen = new Set<string>();
  for (const host of hosts) {
    const full = host.text.replace(/^\.\//, `${namespace}/`);
    if (seen.has(full)) yield doubtful("no-effect", host, `is ${shown(host.value)}, which is there already`);
    seen.add(full);
  }
}

function* outbound(policy: Field): Generator<Finding> {
  const mode = policy.at("mode");
  yield* when(
    mode.text === "ALLOW_ANY_DYNAMIC_DNS",
    "conflicting-fields",
    mode,
    "can be ALLOW_ANY_DYNAMIC_DNS in the mesh's own settings only",
  );
  const proxy = policy.at("egressProxy");
  if (!proxy.present) return;
  yield* when(mode.text !== "ALLOW_ANY", "conflicting-fields", proxy, "goes with mode ALLOW_ANY only");
  const host = proxy.at("host");
  const problem = host.present ? domainProblem(host.text) : undefined;
  if (problem !== undefined) yield wrong("invalid-value", host, problem);
  if (!proxy.at("port").present) yield wrong("missing-field", proxy.at("port"), "is missing");
}
