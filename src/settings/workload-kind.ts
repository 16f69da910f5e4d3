/** How users write the kind of a workload, and what they mean. */

/** The short names of kinds that kubectl knows, and what they stand for. */
const SHORT: Readonly<Record<string, string>> = {
  deploy: "deployment",
  sts: "statefulset",
  ds: "daemonset",
  rs: "replicaset",
  cj: "cronjob",
  po: "pod",
};

/** The kind in lower case and in full, from its name, its plural or its short name: `deployment` from `Deployments`. */
export function workloadKind(text: string): string {
  const kind = text.toLowerCase();
  return SHORT[kind] ?? (kind.endsWith("s") ? kind.slice(0, -1) : kind);
}
