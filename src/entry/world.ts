import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Target } from "../cluster/target.js";
import type { Clock, Kubernetes } from "../ports.js";
import type { RunPorts } from "../run.js";
import type { ManifestFiles } from "../settings/manifest-paths.js";
import { trustUsualCertificates } from "./certificates.js";
import { commands } from "./commands.js";
import { downloads } from "./downloads.js";
import { host } from "./host.js";
import { missingAsNull } from "./missing-as-null.js";

/** The real world: everything that touches it is made here. */

export const clock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  },
};

const files: ManifestFiles = {
  stat: async (path) => {
    const found = await stat(path).catch(missingAsNull);
    if (found === null) return null;
    return found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
  },
  readDir: async (path) => await readdir(path),
  readText: async (path) => await readFile(path, "utf8"),
  readStdin: async () => await text(process.stdin),
};

/** A cluster's API. Its client is large, and loaded only where there is a cluster to be asked. */
export async function connect(target: Target): Promise<Kubernetes> {
  const [{ loadKubeConfig }, { KubernetesApi }] = await Promise.all([
    import("../cluster/kube-config.js"),
    import("../cluster/kubernetes.js"),
  ]);
  trustUsualCertificates();
  return new KubernetesApi(loadKubeConfig(target), clock);
}

/** The folder of this package: the nearest one above that has the demo's manifests. */
function packageRoot(): string {
  let folder = import.meta.dirname;
  for (;;) {
    try {
      readFileSync(join(folder, "manifests", "workloads", "foo.yaml"));
      return folder;
    } catch (thrown) {
      const above = dirname(folder);
      if (above === folder)
        throw new Error("the package is not whole: manifests/ is missing beside dist/", { cause: thrown });
      folder = above;
    }
  }
}

/** A name that no other run has, fit for a label. */
function newRunId(): string {
  return `r-${randomBytes(6).toString("hex")}`;
}

/** Aborts on the signals that ask a process to end. A second one ends it at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(3);
      stop.abort(new Error(`${name} came: cleaning up; a second one ends it at once, and leaves things behind`));
    });
  }
  return stop.signal;
}

/** What both front ends of a run take from the world alike. */
export function realPorts(): Omit<
  RunPorts,
  "log" | "identity" | "remember" | "rememberFolder" | "rememberCluster" | "signal"
> {
  const root = packageRoot();
  return {
    clock,
    commands,
    host,
    downloads,
    files,
    connect,
    manifests: (path) => readFileSync(join(root, "manifests", path), "utf8"),
    root,
    runId: newRunId(),
  };
}
