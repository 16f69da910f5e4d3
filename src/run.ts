import type { OwnCluster } from "./cluster/kind/own-cluster.js";
import type { Preflight } from "./cluster/preflight.js";
import type { Target } from "./cluster/target.js";
import { reachTarget } from "./cluster/target.js";
import type { ManifestTexts } from "./mesh/demo.js";
import { Failure, messageOf, Refusal, errorProblem } from "./problems.js";
import type { Problem } from "./problems.js";
import type { Clock, Commands, Downloads, Host, Kubernetes, Log } from "./ports.js";
import { KubeError } from "./ports.js";
import { buildReport, exitCode } from "./report/build.js";
import type { Report, ReportPhase } from "./report/document.js";
import { judge } from "./judge/judge.js";
import { prepare } from "./prepare.js";
import { probePhases } from "./phases.js";
import { predictMesh } from "./predict-run.js";
import type { Prediction } from "./predict-run.js";
import type { ProbedPhase } from "./phases.js";
import { scenarioOf } from "./scenario.js";
import type { ManifestFiles } from "./settings/manifest-paths.js";
import type { Settings } from "./settings/settings.js";
import { cleanUp, stays } from "./cluster/clean-up.js";
import type { Ledger } from "./cluster/clean-up.js";
import { readUserFiles } from "./user-files.js";

/** What a run needs of the world. */
export interface RunPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly commands: Commands;
  readonly host: Host;
  readonly downloads: Downloads;
  readonly files: ManifestFiles;
  readonly connect: (target: Target) => Promise<Kubernetes>;
  readonly manifests: ManifestTexts;
  /** The folder of this package. */
  readonly root: string;
  /** A name for this run that no other has: it labels what the run creates. */
  readonly runId: string;
  /** Who runs it, for people that meet its Lease. */
  readonly identity: string;
  /** Told what there is to clean up before anything is created, so that another process can do it. */
  readonly remember: (ledger: Ledger, target: Target) => void;
  /** Told of a folder for the kubeconfig of this run, so that another process can remove it. */
  readonly rememberFolder: (folder: string) => void;
  /** Told of a cluster before it is made, so that another process can delete it. */
  readonly rememberCluster: (cluster: OwnCluster) => void;
  /** Aborts when the run is to end early: the clean-up is done all the same. */
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly report: Report;
  /** 0 everything passed, 1 a mismatch, 2 refused before a probe, 3 could not tell. */
  readonly exit: 0 | 1 | 2 | 3;
}

/** What is known so far, for a report of a run that ended early. */
interface Progress {
  kubernetes: Kubernetes | null;
  folder: string | null;
  cluster: OwnCluster | null;
  preflight: Preflight | null;
  ledger: Ledger | null;
  planned: number;
  probed: ProbedPhase[];
  problems: Problem[];
  prediction: Prediction | null;
}

/**
 * The whole of a run: find the cluster, look whether it is fit, apply, roll out, probe each phase, judge, clean up.
 * Never rejects: how it ended is in the report and the exit code.
 */
export async function run(settings: Settings, ports: RunPorts): Promise<RunResult> {
  const progress: Progress = {
    kubernetes: null,
    folder: null,
    cluster: null,
    preflight: null,
    ledger: null,
    planned: 0,
    probed: [],
    problems: [],
    prediction: null,
  };
  const signal = AbortSignal.any([ports.signal, AbortSignal.timeout(settings.timeout)]);
  let refused = false;
  try {
    if (settings.mode === "predict") progress.prediction = await predictMesh(settings, ports, signal);
    else await proceed(settings, ports, progress, signal);
  } catch (caught) {
    const thrown = reasonOf(caught);
    refused = thrown instanceof Refusal && progress.probed.length === 0;
    progress.problems.push(...problemsOf(thrown, settings, ports.signal));
  }
  progress.problems.push(...(await leave(settings, ports, progress)));
  const report = reportOf(settings, progress);
  return { report, exit: refused && report.verdict !== "mismatch" ? 2 : exitCode(report) };
}

/** Leaves the world as it was. With a cluster of the run's own goes everything that is in it. */
async function leave(settings: Settings, ports: RunPorts, progress: Progress): Promise<Problem[]> {
  const { kubernetes, folder, cluster, ledger } = progress;
  const { verdict } = reportOf(settings, progress);
  const passed = verdict === "pass";
  if (cluster === null) {
    const problems = await cleanUp(ports, kubernetes, ledger, settings.cleanup, passed);
    // Another process that is to remove what is left needs the kubeconfig.
    if (folder !== null && problems.length === 0) await ports.host.removeFolder(folder).catch(() => undefined);
    return problems;
  }
  if (stays(settings.cleanup, passed)) await ledger?.claim?.leave();
  else ledger?.claim?.end();
  const { throwAway } = await import("./cluster/kind/throw-away.js");
  // A run that was stopped has little time, and one whose calls had other outcomes has nothing to look for in the nodes.
  const logs = !ports.signal.aborted && (verdict === "error" || verdict === "unproven");
  return await throwAway(ports, cluster, settings, { passed, logs });
}

async function reach(settings: Settings, ports: RunPorts, progress: Progress, signal: AbortSignal): Promise<Target> {
  if (settings.cluster !== "kind") return await reachTarget(ports, settings, ports.root, signal);
  const { bringUpKind } = await import("./cluster/kind/bring-up.js");
  const onFolder = (folder: string): void => {
    progress.folder = folder;
    ports.rememberFolder(folder);
  };
  const onCluster = (cluster: OwnCluster): void => {
    progress.cluster = cluster;
    ports.rememberCluster(cluster);
  };
  return await bringUpKind({ ...ports, onFolder, onCluster }, settings, signal);
}

async function proceed(settings: Settings, ports: RunPorts, progress: Progress, signal: AbortSignal): Promise<void> {
  const { log } = ports;
  const files = await readUserFiles(settings, ports.files);
  const target = await log.group(`cluster ${settings.cluster}`, () => reach(settings, ports, progress, signal));
  const kubernetes = await ports.connect(target);
  progress.kubernetes = kubernetes;
  const scenario = scenarioOf(settings, ports.manifests, target.images, files);
  const prepared = await prepare({ ...ports, kubernetes }, settings, scenario, target, progress, signal);
  const { calls, problems } = scenario.calls(prepared.mesh);
  if (problems.length > 0) throw new Refusal(problems);
  progress.planned = calls.length * scenario.phases.length;
  await probePhases({ ...ports, kubernetes }, settings, scenario, prepared, calls, progress, prepared.signal);
}

function reportOf(settings: Settings, { preflight, probed, planned, problems, prediction }: Progress): Report {
  if (prediction !== null) {
    const { mesh, phase, planned: calls, comparison } = prediction;
    const all = [...prediction.problems, ...problems];
    return buildReport({ mode: settings.mode, mesh, phases: [phase], problems: all, planned: calls, comparison });
  }
  const judged = judge(probed);
  const phases: ReportPhase[] = probed.map(({ name, control, applied, settledMs, rounds }, index) => ({
    name,
    control,
    applied,
    settledMs,
    rounds,
    calls: judged[index] ?? [],
  }));
  const mesh = {
    source: settings.cluster === "none" ? ("manifests" as const) : ("cluster" as const),
    rootNamespace: preflight?.istio.rootNamespace ?? settings.rootNamespace ?? "istio-system",
    istio: preflight?.istio.version ?? null,
    kubernetes: preflight?.kubernetes ?? null,
  };
  return buildReport({ mode: settings.mode, mesh, phases, problems, planned });
}

/** Timers reject with an error of their own when they are aborted, and keep what they were aborted for as its cause. */
function reasonOf(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.name === "AbortError" && thrown.cause !== undefined ? thrown.cause : thrown;
}

function problemsOf(thrown: unknown, settings: Settings, stop: AbortSignal): readonly Problem[] {
  if (thrown instanceof Refusal || thrown instanceof Failure) return thrown.problems;
  if (stop.aborted) return [errorProblem("stopped", `the run was stopped: ${messageOf(stop.reason)}`)];
  if (thrown instanceof KubeError) {
    return [
      errorProblem(
        "cluster",
        `the cluster failed: ${thrown.message}`,
        undefined,
        "see that the API server and istiod are up, and that nothing else removes what the run uses",
      ),
    ];
  }
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") {
    return [
      errorProblem(
        "timeout",
        `the run took longer than its timeout of ${settings.timeout / 1000} s`,
        undefined,
        "set timeout higher, or see above what it waited for",
      ),
    ];
  }
  return [
    errorProblem(
      "internal",
      `something unforeseen happened: ${messageOf(thrown)}`,
      undefined,
      "please report it with the log",
    ),
  ];
}
