import type { Predicted } from "../../src/mesh/call.js";
import { readObjects } from "../../src/mesh/objects.js";
import { overlay, readInventory } from "../../src/mesh/read-inventory.js";
import type { InventoryInput } from "../../src/mesh/read-inventory.js";
import { Predictor } from "../../src/predict/predict.js";
import { suggestions } from "../../src/predict/turn.js";
import type { Suggestion } from "../../src/predict/turn.js";
import type { Explanation } from "../../src/report/explain.js";

/** Small meshes as YAML: as little as a call needs. */

/** A namespace; injected unless it says otherwise. */
export function namespace(name: string, labels = "istio-injection: enabled"): string {
  return `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: {${labels}}}\n`;
}

export interface Parts {
  readonly labels?: string;
  readonly annotations?: string;
  readonly pod?: string;
  readonly port?: number;
}

/** `foo/sleep` → its Deployment and its service account. */
export function workload(name: string, { labels = "", annotations = "", pod = "", port = 8080 }: Parts = {}): string {
  const [space, app] = name.split("/");
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${app}, namespace: ${space}}
spec:
  selector: {matchLabels: {app: ${app}}}
  template:
    metadata:
      labels: {app: ${app}${labels === "" ? "" : `, ${labels}`}}
      annotations: {${annotations}}
    spec:
      serviceAccountName: ${app}
      ${pod}
      containers: [{name: main, image: an-image, ports: [{containerPort: ${port}}]}]
`;
}

/** `foo/httpbin` → a Service of the pods of that name. */
export function service(name: string, annotations = "", port = "{name: http, port: 8000, targetPort: 8080}"): string {
  const [space, app] = name.split("/");
  return `apiVersion: v1
kind: Service
metadata: {name: ${app}, namespace: ${space}, annotations: {${annotations}}}
spec: {selector: {app: ${app}}, ports: [${port}]}
`;
}

/** An object of Istio, with its spec as YAML in braces. */
export function istio(kind: string, name: string, spec: string): string {
  const [space, own] = name.split("/");
  const group = ["PeerAuthentication", "AuthorizationPolicy"].includes(kind) ? "security" : "networking";
  return `apiVersion: ${group}.istio.io/v1\nkind: ${kind}\nmetadata: {name: ${own}, namespace: ${space}}\nspec: ${spec}\n`;
}

export const STRICT = istio("PeerAuthentication", "foo/default", "{mtls: {mode: STRICT}}");

/** foo and bar have sidecars, legacy has none; each has a client and a server. */
export const WORLD = [
  namespace("foo"),
  namespace("bar"),
  namespace("legacy", ""),
  ...["foo", "bar", "legacy"].flatMap((name) => [
    workload(`${name}/sleep`),
    workload(`${name}/httpbin`),
    service(`${name}/httpbin`),
  ]),
];

/** @throws Error with the first problem */
export function meshOf(...texts: readonly string[]): InventoryInput {
  const { objects, problems } = readObjects(texts.join("---\n"), "mesh.yaml");
  if (problems[0] !== undefined) throw new Error(problems[0].message);
  // The last one of a name counts: tests put theirs in the place of the world's.
  const last = new Map(
    objects.map((one) => [
      `${one.object.kind} ${one.object.metadata.namespace ?? ""}/${one.object.metadata.name}`,
      one,
    ]),
  );
  return { source: "manifests", objects: [...last.values()] };
}

export function predictIn(mesh: InventoryInput, from: string, url: string): Predicted {
  const { inventory, client } = clientIn(mesh, from);
  return new Predictor(inventory).predict(client, client.containers[0]!, { url, method: "GET", headers: {} });
}

function clientIn(mesh: InventoryInput, from: string) {
  const inventory = readInventory(mesh);
  const client = inventory.workloads.find((one) => `${one.namespace}/${one.name}` === from);
  if (client === undefined) throw new Error(`no ${from}`);
  return { inventory, client };
}

/** What would turn a call. */
export function turn(mesh: InventoryInput, from: string, url: string): Suggestion[] {
  const { client } = clientIn(mesh, from);
  const request = { client, container: client.containers[0]!, to: { url, method: "GET", headers: {} } };
  return suggestions(mesh, request, predictIn(mesh, from, url));
}

export function explanationOf(mesh: InventoryInput, from: string, url: string): Explanation {
  const { client } = clientIn(mesh, from);
  const { namespace: space, name, kind, containers } = client;
  return {
    from: { namespace: space, workload: name, kind, container: containers[0]! },
    to: { url, method: "GET" },
    predicted: predictIn(mesh, from, url),
    suggestions: turn(mesh, from, url),
    problems: [],
  };
}

/** The mesh with an object that stands in a YAML text. */
export function withYaml(mesh: InventoryInput, text: string): InventoryInput {
  return { ...mesh, objects: overlay(mesh.objects, readObjects(text, "suggested.yaml").objects) };
}
