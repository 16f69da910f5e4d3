import { gather } from "./gather.js";
import type { Gathered, GatherPorts } from "./gather.js";
import { withoutHeaders } from "./judge/judge.js";
import { judgePrediction, predictionVerdict } from "./judge/judge-prediction.js";
import type { PredictedCall } from "./judge/judge-prediction.js";
import type { Call, DestinationRequest } from "./mesh/call.js";
import type { Inventory, Workload } from "./mesh/inventory.js";
import {
  inventoryClients,
  inventoryDestinations,
  inventoryNamespaces,
  plannedDestination,
} from "./mesh/inventory-calls.js";
import type { InventoryClient } from "./mesh/inventory-calls.js";
import { appliedObject } from "./mesh/objects.js";
import { predictClasses } from "./predict/classes.js";
import { Predictor } from "./predict/predict.js";
import { Refusal } from "./problems.js";
import type { Problem } from "./problems.js";
import { rangesOf } from "./report/classes.js";
import type { Report, ReportCall, ReportPhase } from "./report/document.js";
import { expectedFor, matchesFrom, matchesTo, unmatchedProblem } from "./settings/plan.js";
import type { Plan } from "./settings/plan.js";
import type { Settings } from "./settings/settings.js";

const PHASE = "predict";

/** What a prediction has to say: what a report is made of. */
export interface Prediction {
  readonly mesh: Report["mesh"];
  readonly phase: ReportPhase;
  readonly planned: number;
  readonly problems: readonly Problem[];
}

/**
 * Mode predict: gathers the mesh, and predicts every call of the plan, or of every workload to every Service port.
 *
 * @throws Refusal where the files, or the plan, are wrong
 */
export async function predictMesh(settings: Settings, ports: GatherPorts, signal: AbortSignal): Promise<Prediction> {
  const gathered = await gather(settings, ports, signal);
  const { inventory, files } = gathered;
  const asked = askedOf(settings, gathered);
  const predictor = new Predictor(inventory);
  const facts = {
    name: PHASE,
    control: false,
    applied: files.policies.map(appliedObject),
    settledMs: null,
    rounds: 0,
  };
  const planned = asked.everything === null ? asked.calls.length : asked.clients.length * asked.everything.length;
  const phase: ReportPhase =
    asked.everything !== null && planned > MOST_CALLS
      ? { ...facts, calls: [], ...classesOf(predictor, files.plan, asked.clients, asked.everything) }
      : { ...facts, calls: judgedCalls(predictor, files.plan, asked) };
  return { mesh: meshOf(gathered), phase, planned, problems: gathered.problems };
}

/** More calls than this are told as classes. */
const MOST_CALLS = 20_000;

/** Who calls what: every client everything, or the plan's calls one by one. */
interface Asked {
  readonly clients: readonly InventoryClient[];
  /** The destinations of all clients; null where names can mean something else for each. */
  readonly everything: readonly DestinationRequest[] | null;
  readonly calls: readonly PlannedCall[];
}

interface PlannedCall {
  readonly call: Call;
  readonly workload: Workload;
}

function askedOf(settings: Settings, { inventory, files: { plan } }: Gathered): Asked {
  const namespaces = settings.namespaces.length > 0 ? settings.namespaces : inventoryNamespaces(inventory);
  const { clients, problems } = inventoryClients(inventory, plan, namespaces);
  if (problems.length > 0) throw new Refusal(problems);
  if (plan?.destinations !== undefined)
    return { clients, everything: null, calls: plannedCalls(inventory, plan, clients) };
  const everything = inventoryDestinations(inventory, namespaces);
  if (clients.length * everything.length > MOST_CALLS) return { clients, everything, calls: [] };
  const calls = clients.flatMap(({ client, workload }) =>
    everything.map((to) => ({ call: { from: client, to }, workload })),
  );
  return { clients, everything, calls };
}

function plannedCalls(inventory: Inventory, plan: Plan, clients: readonly InventoryClient[]): PlannedCall[] {
  return clients.flatMap(({ client, workload }) =>
    (plan.destinations ?? []).map((one) => {
      const to = plannedDestination(inventory, one, client.namespace);
      return { call: { from: client, to }, workload };
    }),
  );
}

function judgedCalls(predictor: Predictor, plan: Plan | null, { calls }: Asked): ReportCall[] {
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
