/** Classes against the calls one by one, over meshes that are made up: everything that rules look at, in small numbers. */
import { describe, expect, it } from "vitest";
import { generateMesh } from "../../bench/mesh-generator.js";
import type { Client, DestinationRequest, Predicted } from "../../src/mesh/call.js";
import type { Inventory } from "../../src/mesh/inventory.js";
import { inventoryClients, inventoryDestinations, inventoryNamespaces } from "../../src/mesh/inventory-calls.js";
import type { InventoryClient } from "../../src/mesh/inventory-calls.js";
import { readInventory } from "../../src/mesh/read-inventory.js";
import { outcomeKey, predictClasses, UNMARKED } from "../../src/predict/classes.js";
import type { ClassedPrediction, Marking } from "../../src/predict/classes.js";
import { Predictor } from "../../src/predict/predict.js";
import { NOWHERE } from "../../src/rules/objects.js";

const SEEDS = Number(process.env["CLASS_SEEDS"] ?? 220);
const FIRST = Number(process.env["CLASS_FIRST_SEED"] ?? 0);

function meshOf(seed: number, variety: "usual" | "all", workloads = seed % 3 === 0 ? 24 : 9): Inventory {
  const size = { seed, namespaces: 1 + (seed % 4), workloads, services: workloads, policies: seed % 23, variety };
  const objects = generateMesh(size).map((object) => ({ object, at: NOWHERE }));
  return readInventory({ source: "manifests", objects });
}

interface Calls {
  readonly clients: readonly InventoryClient[];
  readonly destinations: readonly DestinationRequest[];
}

function callsOf(inventory: Inventory): Calls {
  const namespaces = inventoryNamespaces(inventory);
  return {
    clients: inventoryClients(inventory, null, namespaces).clients,
    destinations: inventoryDestinations(inventory, namespaces),
  };
}

function clientKey({ namespace, workload, kind, container }: Client): string {
  return JSON.stringify([namespace, workload, kind, container]);
}

/** Every call of the classes by itself. */
function expanded<Mark>({ clients, destinations, classes }: ClassedPrediction<Mark>): Map<string, [string, Mark]> {
  const all = new Map<string, [string, Mark]>();
  for (const { from, to, predicted, mark, count } of classes) {
    const before = all.size;
    for (const [first, last] of from) {
      for (const client of clients.slice(first, last + 1).flat()) {
        for (const destination of destinations[to] ?? []) {
          const key = `${clientKey(client)} ${JSON.stringify(destination)}`;
          if (all.has(key)) throw new Error(`${key} is in two classes`);
          all.set(key, [outcomeKey(predicted), mark]);
        }
      }
    }
    expect(all.size - before).toBe(count);
  }
  return all;
}

function oneByOne(inventory: Inventory, { clients, destinations }: Calls): Map<string, string> {
  const predictor = new Predictor(inventory);
  const all = new Map<string, string>();
  for (const { client, workload } of clients) {
    for (const to of destinations) {
      const predicted: Predicted = predictor.predict(workload, client.container, to);
      all.set(`${clientKey(client)} ${JSON.stringify(to)}`, outcomeKey(predicted));
    }
  }
  return all;
}

function differences(inventory: Inventory, calls: Calls): string[] {
  const classed = predictClasses(new Predictor(inventory), calls.clients, calls.destinations, UNMARKED);
  const found = expanded(classed);
  const wanted = oneByOne(inventory, calls);
  expect(found.size).toBe(wanted.size);
  return [...wanted].flatMap(([key, outcome]) => {
    const got = found.get(key)?.[0] ?? "missing";
    return got === outcome ? [] : [`${key}: ${got} instead of ${outcome}`];
  });
}

describe("predictClasses", () => {
  it("says of every call what is predicted of it alone, whatever the policies are", () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      const inventory = meshOf(seed, "all");
      expect(differences(inventory, callsOf(inventory)).slice(0, 3), `seed ${seed}`).toEqual([]);
    }
  }, 600_000);
});
