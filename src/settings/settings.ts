/** What was asked for, after every front end has had its say: the type that the rest of the program reads. */

export const MODES = [
  "migration",
  "permissive",
  "strict-namespace",
  "strict-mesh",
  "policies",
  "audit",
  "predict",
] as const;
export type Mode = (typeof MODES)[number];

export const DEMO_MODES: readonly Mode[] = ["migration", "permissive", "strict-namespace", "strict-mesh"];

export const CLUSTERS = ["kind", "current", "local"] as const;
export type ClusterChoice = (typeof CLUSTERS)[number];

/** The clusters that a prediction can start from: those that can be there already. */
export const PREDICTED_CLUSTERS: readonly ClusterChoice[] = ["current", "local"];

/** All durations are milliseconds. Lists keep the user's order without repeats. A value that was not given is absent, unless it has a default. */
export interface Settings {
  readonly mode: Mode;
  /** Empty in modes other than the demo's when it was not given: all of the inventory but the root namespace and kube-*. */
  readonly namespaces: readonly string[];
  readonly legacyNamespaces: readonly string[];
  readonly strictNamespace: string;
  readonly injection: "namespace" | "kube-inject";
  /** An Istio revision (`istio.io/rev`) to inject with; absent means the default revision by `istio-injection: enabled`. */
  readonly revision?: string;
  readonly manifests: readonly string[];
  readonly policies: readonly string[];
  readonly plan?: string;
  /** `none` in mode predict when it was not given: the files are the whole mesh. */
  readonly cluster: ClusterChoice | "none";
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Absent means the default image of the cluster's kind. */
  readonly imageHttpbin?: string;
  readonly imageClient?: string;
  readonly evidencePath: string;
  readonly probeTimeout: number;
  readonly settleTimeout: number;
  readonly rolloutTimeout: number;
  readonly timeout: number;
  /** How many calls are under way at once in one client pod. */
  readonly parallel: number;
  readonly allowReplace: boolean;
  readonly allowMeshWide: boolean;
  readonly allowUnsafeMethods: boolean;
  readonly reportDir: string;
  readonly cleanup: "always" | "on-success" | "never";
  /** Absent means MeshConfig's own, else istio-system. */
  readonly rootNamespace?: string;
}
