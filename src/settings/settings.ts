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

/**
 * What a change does to a call. `breaks`: it arrived and no longer does; `opens`: the opposite; `to-plaintext`: it goes on
 * arriving and loses mTLS, or the destination begins to take clients without identity; `to-mtls`: the opposite; `code`: another
 * code in the same case; `new`, `gone`: its client or its destination was not there before, or no longer is. From the worst.
 */
export const DIRECTIONS = ["breaks", "opens", "to-plaintext", "code", "to-mtls", "new", "gone"] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** The formats of the report beside `report.json`. */
export const FORMATS = ["markdown", "html", "junit", "sarif", "csv", "mermaid"] as const;
export type Format = (typeof FORMATS)[number];

/** How the command line writes a report to standard output. */
export const OUTPUT_FORMS = ["text", "json"] as const;
export type OutputForm = (typeof OUTPUT_FORMS)[number];

/** What the mesh of mode predict is compared with. */
export type Base =
  | { readonly kind: "git"; readonly ref: string }
  | { readonly kind: "dir"; readonly path: string }
  | { readonly kind: "cluster" };

/** How a cluster of kind is made. */
export interface KindSettings {
  /** Exact; absent means the one of the table of versions. */
  readonly istioVersion?: string;
  /** A minor version (`1.36`) or an exact one, without `v`. */
  readonly kubernetesVersion?: string;
  readonly kindVersion?: string;
  readonly istioProfile: string;
  /** `KEY=VALUE` each, as `istioctl install --set` takes them. */
  readonly istioValues: readonly string[];
  /** An IstioOperator file. */
  readonly istioConfig?: string;
  /** A configuration file of kind. */
  readonly kindConfig?: string;
  readonly nodes: number;
  readonly ipFamily: "ipv4" | "ipv6" | "dual";
  readonly nodeImage?: string;
  /** Archives of images that are loaded into the nodes. */
  readonly images: readonly string[];
  /** `REGISTRY=URL` each. */
  readonly registryMirrors: readonly string[];
  /** A config.json of Docker, with the credentials for registries. */
  readonly registryConfig?: string;
  /** Where releases are downloaded from: it stands for https://github.com. */
  readonly mirror: string;
  readonly offlineFolder?: string;
  readonly kindSha256?: string;
  readonly istioctlSha256?: string;
  readonly clusterName?: string;
  readonly reuseCluster: boolean;
  readonly clusterTimeout: number;
}

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
  readonly base?: Base;
  /** Empty where no direction of a change fails the run. */
  readonly failOn: readonly Direction[];
  readonly formats: readonly Format[];
  readonly output: OutputForm;
  /** When the action comments on the pull request. */
  readonly comment: "always" | "on-failure" | "never";
  /** Tells the comments of several jobs on one pull request apart. */
  readonly commentKey: string;
  readonly githubToken?: string;
  /** `none` in mode predict when it was not given: the files are the whole mesh. */
  readonly cluster: ClusterChoice | "none";
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly kind: KindSettings;
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
