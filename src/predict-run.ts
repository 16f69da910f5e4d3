import { askedOf } from "./asked.js";
import type { Asked } from "./asked.js";
import { gatherBase } from "./base/gather-base.js";
import { compareWithBase } from "./diff-run.js";
import { gather } from "./gather.js";
import type { Gathered, GatherPorts } from "./gather.js";
import { withoutHeaders } from "./judge/judge.js";
import { judgePrediction, predictionVerdict } from "./judge/judge-prediction.js";
import type { PredictedCall } from "./judge/judge-prediction.js";
import { PlanAcceptance } from "./judge/plan-acceptance.js";
import type { Call, DestinationRequest } from "./mesh/call.js";
import type { Workload } from "./mesh/inventory.js";
import type { InventoryClient } from "./mesh/inventory-calls.js";
import { appliedObject } from "./mesh/objects.js";
import { predictClasses } from "./predict/classes.js";
import type { ComparedCall } from "./predict/compare-calls.js";
import { Predictor } from "./predict/predict.js";
import { Refusal } from "./problems.js";
import type { Problem } from "./problems.js";
import type { ReportComparison } from "./report/build.js";
import { rangesOf } from "./report/classes.js";
import type { Report, ReportCall, ReportPhase } from "./report/document.js";
import type { UserFiles } from "./scenario.js";
import { dayOf } from "./settings/accept.js";
import { expectedFor, matchesFrom, matchesTo, unmatchedProblem } from "./settings/plan.js";
import type { Plan } from "./settings/plan.js";
import type { Settings } from "./settings/settings.js";

const PHASE = "predict";

/** What a prediction has to say: what a report is made of. */
export interface Prediction {
  readonly mesh: Report["mesh"];
  readonly phase: ReportPhase;
  readonly planned: number;
  /** Where there is a base to compare with. */
  readonly comparison?: ReportComparison;
  readonly problems: readonly Problem[];
}

/**
 * Mode predict: gathers the mesh, and predicts every call of the plan, or of every workload to every Service port; with a
 * base, it says what changes against it.
 *
 * @throws Refusal where the files, the base or the plan are wrong
 */
export async function predictMesh(settings: Settings, ports: GatherPorts, signal: AbortSignal): Promise<Prediction> {
  const gathered = await gather(settings, ports, signal);
  const { files } = gathered;
  const base = settings.base === undefined ? null : await gatherBase(settings.base, settings, gathered, ports, signal);
  const inventory = base?.after ?? gathered.inventory;
  const { asked, problems: unasked } = askedOf(settings, inventory, files.plan);
  if (unasked.length > 0) throw new Refusal(unasked);
  const predictor = new Predictor(inventory);
  const acceptance = new PlanAcceptance(files.plan, dayOf(ports.clock.date()));
  const compared =
    base === null
      ? null
      : compareWithBase(base, { predictor, asked, plan: files.plan }, settings, acceptance, MOST_CALLS);
  const phase = phaseOf(predictor, asked, files);
  return {
    mesh: meshOf(gathered),
    phase,
    planned: asked.planned,
    ...(compared === null ? {} : { comparison: compared.comparison }),
    problems: [
      ...gathered.problems,
      ...(base?.problems ?? []),
      ...(compared === null ? [] : [...compared.problems, ...acceptance.problems()]),
    ],
  };
}

function phaseOf(predictor: Predictor, asked: Asked, { policies, plan }: UserFiles): ReportPhase {
  const facts = { name: PHASE, control: false, applied: policies.map(appliedObject), settledMs: null, rounds: 0 };
  if (asked.everything === null || asked.planned <= MOST_CALLS) {
    return { ...facts, calls: judgedCalls(predictor, plan, asked.calls()) };
  }
  return { ...facts, calls: [], ...classesOf(predictor, plan, asked.clients, asked.everything) };
}

/** More calls than this are told as classes. */
const MOST_CALLS = 20_000;

interface PlannedCall {
  readonly call: Call;
  readonly workload: Workload;
}

function judgedCalls(predictor: Predictor, plan: Plan | null, asked: readonly ComparedCall[]): ReportCall[] {
  const calls = asked.map(({ client: { client, workload }, to }) => ({ call: { from: client, to }, workload }));
  const expected = calls.map((one) => expectation(plan, one));
  refuseUnmatched(expected);
  return calls.map(({ call, workload }, index) =>
    judgePrediction({
      call,
      expected: statedOf(expected[index]),
      predicted: predictor.predict(workload, call.from.container, call.to),
    }),
  );
}

/** Groups of equal clients and destinations, which a plan's expectations tell apart as the rules do. */
function classesOf(
  predictor: Predictor,
  plan: Plan | null,
  clients: readonly InventoryClient[],
  everything: readonly DestinationRequest[],
): Pick<ReportPhase, "groups" | "classes"> {
  const rules = plan?.expect ?? [];
  const found = predictClasses(predictor, clients, everything, {
    clientMark: ({ client, workload }) =>
      rules.map((rule) => (matchesFrom(rule, client, workload.pods[0]?.labels ?? {}) ? "1" : "0")).join(""),
    destinationMark: (to) => rules.map((rule) => (matchesTo(rule, to, PHASE) ? "1" : "0")).join(""),
  });
  const workloads = new Map(clients.map(({ client, workload }) => [client, workload]));
  const expected = found.classes.map(({ from, to }) => {
    const [caller] = found.clients[from[0] ?? -1] ?? [];
    const [called] = found.destinations[to] ?? [];
    const workload = caller === undefined ? undefined : workloads.get(caller);
    if (caller === undefined || called === undefined || workload === undefined) return { expected: null };
    return expectation(plan, { call: { from: caller, to: called }, workload });
  });
  refuseUnmatched(expected);
  return {
    groups: { clients: found.clients, destinations: found.destinations.map((group) => group.map(withoutHeaders)) },
    classes: found.classes.map(({ from, to, count, predicted }, index) => {
      const stated = statedOf(expected[index]);
      const [verdict, cause] = predictionVerdict(stated, predicted);
      return { from: rangesOf(from), to, count, expected: stated, predicted, verdict, cause };
    }),
  };
}

type Expectation = { readonly expected: PredictedCall["expected"] } | { readonly problem: Problem };

function statedOf(one: Expectation | undefined): PredictedCall["expected"] {
  return one !== undefined && "expected" in one ? one.expected : null;
}

/** @throws Refusal naming the calls that nothing in the plan's expect matches */
function refuseUnmatched(expected: readonly Expectation[]): void {
  const unmatched = expected.flatMap((one) => ("problem" in one ? [one.problem] : []));
  if (unmatched.length > 0) throw new Refusal(unmatched);
}

function meshOf({ inventory, istio, kubernetes }: Gathered): Report["mesh"] {
  return { source: inventory.source, rootNamespace: inventory.settings.rootNamespace, istio, kubernetes };
}

function expectation(plan: Plan | null, { call, workload }: PlannedCall): Expectation {
  if (plan === null) return { expected: null };
  const found = expectedFor(plan, call, PHASE, workload.pods[0]?.labels ?? {});
  return found === "unmatched" ? { problem: unmatchedProblem(call, PHASE) } : { expected: found };
}
