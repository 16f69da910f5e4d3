/** The helper commands that the CLI has beside its modes, and the action has not: their flags, and what is asked for. */
import { METHODS } from "./destination-request.js";
import type { PlannedDestination } from "./plan.js";
import type { InputName } from "./schema.js";
import { OUTPUT_FORMS, type OutputForm, type Settings } from "./settings.js";

export const HELPERS = ["explain", "plan-strict", "expect", "rbac", "init"] as const;
export type Helper = (typeof HELPERS)[number];

/** Prints what a shell needs to complete the command line. It has no flags. */
export const COMPLETION = "completion";
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** A flag that a helper command has and no mode. */
export interface HelperFlag {
  /** Stands for the value in help texts; several values where it ends in `...`. */
  readonly placeholder: string;
  readonly description: string;
  /** All values that it can have, where they can be listed. */
  readonly values?: readonly string[];
  readonly default?: string;
}

export interface HelperSpec {
  readonly summary: string;
  /** What has to be given, as help shows it. */
  readonly usage: string;
  readonly own: Readonly<Record<string, HelperFlag>>;
  /** The flags that it has in common with the modes. They mean what they mean in mode predict, or in the mode that is named. */
  readonly shared: readonly InputName[];
  readonly examples: readonly string[];
}

const OUTPUT: HelperFlag = {
  placeholder: OUTPUT_FORMS.join("|"),
  values: OUTPUT_FORMS,
  description: "How the answer is written to standard output.",
  default: "text",
};
const BOOLEAN = { placeholder: "true|false", values: ["true", "false"] } as const;
/** Where `init` writes to. */
export const INIT_FILES = { plan: "mtls-plan.yaml", workflow: ".github/workflows/mesh-gate.yml" } as const;
/** The action as workflows name it. */
export const ACTION = "mtls-gate/mtls-gate@v1";
const CLUSTER: readonly InputName[] = ["cluster", "kubeconfig", "context"];

export const HELPER_COMMANDS: Readonly<Record<Helper, HelperSpec>> = {
  explain: {
    summary: "one call's predicted outcome, and the rules that decide it, with file and line",
    usage: "--from NAMESPACE/WORKLOAD --to URL [flags]",
    own: {
      from: {
        placeholder: "namespace/workload",
        description: "Who calls: NAMESPACE/WORKLOAD, or NAMESPACE/KIND/WORKLOAD.",
      },
      to: { placeholder: "url", description: "What is called, as a url in a plan." },
      method: {
        placeholder: "method",
        values: METHODS,
        description: `The method of the call: one of ${METHODS.join(", ")}.`,
        default: "GET, POST with grpc",
      },
      header: { placeholder: "name:value...", description: "A header of the call; may be repeated." },
      output: OUTPUT,
    },
    shared: ["manifests", "policies", "root-namespace", ...CLUSTER],
    examples: [
      "mtls-gate explain --from legacy/sleep --to http://httpbin.foo:8000/ip --manifests mesh/ --policies policies/",
      "mtls-gate explain --from foo/deployment/sleep --to tcp://db.bar:5432 --cluster current --output json",
    ],
  },
  "plan-strict": {
    summary: "in which order the namespaces can be set to STRICT, and what is in the way",
    usage: "--manifests LIST [flags]",
    own: {
      out: { placeholder: "folder", description: "Folder for the policies of each step, ready to be applied." },
      output: OUTPUT,
    },
    shared: ["manifests", "policies", "namespaces", "root-namespace", ...CLUSTER],
    examples: [
      "mtls-gate plan-strict --manifests mesh.yaml,workloads/ --policies policies/ --out steps",
      "mtls-gate plan-strict --cluster current --namespaces shop,pay",
    ],
  },
  expect: {
    summary: "a plan that expects what is predicted now, or what a run has observed",
    usage: "--manifests LIST | --cluster current | --report FILE [flags]",
    own: {
      report: { placeholder: "file", description: "A report.json: what its calls observed is expected." },
      phase: {
        placeholder: "name",
        description: "The phase of the report.",
        default: "the last one",
      },
      out: { placeholder: "file", description: "File for the plan.", default: "standard output" },
      force: { ...BOOLEAN, description: "Allows to overwrite the file.", default: "false" },
    },
    shared: ["manifests", "policies", "namespaces", "root-namespace", ...CLUSTER],
    examples: [
      "mtls-gate expect --manifests mesh.yaml,workloads/ --policies policies/ --out mtls-plan.yaml",
      "mtls-gate expect --report mtls-gate-report/report.json",
    ],
  },
  rbac: {
    summary: "the rights that a mode uses, as manifests",
    usage: "MODE --namespaces LIST [flags]",
    own: {
      name: { placeholder: "name", description: "Name of the Roles.", default: "mtls-gate-MODE" },
      "service-account": {
        placeholder: "namespace/name",
        description: "Whom to bind them to.",
        default: "a placeholder",
      },
    },
    shared: [
      "namespaces",
      "legacy-namespaces",
      "strict-namespace",
      "manifests",
      "policies",
      "plan",
      "allow-mesh-wide",
      "root-namespace",
    ],
    examples: [
      "mtls-gate rbac audit --namespaces shop,pay --service-account ci/mtls-gate",
      "mtls-gate rbac policies --policies policies/ --namespaces shop",
    ],
  },
  init: {
    summary: "looks at the repository, and writes a plan and the workflow of a pull request's gate",
    usage: "[flags]",
    own: {
      "plan-file": { placeholder: "file", description: "File for the plan.", default: INIT_FILES.plan },
      "workflow-file": { placeholder: "file", description: "File for the workflow.", default: INIT_FILES.workflow },
      action: { placeholder: "owner/name@ref", description: "The action that the workflow uses.", default: ACTION },
      "dry-run": { ...BOOLEAN, description: "Shows the files, and writes none.", default: "false" },
      output: OUTPUT,
    },
    shared: ["manifests", "policies", "root-namespace"],
    examples: [
      "mtls-gate init --dry-run",
      "mtls-gate init --manifests clusters/prod/ --plan-file clusters/prod-plan.yaml",
    ],
  },
};

/** What `init` is asked for. */
export interface InitOptions extends HelperOptions {
  readonly planFile: string;
  readonly workflowFile: string;
  readonly action: string;
  /** Whether the files are shown and not written. */
  readonly dryRun: boolean;
}

/** Whether a word names a helper command. */
export function isHelper(word: string): word is Helper {
  return HELPERS.some((helper) => helper === word);
}

interface HelperOptions {
  /** Those of mode predict: the files, the cluster if any, and the root namespace. */
  readonly settings: Settings;
  readonly output: OutputForm;
}

/** One workload by its exact names. */
export interface WorkloadName {
  readonly namespace: string;
  readonly workload: string;
  /** As ClientPattern has it: `deployment`. Absent: whichever kind has that name. */
  readonly kind?: string;
}

/** What `explain` is asked for. */
export interface ExplainOptions extends HelperOptions {
  readonly from: WorkloadName;
  readonly to: Omit<PlannedDestination, "service" | "where">;
}

/** What `plan-strict` is asked for. */
export interface PlanStrictOptions extends HelperOptions {
  /** The folder for the policies of each step; absent: they are not written. */
  readonly out?: string;
}

/** What `expect` is asked for. */
export interface ExpectOptions extends Pick<HelperOptions, "settings"> {
  /** The report whose observations are expected; absent: what is predicted. */
  readonly report?: string;
  /** Absent: the last one. */
  readonly phase?: string;
  readonly out?: string;
  readonly force: boolean;
}

/** What `rbac` is asked for. `settings` are those of the mode. */
export interface RbacOptions extends Pick<HelperOptions, "settings"> {
  readonly name?: string;
  /** Null: a placeholder. */
  readonly subject: { readonly serviceAccount: { readonly namespace: string; readonly name: string } } | null;
}
