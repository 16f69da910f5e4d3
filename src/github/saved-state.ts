/** What the main step leaves for the post step, which cleans up what main could not. Nothing secret is in it: a path, not a kubeconfig. */
import type { OwnCluster } from "../cluster/kind/own-cluster.js";
import type { Touched } from "../cluster/ownership.js";
import { isTouched } from "../cluster/ownership.js";
import type { Settings } from "../settings/settings.js";
import type { Runner } from "./port.js";

export interface SavedState {
  /** The label value of everything that this run created. */
  readonly runId: string;
  /** The kinds and namespaces where it may have left something. */
  readonly touches: readonly Touched[];
  readonly cleanup: Settings["cleanup"];
  readonly kubeconfig?: string;
  readonly context?: string;
  /** The folder of the kubeconfig, where the run made it. */
  readonly folder?: string;
  /** The cluster that the run made: everything that it created is in it. */
  readonly cluster?: OwnCluster;
  /** Whether main came to its end, and left nothing that was to go. */
  readonly done?: true;
}

const KEY = "mtls-gate";
const CLEANUPS: readonly unknown[] = ["always", "on-success", "never"] satisfies Settings["cleanup"][];

/** Saves the state for the post step; the last one counts. */
export function saveState(state: SavedState, runner: Pick<Runner, "saveState">): void {
  const { runId, touches, cleanup, kubeconfig, context, folder, cluster, done } = state;
  runner.saveState(KEY, JSON.stringify({ runId, touches, cleanup, kubeconfig, context, folder, cluster, done }));
}

/** What main saved, or undefined where it saved nothing that can be read: then there is nothing to clean up. */
export function readState(runner: Pick<Runner, "getState">): SavedState | undefined {
  const saved = parse(runner.getState(KEY));
  if (saved === undefined) return undefined;
  const { runId, touches, cleanup, kubeconfig, context, folder, cluster, done } = saved;
  if (typeof runId !== "string" || runId === "" || !isCleanup(cleanup)) return undefined;
  return {
    runId,
    touches: Array.isArray(touches) ? touches.filter(isTouched) : [],
    cleanup,
    ...(typeof kubeconfig === "string" ? { kubeconfig } : {}),
    ...(typeof context === "string" ? { context } : {}),
    ...(typeof folder === "string" && folder !== "" ? { folder } : {}),
    ...(isCluster(cluster) ? { cluster } : {}),
    ...(done === true ? { done } : {}),
  };
}

function parse(text: string): Partial<Record<keyof SavedState, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isCleanup(value: unknown): value is Settings["cleanup"] {
  return CLEANUPS.includes(value);
}

function isCluster(value: unknown): value is OwnCluster {
  if (typeof value !== "object" || value === null) return false;
  const { name, kind, folder, env } = value as Partial<Record<keyof OwnCluster, unknown>>;
  const texts: readonly unknown[] = [name, kind, folder];
  if (typeof env !== "object" || env === null) return false;
  return [...texts, ...(Object.values(env) as unknown[])].every((one) => typeof one === "string" && one !== "");
}
