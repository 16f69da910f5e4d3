/**
 * Holds the prediction against the real local mesh: draws cases, applies each, calls everything from everywhere, and
 * compares.
 *
 *     npm run e2e:truth -- --seed S --cases N [--out DIR] [--no-predict] [--keep-world] [--from N]
 *     npm run e2e:truth -- --replay FILE [--case N]     what was seen before, against the prediction of now
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { dump } from "js-yaml";
import { clock, stopSignal } from "../../src/entry/world.js";
import type { Predicted } from "../../src/mesh/call.js";
import type { KubeObject } from "../../src/ports.js";
import { messageOf } from "../../src/problems.js";
import { applyCase, removeCase } from "./apply-case.js";
import { callKey, specOf } from "./case.js";
import type { SeenCall, SeenOutcome, TruthPlan } from "./case.js";
import { drawCase } from "./draw.js";
import type { DrawnCase } from "./draw.js";
import { agreement, predictCase } from "./predictor.js";
import { rawCurl } from "./raw-curl.js";
import { addCase, manifestsFor, readFile, startFile } from "./record-file.js";
import { callsOf, distinct, isRouted, oneRound, outcomeOf, see } from "./see.js";
import { shrink } from "./shrink.js";
import { bothSides, yamlText } from "./tell.js";
import { hasEffect, Tally } from "./tally.js";
import { podsText, removeWorld, rollOutWorld, WORLD_FILE } from "./world.js";
import type { World } from "./world.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: randomBytes(4).toString("hex") },
    cases: { type: "string", default: "10" },
    from: { type: "string", default: "0" },
    out: { type: "string", default: "mtls-gate-report" },
    "no-predict": { type: "boolean", default: false },
    "keep-world": { type: "boolean", default: false },
    replay: { type: "string" },
    case: { type: "string" },
  },
});

/** A case that is refused so often is given up, and is missing at the end. */
const MOST_ATTEMPTS = 5;
/** Settling is not monotone: what contradicts the prediction has so long to change. */
const INSIST_MS = 30_000;
/** A proxy asks anew for a name that was not there yet after a minute (MeshConfig's dnsRefreshRate). */
const INSIST_ON_NAMES_MS = 75_000;
/** A step of a shrinking that succeeds takes so long, and there are many. */
const INSIST_SHRINKING_MS = 5_000;
const SHRINK_MS = 240_000;
/** A broken rule shows in many cases: to shrink more of them says nothing new. */
const MOST_SHRUNK = 5;

const signal = stopSignal();
const tally = new Tally();

process.exitCode = values.replay === undefined ? await drawAndCall() : await replay(values.replay);

async function replay(file: string): Promise<number> {
  const { head, cases } = readFile(file);
  const chosen = cases.filter(({ index }) => values.case === undefined || index === Number(values.case));
  for (const { index, objects, plan, calls } of chosen) {
    const start = clock.now();
    const predicted = await predictOrTell(manifestsFor(head, index), objects, plan);
    const wrong = tally.add(index, objects, calls, predicted, clock.now() - start);
    if (wrong.length > 0) {
      console.log(`\ncase ${index} disagrees${values.case === undefined ? "" : `:\n${yamlText(objects)}`}`);
      for (const call of wrong) console.log(bothSides(call, predicted.get(callKey(call))));
    }
  }
  return tally.print(chosen.length);
}

async function drawAndCall(): Promise<number> {
  const { seed } = values;
  const wanted = Number(values.cases);
  const first = Number(values.from);
  const file = join(values.out, `truth-${seed}.jsonl`);
  console.log(`seed ${seed}, ${wanted} cases, into ${file}`);
  const world = await rollOutWorld([], signal);
  const { istio } = world;
  startFile(file, { seed, istio, world: readFileSync(WORLD_FILE, "utf8"), pods: podsText(world) });
  let shrunk = 0;
  try {
    for (let index = first; index < first + wanted && !signal.aborted; index += 1) {
      const wrong = await oneCase(world, file, seed, index);
      const [one] = wrong;
      if (one === undefined || shrunk >= MOST_SHRUNK) continue;
      shrunk += 1;
      await shrinkAndTell(world, { ...one, index });
    }
  } finally {
    if (!values["keep-world"]) await removeWorld(world, AbortSignal.timeout(60_000));
  }
  return tally.print(wanted);
}

/** @returns the calls that disagree */
async function oneCase(
  world: World,
  file: string,
  seed: string,
  index: number,
): Promise<{ drawn: DrawnCase; call: SeenCall }[]> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const start = clock.now();
    const drawn = drawCase(seed, index, attempt);
    const applied = await applyCase({ kubernetes: world.kubernetes, clock }, drawn.objects, drawn.spread, signal);
    if ("refused" in applied) {
      tally.refusal(applied.refused);
      continue;
    }
    try {
      const { objects } = applied;
      const { plan } = drawn;
      const seen = await see(world, clock, callsOf(world, plan, objects), objects, signal);
      const predicted = values["no-predict"] ? null : await predictOrTell(manifestsNow(world, index), objects, plan);
      const calls =
        predicted === null ? seen.calls : await insist(world, objects, plan, seen.calls, predicted, insistMs(objects));
      const ms = Math.round(clock.now() - start);
      const record = predicted === null ? {} : { predicted: Object.fromEntries(predicted) };
      addCase(file, { index, attempt, objects, plan, calls, ms, ...record });
      const wrong = tally.add(index, objects, calls, predicted, ms);
      console.log(
        `case ${index}: ${objects.length} objects, ${calls.length} calls, ${calls.filter(hasEffect).length} other than 200 over mTLS, ${calls.filter(({ unsettled }) => unsettled === true).length} unsettled, ${seen.rounds} rounds, ${(ms / 1000).toFixed(1)} s${wrong.length === 0 ? "" : `, ${wrong.length} DISAGREE`}`,
      );
      for (const call of wrong) console.log(bothSides(call, predicted?.get(callKey(call))));
      return wrong.map((call) => ({ drawn, call }));
    } finally {
      await removeCase(world.kubernetes, drawn.objects, AbortSignal.timeout(60_000));
    }
  }
  return [];
}

function insistMs(objects: readonly KubeObject[]): number {
  return objects.some((one) => specOf(one)["resolution"] === "DNS") ? INSIST_ON_NAMES_MS : INSIST_MS;
}

/** A predictor that fails on a case predicts nothing of it, and disagrees with all of it. */
async function predictOrTell(
  world: string,
  objects: readonly KubeObject[],
  plan: TruthPlan,
): Promise<Map<string, Predicted>> {
  try {
    return await predictCase(world, objects, plan);
  } catch (thrown) {
    console.log(messageOf(thrown));
    return new Map();
  }
}

function manifestsNow(world: World, index: number): string {
  return manifestsFor({ world: readFileSync(WORLD_FILE, "utf8"), pods: podsText(world) }, index);
}

/** Calls again what contradicts the prediction, until it agrees three times running or the time is over. */
async function insist(
  world: World,
  objects: readonly KubeObject[],
  plan: TruthPlan,
  calls: readonly SeenCall[],
  predicted: ReadonlyMap<string, Predicted>,
  insistMs: number,
): Promise<SeenCall[]> {
  const planned = callsOf(world, plan, objects);
  const latest = calls.map((call) => [call]);
  const open = (): number[] =>
    calls.flatMap((call, index) => {
      const last = latest[index]?.slice(-3) ?? [];
      const known = predicted.get(callKey(call));
      const steady = agreement(known, call) === "agrees" || last.length === 3;
      return steady && last.every((one) => agreement(known, one) !== "disagrees") ? [] : [index];
    });
  const end = clock.now() + insistMs;
  for (let left = open(); left.length > 0 && predicted.size > 0 && clock.now() < end; left = open()) {
    const results = await oneRound(
      world,
      clock,
      left.flatMap((index) => planned[index] ?? []),
      signal,
    );
    left.forEach((index, at) => {
      const call = calls[index];
      const own = planned[index]?.call;
      const outcome = own === undefined ? null : outcomeOf(results[at], own, isRouted(objects));
      if (call !== undefined && outcome !== null) latest[index]?.push(seenAgain(call, [outcome]));
    });
    await clock.sleep(250, signal);
  }
  return calls.map((call, index) => {
    const last = latest[index]?.slice(-3) ?? [];
    if (last.length < 3) return call;
    return seenAgain(call, distinct(last.flatMap(({ observed }) => observed)));
  });
}

function seenAgain({ from, method, url, several }: SeenCall, observed: readonly SeenOutcome[]): SeenCall {
  return { from, method, url, observed, ...(several === undefined ? {} : { several }) };
}

/** Leaves the smallest case in a folder, as a scenario that can be recorded and kept. */
async function shrinkAndTell(
  world: World,
  { drawn, call, index }: { drawn: DrawnCase; call: SeenCall; index: number },
): Promise<void> {
  const [namespace = "", workload = ""] = call.from.split("/");
  const destination = drawn.plan.destinations.find(
    ({ url, method = "GET" }) => url === call.url && method === call.method,
  );
  if (destination === undefined) return;
  const plan: TruthPlan = { clients: [{ namespace, workload }], destinations: [destination] };
  const manifests = manifestsNow(world, index);
  const folder = join(values.out, `shrunk-${values.seed}-${index}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "plan.yaml"), dump(plan));
  const told: string[] = [];
  const isCalled = ({ kind, metadata }: KubeObject): boolean =>
    kind === "Service" && call.url.includes(`//${metadata.name}.`);
  const keeps = async (objects: readonly KubeObject[]): Promise<boolean> => {
    // Without its Service a call fails for a reason of its own.
    if (!objects.some(isCalled)) return false;
    const applied = await applyCase({ kubernetes: world.kubernetes, clock }, objects, drawn.spread, signal);
    if ("refused" in applied) return false;
    try {
      const predicted = await predictCase(manifests, applied.objects, plan).catch(() => new Map<string, Predicted>());
      const seen = await see(world, clock, callsOf(world, plan, applied.objects), applied.objects, signal);
      const [one] =
        predicted.size === 0
          ? []
          : await insist(world, applied.objects, plan, seen.calls, predicted, INSIST_SHRINKING_MS);
      if (one === undefined || agreement(predicted.get(callKey(one)), one) !== "disagrees") return false;
      const raw = await rawCurl(world, one.from, destination, signal);
      const text = yamlText(applied.objects);
      writeFileSync(join(folder, "manifests.yaml"), text);
      told.push(`${text}${bothSides(one, predicted.get(callKey(one)))}\n  curl: ${raw}`);
      return true;
    } finally {
      await removeCase(world.kubernetes, objects, AbortSignal.timeout(60_000));
    }
  };
  console.log(`shrinking ${callKey(call)}, into ${folder}`);
  await shrink(drawn.objects, keeps, SHRINK_MS);
  const last = told.at(-1);
  console.log(
    last === undefined ? "it does not disagree when called alone" : `the smallest that still disagrees:\n${last}`,
  );
}
