/**
 * Records scenarios of `__tests__/truth/` from the real local mesh: applies a scenario's manifests over the fixed mesh,
 * makes the calls of its plan, and writes what they gave, with curl's own words, to its observed.json.
 *
 * A scenario may bring pods of its own, in the fixed mesh's Namespaces or in others whose names begin with `t-`. Ages in
 * its manifests (metadata.creationTimestamp) say in which order its objects are made.
 *
 *     npm run e2e:record -- [--check] [--keep-world] NAME...     --check compares with what is recorded, and writes nothing
 *     npm run e2e:record -- --check --random 5                   with some of those that are recorded
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { load } from "js-yaml";
import { clock, stopSignal } from "../../src/entry/world.js";
import type { KubeObject } from "../../src/ports.js";
import { applyCase, removeCase } from "./apply-case.js";
import type { SeenCall, TruthPlan } from "./case.js";
import { callKey } from "./case.js";
import { rawCurl } from "./raw-curl.js";
import { callsOf, see } from "./see.js";
import { objectsOf, removeWorld, rollOutWorld, SCENARIOS } from "./world.js";
import type { World } from "./world.js";

/** What a scenario's observed.json holds. */
export interface Observation {
  readonly istio: string;
  readonly calls: readonly (SeenCall & { readonly curl: string })[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: "boolean", default: false },
    "keep-world": { type: "boolean", default: false },
    random: { type: "string", default: "0" },
  },
});

const PODS = new Set(["Namespace", "ServiceAccount", "Deployment", "StatefulSet", "DaemonSet"]);

const signal = stopSignal();
let failed = 0;
const names = [...positionals, ...drawn(Number(values.random))];
const scenarios = names.map((name) => ({ name, objects: read(name) }));
const pods = scenarios.flatMap(({ objects }) => objects.filter(({ kind }) => PODS.has(kind)));
const world = await rollOutWorld(distinctObjects(pods), signal);
try {
  for (const { name, objects } of scenarios) await record(world, name, objects);
} finally {
  if (!values["keep-world"]) await removeWorld(world, AbortSignal.timeout(60_000));
}
console.log(`${scenarios.length - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 && scenarios.length > 0 ? 0 : 1;

/** So many of the scenarios that are recorded, none twice. */
function drawn(count: number): string[] {
  const recorded = readdirSync(SCENARIOS).filter((name) => existsSync(join(SCENARIOS, name, "observed.json")));
  const mixed = recorded.map((name) => ({ name, at: Math.random() })).sort((a, b) => a.at - b.at);
  return mixed.slice(0, count).map(({ name }) => name);
}

function read(name: string): KubeObject[] {
  const file = join(SCENARIOS, name, "manifests.yaml");
  return objectsOf(readFileSync(file, "utf8"), file);
}

/** Scenarios share pods: the same object in two of them is one. */
function distinctObjects(objects: readonly KubeObject[]): KubeObject[] {
  const found = new Map(
    objects.map((one) => [`${one.kind} ${one.metadata.namespace ?? ""} ${one.metadata.name}`, one]),
  );
  return [...found.values()];
}

async function record(on: World, name: string, all: readonly KubeObject[]): Promise<void> {
  const folder = join(SCENARIOS, name);
  const file = join(folder, "observed.json");
  const plan = load(readFileSync(join(folder, "plan.yaml"), "utf8")) as TruthPlan;
  // An age in the manifests says in which order they are to be made, the oldest first.
  const objects = all.filter(({ kind }) => !PODS.has(kind)).map(withoutAge);
  const ages = new Set(all.map(({ metadata }) => metadata.creationTimestamp).filter((one) => one !== undefined));
  const applied = await applyCase({ kubernetes: on.kubernetes, clock }, byAge(all, objects), ages.size > 0, signal);
  if ("refused" in applied) {
    fail(name, `refused: ${applied.refused}`);
    return;
  }
  try {
    const seen = await see(on, clock, callsOf(on, plan, objects), objects, signal);
    const observation: Observation = { istio: on.istio, calls: await withCurl(on, plan, seen.calls) };
    const unsettled = observation.calls.filter(
      (call) => call.unsettled === true || call.observed.length === 0 || curlDiffers(call),
    );
    if (unsettled.length > 0) fail(name, `not settled: ${unsettled.map(callKey).join(", ")}`);
    else if (values.check) check(name, file, observation);
    else {
      writeFileSync(file, `${JSON.stringify(observation, null, 2)}\n`);
      console.log(`${name}: ${observation.calls.length} calls`);
    }
  } finally {
    await removeCase(on.kubernetes, objects, AbortSignal.timeout(60_000));
  }
}

/**
 * Curl by itself, a moment later, has to see what the rounds saw: else a Service was still being set up. Only the rounds
 * trust every certificate.
 */
function curlDiffers({ url, several, observed, curl }: Observation["calls"][number]): boolean {
  const [, code, exit] = /^(\d{3}) exit=(\d+)/u.exec(curl) ?? [];
  if (several === true || !url.startsWith("http:") || code === undefined) return false;
  return !observed.some((seen) => seen.code === code && ending(seen.exit) === ending(Number(exit)));
}

function withoutAge(object: KubeObject): KubeObject {
  const metadata = Object.entries(object.metadata).filter(([key]) => key !== "creationTimestamp");
  return { ...object, metadata: Object.fromEntries(metadata) as KubeObject["metadata"] };
}

function byAge(all: readonly KubeObject[], bare: readonly KubeObject[]): KubeObject[] {
  const age = new Map(
    all.map(({ kind, metadata }) => [
      `${kind} ${metadata.namespace ?? ""} ${metadata.name}`,
      metadata.creationTimestamp ?? "",
    ]),
  );
  const of = ({ kind, metadata }: KubeObject): string =>
    age.get(`${kind} ${metadata.namespace ?? ""} ${metadata.name}`) ?? "";
  return [...bare].sort((a, b) => (of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0));
}

async function withCurl(on: World, plan: TruthPlan, calls: readonly SeenCall[]): Promise<Observation["calls"]> {
  const made: (SeenCall & { curl: string })[] = [];
  for (const call of calls) {
    const destination = plan.destinations.find(({ url, method = "GET" }) => url === call.url && method === call.method);
    made.push({ ...call, curl: destination === undefined ? "" : await rawCurl(on, call.from, destination, signal) });
  }
  return made;
}

/**
 * Another run of the same policies: each call has to give what it gave. A closed connection is one outcome, however curl
 * sees its end, and so is an address that nothing is behind.
 */
function check(name: string, file: string, now: Observation): void {
  if (!existsSync(file)) {
    fail(name, "it was never recorded");
    return;
  }
  const before = JSON.parse(readFileSync(file, "utf8")) as Observation;
  const known = new Map(before.calls.map((call) => [callKey(call), call]));
  const changed = now.calls.filter((call) => {
    const old = known.get(callKey(call));
    return old === undefined || (call.several !== true && outcomesText(call) !== outcomesText(old));
  });
  if (changed.length > 0)
    fail(
      name,
      `another outcome than recorded: ${changed.map((call) => `${callKey(call)}: ${outcomesText(call)}`).join(", ")}`,
    );
  else console.log(`${name}: as recorded`);
}

function outcomesText({ observed }: SeenCall): string {
  return observed
    .map(({ code, exit, transport }) => `${code} ${ending(exit)} ${transport ?? ""}`)
    .filter((text, index, all) => all.indexOf(text) === index)
    .sort()
    .join(" | ");
}

function ending(exit: number | null): string {
  if (exit === null) return "none";
  if ([52, 55, 56].includes(exit)) return "closed";
  return [7, 28].includes(exit) ? "unreachable" : String(exit);
}

function fail(name: string, why: string): void {
  failed += 1;
  console.log(`${name}: FAILED: ${why}`);
}
