import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { drawCase } from "../../e2e/truth/draw.js";
import type { Outcome, Predicted } from "../../src/mesh/call.js";
import { inventoryClients, inventoryDestinations, inventoryNamespaces } from "../../src/mesh/inventory-calls.js";
import { readObjects } from "../../src/mesh/objects.js";
import { overlay, readInventory } from "../../src/mesh/read-inventory.js";
import type { InventoryInput } from "../../src/mesh/read-inventory.js";
import { Predictor } from "../../src/predict/predict.js";
import type { StrictObject } from "../../src/predict/strict-objects.js";
import { planStrict } from "../../src/predict/strict-plan.js";
import { NOWHERE } from "../../src/rules/objects.js";

/**
 * Meshes that nobody thought of. What the plan says is held against every client by itself, in a mesh that is read anew
 * with the objects of each stage.
 */

const WORLD = readObjects(readFileSync(join(import.meta.dirname, "..", "truth", "world.yaml"), "utf8"), "world.yaml");
const CASES = 70;
const SEED = "strict";

const arrives = (predicted: Predicted): "all" | "none" | "some" | "unknown" => {
  if ("unknown" in predicted) return "unknown";
  const all: readonly Outcome[] = "anyOf" in predicted ? predicted.anyOf : [predicted];
  if (all.every((one) => one.arrives === true)) return "all";
  return all.some((one) => one.arrives === true) ? "some" : "none";
};

/** `Deployment t-a/sleep > http://httpbin.t-b:8000/` → whether it arrives. */
function outcomes(mesh: InventoryInput): Map<string, ReturnType<typeof arrives>> {
  const inventory = readInventory(mesh);
  const predictor = new Predictor(inventory);
  const namespaces = inventoryNamespaces(inventory);
  const { clients } = inventoryClients(inventory, null, namespaces);
  const destinations = inventoryDestinations(inventory, namespaces);
  return new Map(
    clients.flatMap(({ client, workload }) =>
      destinations.map((to) => {
        const { kind, namespace, workload: name, container } = client;
        const { protocol } = predictor.view
          .service(to.namespace!, to.service!)!
          .ports.find(({ port, protocol: own }) => port === to.port && own !== "udp")!;
        const url = protocol === "tls" ? to.url.replace("http:", "https:") : to.url;
        const request = { url, method: "GET", headers: {}, servesTls: protocol === "tls" };
        return [`${kind} ${namespace}/${name} > ${url}`, arrives(predictor.predict(workload, container, request))];
      }),
    ),
  );
}

function withObjects(mesh: InventoryInput, objects: readonly StrictObject[]): InventoryInput {
  const put = objects.map(({ object }) => ({ object, at: NOWHERE }));
  return { ...mesh, objects: overlay(mesh.objects, put) };
}

function meshOf(index: number): InventoryInput {
  // As on a cluster, what is there is older than what is put.
  const aged = drawCase(SEED, index, 0).objects.map((one) => ({
    object: { ...one, metadata: { ...one.metadata, creationTimestamp: "2026-01-01T00:00:00Z" } },
    at: NOWHERE,
  }));
  return { source: "manifests", objects: [...WORLD.objects, ...aged] };
}

describe("meshes that are drawn", () => {
  it(`break nothing by any stage, and what is blocked would (seed ${SEED})`, { timeout: 600_000 }, () => {
    const seen = { stages: 0, blocked: 0, exceptions: 0 };
    for (let index = 0; index < CASES; index += 1) {
      const mesh = meshOf(index);
      const before = outcomes(mesh);
      const plan = planStrict(mesh, inventoryNamespaces(readInventory(mesh)));
      const unharmed = (after: InventoryInput, what: string): void => {
        for (const [call, is] of outcomes(after)) {
          if (before.get(call) === "all") expect(`${call} ${is}`, `case ${index}: ${what}`).toBe(`${call} all`);
        }
      };

      let staged = mesh;
      for (const { namespace, objects } of plan.stages) {
        seen.stages += 1;
        staged = withObjects(staged, objects);
        unharmed(staged, `stage of ${namespace ?? "the mesh"}`);
      }
      for (const { namespace, status, breaks, exceptions } of plan.namespaces) {
        if (status !== "blocked") continue;
        seen.blocked += 1;
        const told = breaks.flatMap(({ from, to }) => from.map((one) => `${one} > ${to}`));
        const strict = exceptions?.filter(({ object }) => !JSON.stringify(object).includes("matchLabels"));
        if (exceptions === null || strict === undefined) continue;
        seen.exceptions += 1;
        unharmed(withObjects(staged, exceptions), `exceptions of ${namespace}`);
        const after = outcomes(withObjects(mesh, strict));
        const lost = [...after].filter(([call, is]) => before.get(call) === "all" && is !== "all" && is !== "unknown");
        for (const [call] of lost) expect(told, `case ${index}: ${namespace}`).toContain(call);
        for (const call of told) expect(`${call} ${after.get(call)}`).not.toBe(`${call} all`);
      }
    }
    expect(seen.stages).toBeGreaterThan(CASES / 4);
    expect(seen.blocked).toBeGreaterThan(CASES / 2);
    expect(seen.exceptions).toBeGreaterThan(CASES / 4);
  });
});
