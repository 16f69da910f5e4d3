import { writePlan } from "./expect-run.js";
import type { GatherPorts } from "./gather.js";
import { habitsOf } from "./init/habits.js";
import type { Habits } from "./init/habits.js";
import { repositoryFiles } from "./init/repository.js";
import { sourcesOf } from "./init/sources.js";
import type { Sources } from "./init/sources.js";
import { isRendered, workflowInputs, workflowText } from "./init/workflow.js";
import { predictMesh } from "./predict-run.js";
import { errorProblem, Refusal } from "./problems.js";
import type { Problem } from "./problems.js";
import { EDITOR_LINE } from "./report/plan/text.js";
import type { InitOptions } from "./settings/helper-commands.js";
import { readPlan } from "./settings/plan-file.js";
import { settingsFrom } from "./settings/settings-from.js";

/** A file to be written. */
export interface InitFile {
  readonly path: string;
  readonly text: string;
}

/** What `init` found, and what it makes of it. */
export interface Initialised {
  readonly sources: Sources;
  readonly habits: Habits;
  readonly plan: InitFile;
  /** How many calls the plan states something of, in how many rules; null where it leaves all to the prediction. */
  readonly stated: { readonly calls: number; readonly rules: number; readonly nothing: number } | null;
  /** Null where a workflow uses the action already. */
  readonly workflow: InitFile | null;
  /** Warnings alone. */
  readonly problems: readonly Problem[];
}

/**
 * Looks at the repository of the working folder, and makes a plan and a workflow that fit it. Nothing is written here. Both
 * are read back: the plan by a prediction that has to pass, the workflow's inputs as the action reads them.
 *
 * @throws Refusal where the files that were found, or named, are no mesh
 */
export async function initialise(options: InitOptions, ports: GatherPorts, signal: AbortSignal): Promise<Initialised> {
  const named = namedSources(options);
  const files = await repositoryFiles(ports.files, { all: named === null });
  const sources = named ?? sourcesOf(files.filter(({ path }) => path !== options.planFile));
  refuseInside(options, sources);
  const habits = habitsOf(files.filter(({ path }) => path !== options.workflowFile));
  const made = await planFor(sources, options, ports, signal);
  const parts = { sources, habits, plan: options.planFile, action: options.action };
  settingsFrom(workflowInputs(parts));
  return {
    sources,
    habits,
    plan: { path: options.planFile, text: made.text },
    stated: made.stated,
    workflow: habits.uses === null ? { path: options.workflowFile, text: workflowText(parts) } : null,
    problems: made.problems,
  };
}

/** Those of the flags; null where there are none. */
function namedSources({ settings }: InitOptions): Sources | null {
  const manifests = [...settings.manifests, ...settings.policies].map((path) => path.replace(/^\.\//u, ""));
  if (manifests.join() === ".") return null;
  return { manifests, kustomizations: [], variants: [], charts: [], watched: [], unfit: [] };
}

/** All files of a folder are read as manifests, and these are none: the second run would be refused. */
function refuseInside({ planFile, workflowFile }: InitOptions, { manifests }: Sources): void {
  const inside = [planFile, workflowFile].flatMap((path) => {
    const folder = manifests.find((one) => path.startsWith(one.endsWith("/") ? one : `${one}/`));
    return folder === undefined ? [] : [{ path, folder }];
  });
  if (inside.length === 0) return;
  throw new Refusal(
    inside.map(({ path, folder }) =>
      errorProblem(
        "invalid-input",
        `${path} would be read as a manifest: ${folder} is one of the folders of the mesh`,
        undefined,
        "give a path outside of it",
      ),
    ),
  );
}

interface MadePlan {
  readonly text: string;
  readonly stated: Initialised["stated"];
  readonly problems: readonly Problem[];
}

const OPEN_PLAN = `${EDITOR_LINE}
# Written by mtls-gate init. Nothing is stated yet: each call is left to the prediction, and compared with the base.
# What has to stay true goes above the last rule, for example
#   - { from: legacy, to: "*", code: "000", exit: 56 }
# and mtls-gate expect writes all of it: docs/plan.md.
expect:
  - { from: "*", to: "*" }
`;

async function planFor(
  sources: Sources,
  options: InitOptions,
  ports: GatherPorts,
  signal: AbortSignal,
): Promise<MadePlan> {
  const open: MadePlan = { text: OPEN_PLAN, stated: null, problems: [] };
  if (isRendered(sources) || sources.manifests.length === 0) {
    const { problems } = readPlan(OPEN_PLAN, options.planFile, { allowUnsafeMethods: false });
    if (problems.length > 0) throw new Refusal(problems);
    return open;
  }
  const { rootNamespace } = options.settings;
  const inputs = {
    mode: "predict",
    manifests: [...sources.manifests],
    ...(rootNamespace === undefined ? {} : { "root-namespace": rootNamespace }),
  };
  const made = await statedPlan(settingsFrom(inputs), open, ports, signal);
  await proved(settingsFrom({ ...inputs, plan: options.planFile }), made.text, ports, signal);
  return made;
}

async function statedPlan(
  settings: InitOptions["settings"],
  open: MadePlan,
  ports: GatherPorts,
  signal: AbortSignal,
): Promise<MadePlan> {
  try {
    const { text, problems, ...stated } = await writePlan({ settings, force: false }, ports, signal);
    return { text, stated, problems };
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    const errors = thrown.problems.filter(({ severity }) => severity === "error");
    // Policies without the workloads that they are for: there is no call to state anything of.
    if (errors.every(({ code }) => code === "no-calls"))
      return { ...open, problems: thrown.problems.filter(({ severity }) => severity === "warning") };
    const hint = "or name the files of one mesh: mtls-gate init --manifests clusters/prod/";
    throw new Refusal([
      ...thrown.problems,
      errorProblem("no-mesh", `${settings.manifests.join(", ")} cannot be read as one mesh`, undefined, hint),
    ]);
  }
}

/** The plan is only written once a prediction by it passes: what it makes of a mesh nobody has to find out later. */
async function proved(
  settings: InitOptions["settings"],
  text: string,
  ports: GatherPorts,
  signal: AbortSignal,
): Promise<void> {
  const { plan: path } = settings;
  const files: GatherPorts["files"] = {
    ...ports.files,
    stat: async (one) => (one === path ? "file" : await ports.files.stat(one)),
    readText: async (one) => (one === path ? text : await ports.files.readText(one)),
  };
  const { phase } = await predictMesh(settings, { ...ports, files }, signal);
  const wrong = [...phase.calls, ...(phase.classes ?? [])].filter(({ verdict }) => verdict === "mismatch");
  if (wrong.length > 0) throw new Error(`${wrong.length} calls are not as the written plan has them`);
}
