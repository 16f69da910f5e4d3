import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DemoImages } from "../mesh/demo.js";
import type { Commands, Log } from "../ports.js";
import { errorProblem, Failure, messageOf, Refusal } from "../problems.js";
import type { Settings } from "../settings/settings.js";
import type { ClusterAddress } from "./kube-config.js";

/** A cluster to run on. */
export interface Target extends ClusterAddress {
  /** Whether it is ours alone: nobody else's workloads are there. */
  readonly own: boolean;
  /** The images of the demo's workloads that this cluster has; what is absent is the manifests' own. */
  readonly images: DemoImages;
  /** The istioctl that fits it. */
  readonly istioctl: string;
}

type TargetSettings = Pick<Settings, "cluster" | "kubeconfig" | "context" | "imageHttpbin" | "imageClient">;

/**
 * Finds a cluster that is there, or brings up the local mesh. A cluster of kind is not brought up here: see kind/bring-up.ts.
 *
 * @param root the folder of this package, where local-mesh/ is
 * @throws Refusal when there is no such cluster to be had here
 * @throws Failure when it did not come up
 */
export async function reachTarget(
  ports: { commands: Commands; log: Log },
  settings: TargetSettings,
  root: string,
  signal: AbortSignal,
): Promise<Target> {
  const { kubeconfig, context } = settings;
  switch (settings.cluster) {
    case "kind":
    case "none":
      throw new Refusal([
        errorProblem("no-cluster", "no cluster to read is named", undefined, "set cluster to current or to local"),
      ]);
    case "current":
      return {
        own: false,
        images: imagesOf(settings, {}),
        istioctl: "istioctl",
        ...(kubeconfig === undefined ? {} : { kubeconfig }),
        ...(context === undefined ? {} : { context }),
      };
    case "local":
      return await localMesh(ports, settings, root, signal);
  }
}

/** The images of the demo's workloads: those that were asked for, else those that the cluster has. */
export function imagesOf(settings: Pick<Settings, "imageHttpbin" | "imageClient">, own: DemoImages): DemoImages {
  return {
    ...own,
    ...(settings.imageHttpbin === undefined ? {} : { httpbin: settings.imageHttpbin }),
    ...(settings.imageClient === undefined ? {} : { client: settings.imageClient }),
  };
}

interface LocalMeshFile {
  readonly context: string;
  readonly images: { readonly httpbin: string; readonly client: string };
  readonly istioctl: string;
}

async function localMesh(
  { commands, log }: { commands: Commands; log: Log },
  settings: TargetSettings,
  root: string,
  signal: AbortSignal,
): Promise<Target> {
  const script = join(root, "local-mesh", "up");
  const last: string[] = [];
  const { code, stdout } = await commands.run(script, [], {
    signal,
    onStderrLine: (line) => {
      last.push(line);
      log.info(line);
    },
  });
  const said = last.slice(-5).join("\n");
  if (code === 2)
    throw new Refusal([
      errorProblem(
        "local-mesh",
        `the local mesh cannot run here:\n${said}`,
        undefined,
        "install what is missing, or set cluster to current",
      ),
    ]);
  if (code !== 0)
    throw new Failure([
      errorProblem(
        "local-mesh",
        `local-mesh/up failed with exit code ${code}:\n${said}`,
        undefined,
        "see its log, or run local-mesh/down and again",
      ),
    ]);
  const kubeconfig = stdout.trim();
  try {
    const mesh = JSON.parse(await readFile(join(dirname(kubeconfig), "mesh.json"), "utf8")) as LocalMeshFile;
    return {
      own: true,
      kubeconfig,
      context: mesh.context,
      images: imagesOf(settings, { httpbin: mesh.images.httpbin, client: mesh.images.client }),
      istioctl: mesh.istioctl,
    };
  } catch (thrown) {
    throw new Failure([
      errorProblem(
        "local-mesh",
        `what local-mesh/up wrote cannot be read: ${messageOf(thrown)}`,
        { file: kubeconfig },
        "run local-mesh/down and again",
      ),
    ]);
  }
}
