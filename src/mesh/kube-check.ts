/** Kubernetes' own objects, as far as the prediction reads them. */
import type { KubeObject } from "../ports.js";
import type { Problem } from "../problems.js";
import { selects } from "../rules/selectors.js";
import type { Labels } from "../rules/selectors.js";
import { hintFor } from "../settings/suggest.js";
import { isDnsLabel } from "../settings/values.js";
import type { Finding, Locate } from "./field.js";
import { Field, isMapping, problemsOf, shown, wrong } from "./field.js";
import type { Schema } from "./istio-schema/schema.js";
import type { SchemaContext } from "./istio-schema/values.js";
import { valueFindings } from "./istio-schema/values.js";
import { KUBE_KINDS, type KubeKind } from "./kube-schema.js";
import { labelFindings, metadataFindings, unknownKubeField } from "./metadata-check.js";
import { isAddress, isPort, isSubdomain } from "./names.js";

/**
 * What the API server would find wrong with the fields that the prediction reads of a Namespace, a workload, a Service, its
 * endpoints, a ServiceAccount or a ConfigMap: types, names, ports, and a workload whose selector does not select its own
 * pods. Every problem at once; none for objects of other kinds. Pure, and bears any JSON.
 *
 * Source: kubernetes, pkg/apis/core/validation/validation.go, pkg/apis/apps/validation/validation.go.
 *
 * @param locate the place of a field of the object
 */
export function checkKubeObject(object: KubeObject, locate: Locate): Problem[] {
  return problemsOf(kubeFindings(object), locate);
}

/** The groups that these kinds are in or once were. Others have a Service too, such as Knative. */
const GROUPS = ["", "apps", "batch", "discovery.k8s.io", "extensions"];

/** As `checkKubeObject`, before the lines are known. */
export function* kubeFindings(object: KubeObject): Generator<Finding> {
  const kind = Object.hasOwn(KUBE_KINDS, object.kind) ? KUBE_KINDS[object.kind] : undefined;
  const slash = object.apiVersion.lastIndexOf("/");
  if (kind === undefined || !GROUPS.includes(object.apiVersion.slice(0, Math.max(slash, 0)))) return;
  const root = new Field(object);
  if (object.apiVersion !== kind.apiVersion) {
    const says = `is ${shown(object.apiVersion)}, which has no ${object.kind}`;
    yield wrong("api-version", root.at("apiVersion"), says, `write ${kind.apiVersion}`);
  }
  yield* metadataFindings(root.at("metadata"), kind.nameForm);
  yield* valueFindings(root, kind.schema, CONTEXT);
  if (object.kind === "Service" && root.at("spec").present) yield* serviceFindings(root.at("spec"));
  if (object.kind === "EndpointSlice") yield* sliceFindings(root);
  if (object.kind === "Endpoints")
    for (const address of root
      .at("subsets")
      .items()
      .flatMap((one) => one.at("addresses").items()))
      yield* addressFindings(address.at("ip"));
  if (kind.template !== undefined) yield* templateFindings(root, kind.template, object.kind);
}

const CONTEXT: SchemaContext = { shared: [], unknown: unknownField };

function unknownField(field: Field, key: string, { properties = {}, others }: Schema): Finding | undefined {
  const known = Object.keys(properties);
  if (others?.includes(key) === true) return undefined;
  if (others !== undefined) return unknownKubeField(field, key, known);
  return wrong("unknown-field", field.at(key), `is no field that ${field.name} has`, hintFor(key, known));
}

function* serviceFindings(spec: Field): Generator<Finding> {
  yield* labelFindings(spec.at("selector"));
  const type = spec.at("type").text;
  const ports = spec.at("ports").items();
  const external = spec.at("externalName");
  if (type === "ExternalName") {
    if (external.text === "") yield wrong("missing-field", external, "is missing, and type ExternalName needs it");
    else if (!isSubdomain(external.text.replace(/\.$/, "")))
      yield wrong("invalid-value", external, `is ${shown(external.value)}, which is no DNS name`);
  } else if (ports.length === 0 && spec.at("clusterIP").text !== "None")
    yield wrong("missing-field", spec.at("ports"), "is missing");
  yield* namedOnce(ports);
  const taken = new Set<string>();
  for (const port of ports) {
    const number = port.at("port");
    const key = `${String(number.number)}/${port.at("protocol").text || "TCP"}`;
    if (number.number !== undefined && taken.has(key))
      yield wrong("conflicting-fields", number, `is ${shown(number.value)}, which another port has`);
    taken.add(key);
    yield* targetPort(port.at("targetPort"));
  }
}

/** Of several ports each has a name of its own. */
function* namedOnce(ports: readonly Field[]): Generator<Finding> {
  const names = new Set<string>();
  for (const port of ports) {
    const name = port.at("name");
    if (name.text === "" && ports.length > 1)
      yield wrong("missing-field", name, "is missing: of several ports each has a name");
    if (name.text === "") continue;
    if (!isDnsLabel(name.text))
      yield wrong("invalid-value", name, `is ${shown(name.value)}, which names no port`, "use a-z, 0-9 and -");
    if (names.has(name.text))
      yield wrong("conflicting-fields", name, `is ${shown(name.value)}, which another port has`);
    names.add(name.text);
  }
}

function* targetPort(field: Field): Generator<Finding> {
  // 0 is what a targetPort that is not written has: the Service's own port.
  if (typeof field.value === "number" && field.value !== 0 && !isPort(field.value))
    yield wrong("out-of-range", field, `is ${shown(field.value)}, and has to be a port from 1 to 65535`);
  if (field.text === "" || isPortName(field.text)) return;
  const number = /^[0-9]+$/.test(field.text);
  const hint = number ? `write it without quotes: ${field.text}` : "a number, or the name of a container's port";
  yield wrong("invalid-value", field, `is ${shown(field.value)}, which names no port of a container`, hint);
}

/** kubernetes, apimachinery/pkg/util/validation/validation.go:IsValidPortName. */
function isPortName(text: string): boolean {
  return text.length <= 15 && isDnsLabel(text) && /[a-z]/.test(text) && !text.includes("--");
}

function* sliceFindings(root: Field): Generator<Finding> {
  yield* namedOnce(
    root
      .at("ports")
      .items()
      .filter((port) => port.at("name").text !== ""),
  );
  if (root.at("addressType").text === "FQDN") return;
  for (const endpoint of root.at("endpoints").items())
    for (const address of endpoint.at("addresses").items()) yield* addressFindings(address);
}

function* addressFindings(field: Field): Generator<Finding> {
  if (field.text !== "" && !isAddress(field.text))
    yield wrong("invalid-value", field, `is ${shown(field.value)}, which is no IP address`);
}

function* templateFindings(root: Field, path: NonNullable<KubeKind["template"]>, kind: string): Generator<Finding> {
  const template = path.reduce((field, step) => field.at(step), root);
  // A Pod is its own template, and its metadata was looked at.
  if (path.length > 0) yield* metadataFindings(template.at("metadata"), "any");
  yield* podFindings(template.at("spec"));
  const selector = root.at("spec").at("selector");
  if (path.length === 0 || !isMapping(selector.value) || kind === "CronJob") return;
  yield* selectorFindings(selector, template.at("metadata").at("labels"), kind === "ReplicationController");
}

function* podFindings(spec: Field): Generator<Finding> {
  const containers = ["initContainers", "containers"].flatMap((list) => spec.at(list).items());
  const names = new Set<string>();
  for (const container of containers) {
    const name = container.at("name");
    if (name.text !== "" && !isDnsLabel(name.text))
      yield wrong(
        "invalid-value",
        name,
        `is ${shown(name.value)}, which is no name of a container`,
        "use a-z, 0-9 and -",
      );
    if (name.text !== "" && names.has(name.text))
      yield wrong("conflicting-fields", name, `is ${shown(name.value)}, which another container has`);
    names.add(name.text);
    const portNames = new Set<string>();
    for (const port of container.at("ports").items()) yield* containerPort(port.at("name"), portNames);
  }
  const account = spec.at("serviceAccountName");
  if (account.text !== "" && !isSubdomain(account.text))
    yield wrong("invalid-value", account, `is ${shown(account.value)}, which is no name of a service account`);
}

function* containerPort(name: Field, taken: Set<string>): Generator<Finding> {
  if (name.text === "") return;
  if (taken.has(name.text)) yield wrong("conflicting-fields", name, `is ${shown(name.value)}, which another port has`);
  taken.add(name.text);
  if (isPortName(name.text)) return;
  yield wrong(
    "invalid-value",
    name,
    `is ${shown(name.value)}, which names no port`,
    "up to 15 of a-z, 0-9 and -, with a letter",
  );
}

/** A selector has to take the pods of its own template. */
function* selectorFindings(selector: Field, labels: Field, plain: boolean): Generator<Finding> {
  const pairs = plain ? selector : selector.at("matchLabels");
  yield* labelFindings(pairs);
  const expressions = plain ? [] : selector.at("matchExpressions").items();
  for (const one of expressions) yield* operatorFindings(one);
  const others = selector.keys.filter((key) => key !== "matchLabels" && key !== "matchExpressions");
  // Without a selector a ReplicationController takes the labels of its template.
  if (!plain && pairs.entries().length + expressions.length + others.length === 0)
    yield wrong("missing-field", selector, "is empty");
  const own = textsOf(labels);
  const missed = [
    ...pairs
      .entries()
      .filter(([key, { text }]) => !Object.hasOwn(own, key) || own[key] !== text)
      .map(([, field]) => field),
    ...expressions.filter((one) => !selects({ matchExpressions: [expressionOf(one)] }, own)),
  ];
  for (const field of missed) {
    const key = String(field.path.at(-1));
    const says = `is ${shown(field.value)}, and the template's label is ${shown(Object.hasOwn(own, key) ? own[key] : undefined)}`;
    const expression = field.path.includes("matchExpressions");
    const message = expression ? "does not hold for the template's own labels" : says;
    yield wrong("conflicting-fields", field, message, "selector and template.metadata.labels have to agree");
  }
}

function textsOf(map: Field): Labels {
  return Object.fromEntries(
    map.entries().flatMap(([key, { value }]) => (typeof value === "string" ? [[key, value]] : [])),
  );
}

function expressionOf(field: Field): { key: string; operator: string; values: string[] } {
  return { key: field.at("key").text, operator: field.at("operator").text, values: field.at("values").texts() };
}

function* operatorFindings(one: Field): Generator<Finding> {
  const { operator, values } = expressionOf(one);
  const listed = operator === "In" || operator === "NotIn";
  if (listed && values.length === 0)
    yield wrong("missing-field", one.at("values"), `is missing, and ${operator} needs it`);
  if (!listed && values.length > 0)
    yield wrong("conflicting-fields", one.at("values"), `cannot be set beside operator ${operator}`);
}
