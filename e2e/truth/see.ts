import { refOf } from "../../src/cluster/ref.js";
import type { Call } from "../../src/mesh/call.js";
import { readInventory } from "../../src/mesh/read-inventory.js";
import { hidesMtls } from "../../src/predict/hides-mtls.js";
import { MeshView } from "../../src/predict/view.js";
import { NOWHERE } from "../../src/rules/objects.js";
import { readDestinationUrl } from "../../src/settings/destination-url.js";
import type { Clock, KubeObject } from "../../src/ports.js";
import { istiodQuestion } from "../../src/probe/istiod.js";
import { probeRound } from "../../src/probe/round.js";
import type { PlannedCall } from "../../src/probe/round.js";
import { settle } from "../../src/probe/settle.js";
import type { Held } from "../../src/probe/settle.js";
import type { CallResult } from "../../src/probe/stream.js";
import { isIstio } from "./case.js";
import type { SeenCall, SeenOutcome, TruthPlan } from "./case.js";
import { severalCanAnswer } from "./several.js";
import type { World } from "./world.js";

/** Calls everything of a case on the local mesh until the outcomes have settled. */

/** Endpoints and kube-proxy's rules follow a Service on ways that istiod cannot be asked about. */
const LEAST_MS = 1_500;
const EVIDENCE_PATH = "/headers";
const SETTLE_TIMEOUT_MS = 25_000;
/** Where several pods can answer, so many rounds are looked at together. */
const ROUNDS_TOGETHER = 3;

export interface Seen {
  readonly calls: readonly SeenCall[];
  readonly rounds: number;
  readonly settledMs: number | null;
}

/**
 * The calls of a plan, in the order of the plan: client by client.
 *
 * @param objects what is there beside the fixed mesh: Services say where mTLS would leave no mark
 */
export function callsOf(world: World, plan: TruthPlan, objects: readonly KubeObject[]): PlannedCall[] {
  const all = [...world.mesh.pods.map(({ pod }) => pod), ...objects];
  const placed = all.map((object) => ({ object, at: NOWHERE }));
  const view = new MeshView(readInventory({ source: "cluster", objects: placed }));
  return plan.clients.flatMap(({ namespace, workload }) => {
    const pod = world.client(`${namespace}/${workload}`);
    return plan.destinations.map(({ url, method = "GET", headers = {} }): PlannedCall => {
      const read = readDestinationUrl(url);
      if (!read.ok) throw new Error(`${url}: ${read.wrong}`);
      const { host, port } = read.value;
      const call: Call = {
        from: { namespace, workload, kind: "Deployment", container: pod.target.container },
        to: { url, method, host, port, namespace: null, service: null, headers },
        hidesMtls: hidesMtls(view, namespace, host, port),
      };
      return { call, pod };
    });
  });
}

/** @param objects what was just applied */
export async function see(
  world: World,
  clock: Clock,
  calls: readonly PlannedCall[],
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Seen> {
  const start = clock.now();
  const istiod = istiodQuestion(world.kubernetes, clock, {
    istioNamespace: "istio-system",
    applied: objects.filter(isIstio).map(refOf),
    pods: world.mesh.pods,
    signal,
  });
  const held = async (): Promise<Held> => {
    const answer = await istiod();
    const left = LEAST_MS - (clock.now() - start);
    if (answer.answer === "yes" && left > 0) await clock.sleep(left, signal);
    return answer;
  };
  const many = calls.map(({ call }) => severalCanAnswer(world.mesh, objects, call.to.host, call.from.namespace));
  const rounds: CallResult[][] = [];
  const round = async (): Promise<CallResult[]> => {
    const results = await oneRound(world, clock, calls, signal);
    rounds.push(results);
    return results.map((result, index) => (many[index] === true ? NEVER_CHANGES : result));
  };
  const settled = await settle(clock, round, {
    settleTimeout: SETTLE_TIMEOUT_MS,
    signal,
    undisturbed: false,
    held,
  });
  return {
    calls: calls.map(({ call }, index) => {
      const latest = rounds.slice(many[index] === true ? -ROUNDS_TOGETHER : -1);
      const outcomes = latest.map((results) => outcomeOf(results[index], call, isRouted(objects)));
      return seenCall(call, outcomes, many[index] === true, settled.unsettled[index] === true);
    }),
    rounds: settled.rounds,
    settledMs: settled.settledMs,
  };
}

const NEVER_CHANGES: CallResult = {
  observed: null,
  why: "several pods can answer",
  attempts: 0,
  companionArrived: false,
};

export async function oneRound(
  world: World,
  clock: Clock,
  calls: readonly PlannedCall[],
  signal: AbortSignal,
): Promise<CallResult[]> {
  const options = { evidencePath: EVIDENCE_PATH, probeTimeout: 5_000, parallel: 16, ipv4: true, signal };
  return await probeRound({ kubernetes: world.kubernetes, clock }, calls, options);
}

export function isRouted(objects: readonly KubeObject[]): boolean {
  return objects.some(({ kind }) => kind === "VirtualService");
}

function seenCall(
  { from, to }: Call,
  outcomes: readonly (SeenOutcome | null)[],
  many: boolean,
  unsettled: boolean,
): SeenCall {
  return {
    from: `${from.namespace}/${from.workload}`,
    method: to.method,
    url: to.url,
    observed: distinct(outcomes.filter((one) => one !== null)),
    ...(many ? { several: true } : {}),
    ...(unsettled ? { unsettled } : {}),
  };
}

/**
 * What was seen of one call.
 *
 * @param routed whether routes can lead requests of one host and port to different places: the companion, which shows
 *   the transport, then speaks only for calls that are like it
 */
export function outcomeOf(result: CallResult | undefined, { to }: Call, routed: boolean): SeenOutcome | null {
  if (result === undefined || result.observed === null) return null;
  const { code, exit, evidence, error } = result.observed;
  const likeCompanion = to.method === "GET" && to.url.endsWith(EVIDENCE_PATH);
  const transport = routed && !likeCompanion && code !== "000" ? "unproven" : result.observed.transport;
  return { code: code ?? "000", exit: exit ?? 0, transport, evidence, error };
}

export function distinct(outcomes: readonly SeenOutcome[]): SeenOutcome[] {
  const found = new Map<string, SeenOutcome>();
  for (const one of outcomes) found.set(`${one.code} ${one.exit} ${one.transport ?? ""}`, one);
  return [...found.values()];
}
