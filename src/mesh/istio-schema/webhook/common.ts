/** What Istio's webhook asks alike of several kinds (istio, pkg/config/validation/validation.go). */
import type { Field, Finding, FindingCode } from "../../field.js";
import { doubtful, shown, wrong } from "../../field.js";
import {
  isAddress,
  isAddressRange,
  isIstioLabel,
  isLabelKey,
  isLabelValue,
  isPort,
  isProtocol,
  PROTOCOL_NAMES,
  wildcardDomainProblem,
} from "../../names.js";

/** What the rules read beside an object's spec. */
export interface RuleContext {
  readonly name: string;
  readonly namespace: string;
  readonly rootNamespace: string;
  readonly metadata: Field;
}

/** The findings for one kind's spec. */
export type SpecRule = (spec: Field, context: RuleContext) => Iterable<Finding>;

/** A finding where a condition holds. */
export function* when(
  condition: boolean,
  code: FindingCode,
  field: Field,
  says: string,
  hint?: string,
): Generator<Finding> {
  if (condition) yield wrong(code, field, says, hint);
}

/** A selector that is written and selects nothing in particular (validation.go:validateWorkloadSelector). */
export function* emptySelector(selector: Field, labels: "labels" | "matchLabels"): Generator<Finding> {
  if (!selector.present || selector.at(labels).entries().length > 0) return;
  yield doubtful("unmeant", selector, "has no labels, and so counts as none", "leave it out, or write the labels");
}

/** A host that may begin with a wildcard (agent/validation.go:ValidateWildcardDomain). */
export function* wildcardHost(field: Field): Generator<Finding> {
  const problem = wildcardDomainProblem(field.text);
  if (problem !== undefined) yield wrong("invalid-value", field, problem);
}

/** Labels that an object's rule is for, or that it gives (pkg/config/labels/instance.go:Validate). */
export function* labels(map: Field): Generator<Finding> {
  for (const [key, value] of map.entries()) {
    yield* when(!isLabelKey(key.toLowerCase()), "invalid-value", value, "is no key of a label");
    yield* when(!isLabelValue(value.text), "invalid-value", value, `is ${shown(value.value)}, which no label can have`);
  }
}

/** A port that has to be there (agent/validation.go:ValidatePort). */
export function* port(field: Field): Generator<Finding> {
  if (!field.present) yield wrong("missing-field", field, "is missing");
  else if (field.number !== undefined && !isPort(field.number)) yield portRange(field);
}

/** A port that may be left out. */
export function* optionalPort(field: Field): Generator<Finding> {
  if (field.number !== undefined && field.number !== 0 && !isPort(field.number)) yield portRange(field);
}

function portRange(field: Field): Finding {
  return wrong("out-of-range", field, `is ${shown(field.value)}, and has to be a port from 1 to 65535`);
}

/** A protocol's name; empty is to be found out (validation.go:ValidateProtocol). */
export function* protocol(field: Field): Generator<Finding> {
  if (field.text === "" || isProtocol(field.text)) return;
  yield wrong("invalid-value", field, `is ${shown(field.value)}`, `one of: ${PROTOCOL_NAMES.join(", ")}`);
}

/** The name of a port (validation.go:ValidatePortName). */
export function* portName(field: Field): Generator<Finding> {
  if (!field.present) yield wrong("missing-field", field, "is missing");
  else if (!isIstioLabel(field.text))
    yield wrong("invalid-value", field, `is ${shown(field.value)}, which names no port`);
}

/** Addresses and ranges of them. */
export function* addressRanges(list: Field): Generator<Finding> {
  for (const item of list.items())
    yield* when(
      !isAddressRange(item.text),
      "invalid-value",
      item,
      `is ${shown(item.value)}, which is no address or range`,
    );
}

export function* address(field: Field): Generator<Finding> {
  yield* when(
    field.text !== "" && !isAddress(field.text),
    "invalid-value",
    field,
    `is ${shown(field.value)}, which is no IP address`,
  );
}

/** The path of a Unix socket behind `unix://` (validation.go:ValidateUnixAddress). */
export function* socketPath(field: Field): Generator<Finding> {
  const path = field.text.slice("unix://".length);
  const fits = path.startsWith("@") || (path.startsWith("/") && !path.endsWith("/"));
  yield* when(!fits, "invalid-value", field, `is ${shown(field.value)}, and has to be the absolute path of a file`);
}

/**
 * Whom an object is for (validation.go:validateExportTo).
 *
 * @param nobody whether `~`, for no one, is taken, as ServiceEntries do
 */
export function* exportTo(list: Field, namespace: string, nobody: boolean): Generator<Finding> {
  const items = list.items();
  const seen = new Set<string>();
  for (const item of items) {
    const key = item.text === "." ? namespace : item.text;
    yield* when(seen.has(key), "conflicting-fields", item, `is ${shown(item.value)}, which is there already`);
    seen.add(key);
    yield* when(!isAudience(key, nobody), "invalid-value", item, `is ${shown(item.value)}`, "*, . or a namespace");
  }
  if (items.length < 2) return;
  for (const item of items)
    yield* when(
      item.text === "*" || (nobody && item.text === "~"),
      "conflicting-fields",
      item,
      `is ${shown(item.value)}, beside which nothing else can stand`,
    );
}

function isAudience(text: string, nobody: boolean): boolean {
  return text === "*" || text === "." || (nobody && text === "~") || isIstioLabel(text);
}

const TARGETS: readonly (readonly [group: string, kind: string])[] = [
  ["", "Service"],
  ["core", "Service"],
  ["networking.istio.io", "ServiceEntry"],
  ["gateway.networking.k8s.io", "Gateway"],
  ["gateway.networking.k8s.io", "GatewayClass"],
];

/** What a policy is attached to (validation.go:validatePolicyTargetReference). */
export function* targets(spec: Field): Generator<Finding> {
  for (const target of [spec.at("targetRef"), ...spec.at("targetRefs").items()]) {
    if (!target.present) continue;
    const kind = target.at("kind");
    const group = target.at("group").text;
    if (kind.text === "" || TARGETS.some(([of, name]) => of === group && name === kind.text)) continue;
    const says = `is ${shown(kind.value)} of group ${shown(group)}, to which no policy can be attached`;
    yield wrong("invalid-value", kind, says, "Service, ServiceEntry, Gateway or GatewayClass, each with its group");
  }
}

/** The first of a list of fields that is there. */
export function presentOf(field: Field, names: readonly string[]): Field[] {
  return names.map((name) => field.at(name)).filter(({ present }) => present);
}

/**
 * What is wrong with `NAMESPACE/HOST`, as Sidecars and Gateways name hosts
 * (agent/validation.go:ValidateNamespaceSlashWildcardHostname).
 */
export function scopedHostProblem(text: string, gateway: boolean): { says: string; hint?: string } | undefined {
  const slash = text.indexOf("/");
  if (slash < 0 && !gateway) return { says: "the namespace is missing", hint: `write ./${text} or */${text}` };
  const [namespace, host] = slash < 0 ? ["*", text] : [text.slice(0, slash), text.slice(slash + 1)];
  if (!isScope(namespace, gateway)) return { says: `${shown(namespace)} is no namespace`, hint: "a namespace, . or *" };
  if (host === "") return { says: "the host is missing", hint: `write ${namespace}/*` };
  if (host !== "*" && !host.includes("."))
    return { says: "the host has to be a full name", hint: `write ${host}.NAMESPACE.svc.cluster.local` };
  if (host.includes("*") && host !== "*" && !host.startsWith("*."))
    return { says: "* can only stand for whole parts of the name", hint: "write *.DOMAIN" };
  const wrongHost = wildcardDomainProblem(host);
  return wrongHost === undefined || (gateway && /^[0-9a-fA-F.:]+$/.test(host))
    ? undefined
    : { says: `the host ${wrongHost}` };
}

function isScope(text: string, gateway: boolean): boolean {
  const namespace = gateway ? text : text.replace(/^~/, "");
  if (namespace === "") return !gateway && text !== "";
  return namespace === "*" || namespace === "." || isIstioLabel(namespace);
}
