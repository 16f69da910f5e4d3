/** The command with which a person makes a call again by hand. */
import { shellQuote, terminal } from "./escape.js";
import type { ReportCall } from "./document.js";

/** Which cluster the command is for; absent means the current context. */
export interface ReproduceOptions {
  readonly context?: string;
}

/** The kinds of which `kubectl exec` finds a pod itself, and what it calls them. */
const EXEC_KINDS: Readonly<Record<string, string>> = {
  Deployment: "deploy",
  StatefulSet: "statefulset",
  DaemonSet: "daemonset",
  ReplicaSet: "replicaset",
  ReplicationController: "replicationcontroller",
  Job: "job",
  Pod: "pod",
};

/**
 * One line for a POSIX shell, or null where curl alone cannot make the call (schemes other than http and https). Headers
 * are not in the report, and so not in the command.
 */
export function reproduceCommand(call: Pick<ReportCall, "from" | "to">, options: ReproduceOptions = {}): string | null {
  const { from, to } = call;
  if (!/^https?:\/\//iu.test(to.url)) return null;
  const kind = Object.hasOwn(EXEC_KINDS, from.kind) ? EXEC_KINDS[from.kind] : undefined;
  const words = [
    "kubectl",
    ...(options.context === undefined ? [] : ["--context", options.context]),
    ...[
      "-n",
      from.namespace,
      "exec",
      kind === undefined ? "POD" : `${kind}/${from.workload}`,
      "-c",
      from.container,
      "--",
    ],
    ...curlArguments(to),
  ];
  const note = kind === undefined ? `  # POD is a pod of ${terminal(`${from.kind} ${from.workload}`)}` : "";
  return `${words.map(shellQuote).join(" ")}${note}`;
}

function curlArguments({ url, method }: ReportCall["to"]): string[] {
  const flags = [
    ...(/^https:/iu.test(url) ? ["-k"] : []),
    // curl would take brackets and braces for a range of URLs.
    ...(/[[\]{}]/u.test(url) ? ["-g"] : []),
    ...(method === "GET" ? [] : method === "HEAD" ? ["-I"] : ["-X", method]),
  ];
  return ["curl", "-sS", ...flags, "-o", "/dev/null", "-w", String.raw`%{http_code}\n`, url];
}
