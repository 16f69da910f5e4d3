import { cleanUp } from "../cluster/clean-up.js";
import { runner } from "../github/core.js";
import { runnerLog } from "../github/log.js";
import { readState } from "../github/saved-state.js";
import { messageOf, problemText } from "../problems.js";
import { clock, connect } from "./world.js";

/**
 * The post step: removes what the main step could not, because it was cancelled or killed. It finds nothing where main
 * has cleaned up. What fails here is told and never fails a job that passed.
 */
export async function cleanUpJob(): Promise<void> {
  const state = readState(runner);
  if (state?.cleanup !== "always") return;
  try {
    const { kubeconfig, context } = state;
    const address = {
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(context === undefined ? {} : { context }),
    };
    const kubernetes = await connect({ ...address, own: false, images: {}, istioctl: "" });
    const log = runnerLog(runner, clock);
    const problems = await cleanUp({ log, clock }, kubernetes, state, state.cleanup, false);
    for (const problem of problems) runner.warning(problemText(problem));
  } catch (thrown) {
    runner.warning(`the clean-up failed: ${messageOf(thrown)}`);
  }
}
