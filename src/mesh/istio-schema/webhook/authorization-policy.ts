import type { Field, Finding } from "../../field.js";
import { doubtful, shown, wrong } from "../../field.js";
import { nearest } from "../../../settings/suggest.js";
import { isAddressRange } from "../../names.js";
import { emptySelector, presentOf, targets, when } from "./common.js";
import type { RuleContext } from "./common.js";

/**
 * What Istio's webhook refuses of an AuthorizationPolicy, and what of it does other than it seems to.
 *
 * Source: istio, pkg/config/validation/validation.go:ValidateAuthorizationPolicy; pkg/config/security/security.go.
 */
export function* authorizationPolicy(spec: Field, { metadata }: RuleContext): Generator<Finding> {
  yield* emptySelector(spec.at("selector"), "matchLabels");
  yield* targets(spec);
  yield* actionFindings(spec);
  yield* dryRun(spec, metadata.at("annotations").at("istio.io/dry-run"));
  for (const rule of spec.at("rules").items()) {
    for (const from of rule.at("from").items()) yield* sourceFindings(from);
    for (const to of rule.at("to").items()) yield* operationFindings(to);
    for (const condition of rule.at("when").items()) yield* conditionFindings(condition);
    if (actionOf(spec) === "CUSTOM") yield* customFindings(rule);
    if (actionOf(spec) === "DENY") yield* tcpFindings(rule);
  }
}

function actionOf(spec: Field): string {
  return spec.at("action").text || "ALLOW";
}

function* actionFindings(spec: Field): Generator<Finding> {
  const action = actionOf(spec);
  const rules = spec.at("rules");
  const provider = spec.at("provider");
  const ruleless = rules.items().length === 0;
  if (ruleless && (action === "DENY" || action === "CUSTOM"))
    yield wrong(
      "missing-field",
      rules,
      `has to be set: ${action} without rules never acts`,
      "rules: [{}] takes every request",
    );
  if (action === "CUSTOM" && !ruleless && provider.at("name").text === "")
    yield wrong("missing-field", provider.at("name"), "is missing, and CUSTOM needs it");
  if (action !== "CUSTOM" && provider.present)
    yield wrong("conflicting-fields", provider, `goes with action CUSTOM only, and the action is ${action}`);
  if (ruleless && action === "ALLOW")
    yield doubtful(
      "unmeant",
      rules,
      "has no entry, so that the policy allows nothing at all",
      "rules: [{}] allows everything",
    );
}

function* dryRun(spec: Field, annotation: Field): Generator<Finding> {
  if (!annotation.present) return;
  const action = actionOf(spec);
  if (action !== "ALLOW" && action !== "DENY")
    yield wrong("conflicting-fields", annotation, `goes with ALLOW and DENY only, and the action is ${action}`);
  else if (!/^(?:1|0|t|f|T|F|true|false|TRUE|FALSE|True|False)$/.test(annotation.text))
    yield wrong("invalid-value", annotation, `is ${shown(annotation.value)}`, "true or false");
}

const ADDRESSES = ["ipBlocks", "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks"];
const ACCOUNTS = ["serviceAccounts", "notServiceAccounts"];
const TRUST_DOMAINS = ["trustDomains", "notTrustDomains"];
const NAMES = ["principals", "notPrincipals", "namespaces", "notNamespaces"];
const REQUEST_NAMES = ["requestPrincipals", "notRequestPrincipals"];
const SOURCE = [...ADDRESSES, ...ACCOUNTS, ...TRUST_DOMAINS, ...NAMES, ...REQUEST_NAMES];

function* sourceFindings(from: Field): Generator<Finding> {
  const source = from.at("source");
  if (!source.present) {
    yield wrong("missing-field", source, "is missing");
    return;
  }
  yield* emptyMatch(source, SOURCE);
  for (const list of presentOf(source, ADDRESSES)) yield* addressFindings(list);
  for (const list of presentOf(source, ACCOUNTS)) for (const item of list.items()) yield* accountFindings(item);
  for (const list of presentOf(source, TRUST_DOMAINS))
    for (const item of list.items()) yield* trustDomainFindings(item);
  for (const list of presentOf(source, [...NAMES, ...REQUEST_NAMES])) yield* emptyItems(list);
}

const OPERATION = ["hosts", "notHosts", "ports", "notPorts", "methods", "notMethods", "paths", "notPaths"];

function* operationFindings(to: Field): Generator<Finding> {
  const operation = to.at("operation");
  if (!operation.present) {
    yield wrong("missing-field", operation, "is missing");
    return;
  }
  yield* emptyMatch(operation, OPERATION);
  for (const list of presentOf(operation, OPERATION)) yield* emptyItems(list);
  for (const list of presentOf(operation, ["ports", "notPorts"])) yield* portFindings(list);
  for (const list of presentOf(operation, ["paths", "notPaths"]))
    for (const item of list.items()) yield* pathFindings(item);
}

function* emptyMatch(match: Field, names: readonly string[]): Generator<Finding> {
  if (presentOf(match, names).some((list) => list.items().length > 0)) return;
  yield wrong("missing-field", match, "is empty", "leave it out with its item, or say what it matches");
}

function* emptyItems(list: Field): Generator<Finding> {
  for (const item of list.items()) yield* when(item.value === "", "invalid-value", item, "is empty");
}

function* addressFindings(list: Field): Generator<Finding> {
  for (const item of list.items())
    yield* when(
      !isAddressRange(item.text),
      "invalid-value",
      item,
      `is ${shown(item.value)}, which is no address or range`,
    );
}

function* accountFindings(item: Field): Generator<Finding> {
  const parts = item.text.split("/");
  const fits = parts.length <= 2 && parts.every((part) => part !== "") && !item.text.includes("*");
  yield* when(
    !fits,
    "invalid-value",
    item,
    `is ${shown(item.value)}`,
    "NAME or NAMESPACE/NAME of a service account, without *",
  );
}

function* trustDomainFindings(item: Field): Generator<Finding> {
  yield* wildcardFindings(item);
  yield* when(item.text.includes("/"), "invalid-value", item, `is ${shown(item.value)}, and no trust domain has a /`);
}

function* wildcardFindings(item: Field): Generator<Finding> {
  const { text } = item;
  const stars = text.split("*").length - 1;
  const fits = text !== "" && (stars === 0 || (stars === 1 && (text.startsWith("*") || text.endsWith("*"))));
  yield* when(!fits, "invalid-value", item, `is ${shown(item.value)}`, "one * is allowed, at the start or the end");
}

function* portFindings(list: Field): Generator<Finding> {
  for (const item of list.items()) {
    const fits = /^[0-9]+$/.test(item.text) && Number(item.text) <= 65535;
    yield* when(
      !fits && item.text !== "",
      "invalid-value",
      item,
      `is ${shown(item.value)}`,
      "the number of a port, in quotes",
    );
  }
}

const LITERAL = /^[a-zA-Z0-9\-._~%!$&'()+,;:@=]+$/;

function* pathFindings(item: Field): Generator<Finding> {
  const templated = item.text.includes("{*}") || item.text.includes("{**}");
  let ended = false;
  for (const part of withoutEnds(item.text.split("/"))) {
    if (part === "{*}" || part === "{**}") {
      yield* when(ended, "invalid-value", item, `is ${shown(item.value)}, and nothing of that kind can follow {**}`);
      ended ||= part === "{**}";
    } else if (/[{}]/.test(part) || (templated && !LITERAL.test(part))) {
      const says = `is ${shown(item.value)}, of which ${shown(part)} is no part of a path template`;
      yield wrong(
        "invalid-value",
        item,
        says,
        "a part is plain text, {*} for any one part, or {**} for all that follow",
      );
      return;
    }
  }
}

/** Without the empty parts that slashes at the start and the end make. */
function withoutEnds(parts: readonly string[]): readonly string[] {
  const last = parts.findLastIndex((part) => part !== "");
  const inside = parts.slice(0, last + 1);
  return inside.slice(
    Math.max(
      0,
      inside.findIndex((part) => part !== ""),
    ),
  );
}

type Check = (item: Field) => Iterable<Finding>;

const anything: Check = () => [];
const addresses: Check = (item) =>
  when(!isAddressRange(item.text), "invalid-value", item, `is ${shown(item.value)}, which is no address or range`);

/** The keys of conditions, and what their values have to be (security.go:ValidateAttribute). */
const KEYS: ReadonlyMap<string, Check> = new Map([
  ["source.ip", addresses],
  ["remote.ip", addresses],
  ["source.namespace", anything],
  ["source.serviceAccount", accountFindings],
  ["source.principal", anything],
  ["source.trustDomain", wildcardFindings],
  ["request.auth.principal", anything],
  ["request.auth.audiences", anything],
  ["request.auth.presenter", anything],
  ["destination.ip", addresses],
  [
    "destination.port",
    (item) =>
      when(
        !/^[0-9]+$/.test(item.text) || Number(item.text) > 65535,
        "invalid-value",
        item,
        `is ${shown(item.value)}`,
        "the number of a port, in quotes",
      ),
  ],
  ["connection.sni", anything],
]);
const KEYS_WITH_NAME = ["request.headers", "request.auth.claims", "experimental.envoy.filters."];

function* conditionFindings(condition: Field): Generator<Finding> {
  const key = condition.at("key");
  const values = [...condition.at("values").items(), ...condition.at("notValues").items()];
  if (values.length === 0) yield wrong("missing-field", condition.at("values"), "is missing, and notValues with it");
  for (const value of values) yield* when(value.value === "", "invalid-value", value, "is empty");
  if (key.text === "") {
    yield* when(key.present, "missing-field", key, "is empty");
    return;
  }
  const check = KEYS.get(key.text);
  if (check !== undefined) for (const value of values.filter(({ text }) => text !== "")) yield* check(value);
  else if (!KEYS_WITH_NAME.some((prefix) => key.text.startsWith(prefix))) yield unknownKey(key);
  else if (!/^[^[]+\[.+\]$/.test(key.text))
    yield wrong(
      "invalid-value",
      key,
      `is ${shown(key.value)}`,
      "write the name in brackets: request.headers[user-agent]",
    );
}

function unknownKey(key: Field): Finding {
  const known = [...KEYS.keys(), "request.headers[NAME]", "request.auth.claims[NAME]"];
  const replaced: Readonly<Record<string, string>> = {
    "destination.namespace": "the policy's own namespace says it",
    "destination.labels": "the policy's selector says it",
  };
  const base = key.text.replace(/\[.*/, "");
  const instead = Object.hasOwn(replaced, base) ? replaced[base] : undefined;
  const meant = nearest(key.text, known);
  const hint = instead ?? (meant === undefined ? `one of: ${known.join(", ")}` : `did you mean ${meant}?`);
  return wrong("invalid-value", key, `is ${shown(key.value)}, which is no attribute of a request`, hint);
}

const NOT_CUSTOM = [...NAMES, ...ACCOUNTS, ...TRUST_DOMAINS, ...REQUEST_NAMES];
const NOT_CUSTOM_KEYS = ["source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal"];

function* customFindings(rule: Field): Generator<Finding> {
  for (const from of rule.at("from").items())
    for (const field of presentOf(from.at("source"), NOT_CUSTOM))
      yield* when(field.items().length > 0, "conflicting-fields", field, "cannot be used with action CUSTOM");
  for (const condition of rule.at("when").items()) {
    const key = condition.at("key");
    const barred = NOT_CUSTOM_KEYS.includes(key.text) || key.text.startsWith("request.auth.");
    yield* when(barred, "conflicting-fields", key, `is ${shown(key.value)}, which cannot be used with action CUSTOM`);
  }
}

const TCP_SOURCE = [...ADDRESSES, ...ACCOUNTS, ...NAMES];

/** A rule of HTTP alone denies all that is not HTTP: what it could not ask is taken for true. */
function* tcpFindings(rule: Field): Generator<Finding> {
  const [sources, operations] = [rule.at("from").items(), rule.at("to").items()];
  const tcpSource = sources.some((from) => presentOf(from.at("source"), TCP_SOURCE).length > 0);
  const tcpOperation = operations.some((to) => presentOf(to.at("operation"), ["ports", "notPorts"]).length > 0);
  const httpOnly = operations.length > 0 ? !tcpOperation : sources.length > 0 && !tcpSource;
  if (!httpOnly) return;
  const says = "asks HTTP attributes only, so that it denies everything on ports that are not HTTP";
  yield doubtful("unmeant", rule, says, "name the ports in to.operation.ports");
}
