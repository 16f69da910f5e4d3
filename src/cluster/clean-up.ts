import type { Clock, Kubernetes, Log } from "../ports.js";
import type { Problem } from "../problems.js";
import { errorProblem, messageOf } from "../problems.js";
import type { Settings } from "../settings/settings.js";
import type { Touched } from "./ownership.js";
import type { Claim } from "./claim.js";
import { RUN_LABEL } from "./ownership.js";
import { sweep } from "./sweep.js";

/** What a run may have left in a cluster: enough for any process to clean up after it. */
export interface Ledger {
  readonly runId: string;
  readonly touches: readonly Touched[];
  /** Unknown to another process than the run's own. */
  readonly claim?: Claim;
}

const CLEAN_UP_MS = 180_000;

/** Whether what a run made stays after it, to be looked at. */
export function stays(wish: Settings["cleanup"], passed: boolean): boolean {
  return wish === "never" || (wish === "on-success" && !passed);
}

/**
 * Removes what the run created and puts back what it changed, as `cleanup` wishes. It has a deadline of its own: it is
 * done also when the run was stopped or ran out of time.
 *
 * @returns a problem for each thing that is left; never rejects
 */
export async function cleanUp(
  ports: { log: Log; clock: Clock },
  kubernetes: Kubernetes | null,
  ledger: Ledger | null,
  wish: Settings["cleanup"],
  passed: boolean,
): Promise<Problem[]> {
  if (kubernetes === null || ledger === null) return [];
  try {
    if (stays(wish, passed)) {
      ports.log.info(
        `cleanup is ${wish}: what this run created stays, labelled ${RUN_LABEL}=${ledger.runId}; the next run on these namespaces removes it`,
      );
      await ledger.claim?.leave();
      return [];
    }
    return await ports.log.group("clean up", () =>
      sweep({ ...ports, kubernetes }, ledger.runId, ledger.touches, AbortSignal.timeout(CLEAN_UP_MS)),
    );
  } catch (thrown) {
    return [
      errorProblem(
        "left-over",
        `the clean-up broke off: ${messageOf(thrown)}`,
        undefined,
        `what is left carries the label ${RUN_LABEL}=${ledger.runId}`,
      ),
    ];
  } finally {
    ledger.claim?.end();
  }
}
