import type { Field, Finding } from "../../field.js";
import { doubtful, shown, wrong } from "../../field.js";
import { domainProblem, isAddress, isHttpProtocol, isTlsProtocol } from "../../names.js";
import {
  addressRanges,
  emptySelector,
  exportTo,
  labels,
  optionalPort,
  portName,
  protocol,
  when,
  wildcardHost,
} from "./common.js";
import type { RuleContext } from "./common.js";

/**
 * What Istio's webhook refuses of a ServiceEntry.
 *
 * Source: istio, pkg/config/validation/validation.go:ValidateServiceEntry.
 */
export function* serviceEntry(spec: Field, { namespace }: RuleContext): Generator<Finding> {
  yield* emptySelector(spec.at("workloadSelector"), "labels");
  const hosts = spec.at("hosts");
  yield* when(hosts.present && hosts.items().length === 0, "missing-field", hosts, "is empty");
  for (const host of hosts.items()) if (host.text !== "*") yield* wildcardHost(host);
  yield* addressRanges(spec.at("addresses"));
  yield* portFindings(spec.at("ports").items());
  yield* resolutionFindings(spec);
  yield* severalHosts(spec);
  yield* exportTo(spec.at("exportTo"), namespace, true);
}

function resolutionOf(spec: Field): string {
  return spec.at("resolution").text || "NONE";
}

function* portFindings(ports: readonly Field[]): Generator<Finding> {
  for (const port of ports) {
    const name = port.at("name");
    if (name.present) yield* portName(name);
    yield* protocol(port.at("protocol"));
    yield* optionalPort(port.at("targetPort"));
  }
}

function* resolutionFindings(spec: Field): Generator<Finding> {
  const resolution = resolutionOf(spec);
  const endpoints = spec.at("endpoints").items();
  if (resolution === "NONE" && spec.at("workloadSelector").present)
    yield doubtful(
      "no-effect",
      spec.at("workloadSelector"),
      "is not used with resolution NONE",
      "write resolution: STATIC",
    );
  if (resolution === "DNS" || resolution === "DNS_ROUND_ROBIN") yield* namedHosts(spec, endpoints);
  if (resolution === "DYNAMIC_DNS") yield* dynamicFindings(spec);
  if (resolution === "NONE" || resolution === "DYNAMIC_DNS") return;
  const names = spec
    .at("ports")
    .items()
    .map((port) => port.at("name").text);
  for (const endpoint of endpoints) yield* endpointFindings(endpoint, names, resolution !== "STATIC");
}

function* namedHosts(spec: Field, endpoints: readonly Field[]): Generator<Finding> {
  if (endpoints.length > 0) return;
  for (const host of spec.at("hosts").items()) {
    if (domainProblem(host.text) === undefined) continue;
    const says = `is ${shown(host.value)}, which DNS cannot resolve`;
    yield wrong("conflicting-fields", host, says, "write endpoints, or hosts without *");
  }
}

function* endpointFindings(endpoint: Field, names: readonly string[], dns: boolean): Generator<Finding> {
  const at = endpoint.at("address");
  const { text } = at;
  if (text !== "" && !text.startsWith("unix://") && !isAddress(text)) {
    if (!dns) {
      const hint = "write resolution: DNS for an endpoint with a name";
      yield wrong("invalid-value", at, `is ${shown(at.value)}, and resolution STATIC takes IP addresses only`, hint);
    } else if (domainProblem(text) !== undefined)
      yield wrong("invalid-value", at, `is ${shown(at.value)}, which is no IP address and no name`);
  }
  if (text.startsWith("unix://") && !dns && names.length !== 1)
    yield wrong("conflicting-fields", at, "is a Unix socket, and then the ServiceEntry can have one port only");
  for (const [name, port] of endpoint.at("ports").entries())
    yield* when(
      !names.includes(name),
      "invalid-value",
      port,
      "is for a port that the ServiceEntry has not",
      `one of: ${names.join(", ")}`,
    );
  yield* labels(endpoint.at("labels"));
}

function* dynamicFindings(spec: Field): Generator<Finding> {
  for (const host of spec.at("hosts").items())
    yield* when(
      !host.text.startsWith("*"),
      "conflicting-fields",
      host,
      `is ${shown(host.value)}, and ${DYNAMIC} needs a wildcard`,
    );
  for (const list of [spec.at("addresses"), spec.at("endpoints")])
    yield* when(list.items().length > 0, "conflicting-fields", list, `cannot be set with ${DYNAMIC}`);
  for (const port of spec.at("ports").items()) {
    const at = port.at("protocol");
    const fits = ["HTTP", "TLS", "GRPC", "HTTP2"].includes(at.text.toUpperCase());
    yield* when(!fits, "conflicting-fields", at, `has to be HTTP, HTTP2, GRPC or TLS with ${DYNAMIC}`);
  }
}

const DYNAMIC = "resolution DYNAMIC_DNS";

/** Hosts of one address can be told apart by what HTTP or TLS says alone. */
function* severalHosts(spec: Field): Generator<Finding> {
  if (resolutionOf(spec) === "NONE" || spec.at("hosts").items().length < 2) return;
  for (const port of spec.at("ports").items()) {
    const at = port.at("protocol");
    const fits = isHttpProtocol(at.text) || isTlsProtocol(at.text);
    const says = `is ${shown(at.value)}, and with several hosts each port has to be HTTP or TLS`;
    yield* when(!fits, "conflicting-fields", at, says, "write a ServiceEntry for each host");
  }
}

/** What Istio's webhook refuses of a WorkloadGroup (validation.go:ValidateWorkloadGroup). */
export function* workloadGroup(spec: Field): Generator<Finding> {
  yield* labels(spec.at("metadata").at("labels"));
}

/**
 * What Istio's webhook refuses of a WorkloadEntry (validation.go:ValidateWorkloadEntry).
 */
export function* workloadEntry(spec: Field): Generator<Finding> {
  const at = spec.at("address");
  const nowhere = at.value === "" && spec.at("network").text === "";
  yield* when(nowhere, "missing-field", at, "is empty", "write the address, or the network it is in");
  const known = at.text === "" || at.text.startsWith("unix://") || isAddress(at.text);
  const fits = known || domainProblem(at.text) === undefined;
  yield* when(!fits, "invalid-value", at, `is ${shown(at.value)}, which is no IP address and no name`);
  yield* labels(spec.at("labels"));
}
