/**
 * How long predictions take, from the start of the program to its exit, on meshes of three sizes; and IBM's
 * network-config-analyzer beside it, in the same run, on a mesh of AuthorizationPolicies that both can read.
 *
 *     npm run bench:predict
 *
 * The analyzer is looked for on the PATH as `nca`, or at NCA; without it that part is left out, and says so.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readInventory } from "../src/mesh/read-inventory.js";
import { inventoryClients, inventoryDestinations, inventoryNamespaces } from "../src/mesh/inventory-calls.js";
import { predictClasses } from "../src/predict/classes.js";
import { Predictor } from "../src/predict/predict.js";
import { NOWHERE } from "../src/rules/objects.js";
import { generateMesh } from "./mesh-generator.js";
import type { MeshSize } from "./mesh-generator.js";

const ROOT = process.cwd();
const CLI = join(ROOT, "dist", "cli", "index.js");
const folder = mkdtempSync(join(tmpdir(), "mtls-gate-bench-"));

interface Measured {
  readonly seconds: number;
  readonly megabytes: number;
}

/** Runs a program and gives its time from start to exit and the most memory that it had. */
function measure(program: string, args: readonly string[]): Measured {
  const timed = existsSync("/usr/bin/time");
  const words = timed ? ["/usr/bin/time", "-f", "%M", program, ...args] : [program, ...args];
  const start = performance.now();
  const end = spawnSync(words[0] ?? "", words.slice(1), { encoding: "utf8", maxBuffer: 256 * 2 ** 20 });
  const seconds = (performance.now() - start) / 1000;
  if (end.status !== 0) throw new Error(`${program} ended with ${end.status}: ${end.stderr.slice(-1000)}`);
  return { seconds, megabytes: timed ? Number(end.stderr.trim().split("\n").at(-1)) / 1024 : NaN };
}

function written(name: string, size: MeshSize): string {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: generateMesh(size) }, null, 1));
  return file;
}

function predict(file: string): Measured {
  return measure(process.execPath, [CLI, "predict", "--manifests", file, "--report-dir", join(folder, "out")]);
}

/** From objects in memory to classes, without reading and without a report. */
function inMemory(size: MeshSize): { seconds: number; classes: number } {
  const objects = generateMesh(size).map((object) => ({ object, at: NOWHERE }));
  const start = performance.now();
  const inventory = readInventory({ source: "manifests", objects });
  const namespaces = inventoryNamespaces(inventory);
  const { clients } = inventoryClients(inventory, null, namespaces);
  const found = predictClasses(new Predictor(inventory), clients, inventoryDestinations(inventory, namespaces));
  return { seconds: (performance.now() - start) / 1000, classes: found.classes.length };
}

const sizes: readonly { name: string; size: MeshSize; seconds: number; megabytes: number }[] = [
  { name: "10^4 calls", size: { seed: 1, namespaces: 10, workloads: 100, policies: 40 }, seconds: 1, megabytes: 500 },
  { name: "10^6 calls", size: { seed: 1, namespaces: 50, workloads: 1000, policies: 200 }, seconds: 2, megabytes: 500 },
  {
    name: "10^8 calls",
    size: { seed: 1, namespaces: 200, workloads: 10_000, policies: 2000 },
    seconds: 20,
    megabytes: 1500,
  },
];

let missed = 0;
let before: { readonly objects: number; readonly seconds: number } | null = null;
console.log("mesh          start to exit   target   memory   target   in memory   classes   objects");
for (const { name, size, seconds, megabytes } of sizes) {
  const whole = predict(written(name.replaceAll(/\W/gu, "-"), size));
  const bare = inMemory(size);
  const objects = size.namespaces + 2 * size.workloads + size.policies;
  const met = whole.seconds < seconds && !(whole.megabytes >= megabytes);
  if (!met) missed += 1;
  console.log(
    `${name}    ${whole.seconds.toFixed(2)} s   < ${seconds} s   ${whole.megabytes.toFixed(0)} MB   < ${megabytes} MB   ` +
      `${bare.seconds.toFixed(2)} s   ${bare.classes}   ${objects}   ${met ? "met" : "MISSED"}`,
  );
  if (before !== null) {
    const growth = bare.seconds / before.seconds / (objects / before.objects);
    console.log(`    ${growth.toFixed(2)} times as long for each object as in the mesh before, in memory`);
  }
  before = { objects, seconds: bare.seconds };
}

/** The demo's phases, each by a program of its own. */
const PHASES: readonly (readonly string[])[] = [
  [],
  ["--policies", "manifests/policies/mtls-ns.yaml"],
  ["--policies", "manifests/policies/mtls-global.yaml"],
];
const demo = Array.from({ length: 5 }, () =>
  PHASES.map((policies) =>
    measure(process.execPath, [
      CLI,
      ...["predict", "--manifests", "manifests/workloads", ...policies, "--report-dir", join(folder, "out")],
    ]),
  ).reduce((sum, { seconds }) => sum + seconds, 0),
);
const median = [...demo].sort((a, b) => a - b)[2] ?? NaN;
if (median >= 0.6) missed += 1;
console.log(`the demo's three phases, a program each: ${median.toFixed(2)} s (median of 5), target < 0.6 s`);

const nca = process.env["NCA"] ?? "nca";
const compared = { seed: 2, namespaces: 25, workloads: 300, policies: 120, kinds: "authorization" } as const;
const file = written("authorization", compared);
const ours = predict(file);
try {
  const theirs = measure(nca, ["--connectivity", "-r", file, "-o", "txt"]);
  const times = theirs.seconds / ours.seconds;
  if (times < 30) missed += 1;
  console.log(
    `network-config-analyzer on ${compared.workloads} workloads, ${compared.policies} AuthorizationPolicies: ${theirs.seconds.toFixed(1)} s, ` +
      `mtls-gate ${ours.seconds.toFixed(2)} s: ${times.toFixed(0)} times, target 30`,
  );
} catch (thrown) {
  console.log(`network-config-analyzer was not run: ${thrown instanceof Error ? thrown.message.slice(0, 200) : ""}`);
}
process.exitCode = missed > 0 ? 1 : 0;
