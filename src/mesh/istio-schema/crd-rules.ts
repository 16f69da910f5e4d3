/** What the rules of Istio's definitions that are written in Common Expression Language ask of a value. */
import type { Field, Finding } from "../field.js";
import { shown, wrong } from "../field.js";
import { goDuration, isIstioLabel, isPort } from "../names.js";
import type { CrdRule } from "./schema.js";

type Rule = (field: Field) => Iterable<Finding>;

/**
 * The findings of one rule on the value that it is written at. A value of the wrong type gives none.
 *
 * Source: istio, manifests/charts/base/files/crd-all.gen.yaml, x-kubernetes-validations; for the precision of durations
 * pkg/config/validation/agent/validation.go:ValidateDuration.
 */
export function crdRuleFindings(rule: CrdRule, field: Field): Iterable<Finding> {
  return RULES[rule](field);
}

const RULES: Readonly<Record<CrdRule, Rule>> = {
  duration,
  port: (field) => portFindings(field, field.number),
  "port-keys": (map) => map.entries().flatMap(([key, field]) => portFindings(field, portKey(key))),
  "key-not-empty": (map) => keys(map, (key) => key === "", "has an empty key"),
  "key-without-wildcard": (map) => keys(map, (key) => key.includes("*"), "has a key with *, which is no wildcard here"),
  "without-wildcard": (field) =>
    when(
      field.text.includes("*"),
      wrong("invalid-value", field, `is ${shown(field.value)}, and * is no wildcard here`),
    ),
  "no-namespace": (field) =>
    when(
      field.text !== "",
      wrong("invalid-value", field, "cannot be set: the target is in the policy's own namespace"),
    ),
  "port-mtls-needs-selector": (spec) =>
    when(
      spec.at("portLevelMtls").present && spec.at("selector").at("matchLabels").entries().length === 0,
      wrong(
        "missing-field",
        spec.at("portLevelMtls"),
        "needs a selector with matchLabels",
        "add spec.selector.matchLabels: modes of ports are for the policy of a workload only",
      ),
    ),
  "socket-without-ports": (endpoint) =>
    when(
      isSocket(endpoint.at("address")) && endpoint.at("ports").present,
      wrong("conflicting-fields", endpoint.at("ports"), "cannot be set for an address that is a Unix socket"),
    ),
  "absolute-socket": (address) =>
    when(
      isSocket(address) && !/^[/@]/.test(address.text.slice(7)),
      wrong("invalid-value", address, `is ${shown(address.value)}, and a Unix socket has to be an absolute path`),
    ),
  "no-socket-folder": (address) =>
    when(
      isSocket(address) && address.text.endsWith("/"),
      wrong("invalid-value", address, `is ${shown(address.value)}, which is a folder and no Unix socket`),
    ),
  "port-names": (map) =>
    keys(map, (key) => key.length > 62 || !isIstioLabel(key), "has a key that is no name of a port"),
  "cidr-is-static": (spec) =>
    spec
      .at("addresses")
      .items()
      .filter(({ text }) => text.includes("/") && !["", "NONE", "STATIC"].includes(spec.at("resolution").text))
      .map((field) => wrong("conflicting-fields", field, "is a range, which only resolution NONE or STATIC takes")),
  "no-endpoints-without-resolution": (spec) =>
    when(
      ["", "NONE"].includes(spec.at("resolution").text) && spec.at("endpoints").present,
      wrong(
        "conflicting-fields",
        spec.at("endpoints"),
        "cannot be set with resolution NONE",
        "write resolution: STATIC",
      ),
    ),
  "one-round-robin-endpoint": (spec) =>
    when(
      spec.at("resolution").text === "DNS_ROUND_ROBIN" && spec.at("endpoints").items().length > 1,
      wrong("conflicting-fields", spec.at("endpoints"), "can have one item only with resolution DNS_ROUND_ROBIN"),
    ),
  "no-star": (field) => when(field.text === "*", wrong("invalid-value", field, "cannot be * alone")),
  "unique-numbers": uniqueNumbers,
  "lone-service-accounts": loneServiceAccounts,
  "upsert-has-value": (tag) =>
    when(
      tag.at("operation").text === "UPSERT" && tag.at("value").text === "",
      wrong("missing-field", tag.at("value"), "has to be set where the operation is UPSERT"),
    ),
  "remove-without-value": (tag) =>
    when(
      tag.at("operation").text === "REMOVE" && tag.at("value").present,
      wrong("conflicting-fields", tag.at("value"), "cannot be set where the operation is REMOVE"),
    ),
  "wasm-url": (field) =>
    when(
      !["", "http", "https", "file", "oci"].includes(scheme(field.text)) || !isUrl(field.text),
      wrong("invalid-value", field, `is ${shown(field.value)}`, "a URL of http, https, file or oci"),
    ),
  "host-without-value": (variable) =>
    when(
      variable.at("valueFrom").text === "HOST" && variable.at("value").present,
      wrong("conflicting-fields", variable.at("value"), "cannot be set where valueFrom is HOST"),
    ),
  "http-url": (field) =>
    when(
      !["http", "https"].includes(scheme(field.text)),
      wrong("invalid-value", field, `is ${shown(field.value)}`, "a URL that begins with http:// or https://"),
    ),
  "http-scheme": (field) =>
    when(
      !["", "HTTP", "HTTPS"].includes(field.text),
      wrong("invalid-value", field, `is ${shown(field.value)}`, "one of: HTTP, HTTPS"),
    ),
  "waypoint-context": (match) =>
    when(
      match.at("waypoint").present !== (match.at("context").text === "WAYPOINT"),
      wrong("conflicting-fields", match.at("waypoint"), "goes with context WAYPOINT, and with no other"),
    ),
};

function when(condition: boolean, finding: Finding): Finding[] {
  return condition ? [finding] : [];
}

function keys(map: Field, bad: (key: string) => boolean, says: string): Finding[] {
  return map
    .entries()
    .flatMap(([key, field]) => when(bad(key), { ...wrong("invalid-value", map, says), path: field.path }));
}

function* duration(field: Field): Generator<Finding> {
  if (typeof field.value !== "string") return;
  const nanoseconds = goDuration(field.value);
  if (nanoseconds === undefined)
    yield wrong("invalid-value", field, `is ${shown(field.value)}, which is no duration`, "write it as 5s or 250ms");
  else if (nanoseconds < 1e6) yield wrong("out-of-range", field, `is ${shown(field.value)}, and has to be 1ms or more`);
  else if (nanoseconds % 1e6 !== 0)
    yield wrong("invalid-value", field, `is ${shown(field.value)}, which is no whole number of milliseconds`);
}

function portKey(key: string): number {
  return /^[+-]?[0-9]+$/.test(key) ? Number(key) : NaN;
}

function portFindings(field: Field, port: number | undefined): Finding[] {
  if (port === undefined || isPort(port)) return [];
  return [wrong("out-of-range", field, "has to be a port from 1 to 65535")];
}

function isSocket(address: Field): boolean {
  return address.text.startsWith("unix://");
}

function scheme(url: string): string {
  return /^([A-Za-z][-+.A-Za-z0-9]*):\/\//.exec(url)?.[1]?.toLowerCase() ?? "";
}

/** Without a scheme, what is of HTTP without it. */
function isUrl(text: string): boolean {
  return URL.canParse(scheme(text) === "" ? `http://${text}` : text);
}

function* uniqueNumbers(list: Field): Generator<Finding> {
  const seen = new Set<number>();
  for (const { number, at } of list
    .items()
    .map((item) => ({ number: item.at("number").number, at: item.at("number") }))) {
    if (number === undefined) continue;
    if (seen.has(number)) yield wrong("conflicting-fields", at, `is ${number}, which another port has`);
    seen.add(number);
  }
}

function loneServiceAccounts(source: Field): Finding[] {
  const accounts = ["serviceAccounts", "notServiceAccounts"]
    .map((name) => source.at(name))
    .find(({ present }) => present);
  if (accounts === undefined) return [];
  return ["principals", "notPrincipals", "namespaces", "notNamespaces"]
    .map((name) => source.at(name))
    .filter(({ present }) => present)
    .map((field) =>
      wrong(
        "conflicting-fields",
        field,
        `cannot be set beside ${String(accounts.path.at(-1))}`,
        "write an item of from for each",
      ),
    );
}
