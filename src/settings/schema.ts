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
