/**
 * The one table of everything that can be asked for. The flags of the CLI, the inputs of the action, their validation,
 * action.yml and the tables of the documentation are made from it.
 */
import { CLUSTERS, DEMO_MODES, DIRECTIONS, FORMATS, MODES, OUTPUT_FORMS, type Mode } from "./settings.js";

interface CommonSpec {
  /** One or two sentences, in Markdown. */
  readonly description: string;
  /** The text that stands in for an input that was not given. */
  readonly default?: string;
  /** An expression that the runner fills in where the input of the action was not given. */
  readonly expression?: string;
  /** What happens without the input where no single text says it. In Markdown. */
  readonly otherwise?: string;
  readonly modes: readonly Mode[];
  /** Whether the text is a path, or a list of paths. */
  readonly path?: true;
  /** Where the input exists on one front end only. */
  readonly only?: "cli" | "action";
}

/** What the text has to look like, beyond its kind. `rule` completes "… has to be". */
interface Shape {
  readonly pattern: RegExp;
  readonly rule: string;
  /** All texts that fit, where they can be listed. */
  readonly values?: readonly string[];
}

export type InputSpec = CommonSpec &
  (
    | { readonly kind: "string"; readonly shape?: Shape }
    | { readonly kind: "list"; readonly shape?: Shape }
    | { readonly kind: "enum"; readonly values: readonly string[] }
    | { readonly kind: "boolean" }
    /** Bounds in milliseconds, both allowed. */
    | { readonly kind: "duration"; readonly min: number; readonly max: number }
    | { readonly kind: "integer"; readonly min: number; readonly max: number }
  );

const NAMESPACE: Shape = {
  pattern: /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
  rule: "a DNS-1123 label: at most 63 lower-case letters, digits and -, with a letter or digit at both ends",
};
const IMAGE: Shape = {
  pattern: /^[a-z0-9][A-Za-z0-9._:/@-]*$/,
  rule: "an image reference such as registry.example/curl:8.10.1",
};
/** Paths have no other rule: what can be opened is for the file system to say. */
const NO_CONTROL_CHARACTERS: Shape = { pattern: /^\P{Cc}+$/u, rule: "text without control characters" };
const SHA256: Shape = { pattern: /^[0-9a-f]{64}$/, rule: "a SHA-256: 64 lower-case hexadecimal digits" };
const HTTP_URL: Shape = {
  pattern: /^https?:\/\/[A-Za-z0-9._~:/[\]%-]+$/,
  rule: "a URL that starts with https:// or http://, such as https://mirror.example",
};

function oneOf(values: readonly string[]): Shape {
  return { pattern: new RegExp(`^(?:${values.join("|")})$`), rule: `one of ${values.join(", ")}`, values };
}

/** What is predicted only is neither applied nor called. */
const CALLING: readonly Mode[] = MODES.filter((mode) => mode !== "predict");
const APPLYING: readonly Mode[] = CALLING.filter((mode) => mode !== "audit");
const OWN_MODES: readonly Mode[] = MODES.filter((mode) => !DEMO_MODES.includes(mode));
const HOUR = 3_600_000;

/** Every input by name, in the order in which they are shown. */
export const INPUTS = {
  mode: {
    kind: "enum",
    values: MODES,
    description:
      "What is proven: `migration` walks the demo through its three phases, `permissive`, `strict-namespace` and " +
      "`strict-mesh` prove one of them, `policies` proves your own policies, `audit` changes nothing and only calls, `predict` says from " +
      "your files, without a cluster, which outcome the calls would have.",
    default: "migration",
    modes: MODES,
    only: "action",
  },
  namespaces: {
    kind: "list",
    shape: NAMESPACE,
    description: "Namespaces of the mesh.",
    otherwise: "`foo,bar` in the demo modes; in the others all of the inventory but the root namespace and `kube-*`",
    modes: MODES,
  },
  "legacy-namespaces": {
    kind: "list",
    shape: NAMESPACE,
    description: "Namespaces of the demo whose workloads get no sidecar.",
    default: "legacy",
    modes: DEMO_MODES,
  },
  "strict-namespace": {
    kind: "string",
    shape: NAMESPACE,
    description: "The namespace that the phase `strict-namespace` sets to STRICT; one of `namespaces`.",
    otherwise: "the first of `namespaces`",
    modes: DEMO_MODES,
  },
  injection: {
    kind: "enum",
    values: ["namespace", "kube-inject"],
    description:
      "How the demo's workloads get their sidecar: by the label of the namespace, or written into the manifests before they are applied.",
    default: "namespace",
    modes: DEMO_MODES,
  },
  revision: {
    kind: "string",
    shape: NAMESPACE,
    description: "The Istio revision or tag (`istio.io/rev`) that injects the demo's sidecars.",
    otherwise: "the default revision, by `istio-injection: enabled`",
    modes: DEMO_MODES,
  },
  manifests: {
    kind: "list",
    path: true,
    shape: NO_CONTROL_CHARACTERS,
    description:
      "Your workloads: YAML or JSON files, folders or globs. In mode `policies` they are applied before the control " +
      "round; in `predict` they are the mesh, or replace what a `cluster` has under the same names.",
    otherwise: "nothing but the policies",
    modes: ["policies", "predict"],
  },
  policies: {
    kind: "list",
    path: true,
    shape: NO_CONTROL_CHARACTERS,
    description: "The policies to prove: YAML or JSON files, folders or globs. Needed in mode `policies`.",
    modes: ["policies", "predict"],
  },
  plan: {
    kind: "string",
    path: true,
    shape: NO_CONTROL_CHARACTERS,
    description: "The plan file: who calls what, and what is expected.",
    otherwise: "every client calls every Service port of `namespaces`, and the prediction decides",
    modes: OWN_MODES,
  },
  base: {
    kind: "string",
    shape: NO_CONTROL_CHARACTERS,
    description:
      "What the mesh is compared with: a git ref whose files of the same paths are read, `dir:PATH`, where they are below " +
      "another folder, or `cluster`, the policies that are there now.",
    otherwise: "nothing is compared",
    modes: ["predict"],
  },
  "fail-on": {
    kind: "list",
    shape: oneOf([...DIRECTIONS, "none"]),
    description:
      "Which directions of a change against `base` make the verdict `mismatch`: " +
      `${DIRECTIONS.map((one) => `\`${one}\``).join(", ")}; or \`none\`.`,
    default: "breaks,opens,to-plaintext",
    modes: ["predict"],
  },
  cluster: {
    kind: "enum",
    values: CLUSTERS,
    description:
      "Where the calls are made: `kind` is a cluster of its own that is thrown away, `current` the one of your kubeconfig, " +
      "`local` a control plane and mesh on this machine. `predict` calls nothing, and reads what is there already.",
    otherwise: "`kind` in the demo modes, none in `predict`, `current` in the others",
    modes: MODES,
  },
  kubeconfig: {
    kind: "string",
    path: true,
    shape: NO_CONTROL_CHARACTERS,
    description: "Path of the kubeconfig.",
    otherwise: "`KUBECONFIG`, else `~/.kube/config`",
    modes: MODES,
  },
  context: {
    kind: "string",
    shape: NO_CONTROL_CHARACTERS,
    description: "The context of the kubeconfig.",
    otherwise: "its current context",
    modes: MODES,
  },
  "istio-version": {
    kind: "string",
    shape: {
      pattern: /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/,
      rule: "an exact version such as 1.31.1",
    },
    description: "With `cluster: kind`: the Istio to install.",
    otherwise: "the one that docs/kind.md names; an `istioctl` on the `PATH` of the same minor version counts",
    modes: CALLING,
  },
  "kubernetes-version": {
    kind: "string",
    shape: { pattern: /^v?\d+\.\d+(?:\.\d+)?$/, rule: "a version such as 1.36 or 1.36.1" },
    description: "With `cluster: kind`: the Kubernetes of the cluster, one that this Istio supports.",
    otherwise: "the newest that is some kind release's default and that this Istio supports",
    modes: CALLING,
  },
  "kind-version": {
    kind: "string",
    shape: { pattern: /^v?\d+\.\d+\.\d+$/, rule: "a version such as 0.32.0" },
    description: "With `cluster: kind`: the kind release that makes the cluster.",
    otherwise: "one on the `PATH` that fits, else the newest that fits",
    modes: CALLING,
  },
  "istio-profile": {
    kind: "string",
    shape: NAMESPACE,
    description: "With `cluster: kind`: the profile that `istioctl install` takes.",
    default: "minimal",
    modes: CALLING,
  },
  "istio-values": {
    kind: "list",
    shape: { pattern: /^[^\s=\p{Cc}]+=\P{Cc}*$/u, rule: "KEY=VALUE, such as components.cni.enabled=true" },
    description: "With `cluster: kind`: values for `istioctl install --set`, `KEY=VALUE` each.",
    otherwise: "the profile alone",
    modes: CALLING,
  },
  "istio-config": {
    kind: "string",
    shape: NO_CONTROL_CHARACTERS,
    description: "With `cluster: kind`: a file with an `IstioOperator` for `istioctl install --filename`.",
    otherwise: "the profile and `istio-values` alone",
    modes: CALLING,
  },
  "node-image": {
    kind: "string",
    shape: IMAGE,
    description: "With `cluster: kind`: the image of the nodes.",
    otherwise: "the default of the kind release, by digest",
    modes: CALLING,
  },
  nodes: {
    kind: "integer",
    min: 1,
    max: 10,
    description: "With `cluster: kind`: how many nodes. The first is the control plane, the others are workers.",
    default: "1",
    modes: CALLING,
  },
  "ip-family": {
    kind: "enum",
    values: ["ipv4", "ipv6", "dual"],
    description: "With `cluster: kind`: the addresses of pods and Services.",
    default: "ipv4",
    modes: CALLING,
  },
  "kind-config": {
    kind: "string",
    shape: NO_CONTROL_CHARACTERS,
    description: "With `cluster: kind`: a configuration file of kind, in the place of `nodes` and `ip-family`.",
    otherwise: "`nodes` and `ip-family` say it all",
    modes: CALLING,
  },
  images: {
    kind: "list",
    shape: NO_CONTROL_CHARACTERS,
    description:
      "With `cluster: kind`: archives of images (`docker save`) that the nodes get before Istio is installed.",
    otherwise: "the nodes pull what they need",
    modes: CALLING,
  },
  "registry-mirrors": {
    kind: "list",
    shape: {
      pattern: /^[A-Za-z0-9.-]+(?::\d+)?=https?:\/\/[A-Za-z0-9._~:/[\]%-]+$/,
      rule: "REGISTRY=URL, such as docker.io=https://mirror.example",
    },
    description: "With `cluster: kind`: where the nodes pull the images of a registry from, `REGISTRY=URL` each.",
    otherwise: "from the registries themselves",
    modes: CALLING,
  },
  "registry-config": {
    kind: "string",
    shape: NO_CONTROL_CHARACTERS,
    description:
      "With `cluster: kind`: a `config.json` of Docker whose credentials the nodes pull images with, without an `imagePullSecrets` in any pod.",
    otherwise: "without credentials",
    modes: CALLING,
  },
  mirror: {
    kind: "string",
    shape: HTTP_URL,
    description:
      "With `cluster: kind`: where the releases of kind and istioctl are downloaded from, with the paths that they have on GitHub.",
    default: "https://github.com",
    modes: CALLING,
  },
  "offline-folder": {
    kind: "string",
    shape: NO_CONTROL_CHARACTERS,
    description:
      "With `cluster: kind`: a folder that has the files of the releases, under their own names, in the place of a download.",
    otherwise: "they are downloaded",
    modes: CALLING,
  },
  "kind-sha256": {
    kind: "string",
    shape: SHA256,
    description: "With `cluster: kind`: the SHA-256 of the kind program.",
    otherwise: "the one of the release's own checksum file",
    modes: CALLING,
  },
  "istioctl-sha256": {
    kind: "string",
    shape: SHA256,
    description: "With `cluster: kind`: the SHA-256 of the istioctl archive.",
    otherwise: "the one of the release's own checksum file",
    modes: CALLING,
  },
  "cluster-name": {
    kind: "string",
    shape: {
      pattern: /^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/,
      rule: "at most 50 lower-case letters, digits and -, with a letter or digit at both ends",
    },
    description: "With `cluster: kind`: the name of the cluster.",
    otherwise: "one that no other run has",
    modes: CALLING,
  },
  "reuse-cluster": {
    kind: "boolean",
    description:
      "With `cluster: kind`: a cluster of the name `cluster-name` that is there already is used, and stays. Else it is refused.",
    default: "false",
    modes: CALLING,
  },
  "cluster-timeout": {
    kind: "duration",
    min: 10_000,
    max: HOUR,
    description:
      "With `cluster: kind`: how long each of these may take: the nodes to be made, to be ready, Istio to be installed, and to be ready.",
    default: "5m",
    modes: CALLING,
  },
  "image-httpbin": {
    kind: "string",
    shape: IMAGE,
    description: "Image of the demo's `httpbin`.",
    otherwise: "the default image for the kind of cluster",
    modes: DEMO_MODES,
  },
  "image-client": {
    kind: "string",
    shape: IMAGE,
    description: "Image of the demo's client; it needs `curl` and a POSIX shell.",
    otherwise: "the default image for the kind of cluster",
    modes: DEMO_MODES,
  },
  "evidence-path": {
    kind: "string",
    shape: { pattern: /^\/[^\s\p{Cc}#]*$/u, rule: "a path that starts with / and has no spaces and no #" },
    description:
      "Path on the destinations that answers with the headers it received. The companion request to it shows which transport carried a call.",
    default: "/headers",
    modes: CALLING,
  },
  "probe-timeout": {
    kind: "duration",
    min: 100,
    max: 60_000,
    description: "How long one call may take, between `100ms` and `60s`.",
    default: "5s",
    modes: CALLING,
  },
  "settle-timeout": {
    kind: "duration",
    min: 1000,
    max: HOUR,
    description: "How long the proxies may take to hold the policies and the outcomes to stop changing.",
    default: "60s",
    modes: CALLING,
  },
  "rollout-timeout": {
    kind: "duration",
    min: 1000,
    max: HOUR,
    description: "How long the applied workloads may take to be ready.",
    default: "3m",
    modes: APPLYING,
  },
  timeout: {
    kind: "duration",
    min: 1000,
    max: 24 * HOUR,
    description: "How long the whole run may take. What it created is removed after that, too.",
    default: "15m",
    modes: MODES,
  },
  parallel: {
    kind: "integer",
    min: 1,
    max: 256,
    description: "How many calls are under way at once in one client pod.",
    default: "16",
    modes: CALLING,
  },
  "allow-replace": {
    kind: "boolean",
    description:
      "Allows the run to replace policies that are there already. They are put back as they were at the end.",
    default: "false",
    modes: APPLYING,
  },
  "allow-mesh-wide": {
    kind: "boolean",
    description:
      "Allows policies in the root namespace of a cluster that is not the run's own: they are for every workload of the mesh.",
    default: "false",
    modes: APPLYING,
  },
  "allow-unsafe-methods": {
    kind: "boolean",
    description:
      "Allows the plan to call with methods other than GET, HEAD and OPTIONS. `predict` calls nothing and needs no leave.",
    default: "false",
    modes: OWN_MODES,
  },
  "report-dir": {
    kind: "string",
    path: true,
    shape: NO_CONTROL_CHARACTERS,
    description: "Folder for the reports.",
    default: "mtls-gate-report",
    modes: MODES,
  },
  formats: {
    kind: "list",
    shape: oneOf(FORMATS),
    description: `Reports beside \`report.json\`: ${FORMATS.map((one) => `\`${one}\``).join(", ")}.`,
    default: "markdown,html",
    modes: MODES,
  },
  output: {
    kind: "enum",
    values: OUTPUT_FORMS,
    description:
      "How the report is written to standard output: `json` is the text of `report.json`, and all else goes to standard error.",
    default: "text",
    modes: MODES,
    only: "cli",
  },
  comment: {
    kind: "enum",
    values: ["always", "on-failure", "never"],
    description:
      "When the run writes a comment on its pull request. `on-failure` writes the first one when the run fails, and updates it from then on.",
    default: "on-failure",
    modes: MODES,
    only: "action",
  },
  "comment-key": {
    kind: "string",
    shape: {
      pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      rule: "at most 64 letters, digits, dots, - and _, with a letter or digit first",
    },
    description: "Tells the comments of several jobs on one pull request apart: each key has a comment of its own.",
    default: "mtls-gate",
    modes: MODES,
    only: "action",
  },
  "github-token": {
    kind: "string",
    description: "The token that comments on the pull request; it needs `pull-requests: write`.",
    expression: "${{ github.token }}",
    modes: MODES,
    only: "action",
  },
  cleanup: {
    kind: "enum",
    values: ["always", "on-success", "never"],
    description: "When what the run created is removed and what it replaced is put back.",
    default: "always",
    modes: APPLYING,
  },
  "root-namespace": {
    kind: "string",
    shape: NAMESPACE,
    description: "The root namespace of the mesh, whose policies are for all of it.",
    otherwise: "the one of the mesh configuration, else `istio-system`",
    modes: MODES,
  },
} as const satisfies Record<string, InputSpec>;

export type InputName = keyof typeof INPUTS;

/** The inputs that say how a cluster of kind is made. */
export const KIND_INPUTS = [
  "istio-version",
  "kubernetes-version",
  "kind-version",
  "istio-profile",
  "istio-values",
  "istio-config",
  "node-image",
  "nodes",
  "ip-family",
  "kind-config",
  "images",
  "registry-mirrors",
  "registry-config",
  "mirror",
  "offline-folder",
  "kind-sha256",
  "istioctl-sha256",
  "cluster-name",
  "reuse-cluster",
  "cluster-timeout",
] as const satisfies readonly InputName[];

/** The names of all inputs, in the order of the table. */
export const INPUT_NAMES = Object.keys(INPUTS) as readonly InputName[];

/** Whether a text names an input. */
export function isInputName(text: string): text is InputName {
  return Object.hasOwn(INPUTS, text);
}

/** The row of an input, without the literal types of the table. */
export function specOf(name: InputName): InputSpec {
  return INPUTS[name];
}

/** The type of an input's value: durations are milliseconds. */
export type InputValue<N extends InputName> = (typeof INPUTS)[N] extends { kind: "list" }
  ? readonly string[]
  : (typeof INPUTS)[N] extends { kind: "duration" | "integer" }
    ? number
    : (typeof INPUTS)[N] extends { kind: "boolean" }
      ? boolean
      : (typeof INPUTS)[N] extends { kind: "enum"; values: readonly (infer V)[] }
        ? V
        : string;

/** The texts by input name. A list given several times comes as an array; an input that was not given is absent. */
export type RawInputs = Readonly<Record<string, string | readonly string[]>>;

/** How a front end spells an input's name in messages: `plan` or `--plan`. */
export type Spelling = (name: string) => string;

/** What differs between the ways to ask. */
export interface FrontEnd {
  readonly spelling: Spelling;
  /** Whether `-` among files can stand for standard input. */
  readonly stdin: boolean;
  /** What is asked for, where it is not simply a mode. */
  readonly command?: string;
}

/** The values of the inputs that were given and are well formed. */
export type Values = { readonly [N in InputName]?: InputValue<N> };

/** The values with those that have a default in the table for certain. */
export type WithDefaults = Values & {
  readonly [N in InputName as (typeof INPUTS)[N] extends { default: string } ? N : never]: InputValue<N>;
};

/** What the action hands on. Every output is text. */
export const OUTPUTS = {
  verdict: "The worst verdict of the run: `mismatch`, `error`, `unproven` or `pass`.",
  pass: "How many calls passed.",
  mismatch: "How many calls had another outcome than expected or predicted.",
  unproven: "How many calls have an answer that does not prove what was to be proved.",
  error: "How many calls have no result.",
  report: "Path of `report.json`.",
  "report-dir": "Path of the folder with all reports.",
  "comment-body":
    "The comment's text, for a job that has leave to write it where this one has not; empty where there is nothing to say.",
} as const satisfies Record<string, string>;
export type OutputName = keyof typeof OUTPUTS;

/** One line on each mode, for help texts. */
export const MODE_SUMMARIES: Readonly<Record<Mode, string>> = {
  migration: "the demo's whole way: permissive, one namespace strict, the mesh strict",
  permissive: "the demo with mTLS offered and plaintext accepted",
  "strict-namespace": "the demo with one namespace that refuses plaintext",
  "strict-mesh": "the demo with a mesh that refuses plaintext",
  policies: "your policies, on your workloads or on those that are there",
  audit: "what is there already: applies nothing, reads and calls",
  predict: "what calls would have for an outcome by Istio's rules; applies and calls nothing",
};
