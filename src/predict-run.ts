import { gather } from "./gather.js";
import type { Gathered, GatherPorts } from "./gather.js";
import { judgePrediction } from "./judge/judge-prediction.js";
import type { PredictedCall } from "./judge/judge-prediction.js";
import type { Call, DestinationRequest } from "./mesh/call.js";
import type { Inventory, Workload } from "./mesh/inventory.js";
import {
  inventoryClients,
  inventoryDestinations,
  inventoryNamespaces,
  plannedDestination,
} from "./mesh/inventory-calls.js";
import { appliedObject } from "./mesh/objects.js";
import { Predictor } from "./predict/predict.js";
import { Refusal } from "./problems.js";
import type { Problem } from "./problems.js";
import type { ReportPhase, Report } from "./report/document.js";
import { expectedFor, unmatchedProblem } from "./settings/plan.js";
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
  const calls = callsOf(settings, gathered);
  const predictor = new Predictor(inventory);
  const judged = calls.map(({ call, workload, expected }) =>
    judgePrediction({
      call,
      expected,
      predicted: predictor.predict(workload, call.from.container, call.to),
    }),
  );
  return {
    mesh: meshOf(gathered),
    phase: {
      name: PHASE,
      control: false,
      applied: files.policies.map(appliedObject),
      settledMs: null,
      rounds: 0,
      calls: judged,
    },
    planned: calls.length,
    problems: gathered.problems,
  };
}

function meshOf({ inventory, istio, kubernetes }: Gathered): Report["mesh"] {
  return { source: inventory.source, rootNamespace: inventory.settings.rootNamespace, istio, kubernetes };
}

type PlannedCall = Pick<PredictedCall, "call" | "expected"> & { readonly workload: Workload };

function callsOf(settings: Settings, { inventory, files }: Gathered): PlannedCall[] {
  const { plan } = files;
  const namespaces = settings.namespaces.length > 0 ? settings.namespaces : inventoryNamespaces(inventory);
  const { clients, problems } = inventoryClients(inventory, plan, namespaces);
  const all = plan?.destinations === undefined ? inventoryDestinations(inventory, namespaces) : null;
  const calls = clients.flatMap(({ client, workload }) =>
    (all ?? planned(inventory, plan, client.namespace)).map((to) => ({ call: { from: client, to }, workload })),
  );
  const expected = calls.map((one) => expectation(plan, one));
  const unmatched = expected.flatMap((one) => ("problem" in one ? [one.problem] : []));
  const found = [...problems, ...unmatched];
  if (found.length > 0) throw new Refusal(found);
  return calls.map((one, index) => {
    const stated = expected[index];
    return { ...one, expected: stated !== undefined && "expected" in stated ? stated.expected : null };
  });
}

function planned(inventory: Inventory, plan: Plan | null, namespace: string): DestinationRequest[] {
  return (plan?.destinations ?? []).map((one) => plannedDestination(inventory, one, namespace));
}

function expectation(
  plan: Plan | null,
  { call, workload }: { call: Call; workload: Workload },
): { expected: PredictedCall["expected"] } | { problem: Problem } {
  if (plan === null) return { expected: null };
  const found = expectedFor(plan, call, PHASE, workload.pods[0]?.labels ?? {});
  return found === "unmatched" ? { problem: unmatchedProblem(call, PHASE) } : { expected: found };
}
