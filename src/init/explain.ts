/** What `init` tells of its work. */
import type { Initialised } from "../init-run.js";
import { terminal } from "../report/escape.js";
import { FOLDER_TO_BE, isRendered } from "./workflow.js";

/** What became of the files. */
export interface Written {
  readonly dryRun: boolean;
  /** Paths that are new. Others are there already, with the same text. */
  readonly created: readonly string[];
}

/** As a JSON document. */
export function initJson({ sources, habits, plan, stated, workflow, problems }: Initialised, written: Written): string {
  const files = [plan, ...(workflow === null ? [] : [workflow])];
  const document = { schema: "mtls-gate/init/v1", sources, habits, stated, files, ...written, problems };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** As lines for a person, with a newline after each; nothing in them can move a terminal's cursor. */
export function initText(found: Initialised, written: Written): string {
  const { plan, workflow } = found;
  const files = [plan, ...(workflow === null ? [] : [workflow])];
  const lines = [
    "Found",
    ...foundLines(found).map((line) => `  ${line}`),
    "",
    written.dryRun ? "Would write" : "Written",
    ...planLines(found, written).map((line) => `  ${line}`),
    ...workflowLines(found, written).map((line) => `  ${line}`),
    "",
    "Next",
    ...nextLines(found).map((line) => `  ${line}`),
    ...(written.dryRun ? files.flatMap(({ path, text }) => ["", `--- ${path}`, ...text.trimEnd().split("\n")]) : []),
  ];
  return lines.map((line) => `${terminal(line)}\n`).join("");
}

function foundLines({ sources, habits }: Initialised): string[] {
  const { manifests, kustomizations, variants, charts, unfit } = sources;
  const nothing = manifests.length + kustomizations.length + charts.length === 0;
  return [
    ...(nothing ? ["no manifests of a mesh"] : []),
    ...manifests.map((path) => `manifests       ${path}`),
    ...kustomizations.map((path) => `kustomization   ${path}`),
    ...charts.map((path) => `Helm chart      ${path}`),
    ...variants.map(
      ({ taken, others }) =>
        `                ${taken} is taken; ${others.join(", ")} ${others.length === 1 ? "is" : "are"} made from the same base`,
    ),
    ...unfit.map((path) => `passed over     ${path}: its name has what a list of paths cannot hold`),
    ...(habits.own ? [`workflows       ${habits.checkout} on ${habits.runner}`] : []),
  ];
}

function state(path: string, { created, dryRun }: Written): string {
  return dryRun || created.includes(path) ? path : `${path} (was there already, with the same text)`;
}

function planLines({ plan, stated, sources }: Initialised, written: Written): string[] {
  const why =
    stated === null
      ? isRendered(sources)
        ? "leaves every call to the prediction: what is rendered in the job is not there yet"
        : "leaves every call to the prediction: there are no workloads and Services that would call and be called"
      : `states what is predicted of ${stated.calls} calls now, in ${stated.rules} rules: from here on a change of one fails the gate`;
  const nothing =
    stated === null || stated.nothing === 0
      ? []
      : [`  of ${stated.nothing} calls nothing is stated; the file says why`];
  return [state(plan.path, written), `  ${why}`, ...nothing];
}

function workflowLines({ workflow, habits, sources }: Initialised, written: Written): string[] {
  if (workflow === null) return [`no workflow: ${habits.uses ?? ""} uses the action already`];
  return [
    state(workflow.path, written),
    "  runs mode predict on pull requests against their base: no cluster, no secrets",
    ...(isRendered(sources) ? ["  renders both sides first, with the kubectl and helm of the runner"] : []),
    ...(habits.own ? ["  checks out and runs where your other workflows do"] : []),
  ];
}

function nextLines({ sources, plan, stated }: Initialised): string[] {
  const rendered = isRendered(sources);
  const nothing = sources.manifests.length === 0 && !rendered;
  return [
    ...(nothing ? [`put the manifests of the mesh below ${FOLDER_TO_BE}, or change the path in the workflow`] : []),
    ...(rendered
      ? [`state what is to stay: render the files, then mtls-gate expect --manifests … --out ${plan.path} --force`]
      : []),
    ...(stated === null
      ? []
      : [
          `read ${plan.path}: what is there now need not be right`,
          `mtls-gate predict --manifests ${sources.manifests.join(",")} --plan ${plan.path}`,
        ]),
    "commit the files, and open a pull request that changes a policy",
  ];
}
