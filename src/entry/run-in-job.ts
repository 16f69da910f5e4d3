import type { RawInputs } from "../settings/schema.js";
import { actionInputs } from "../settings/action-inputs.js";
import { settingsFrom } from "../settings/settings-from.js";
import type { Settings } from "../settings/settings.js";
import { emitAnnotations } from "../github/annotations.js";
import { runner, readInput, fail } from "../github/core.js";
import { runnerLog } from "../github/log.js";
import type { CommentSettings } from "../github/comment-step.js";
import { setOutputs } from "../github/outputs.js";
import { saveState } from "../github/saved-state.js";
import type { SavedState } from "../github/saved-state.js";
import { writeSummary } from "../github/summary.js";
import { problemText, Refusal } from "../problems.js";
import type { Problem } from "../problems.js";
import { buildReport } from "../report/build.js";
import { demoLines } from "../report/demo.js";
import type { Report } from "../report/document.js";
import { jobLog } from "../report/escape.js";
import { closingLine, terminalReport } from "../report/terminal.js";
import { run } from "../run.js";
import type { RunResult } from "../run.js";
import { DEMO_MODES } from "../settings/settings.js";
import { clock, realPorts, stopSignal } from "./world.js";
import { writeReport } from "./write-report.js";

const LOG_WIDTH = 160;

/** A run as the main step of the action: log groups, summary, annotations, outputs, report.json. */
export async function runInJob(): Promise<void> {
  const log = runnerLog(runner, clock);
  const inputs = actionInputs(readInput);
  const token = inputs["github-token"];
  if (typeof token === "string") runner.mask(token);
  let settings: Settings;
  try {
    settings = settingsFrom(inputs);
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    await refuse(thrown.problems, inputs);
    return;
  }
  const signal = stopSignal();
  const ports = realPorts();
  const { cleanup } = settings;
  let own: Pick<SavedState, "folder" | "cluster"> = {};
  const result = await run(settings, {
    ...ports,
    log,
    signal,
    identity: jobIdentity(process.env),
    rememberFolder: (folder) => {
      own = { folder };
      saveState({ runId: ports.runId, touches: [], cleanup, ...own }, runner);
    },
    rememberCluster: (cluster) => {
      own = { ...own, cluster };
      saveState({ runId: ports.runId, touches: [], cleanup, ...own }, runner);
    },
    remember: ({ runId, touches }, { kubeconfig, context }) => {
      const address = {
        ...(kubeconfig === undefined ? {} : { kubeconfig }),
        ...(context === undefined ? {} : { context }),
      };
      saveState({ runId, touches, cleanup, ...address, ...own }, runner);
    },
  });
  if (!result.report.problems.some(({ code }) => code === "left-over"))
    saveState({ runId: ports.runId, touches: [], cleanup, done: true }, runner);
  await tell(settings, result, signal);
}

async function tell(settings: Settings, { report, exit }: RunResult, signal: AbortSignal): Promise<void> {
  const written = await writeReport(report, settings);
  const guard = (text: string): void => text.split("\n").forEach((line) => runner.info(jobLog(line)));
  if (DEMO_MODES.includes(settings.mode)) report.phases.forEach((phase) => guard(`${demoLines(phase).join("\n")}\n`));
  guard(terminalReport(report, { width: LOG_WIDTH, unicode: true, colour: false }));
  emitAnnotations(report, runner);
  await writeSummary(report, runner);
  // A run that was stopped has nothing to tell of the policies, and little time.
  const commentBody = signal.aborted ? "" : await commented(report, exit !== 0, settings);
  setOutputs(report, { report: written.path ?? "", reportDir: settings.reportDir, commentBody }, runner);
  if (exit !== 0) fail(`mtls-gate: ${closingLine(report)}`);
  else if (written.failures.length > 0) fail(`mtls-gate: ${written.failures.join("\n")}`);
}

async function refuse(problems: readonly Problem[], inputs: RawInputs): Promise<void> {
  const mesh = { source: "cluster" as const, rootNamespace: "istio-system", istio: null, kubernetes: null };
  const report = buildReport({ mode: "migration", mesh, phases: [], problems, planned: 0 });
  emitAnnotations(report, runner);
  await writeSummary(report, runner);
  const settings = commentSettings(inputs);
  const commentBody = settings === null ? "" : await commented(report, true, settings);
  setOutputs(report, { report: "", reportDir: "", commentBody }, runner);
  fail(`mtls-gate: the inputs are not right:\n${problems.map(problemText).join("\n")}`);
}

/** What the comment needs is loaded once the run is over. */
async function commented(report: Report, failed: boolean, settings: CommentSettings): Promise<string> {
  const { commentInJob } = await import("./comment-in-job.js");
  return await commentInJob(report, failed, settings);
}

/** What is asked for of the comment, where the other inputs are not right: a comment that is there must not stay green. Null where those are not right either. */
function commentSettings(inputs: RawInputs): CommentSettings | null {
  const own = ["comment", "comment-key", "github-token"];
  try {
    return settingsFrom(Object.fromEntries(Object.entries(inputs).filter(([name]) => own.includes(name))));
  } catch (thrown) {
    if (thrown instanceof Refusal) return null;
    throw thrown;
  }
}

/** The job that runs this, as an address that a person can open. */
function jobIdentity(env: NodeJS.ProcessEnv): string {
  const {
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: id,
    GITHUB_RUN_ATTEMPT: attempt,
  } = env;
  return `${server ?? ""}/${repository ?? ""}/actions/runs/${id ?? ""}/attempts/${attempt ?? "1"}`;
}
