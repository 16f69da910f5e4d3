import { applyAll } from "./cluster/apply.js";
import type { PhaseFacts } from "./judge/judge.js";
import type { Expected, Predicted } from "./mesh/call.js";
import { appliedObject } from "./mesh/objects.js";
import type { SourcedObject } from "./mesh/objects.js";
import type { LiveCall, LiveClient } from "./mesh/planned.js";
import { isIPv4Only } from "./mesh/live.js";
import { hasSidecar, podStatus, serviceAccountOf } from "./mesh/pods.js";
import { hidesMtls } from "./predict/hides-mtls.js";
import type { Predictor } from "./predict/predict.js";
import { liveMesh } from "./live-mesh.js";
import { contradicts } from "./judge/judge.js";
import type { Clock, Kubernetes, Log } from "./ports.js";
import type { Prepared } from "./prepare.js";
import { refOf } from "./cluster/ref.js";
import { peerAuthenticationsHeld, serverPorts } from "./probe/held.js";
import type { ServerPort } from "./probe/held.js";
import { istiodQuestion } from "./probe/istiod.js";
import { probeRound } from "./probe/round.js";
import type { PlannedCall } from "./probe/round.js";
import { settle } from "./probe/settle.js";
import type { Held, Settled } from "./probe/settle.js";
import type { CallResult, ClientPod } from "./probe/stream.js";
import { clientText } from "./mesh/call.js";
import { Refusal, warningProblem } from "./problems.js";
import type { Problem } from "./problems.js";
import type { AppliedObject } from "./report/document.js";
import type { PhasePlan, Scenario } from "./scenario.js";
import { unmatchedProblem } from "./settings/plan.js";
import type { Settings } from "./settings/settings.js";

/** A phase as it was probed: the facts that are judged, and what the report says of the phase itself. */
export interface ProbedPhase extends PhaseFacts {
  readonly name: string;
  readonly applied: readonly AppliedObject[];
  readonly settledMs: number | null;
  readonly rounds: number;
}

export interface PhasePorts {
  readonly kubernetes: Kubernetes;
  readonly log: Log;
  readonly clock: Clock;
  readonly runId: string;
}

/** What has come of the phases so far: it counts also when the run ends early. */
export interface Probed {
  planned: number;
  readonly probed: ProbedPhase[];
  readonly problems: Problem[];
}

/**
 * Probes phase after phase: apply its policies, then call until the outcomes have settled.
 *
 * @throws Refusal when the plan says nothing of some calls
 */
export async function probePhases(
  ports: PhasePorts,
  settings: Settings,
  scenario: Scenario,
  prepared: Prepared,
  found: readonly LiveCall[],
  result: Probed,
  signal: AbortSignal,
): Promise<void> {
  const options = {
    evidencePath: settings.evidencePath,
    probeTimeout: settings.probeTimeout,
    parallel: settings.parallel,
    ipv4: isIPv4Only(prepared.mesh),
    signal,
  };
  const { calls, problems } = await ableToCall(ports, found, (planned) => probeRound(ports, planned, options));
  result.problems.push(...problems);
  result.planned = calls.length * scenario.phases.length;
  const expectations = scenario.phases.map((phase) => expectedOf(scenario, phase, calls));
  const rootNamespace = prepared.preflight.istio.rootNamespace;
  const live = await liveMesh(ports.kubernetes, { rootNamespace, namespaces: prepared.namespaces }, signal);
  result.problems.push(...live.problems);
  const planned = withPods(marked(calls, live.predictor()));
  const servers = serverPorts(
    prepared.mesh,
    calls.map(({ call }) => call),
  );
  for (const [index, phase] of scenario.phases.entries()) {
    await ports.log.group(`phase ${phase.name}`, async () => {
      const policies = phase.policies(rootNamespace);
      await applyAll(ports, policies, prepared.preflight.replace, { runId: ports.runId, dryRun: false, signal });
      await live.renew(policies, signal);
      const predicted = predictedOf(live.predictor(), calls);
      const settled = await settle(ports.clock, () => probeRound(ports, planned, options), {
        settleTimeout: settings.settleTimeout,
        signal,
        undisturbed: !scenario.applies,
        held: heldQuestion(ports, prepared, servers, policies, signal),
        contradicts: (observed, index) => contradicts(predicted[index] ?? null, observed),
        onRound: (round, unsettled, held) => {
          const why = held.answer === "no" ? held.why : `${unsettled} calls are not settled`;
          if (unsettled > 0) ports.log.progress(`round ${round}: ${why}`);
        },
      });
      signal.throwIfAborted();
      result.probed.push(
        probedPhase(phase, policies, calls, { expected: expectations[index] ?? [], predicted }, settled),
      );
      result.problems.push(...settleProblems(phase, settled));
    });
  }
}

/**
 * How a phase finds out whether the proxies hold its policies: the listeners tell of PeerAuthentications; for policies
 * of other kinds istiod has to be asked as well.
 */
function heldQuestion(
  { kubernetes, clock }: PhasePorts,
  { mesh, preflight }: Prepared,
  servers: readonly ServerPort[],
  policies: readonly SourcedObject[],
  signal: AbortSignal,
): () => Promise<Held> {
  const { rootNamespace, namespace: istioNamespace } = preflight.istio;
  const listeners = (): Promise<Held> => peerAuthenticationsHeld(kubernetes, servers, rootNamespace, signal);
  const others = policies
    .map(({ object }) => object)
    .filter(({ kind, apiVersion }) => kind !== "PeerAuthentication" && apiVersion.includes(".istio.io/"));
  if (others.length === 0) return listeners;
  const istiod = istiodQuestion(kubernetes, clock, {
    istioNamespace,
    applied: others.map(refOf),
    pods: mesh.pods,
    signal,
  });
  return async () => {
    const answers = await Promise.all([listeners(), istiod()]);
    return (
      answers.find(({ answer }) => answer === "no") ??
      answers.find(({ answer }) => answer === "unknown") ?? { answer: "yes" }
    );
  };
}

/** Leaves out the clients that were merely found and have no shell or curl; one that the plan names stays, as an error. */
async function ableToCall(
  ports: PhasePorts,
  found: readonly LiveCall[],
  round: (calls: readonly PlannedCall[]) => Promise<CallResult[]>,
): Promise<{ calls: readonly LiveCall[]; problems: Problem[] }> {
  const unnamed = new Map<LiveClient, LiveCall>();
  for (const call of found) if (!call.from.named && !unnamed.has(call.from)) unnamed.set(call.from, call);
  if (unnamed.size === 0) return { calls: found, problems: [] };
  ports.log.progress(`looking which of ${unnamed.size} workloads can call`);
  const tried = [...unnamed.values()];
  const results = await round(withPods(tried));
  const unable = new Map<LiveClient, string>();
  results.forEach((one, index) => {
    const client = tried[index]?.from;
    if (client !== undefined && one.observed === null) unable.set(client, one.why);
  });
  const problems = [...unable].map(([{ client }, why]) =>
    warningProblem(
      "not-a-client",
      `${clientText(client)} makes no calls here: ${why}`,
      { kind: client.kind, namespace: client.namespace, name: client.workload },
      "name it in the plan's clients, with a container that has a shell and curl, to have it count",
    ),
  );
  return { calls: found.filter(({ from }) => !unable.has(from)), problems };
}

/** The calls with what their echoes can show. */
function marked(calls: readonly LiveCall[], predictor: Predictor): LiveCall[] {
  return calls.map((one) => {
    const { from, to } = one.call;
    return { ...one, call: { ...one.call, hidesMtls: hidesMtls(predictor.view, from.namespace, to.host, to.port) } };
  });
}

/** What the rules make of each call; null where its workload is not there. */
function predictedOf(predictor: Predictor, calls: readonly LiveCall[]): (Predicted | null)[] {
  const workloads = new Map(predictor.view.inventory.workloads.map((one) => [workloadKey(one), one]));
  return calls.map(({ call: { from, to }, from: { pod } }) => {
    const workload = workloads.get(workloadKey({ namespace: from.namespace, kind: from.kind, name: from.workload }));
    const address = pod === null ? undefined : podStatus(pod.pod).podIP;
    return workload === undefined ? null : predictor.predict(workload, from.container, to, address);
  });
}

function workloadKey({ namespace, kind, name }: { namespace: string; kind: string; name: string }): string {
  return JSON.stringify([namespace, kind, name]);
}

/** Each client's calls with the one pod that makes them. */
function withPods(calls: readonly LiveCall[]): PlannedCall[] {
  const pods = new Map<LiveClient["client"], ClientPod>();
  return calls.map(({ call, from: { client, pod, why } }) => {
    if (pod === null || why !== null) return { call, pod: { missing: why ?? "it has no pod" } };
    const clientPod = pods.get(client) ?? {
      target: { namespace: pod.namespace, pod: pod.pod.metadata.name, container: client.container },
      identity: { namespace: pod.namespace, serviceAccount: serviceAccountOf(pod.pod), sidecar: hasSidecar(pod.pod) },
    };
    pods.set(client, clientPod);
    return { call, pod: clientPod };
  });
}

/** @throws Refusal naming the calls that nothing in the plan's expect matches */
function expectedOf(scenario: Scenario, phase: PhasePlan, calls: readonly LiveCall[]): (Expected | null)[] {
  const problems: Problem[] = [];
  const expected = calls.map(({ call, from }) => {
    const one = scenario.expected(call, phase.name, from.pod?.labels ?? {});
    if (one !== "unmatched") return one;
    problems.push(unmatchedProblem(call, phase.name));
    return null;
  });
  if (problems.length > 0) throw new Refusal(problems);
  return expected;
}

function probedPhase(
  phase: PhasePlan,
  policies: readonly SourcedObject[],
  calls: readonly LiveCall[],
  { expected, predicted }: { expected: readonly (Expected | null)[]; predicted: readonly (Predicted | null)[] },
  settled: Settled,
): ProbedPhase {
  return {
    name: phase.name,
    control: phase.control,
    applied: policies.map(appliedObject),
    settledMs: settled.settledMs === null ? null : Math.round(settled.settledMs),
    rounds: settled.rounds,
    calls: calls.map(({ call }, index) => {
      const result = settled.results[index];
      return {
        call,
        expected: expected[index] ?? null,
        predicted: predicted[index] ?? null,
        observed: result?.observed ?? null,
        unsettled: settled.unsettled[index] ?? true,
        companionArrived: result?.companionArrived ?? false,
      };
    }),
  };
}

/** What the phase as a whole has to say: why it did not settle, and why calls have no result, each once. */
function settleProblems(phase: PhasePlan, settled: Settled): Problem[] {
  const problems: Problem[] = [];
  if (settled.settledMs === null) {
    const why =
      settled.held.answer === "no"
        ? settled.held.why
        : `${settled.unsettled.filter(Boolean).length} calls were still changing`;
    problems.push(
      warningProblem(
        "not-settled",
        `phase ${phase.name} did not settle in ${settled.rounds} rounds: ${why}`,
        undefined,
        "see that istiod reaches the sidecars (istioctl proxy-status); settle-timeout sets how long is waited",
      ),
    );
  }
  const missing = new Map<string, number>();
  for (const result of settled.results) {
    if (result.observed === null) missing.set(result.why, (missing.get(result.why) ?? 0) + 1);
  }
  for (const [why, count] of missing) {
    problems.push(
      warningProblem(
        "no-result",
        `phase ${phase.name}: ${count === 1 ? "a call has" : `${count} calls have`} no result: ${why}`,
        undefined,
        "a call without a result is an error, never a pass",
      ),
    );
  }
  return problems;
}
