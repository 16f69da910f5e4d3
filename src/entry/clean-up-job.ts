import { cleanUp } from "../cluster/clean-up.js";
import { runner } from "../github/core.js";
import { runnerLog } from "../github/log.js";
import { readState } from "../github/saved-state.js";
import { messageOf, problemText } from "../problems.js";
import { clock, connect } from "./world.js";

import { commands } from "./commands.js";
import { host } from "./host.js";
import { clusterNames, deleteCluster, endCreation } from "../cluster/kind/own-cluster.js";
import type { OwnCluster } from "../cluster/kind/own-cluster.js";

const LOOK_MS = 30_000;
/** A container that the engine was asked for just before main was killed comes within this time. */
const LATE_MS = 5_000;

/**
 * The post step: removes what the main step could not, because it was cancelled or killed. It finds nothing where main
 * has cleaned up. What fails here is told and never fails a job that passed.
 */
export async function cleanUpJob(): Promise<void> {
  const state = readState(runner);
  if (state?.cleanup !== "always" || state.done === true) return;
  try {
    const { kubeconfig, context, folder, cluster } = state;
    if (cluster !== undefined) {
      await deleteOwn(cluster);
      return;
    }
    // Without a kubeconfig in it, main has made nothing yet, or has cleaned up.
    if (folder !== undefined && (kubeconfig === undefined || !(await host.isFile(kubeconfig)))) {
      await host.removeFolder(folder);
      return;
    }
    const address = {
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(context === undefined ? {} : { context }),
    };
    const kubernetes = await connect({ ...address, own: false, images: {}, istioctl: "" });
    const log = runnerLog(runner, clock);
    const problems = await cleanUp({ log, clock }, kubernetes, state, state.cleanup, false);
    for (const problem of problems) runner.warning(problemText(problem));
    if (folder !== undefined && problems.length === 0) await host.removeFolder(folder);
  } catch (thrown) {
    runner.warning(`the clean-up failed: ${messageOf(thrown)}`);
  }
}

/** A cluster of the run's own that main did not come to delete, and its folder, which has the kubeconfig of one that stays. */
async function deleteOwn(cluster: OwnCluster): Promise<void> {
  const { name, folder } = cluster;
  const isThere = async (): Promise<boolean> =>
    (await clusterNames(commands, cluster, AbortSignal.timeout(LOOK_MS))).includes(name);
  await endCreation(commands, cluster);
  const later = async (): Promise<boolean> => {
    await clock.sleep(LATE_MS);
    return await isThere();
  };
  if ((await isThere()) || (await later())) {
    runner.info(`deleting the kind cluster ${name}`);
    const problems = await deleteCluster(commands, cluster);
    for (const problem of problems) runner.warning(problemText(problem));
    if (problems.length > 0) return;
  }
  await host.removeFolder(folder);
}
