import { join } from "node:path";
import type { Commands, Host, Log } from "../../ports.js";
import type { Problem } from "../../problems.js";
import type { Settings } from "../../settings/settings.js";
import { stays } from "../clean-up.js";
import type { OwnCluster } from "./own-cluster.js";
import { deleteCluster, exportLogs, lookInside } from "./own-cluster.js";

/** How the run ended. */
export interface Ending {
  readonly passed: boolean;
  /** Whether the logs of the cluster may tell why. */
  readonly logs: boolean;
}

/**
 * Ends a cluster that this run made: writes its logs where they may tell why the run went wrong, and deletes it, as
 * `cleanup` wishes.
 *
 * @returns a problem when it is still there; never rejects
 */
export async function throwAway(
  ports: { commands: Commands; log: Log; host: Host },
  cluster: OwnCluster,
  { cleanup, reportDir }: Pick<Settings, "cleanup" | "reportDir">,
  { passed, logs }: Ending,
): Promise<Problem[]> {
  const { commands, log, host } = ports;
  if (logs)
    await log.group("kind: logs", () => exportLogs(ports, cluster, host.absolute(join(reportDir, "kind-logs"))));
  if (stays(cleanup, passed)) {
    log.info(`cleanup is ${cleanup}: ${lookInside(cluster)}`);
    return [];
  }
  return await log.group(`kind: delete ${cluster.name}`, async () => {
    const problems = await deleteCluster(commands, cluster);
    if (problems.length === 0) await host.removeFolder(cluster.folder).catch(() => undefined);
    return problems;
  });
}
