import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generateMesh } from "../../bench/mesh-generator.js";
import { variedMesh } from "../../bench/varied-mesh.js";
import type { DestinationRequest } from "../../src/mesh/call.js";
import { inventoryClients, inventoryDestinations, inventoryNamespaces } from "../../src/mesh/inventory-calls.js";
import type { InventoryClient } from "../../src/mesh/inventory-calls.js";
import { readInventory } from "../../src/mesh/read-inventory.js";
import type { KubeObject } from "../../src/ports.js";
import { outcomeKey, predictClasses } from "../../src/predict/classes.js";
import type { ClassOptions } from "../../src/predict/classes.js";
import { Predictor } from "../../src/predict/predict.js";
import { NOWHERE } from "../../src/rules/objects.js";

import {
  AMBIENT,
  deployment,
  destinationRule,
  INJECTED,
  namespace,
  objectsOf,
  peerAuthentication,
  service,
  serviceEntry,
  sidecar,
  virtualService,
} from "./builders.js";
import type { DeploymentParts, Part } from "./builders.js";

/** Large predictions as groups have to say of every call what the prediction of the call alone says. */

interface Mesh {
  readonly predictor: Predictor;
  readonly clients: readonly InventoryClient[];
  readonly destinations: readonly DestinationRequest[];
}

function meshOf(all: readonly KubeObject[]): Mesh {
  const objects = all.map((object) => ({ object, at: NOWHERE }));
  const inventory = readInventory({ source: "manifests", objects });
  const namespaces = inventoryNamespaces(inventory);
  const { clients } = inventoryClients(inventory, null, namespaces);
  return { predictor: new Predictor(inventory), clients, destinations: inventoryDestinations(inventory, namespaces) };
}

interface Compared {
  readonly calls: number;
  readonly classes: number;
  readonly wrong: readonly string[];
}

function compare({ predictor, clients, destinations }: Mesh, options: ClassOptions = {}): Compared {
  const found = predictClasses(predictor, clients, destinations, options);
  const workloads = new Map(clients.map((one) => [one.client, one]));
  const wrong: string[] = [];
  const met = new Set<string>();
  for (const { from, to, count, predicted } of found.classes) {
    let members = 0;
    for (const caller of from.flatMap((index) => found.clients[index] ?? [])) {
      const { workload } = workloads.get(caller)!;
      for (const destination of found.destinations[to] ?? []) {
        members += 1;
        const call = `${caller.namespace}/${caller.workload} ${destination.url}`;
        if (met.has(call)) wrong.push(`${call} is in two classes`);
        met.add(call);
        const alone = outcomeKey(predictor.predict(workload, caller.container, destination));
        const inClass = outcomeKey(predicted);
        if (alone !== inClass) wrong.push(`${call}: ${alone}, in its class ${inClass}`);
      }
    }
    if (members !== count) wrong.push(`a class of ${members} calls counts ${count}`);
  }
  const calls = clients.length * destinations.length;
  if (met.size !== calls) wrong.push(`${met.size} of ${calls} calls`);
  return { calls, classes: found.classes.length, wrong };
}

const SEEDS = Number(process.env["CLASS_SEEDS"] ?? 600);
const FIRST = Number(process.env["CLASS_FIRST_SEED"] ?? 0);

function varied(seed: number): KubeObject[] {
  const workloads = seed % 3 === 0 ? 24 : 9;
  return variedMesh({ seed, namespaces: 1 + (seed % 4), workloads, services: workloads, policies: seed % 23 });
}

/** Small meshes, each with one thing that tells calls apart; without it the calls would be of one class. */
const APART: readonly (readonly [string, readonly Part[]])[] = [
  [
    "a DestinationRule that is exported to one namespace",
    [
      ...sidecars("a", "b", "foo"),
      ...server("foo/web"),
      destinationRule("foo/web", "web", { mode: "DISABLE" }, { exportTo: ["a"] }),
      peerAuthentication("foo/default", "STRICT"),
    ],
  ],
  [
    "an entry that stands in for hosts that a proxy does not know",
    [
      ...sidecars("a", "b"),
      ...server("foo/web"),
      serviceEntry("a/all", {
        hosts: ["all.example.org"],
        ports: [{ number: 8000, name: "tcp", protocol: "TCP" }],
        resolution: "NONE",
        exportTo: ["."],
      }),
      sidecar("a/default", { egress: [{ hosts: ["./*"] }], outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } }),
      sidecar("b/default", { egress: [{ hosts: ["./*"] }], outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } }),
    ],
  ],
  [
    "an entry with the host of a hidden Service, for one namespace",
    [
      ...sidecars("a", "b", "foo"),
      ...server("foo/web", {}, { annotations: { "networking.istio.io/exportTo": "foo" } }),
      serviceEntry("a/web", {
        hosts: ["web.foo.svc.cluster.local"],
        ports: [{ number: 8000, name: "http", protocol: "HTTP" }],
        resolution: "STATIC",
        location: "MESH_EXTERNAL",
        exportTo: ["."],
        endpoints: [{ address: "192.0.2.1" }],
      }),
    ],
  ],
  [
    "a route to a Service of one's own namespace that is exported to nobody",
    [
      ...sidecars("a", "b"),
      ...server("foo/web"),
      ...server("a/hidden", {}, { annotations: { "networking.istio.io/exportTo": "~" } }),
      virtualService("foo/web", {
        hosts: ["web.foo.svc.cluster.local"],
        http: [{ route: [{ destination: { host: "hidden.a.svc.cluster.local" } }] }],
      }),
    ],
  ],
  [
    "a pod that says that it takes TLS",
    [
      ...sidecars("a"),
      ...server("plain/web"),
      ...server("plain/tls", { ports: [{ name: "https", containerPort: 8080 }] }),
      destinationRule("istio-system/all", "*.local", { mode: "SIMPLE" }),
    ],
  ],
  [
    "a port that ztunnel refuses without identity",
    [
      namespace("ambient", AMBIENT),
      ...sidecars("a"),
      ...server("ambient/web"),
      ...server("ambient/strict"),
      namespace("legacy"),
      deployment("legacy/sleep"),
      peerAuthentication("ambient/strict", "STRICT", { selector: { matchLabels: { app: "strict" } } }),
    ],
  ],
];

function sidecars(...names: readonly string[]): object[] {
  return names.flatMap((name) => [namespace(name, INJECTED), deployment(`${name}/sleep`, { ports: [] })]);
}

function server(name: string, parts: DeploymentParts = {}, metadata: object = {}): object[] {
  return [deployment(name, parts), service(name, {}, metadata)];
}

describe("classes", () => {
  it.each(APART)("tell apart by %s", (_, parts) => {
    const mesh = meshOf(objectsOf(parts).map(({ object }) => object));
    const { wrong, classes } = compare(mesh);
    expect(wrong).toEqual([]);
    expect(classes).toBeGreaterThan(1);
  });

  it("say of every call what is predicted of it alone", () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), (seed, nasty) => {
        const mesh = meshOf(generateMesh({ seed, namespaces: 4, workloads: 14, policies: 14, nasty }));
        expect(compare(mesh).wrong).toEqual([]);
      }),
      { numRuns: 250 },
    );
  });

  it("do so with everything in the mesh that rules look at", () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      expect(compare(meshOf(varied(seed))).wrong.slice(0, 3), `seed ${seed}`).toEqual([]);
    }
  }, 600_000);

  it("are far fewer than calls where a mesh is regular", () => {
    const regular = meshOf(generateMesh({ seed: 7, namespaces: 4, workloads: 14, policies: 14, nasty: false }));
    const { calls, classes } = compare(regular);
    expect(classes).toBeLessThan(calls / 2);
  });

  it("keep apart what is marked as different", () => {
    const mesh = meshOf(generateMesh({ seed: 3, namespaces: 4, workloads: 40, policies: 5 }));
    const { clients, destinations, classes } = predictClasses(mesh.predictor, mesh.clients, mesh.destinations, {
      clientMark: ({ client }) => String(client.workload.endsWith("1")),
      destinationMark: ({ service }) => String(service?.endsWith("2")),
    });
    for (const { from, to } of classes) {
      const callers = from.flatMap((index) => clients[index] ?? []);
      expect(new Set(callers.map(({ workload }) => workload.endsWith("1"))).size).toBe(1);
      expect(new Set(destinations[to]?.map(({ service }) => service?.endsWith("2"))).size).toBe(1);
    }
    const calls = mesh.clients.length * mesh.destinations.length;
    expect(classes.reduce((sum, { count }) => sum + count, 0)).toBe(calls);
  });
});
