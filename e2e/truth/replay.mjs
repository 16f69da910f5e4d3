/**
 * Predicts recorded calls in one process, by the program that is built in a folder, and says which it gets wrong.
 *
 *     node e2e/truth/replay.mjs BUILD WHAT...    WHAT: a file of e2e/truth/run.ts, or a folder of scenarios
 *
 * Prints one JSON object: the calls that disagree, by case and call; how many were asked; how many are unknown; and on
 * how many cases the program failed.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [build = "", ...places] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(resolve(build), path)).href);
const { readObjects } = await load("src/mesh/objects.js");
const { readInventory } = await load("src/mesh/read-inventory.js");
const { inventoryClients, plannedDestination } = await load("src/mesh/inventory-calls.js");
const { readPlan } = await load("src/settings/plan-file.js");
const { Predictor } = await load("src/predict/predict.js");
const { agreement } = await load("e2e/truth/predictor.js");
const { callKey } = await load("e2e/truth/case.js");
const { manifestsFor, readFile } = await load("e2e/truth/record-file.js");

const NOWHERE = { lineOf: () => undefined };
const texts = new Map();
const result = { calls: 0, unknown: 0, failed: 0, disagreements: [] };

for (const place of places) {
  if (statSync(place).isDirectory()) replayScenarios(place);
  else replayFile(place);
}
console.log(JSON.stringify(result));

function replayFile(file) {
  const { head, cases } = readFile(file);
  for (const { index, objects, plan, calls } of cases) {
    const own = objects.map((object) => ({ object, at: NOWHERE }));
    compare(`${file} case ${index}`, [...objectsOf(manifestsFor(head, index)), ...own], JSON.stringify(plan), calls);
  }
}

function replayScenarios(folder) {
  const world = objectsOf(readFileSync(join(folder, "world.yaml"), "utf8"));
  for (const name of readdirSync(folder)) {
    const at = (file) => join(folder, name, file);
    if (!existsSync(at("observed.json"))) continue;
    const own = objectsOf(readFileSync(at("manifests.yaml"), "utf8"));
    const { calls } = JSON.parse(readFileSync(at("observed.json"), "utf8"));
    compare(name, [...world, ...own], readFileSync(at("plan.yaml"), "utf8"), calls);
  }
}

/** The fixed mesh is the same text in every case. */
function objectsOf(text) {
  if (!texts.has(text)) texts.set(text, readObjects(text, "manifests").objects);
  return texts.get(text);
}

/** A prediction that throws is of no call, and so disagrees with all. */
function compare(name, objects, planText, calls) {
  const predicted = new Map();
  try {
    const inventory = readInventory({ source: "manifests", objects });
    const { plan } = readPlan(planText, "plan.yaml", { allowUnsafeMethods: true });
    const predictor = new Predictor(inventory);
    for (const { client, workload } of inventoryClients(inventory, plan, []).clients) {
      for (const planned of plan.destinations) {
        const to = plannedDestination(inventory, planned, client.namespace);
        const key = callKey({ from: `${client.namespace}/${client.workload}`, method: to.method, url: to.url });
        predicted.set(key, predictor.predict(workload, client.container, to));
      }
    }
  } catch {
    result.failed += 1;
    predicted.clear();
  }
  for (const call of calls) {
    const how = agreement(predicted.get(callKey(call)), call);
    if (how === "unseen") continue;
    result.calls += 1;
    if (how === "unknown") result.unknown += 1;
    if (how === "disagrees") result.disagreements.push(`${name}: ${callKey(call)}`);
  }
}
