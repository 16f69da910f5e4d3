import { findIstio } from "../../mesh/istio.js";
import type { Clock, Commands, Downloads, Host, Kubernetes, Log } from "../../ports.js";
import type { Problem } from "../../problems.js";
import { problemText, Refusal } from "../../problems.js";
import type { Settings } from "../../settings/settings.js";
import type { ClusterAddress } from "../kube-config.js";
import type { Target } from "../target.js";
import { imagesOf } from "../target.js";
import type { KindConfig } from "./config.js";
import { completeConfig, fileProblems, readConfig } from "./config.js";
import { createCluster, exportKubeconfig, isThere, loadImages } from "./create.js";
import type { Engine } from "./engine.js";
import { findEngine, isFound } from "./engine.js";
import { hostProblems } from "./host-preflight.js";
import { installIstio } from "./istio.js";
import type { OwnCluster } from "./own-cluster.js";
import { kubeconfigOf } from "./own-cluster.js";
import { istioReady, nodesReady } from "./ready.js";
import type { FoundTool } from "./tools.js";
import { findIstioctl, findKind } from "./tools.js";
import type { FittingVersions } from "./versions.js";
import { fittingVersions, supports, unsupported } from "./versions.js";

export interface KindPorts {
  readonly commands: Commands;
  readonly log: Log;
  readonly clock: Clock;
  readonly host: Host;
  readonly downloads: Downloads;
  readonly connect: (target: Target) => Promise<Kubernetes>;
  readonly runId: string;
  /** Told of the folder for the kubeconfig as soon as it is there: without a cluster of the run's own it is to be removed. */
  readonly onFolder: (folder: string) => void;
  /** Told of the cluster before it is made: from then on it is to be deleted. */
  readonly onCluster: (cluster: OwnCluster) => void;
}

interface Plan {
  readonly versions: FittingVersions;
  readonly config: KindConfig;
  readonly engine: Engine;
}

/**
 * Brings up a cluster of kind with Istio: looks whether it can be done, makes the nodes while istioctl is fetched, loads
 * images while the nodes become ready, installs Istio, and waits until it is ready.
 *
 * @throws Refusal before anything is made, when it cannot be done here; Failure when it went wrong
 */
export async function bringUpKind(ports: KindPorts, settings: Settings, signal: AbortSignal): Promise<Target> {
  const { log, host } = ports;
  const plan = await log.group("kind: preflight", () => look(ports, settings, signal));
  const kind = await log.group("kind: tools", () => findKind(ports, settings.kind, plan.versions, signal));
  const folder = await host.makeFolder();
  ports.onFolder(folder);
  const cluster: OwnCluster = {
    name: settings.kind.clusterName ?? nameOf(host, ports.runId),
    kind: kind.file,
    folder,
    env: plan.engine.env,
  };
  const reused = await isThere(ports, cluster, settings.kind, signal);
  const [, istioctl] = await together(signal, [
    (either) =>
      reused ? exportKubeconfig(ports, cluster, either) : make(ports, settings, cluster, plan, kind, either),
    (either) => findIstioctl(ports, settings.kind, plan.versions, either),
  ]);
  const target = {
    own: !reused,
    images: imagesOf(settings, {}),
    istioctl: istioctl.file,
    kubeconfig: kubeconfigOf(cluster),
    context: `kind-${cluster.name}`,
  };
  await populate(ports, settings, cluster, target, plan, signal);
  return target;
}

/** Everything that can be seen to stand in the way, at once. */
async function look(ports: KindPorts, settings: Settings, signal: AbortSignal): Promise<Plan> {
  const { host, log } = ports;
  const versions = fittingVersions(settings.kind);
  const config = await readConfig(host, settings.kind);
  const [engine, files] = await Promise.all([findEngine(ports, signal), fileProblems(host, settings.kind)]);
  const machine = isFound(engine) ? await hostProblems(host, engine, config.nodes.length) : [];
  const problems: Problem[] = [...(isFound(engine) ? [] : [engine]), ...machine, ...files];
  if (!isFound(engine) || problems.some(({ severity }) => severity === "error")) throw new Refusal(problems);
  problems.forEach((one) => log.warning(problemText(one)));
  log.info(`Istio ${versions.istio}; ${engine.name}${engine.rootless ? ", rootless" : ""}`);
  return { versions, config, engine };
}

/** Told before it is made: what is made halfway is to be deleted too. */
async function make(
  ports: KindPorts,
  settings: Settings,
  cluster: OwnCluster,
  { versions, config }: Plan,
  { version }: FoundTool,
  signal: AbortSignal,
): Promise<void> {
  const { host, log } = ports;
  const release = versions.kinds.find(({ kind }) => kind === version) ?? versions.kinds[0];
  const image = settings.kind.nodeImage ?? release.nodeImage;
  const text = await completeConfig(host, config, settings.kind, cluster.folder);
  ports.onCluster(cluster);
  await log.group(`kind: create ${cluster.name} from ${image}`, () =>
    createCluster(ports, cluster, text, image, settings.kind, signal),
  );
}

async function populate(
  ports: KindPorts,
  settings: Settings,
  cluster: OwnCluster,
  target: Target & Required<ClusterAddress>,
  { versions, config }: Plan,
  signal: AbortSignal,
): Promise<void> {
  const { log, clock } = ports;
  const { images, clusterTimeout: timeout } = settings.kind;
  const { revision, rootNamespace } = settings;
  const kubernetes = await ports.connect(target);
  const ready = { kubernetes, clock, log };
  const nodes = target.own ? config.nodes.length : 1;
  await together(signal, [
    (either) => log.group("kind: nodes and CoreDNS", () => nodesReady(ready, nodes, { timeout, signal: either })),
    async (either) => {
      if (images.length > 0)
        await log.group("kind: load images", () => loadImages(ports, cluster, images, settings.kind, either));
    },
  ]);
  const version = (await kubernetes.version(signal)).replace(/^v/, "");
  if (!supports(versions.support, version)) throw new Refusal([unsupported(versions.istio, versions.support, version)]);
  const there = target.own ? null : await findIstio(kubernetes, rootNamespace, signal);
  if (there === null) {
    await log.group("kind: install Istio", () =>
      installIstio(ports, target.istioctl, target, settings.kind, revision, signal),
    );
  } else log.info(`Istio ${there.version ?? "of an unknown version"} is there already`);
  const namespace = (await findIstio(kubernetes, rootNamespace, signal))?.namespace ?? "istio-system";
  const options = { namespace, timeout, signal, ...(revision === undefined ? {} : { revision }) };
  await log.group("kind: istiod and its webhook", () => istioReady(ready, options));
}

/** A name that no other run has, nor another attempt or job of this one. */
function nameOf({ env }: Host, runId: string): string {
  const { GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: attempt } = env;
  const own = runId.replace(/^r-/, "");
  return id === undefined || id === "" ? `mtls-gate-${own}` : `mtls-gate-${id}-${attempt ?? "1"}-${own.slice(0, 6)}`;
}

/** Does two things side by side. When one fails the other is stopped, and waited for, so that nothing goes on alone. */
async function together<A, B>(
  signal: AbortSignal,
  [first, second]: [(signal: AbortSignal) => Promise<A>, (signal: AbortSignal) => Promise<B>],
): Promise<[A, B]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const guarded = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await work(either);
    } catch (thrown) {
      failed.abort(thrown);
      throw thrown;
    }
  };
  const both = [guarded(first), guarded(second)] as const;
  await Promise.allSettled(both);
  // The one that failed first is the reason of both.
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
  return await Promise.all(both);
}
