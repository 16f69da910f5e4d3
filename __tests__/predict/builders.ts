import type { Outcome, Predicted } from "../../src/mesh/call.js";
import type { Inventory, Workload } from "../../src/mesh/inventory.js";
import { readObjects } from "../../src/mesh/objects.js";
import type { SourcedObject } from "../../src/mesh/objects.js";
import { readInventory } from "../../src/mesh/read-inventory.js";
import type { InventoryInput } from "../../src/mesh/read-inventory.js";
import { Predictor } from "../../src/predict/predict.js";
import type { PredictedRequest } from "../../src/predict/predict.js";
import type { MeshObject } from "../../src/rules/objects.js";
import { NOWHERE } from "../../src/rules/objects.js";

/** Meshes from YAML, as a user writes it, and short texts of what is predicted in them. */

/** A part of a mesh: YAML, or an object that is written down as YAML is. */
export type Part = string | object;

/** @throws where a part is no Kubernetes object: a test that reads nothing proves nothing */
export function objectsOf(parts: readonly Part[], file = "mesh.yaml"): SourcedObject[] {
  const texts = parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part)));
  const { objects, problems } = readObjects(texts.join("\n---\n"), file);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join("\n"));
  return objects;
}

export function mesh(...parts: Part[]): Inventory {
  return meshWith({}, ...parts);
}

export function meshWith(rest: Partial<InventoryInput>, ...parts: Part[]): Inventory {
  return readInventory({ source: "manifests", objects: objectsOf(parts), ...rest });
}

type Labels = Readonly<Record<string, string>>;

/** An object of the API; metadata that is undefined is left out. */
export function object(apiVersion: string, kind: string, name: string, spec: object, metadata: object = {}): object {
  const [namespace, own] = name.includes("/") ? name.split("/") : [undefined, name];
  return { apiVersion, kind, metadata: { name: own, namespace, ...metadata }, spec };
}

export function namespace(name: string, labels: Labels = {}): object {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

export const INJECTED: Labels = { "istio-injection": "enabled" };
export const AMBIENT: Labels = { "istio.io/dataplane-mode": "ambient" };

export interface DeploymentParts {
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly replicas?: number;
  readonly ports?: readonly object[];
  readonly containers?: readonly object[];
  readonly serviceAccount?: string;
  readonly metadata?: object;
}

/** A Deployment `NAMESPACE/NAME` with label `app`, whose container declares port 8080 unless others are given. */
export function deployment(name: string, parts: DeploymentParts = {}): object {
  const [, app = ""] = name.split("/");
  const { labels = {}, annotations = {}, replicas, ports = [{ containerPort: 8080 }], serviceAccount = app } = parts;
  const { containers = [{ name: app, ports }] } = parts;
  const template = {
    metadata: { labels: { app, ...labels }, annotations },
    spec: { serviceAccountName: serviceAccount, containers },
  };
  return object("apps/v1", "Deployment", name, { replicas, template }, parts.metadata);
}

/** A Service `NAMESPACE/NAME` of the pods with label `app`, with port 8000 for HTTP unless others are given. */
export function service(name: string, spec: object = {}, metadata: object = {}): object {
  const [, app = ""] = name.split("/");
  const ports = [{ name: "http", port: 8000, targetPort: 8080 }];
  return object("v1", "Service", name, { selector: { app }, ports, ...spec }, metadata);
}

const SECURITY = "security.istio.io/v1";
const NETWORKING = "networking.istio.io/v1";

/** A PeerAuthentication `NAMESPACE/NAME`; the rest of its spec may hold a selector and modes of ports. */
export function peerAuthentication(
  name: string,
  mode: string | null,
  rest: object = {},
  metadata: object = {},
): object {
  const mtls = mode === null ? undefined : { mode };
  return object(SECURITY, "PeerAuthentication", name, { mtls, ...rest }, metadata);
}

export function authorizationPolicy(name: string, spec: object): object {
  return object(SECURITY, "AuthorizationPolicy", name, spec);
}

export function destinationRule(name: string, host: string, tls: object | null, rest: object = {}): object {
  const trafficPolicy = tls === null ? undefined : { tls };
  return object(NETWORKING, "DestinationRule", name, { host, trafficPolicy, ...rest });
}

export function virtualService(name: string, spec: object): object {
  return object(NETWORKING, "VirtualService", name, spec);
}

export function serviceEntry(name: string, spec: object): object {
  return object(NETWORKING, "ServiceEntry", name, spec);
}

export function sidecar(name: string, spec: object): object {
  return object(NETWORKING, "Sidecar", name, spec);
}

/** foo has sidecars, legacy has none; each has a sleep that calls and an httpbin that answers. */
export const WORLD: readonly object[] = [
  namespace("foo", INJECTED),
  namespace("legacy"),
  ...["foo", "legacy"].flatMap((of) => [deployment(`${of}/sleep`, { ports: [] }), deployment(`${of}/httpbin`)]),
  ...["foo", "legacy"].map((of) => service(`${of}/httpbin`)),
];

/** The workload `NAMESPACE/NAME` of a mesh. */
export function workloadOf({ workloads }: Inventory, name: string): Workload {
  const found = workloads.find((one) => `${one.namespace}/${one.name}` === name);
  if (found === undefined) throw new Error(`there is no workload ${name}`);
  return found;
}

export interface Calling extends Partial<PredictedRequest> {
  readonly container?: string;
  readonly address?: string;
}

/** What is predicted of one call; a text is a URL to be asked with GET. */
export function predict(inventory: Inventory, from: string, to: string, how: Calling = {}): Predicted {
  const client = workloadOf(inventory, from);
  const { container = client.containers[0] ?? "", address, method = "GET", headers = {} } = how;
  return new Predictor(inventory).predict(client, container, { url: to, method, headers }, address);
}

/** `predict` in short: see `textOf`. */
export function outcomeOf(inventory: Inventory, from: string, to: string, how: Calling = {}): string {
  return textOf(predict(inventory, from, to, how));
}

/** `200 mtls`, `000/56`, `503`; several with ` | ` between them; `unknown: why`. A proxy's own answer is `(403) mtls`. */
export function textOf(predicted: Predicted): string {
  if ("unknown" in predicted) return `unknown: ${predicted.unknown}`;
  return ("anyOf" in predicted ? predicted.anyOf : [predicted]).map(outcomeText).join(" | ");
}

function outcomeText({ arrives, code, exit, transport, grpc }: Outcome): string {
  const number = `${code ?? "-"}${exit === 0 ? "" : `/${exit ?? ""}`}`;
  const words = [
    arrives === true || exit !== 0 ? number : `(${number})`,
    ...(grpc === undefined ? [] : [`grpc ${grpc}`]),
    ...(transport === null ? [] : [transport]),
  ];
  return words.join(" ");
}

/** What the reasons of a prediction say, one a line, with their places. */
export function reasonsOf({ because }: Predicted): string[] {
  return because.map(({ rule, says, file, line }) => `${rule}: ${says}${file === undefined ? "" : ` ${file}:${line}`}`);
}

/** An object as rules read it, with as little said as the test is about. */
export function meshObjectOf<Spec>(kind: string, name: string, spec: Spec, created = Infinity): MeshObject<Spec> {
  const [namespaceOf = "", own = ""] = name.split("/");
  return { kind, namespace: namespaceOf, name: own, labels: {}, annotations: {}, created, spec, at: NOWHERE };
}
