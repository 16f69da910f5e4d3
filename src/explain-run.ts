import { gather } from "./gather.js";
import type { Gathered, GatherPorts } from "./gather.js";
import type { Workload } from "./mesh/inventory.js";
import { Predictor } from "./predict/predict.js";
import { suggestions } from "./predict/turn.js";
import { errorProblem, Refusal } from "./problems.js";
import type { Explanation } from "./report/explain.js";
import type { ExplainOptions, WorkloadName } from "./settings/helper-commands.js";
import { nearest } from "./settings/suggest.js";
import { workloadKind } from "./settings/workload-kind.js";

/**
 * Explains one call: gathers the mesh, predicts the call, and looks for what would turn its outcome.
 *
 * @throws Refusal where a file is wrong, or the workload is not there
 */
export async function explain(
  { from, to, settings }: ExplainOptions,
  ports: GatherPorts,
  signal: AbortSignal,
): Promise<Explanation> {
  const gathered = await gather(settings, ports, signal);
  const { inventory, objects, problems } = gathered;
  const client = clientOf(gathered, from);
  const container = client.containers[0] ?? "";
  const { url, method, headers } = to;
  const request = { client, container, to: { url, method, headers } };
  const predicted = new Predictor(inventory).predict(client, container, request.to);
  const { source, unreadable } = inventory;
  const mesh = { source, objects, rootNamespace: settings.rootNamespace, unreadable };
  return {
    from: { namespace: client.namespace, workload: client.name, kind: client.kind, container },
    to: { url, method },
    predicted,
    suggestions: suggestions(mesh, request, predicted),
    problems,
  };
}

function clientOf({ inventory }: Gathered, wanted: WorkloadName): Workload {
  const { namespace, workload, kind } = wanted;
  const named = inventory.workloads.filter((one) => one.namespace === namespace && one.name === workload);
  const fitting = named.filter((one) => kind === undefined || workloadKind(one.kind) === kind);
  const [only, ...others] = fitting;
  const text = [namespace, ...(kind === undefined ? [] : [kind]), workload].join("/");
  if (only === undefined) {
    const message = `--from is ${text}, and there is no such workload`;
    throw new Refusal([errorProblem("no-client", message, undefined, nearestTo(inventory.workloads, named, wanted))]);
  }
  if (others.length > 0) {
    const kinds = fitting.map((one) => `${namespace}/${workloadKind(one.kind)}/${workload}`).join(" or ");
    const message = `--from is ${text}, and several workloads are called so`;
    throw new Refusal([errorProblem("several-clients", message, undefined, `give its kind: ${kinds}`)]);
  }
  return only;
}

/** As many names are told where none is near. */
const MOST_NAMES = 10;

function nearestTo(all: readonly Workload[], named: readonly Workload[], wanted: WorkloadName): string {
  if (named.length > 0) {
    return `there is ${named.map((one) => `${one.namespace}/${workloadKind(one.kind)}/${one.name}`).join(", ")}`;
  }
  if (all.length === 0) return "there are no workloads: see that --manifests names their files, too";
  const nameOf = ({ namespace, name }: Workload): string => `${namespace}/${name}`;
  const elsewhere = all.filter(({ name }) => name === wanted.workload).map(nameOf);
  const own = all.filter(({ namespace }) => namespace === wanted.namespace).map(nameOf);
  const meant = nearest(`${wanted.namespace}/${wanted.workload}`, [...own, ...elsewhere, ...all.map(nameOf)]);
  if (meant !== undefined) return `did you mean ${meant}?`;
  const known = [...new Set([...elsewhere, ...own, ...all.map(nameOf)])];
  const more = known.length > MOST_NAMES ? `, and ${known.length - MOST_NAMES} more` : "";
  return `there are ${known.slice(0, MOST_NAMES).join(", ")}${more}`;
}
