/** The workflow that `init` writes: the gate of a pull request, for the files that are there. */
import { yamlWord } from "../yaml/word.js";
import type { Habits } from "./habits.js";
import type { Sources } from "./sources.js";

/** What a workflow is made of. */
export interface WorkflowParts {
  readonly sources: Sources;
  readonly habits: Habits;
  /** The path of the plan. */
  readonly plan: string;
  /** The action, as `uses` names it. */
  readonly action: string;
}

/** Where a mesh's files go that are not there yet. */
export const FOLDER_TO_BE = "mesh/";
/** Where rendered files are written in the job. */
export const RENDERED = "mtls-gate-rendered";

/** The inputs of the action's step. `base` is an expression's in the end. */
export function workflowInputs({ sources, plan }: Pick<WorkflowParts, "sources" | "plan">): Record<string, string> {
  return {
    mode: "predict",
    manifests: manifestsOf(sources).join("\n"),
    plan,
    base: isRendered(sources) ? "dir:${{ runner.temp }}/base" : "origin/${{ github.base_ref }}",
  };
}

/** Whether files have to be rendered before they can be read. */
export function isRendered({ kustomizations, charts }: Sources): boolean {
  return kustomizations.length + charts.length > 0;
}

function manifestsOf(sources: Sources): string[] {
  const all = [...sources.manifests, ...(isRendered(sources) ? [`${RENDERED}/`] : [])];
  return all.length === 0 ? [FOLDER_TO_BE] : all;
}

/** The text of the workflow. */
export function workflowText(parts: WorkflowParts): string {
  const { sources, habits, plan, action } = parts;
  return `# Written by mtls-gate init: the gate of a pull request, without a cluster. It says which calls a change breaks, opens or takes
# out of mTLS, and which are not as the plan has them, in one comment, in annotations and in the job's summary.
name: mesh-gate
on:
  pull_request:
    paths: # take them out where the check has to pass before a merge: a check that never starts never passes
${[...pathsOf(sources), plan].map((path) => `      - ${JSON.stringify(path)}\n`).join("")}
permissions: {}

concurrency:
  group: \${{ github.workflow }}-\${{ github.event.pull_request.number }}
  cancel-in-progress: true # or the older run of two could have the last word in the comment

jobs:
  predict:
    runs-on: ${habits.runner}
    timeout-minutes: 10
    permissions:
      contents: read # to check the files out, and to read those of the base from git
      pull-requests: write # for the comment; without it there is a notice, and all else
    steps:
      - uses: ${habits.checkout}
        with:
          fetch-depth: 0 # the files of the base are read from git
          persist-credentials: false
${renderStep(sources)}      - uses: ${action}
        with:
${Object.entries(workflowInputs(parts)).map(inputLines).join("")}`;
}

function inputLines([name, text]: [string, string]): string {
  const lines = text.split("\n");
  if (lines.length > 1) return `          ${name}: |\n${lines.map((line) => `            ${line}\n`).join("")}`;
  return `          ${name}: ${text.includes("${{") ? text : yamlWord(text)}\n`;
}

function pathsOf({ manifests, watched }: Sources): string[] {
  const own = [...manifests.map((one) => (one.endsWith("/") ? `${one}**` : one)), ...watched];
  return own.length === 0 ? [`${FOLDER_TO_BE}**`] : own;
}

/** The files of both sides, rendered at the same path of each. What one side has not is not there. */
function renderStep(sources: Sources): string {
  if (!isRendered(sources)) return "";
  const { kustomizations, charts } = sources;
  const commands = [
    ...kustomizations.map((path) => [path, `kubectl kustomize ${path}`]),
    ...charts.map((path) => [path, `helm template ${releaseOf(path)} ${path}`]),
  ].map(([path = "", command = ""]) => {
    const file = `${RENDERED}/${path === "." ? "root" : path.replaceAll("/", "-")}.yaml`;
    return `            if [ -d ${path} ]; then ${command} > ${file}; fi\n`;
  });
  return `      - name: Render the files of both sides
        run: |
          git worktree add --detach "$RUNNER_TEMP/base" "$(git merge-base "origin/$BASE" HEAD)"
          for side in "$RUNNER_TEMP/base" "$GITHUB_WORKSPACE"; do
            cd "$side"
            mkdir -p ${RENDERED}
${commands.join("")}          done
        env:
          BASE: \${{ github.base_ref }} # by way of the environment: a branch's name is a stranger's text
`;
}

/** A name that Helm takes. */
function releaseOf(path: string): string {
  const name = path
    .slice(path.lastIndexOf("/") + 1)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 53);
  return name === "" ? "release" : name;
}
