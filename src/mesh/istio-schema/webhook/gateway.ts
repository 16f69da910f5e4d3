import type { Field, Finding } from "../../field.js";
import { shown, wrong } from "../../field.js";
import { isHttpProtocol, isProtocol, isTlsProtocol, PROTOCOL_NAMES } from "../../names.js";
import { address, port, presentOf, scopedHostProblem, socketPath, when } from "./common.js";
import { serverTls } from "./server-tls.js";

/**
 * What Istio's webhook refuses of a Gateway of its own API.
 *
 * Source: istio, pkg/config/validation/validation.go:ValidateGateway, validateServer, validateTLSOptions.
 */
export function* gateway(spec: Field): Generator<Finding> {
  const servers = spec.at("servers");
  if (servers.items().length === 0) yield wrong("missing-field", servers, "is missing");
  const names = new Set<string>();
  for (const server of servers.items()) {
    const name = server.at("port").at("name");
    const taken = name.text !== "" && names.has(name.text);
    yield* when(taken, "conflicting-fields", name, `is ${shown(name.value)}, which another server has`);
    names.add(name.text);
    yield* serverFindings(server);
  }
}

function* serverFindings(server: Field): Generator<Finding> {
  const hosts = server.at("hosts");
  yield* when(hosts.present && hosts.items().length === 0, "missing-field", hosts, "is empty");
  for (const host of server.at("hosts").items()) {
    const problem = scopedHostProblem(host.text, true);
    if (problem !== undefined)
      yield wrong("invalid-value", host, `is ${shown(host.value)}: ${problem.says}`, problem.hint);
  }
  const at = server.at("port");
  const bind = server.at("bind");
  const protocol = at.at("protocol");
  if (at.present) yield* serverPort(at, protocol, bind);
  if (bind.text.startsWith("unix://")) yield* socketPath(bind);
  else yield* address(bind);
  const tls = server.at("tls");
  yield* serverTls(tls);
  if (isTlsProtocol(protocol.text))
    yield* when(!tls.present, "missing-field", tls, `is missing, and protocol ${protocol.text} needs it`);
  else if (isProtocol(protocol.text) && tls.present && !redirectsOnly(tls, protocol.text))
    yield wrong("conflicting-fields", tls, `cannot be set for a port of protocol ${protocol.text}`);
}

function* serverPort(at: Field, protocol: Field, bind: Field): Generator<Finding> {
  if (protocol.present && !isProtocol(protocol.text))
    yield wrong("invalid-value", protocol, `is ${shown(protocol.value)}`, `one of: ${PROTOCOL_NAMES.join(", ")}`);
  if (!bind.text.startsWith("unix://")) yield* port(at.at("number"));
  yield* when(at.at("name").value === "", "missing-field", at.at("name"), "is empty");
  yield* when((at.at("targetPort").number ?? 0) > 0, "conflicting-fields", at.at("targetPort"), "means nothing here");
}

function redirectsOnly(tls: Field, protocol: string): boolean {
  const mode = tls.at("mode").text;
  const passes = mode === "" || mode === "PASSTHROUGH" || mode === "AUTO_PASSTHROUGH";
  const certificates = presentOf(tls, ["caCertificates", "privateKey", "serverCertificate"]);
  return isHttpProtocol(protocol) && passes && certificates.every(({ text }) => text === "");
}
