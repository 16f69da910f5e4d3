import type { Field, Finding } from "../../field.js";
import { doubtful, shown, wrong } from "../../field.js";
import { isIstioLabel, isPort } from "../../names.js";
import { emptySelector, exportTo, labels, presentOf, when, wildcardHost } from "./common.js";
import type { RuleContext } from "./common.js";
import { connectionPool } from "./connection-pool.js";

/**
 * What Istio's webhook refuses of a DestinationRule, and hosts that surely were meant otherwise.
 *
 * Source: istio, pkg/config/validation/validation.go:ValidateDestinationRule; pkg/config/validation/agent/validation.go:
 * ValidateTLS; for hosts pilot/pkg/model/config.go:ResolveShortnameToFQDN.
 */
export function* destinationRule(spec: Field, { namespace }: RuleContext): Generator<Finding> {
  yield* hostFindings(spec.at("host"), namespace);
  yield* trafficPolicy(spec.at("trafficPolicy"));
  const names = new Set<string>();
  for (const subset of spec.at("subsets").items()) {
    const name = subset.at("name");
    yield* when(names.has(name.text), "conflicting-fields", name, `is ${shown(name.value)}, which another subset has`);
    names.add(name.text);
    const says = `is ${shown(name.value)}, which is no name of a subset`;
    yield* when(name.present && !isIstioLabel(name.text), "invalid-value", name, says, "use letters, digits and -");
    yield* labels(subset.at("labels"));
    yield* trafficPolicy(subset.at("trafficPolicy"));
  }
  yield* emptySelector(spec.at("workloadSelector"), "matchLabels");
  yield* exportTo(spec.at("exportTo"), namespace, false);
  if (spec.at("workloadSelector").present) yield* ownNamespaceOnly(spec.at("exportTo"), namespace);
}

/** Where a host has the form of a shortened name of a Service of the namespace, which Istio does not complete: its full name. */
export function cutShort(host: string, namespace: string): string | undefined {
  const [name = "", of = "", ...rest] = host.split(".");
  if (name === "" || name.includes("*") || of === "") return undefined;
  const short = rest.length === 0 ? of === namespace : rest.length === 1 && rest[0] === "svc";
  return short ? `${name}.${of}.svc.cluster.local` : undefined;
}

function* hostFindings(host: Field, namespace: string): Generator<Finding> {
  if (!host.present) return;
  yield* wildcardHost(host);
  const full = cutShort(host.text, namespace);
  if (full === undefined) return;
  const says = `is ${shown(host.value)}, which is no Service: Istio completes names without a dot only`;
  yield doubtful("no-effect", host, says, `write ${full}`);
}

function* ownNamespaceOnly(list: Field, namespace: string): Generator<Finding> {
  for (const item of list.items()) {
    const own = item.text === "." || item.text === namespace;
    const says = `is ${shown(item.value)}: with a workloadSelector the rule is for its own namespace only`;
    yield* when(!own, "conflicting-fields", item, says, "write . or leave exportTo out");
  }
}

const POLICY = [
  "outlierDetection",
  "connectionPool",
  "loadBalancer",
  "tls",
  "portLevelSettings",
  "tunnel",
  "proxyProtocol",
  "retryBudget",
];
const PORT_POLICY = ["outlierDetection", "connectionPool", "loadBalancer", "tls"];

function* trafficPolicy(policy: Field): Generator<Finding> {
  if (!policy.present) return;
  if (presentOf(policy, POLICY).length === 0) yield wrong("missing-field", policy, "is empty");
  const both = policy.at("tunnel").present && policy.at("proxyProtocol").present;
  yield* when(both, "conflicting-fields", policy.at("tunnel"), "cannot be set beside proxyProtocol");
  yield* settings(policy);
  for (const port of policy.at("portLevelSettings").items()) yield* portPolicy(port);
}

function* portPolicy(policy: Field): Generator<Finding> {
  const port = policy.at("port");
  if (!port.present) yield wrong("missing-field", port, "is missing");
  else if (!isPort(port.at("number").number)) {
    const says = `is ${shown(port.at("number").value)}, a port that no Service can have`;
    yield doubtful("no-effect", port.at("number"), says, "the number of a port of the Service, from 1 to 65535");
  }
  if (presentOf(policy, PORT_POLICY).length === 0) yield wrong("missing-field", policy, "says nothing but its port");
  yield* settings(policy);
}

function* settings(policy: Field): Generator<Finding> {
  yield* tlsFindings(policy.at("tls"));
  yield* connectionPool(policy.at("connectionPool"));
  yield* outlierDetection(policy.at("outlierDetection"));
}

function* tlsFindings(tls: Field): Generator<Finding> {
  const mode = tls.at("mode").text;
  if (mode !== "SIMPLE" && mode !== "MUTUAL") return;
  const named = tls.at("credentialName").text !== "";
  if (tls.at("insecureSkipVerify").value === true) yield* unverified(tls, mode);
  if (named) {
    for (const field of presentOf(tls, ["clientCertificate", "privateKey", "caCertificates", "caCrl"]))
      yield* when(field.text !== "", "conflicting-fields", field, "cannot be set beside credentialName");
  } else if (mode === "MUTUAL") {
    for (const field of [tls.at("clientCertificate"), tls.at("privateKey")])
      yield* when(field.text === "", "missing-field", field, "is missing, and mode MUTUAL needs it", MUTUAL_HINT);
  }
}

const MUTUAL_HINT = "for the mesh's own certificates write mode: ISTIO_MUTUAL";

function* unverified(tls: Field, mode: "SIMPLE" | "MUTUAL"): Generator<Finding> {
  const names = ["caCertificates", "subjectAltNames", ...(mode === "SIMPLE" ? ["credentialName"] : [])];
  for (const field of presentOf(tls, names))
    yield* when(
      field.text !== "" || field.items().length > 0,
      "conflicting-fields",
      field,
      "cannot be set beside insecureSkipVerify",
    );
}

function* outlierDetection(outlier: Field): Generator<Finding> {
  for (const field of presentOf(outlier, ["maxEjectionPercent", "minHealthPercent"])) {
    const percent = field.number ?? 0;
    yield* when(percent < 0 || percent > 100, "out-of-range", field, `is ${percent}, and has to be 0 to 100`);
  }
  const local = outlier.at("consecutiveLocalOriginFailures");
  yield* when(
    (local.number ?? 0) > 0 && outlier.at("splitExternalLocalOriginErrors").value !== true,
    "conflicting-fields",
    local,
    "needs splitExternalLocalOriginErrors: true",
  );
}
