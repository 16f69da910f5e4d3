import type { GatherPorts } from "./gather.js";
import type { Client, Destination } from "./mesh/call.js";
import { predictMesh } from "./predict-run.js";
import { errorProblem, Refusal } from "./problems.js";
import type { Problem } from "./problems.js";
import { placesOf } from "./report/classes.js";
import type { ReportPhase } from "./report/document.js";
import { firstDifference } from "./report/plan/check.js";
import { FREE, Statements } from "./report/plan/matrix.js";
import type { StatedMatrix } from "./report/plan/matrix.js";
import { readReport } from "./report/plan/read-report.js";
import type { ReadReport } from "./report/plan/read-report.js";
import { planRules } from "./report/plan/rules.js";
import { statedByObservation, statedByPrediction } from "./report/plan/stated.js";
import type { Stated } from "./report/plan/stated.js";
import { planText } from "./report/plan/text.js";
import type { PlanParts } from "./report/plan/text.js";
import type { ExpectOptions } from "./settings/helper-commands.js";
import { readPlan } from "./settings/plan-file.js";

/** A plan that was written, and what is to be told of it. */
export interface WrittenPlan {
  readonly text: string;
  readonly calls: number;
  readonly rules: number;
  /** Calls of which it states nothing. */
  readonly nothing: number;
  readonly problems: readonly Problem[];
}

/**
 * Writes a plan that expects what is predicted, or what a report has observed.
 *
 * @throws Refusal where a file is wrong, or there is no call to expect something of
 */
export async function writePlan(options: ExpectOptions, ports: GatherPorts, signal: AbortSignal): Promise<WrittenPlan> {
  return options.report === undefined
    ? await predictedPlan(options, ports, signal)
    : await observedPlan(options, options.report, ports);
}

const ORDER = [
  "The first rule that fits a call counts: exceptions first, the general rule last. Workloads and Services to come",
  "are expected to be like the rest of their namespace. A rule without outcome leaves it to the prediction.",
];

async function predictedPlan(
  { settings }: ExpectOptions,
  ports: GatherPorts,
  signal: AbortSignal,
): Promise<WrittenPlan> {
  const { phase, problems } = await predictMesh(settings, ports, signal);
  const statements = new Statements();
  for (const { from, to, predicted } of phase.calls) statements.add(from, to, statedByPrediction(predicted));
  addClasses(statements, phase);
  const from = [
    ...(settings.cluster === "none"
      ? []
      : [`cluster ${settings.cluster}${settings.context === undefined ? "" : ` (context ${settings.context})`}`]),
    ...(settings.manifests.length === 0 ? [] : [`manifests ${settings.manifests.join(", ")}`]),
    ...(settings.policies.length === 0 ? [] : [`policies ${settings.policies.join(", ")}`]),
  ];
  const of = settings.namespaces.length === 0 ? "" : ` of the namespaces ${settings.namespaces.join(", ")}`;
  const head = [`What mtls-gate expect predicted of the calls${of}, from ${from.join(" and ")}.`, ...ORDER];
  return finished(statements.matrix(), { head, clients: null, destinations: null }, problems);
}

function addClasses(statements: Statements, { groups, classes = [] }: ReportPhase): void {
  for (const { from, to, predicted } of classes) {
    const stated = statedByPrediction(predicted);
    const clients = placesOf(from).flatMap((place) => groups?.clients[place] ?? []);
    for (const destination of groups?.destinations[to] ?? []) {
      for (const client of clients) statements.add(client, destination, stated);
    }
  }
}

async function observedPlan({ phase: wanted }: ExpectOptions, file: string, ports: GatherPorts): Promise<WrittenPlan> {
  const report = readReport(await textOf(file, ports), file);
  const phase = phaseOf(report, wanted, file);
  const statements = new Statements();
  for (const call of phase.calls) statements.add(call.from, call.to, statedOf(call));
  const head = [
    `What mode ${report.mode} observed in phase ${phase.name}, by mtls-gate expect, from ${file}.`,
    ...ORDER,
  ];
  return finished(statements.matrix(), { head, ...askedOf(phase) }, []);
}

type ReadPhase = ReadReport["phases"][number];

/** Only what was proved is worth expecting. */
function statedOf({ observed, predicted, verdict, cause }: ReadPhase["calls"][number]): Stated {
  if (observed === null) return { nothing: "the call had no result" };
  const proved = verdict !== "unproven" || cause === "transport" || cause === "unknown";
  return proved ? statedByObservation(observed, predicted) : { nothing: `the call was unproven (${cause ?? verdict})` };
}

async function textOf(file: string, { files }: GatherPorts): Promise<string> {
  if ((await files.stat(file)) === "file") return await files.readText(file);
  throw new Refusal([
    errorProblem(
      "unreadable-file",
      "there is no such file",
      { file },
      "see the path, from the folder where this is run",
    ),
  ]);
}

function phaseOf({ phases, mode }: ReadReport, wanted: string | undefined, file: string): ReadPhase {
  const found = wanted === undefined ? phases.at(-1) : phases.find(({ name }) => name === wanted);
  const names = phases.map(({ name }) => name).join(", ");
  if (found === undefined) {
    const message = wanted === undefined ? "the report has no phase" : `the report has no phase ${wanted}`;
    throw new Refusal([errorProblem("no-phase", message, { file }, names === "" ? undefined : `it has ${names}`)]);
  }
  if (found.calls.some(({ observed }) => observed !== null)) return found;
  const hint =
    mode === "predict"
      ? "run mtls-gate expect with the files of that prediction"
      : "see in the report why no call had a result";
  throw new Refusal([errorProblem("no-calls", `phase ${found.name} has no call that was observed`, { file }, hint)]);
}

/** What a plan has to ask for to have the same calls: nothing, where every client called every Service port. */
function askedOf({ calls }: ReadPhase): Pick<PlanParts, "clients" | "destinations"> {
  const clients = each(calls.map(({ from }) => from));
  const destinations = each(calls.map(({ to: { url, method } }) => ({ url, method })));
  const usual = calls.every(({ to }) => to.method === "GET" && to.url === generatedUrl(to));
  return usual ? { clients: null, destinations: null } : { clients, destinations };
}

function generatedUrl({ service, namespace, port }: Destination): string {
  return `http://${service ?? ""}.${namespace ?? ""}:${port}/`;
}

function each<T extends Client | Pick<Destination, "url" | "method">>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

function finished(matrix: StatedMatrix, parts: Omit<PlanParts, "rules">, problems: readonly Problem[]): WrittenPlan {
  const numbers = matrix.rows.flat().filter((outcome) => outcome !== FREE);
  if (numbers.length === 0) {
    const hint = "see that there are workloads, and Services with ports, in the namespaces";
    throw new Refusal([
      ...problems,
      errorProblem("no-calls", "there is no call to expect something of", undefined, hint),
    ]);
  }
  const rules = planRules(matrix);
  const text = planText({ ...parts, rules });
  const { plan, problems: wrong } = readPlan(text, "the written plan", {
    allowUnsafeMethods: true,
    predictedOnly: true,
  });
  const difference = plan === null ? null : firstDifference(matrix, plan);
  // It is read back, since a plan that says something else than the mesh would be believed.
  if (plan === null || difference !== null) {
    const { from, to } = difference ?? {};
    const what =
      from === undefined ? (wrong[0]?.message ?? "") : `${from.namespace}/${from.workload} to ${to?.url ?? ""}`;
    throw new Error(`the plan, read back, is not what it was made from: ${what}`);
  }
  const nothing = numbers.filter((outcome) => "nothing" in (matrix.outcomes[outcome] ?? {})).length;
  return { text, calls: numbers.length, rules: rules.length, nothing, problems };
}
