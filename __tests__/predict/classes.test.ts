import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generateMesh } from "../../bench/mesh-generator.js";
import { inventoryClients, inventoryDestinations, inventoryNamespaces } from "../../src/mesh/inventory-calls.js";
import { readInventory } from "../../src/mesh/read-inventory.js";
import { outcomeKey, predictClasses } from "../../src/predict/classes.js";
import { Predictor } from "../../src/predict/predict.js";
import { NOWHERE } from "../../src/rules/objects.js";

/** Large predictions as groups have to say of every call what the prediction of the call alone says. */

function compare(seed: number, nasty: boolean): { calls: number; classes: number; wrong: string[] } {
  const size = { seed, namespaces: 4, workloads: 14, policies: 14, nasty };
  const objects = generateMesh(size).map((object) => ({ object, at: NOWHERE }));
  const inventory = readInventory({ source: "manifests", objects });
  const namespaces = inventoryNamespaces(inventory);
  const { clients } = inventoryClients(inventory, null, namespaces);
  const destinations = inventoryDestinations(inventory, namespaces);
  const predictor = new Predictor(inventory);
  const found = predictClasses(predictor, clients, destinations);
  const wrong: string[] = [];
  let calls = 0;
  for (const { from, to, count, predicted } of found.classes) {
    let members = 0;
    for (const caller of from.flatMap((index) => found.clients[index] ?? [])) {
      const one = clients.find(({ client }) => client === caller)!;
      for (const destination of found.destinations[to] ?? []) {
        members += 1;
        const alone = predictor.predict(one.workload, caller.container, destination);
        if (outcomeKey(alone) !== outcomeKey(predicted)) {
          wrong.push(
            `${caller.namespace}/${caller.workload} ${destination.url}: ${outcomeKey(alone)}, in its class ${outcomeKey(predicted)}`,
          );
        }
      }
    }
    if (members !== count) wrong.push(`a class of ${members} calls counts ${count}`);
    calls += members;
  }
  if (calls !== clients.length * destinations.length)
    wrong.push(`${calls} of ${clients.length * destinations.length} calls`);
  return { calls, classes: found.classes.length, wrong };
}

describe("classes", () => {
  it("say of every call what is predicted of it alone", () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), (seed, nasty) => {
        expect(compare(seed, nasty).wrong).toEqual([]);
      }),
      { numRuns: 250 },
    );
  });

  it("are far fewer than calls where a mesh is regular", () => {
    const { calls, classes } = compare(7, false);
    expect(classes).toBeLessThan(calls / 2);
  });
});
