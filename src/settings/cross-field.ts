/** Rules that hold between inputs. */
import { errorProblem, type Problem } from "../problems.js";
import { KIND_INPUTS, specOf, type FrontEnd, type InputName, type Values, type WithDefaults } from "./schema.js";
import { STDIN } from "./manifest-paths.js";
import { DEMO_MODES, MODES, PREDICTED_CLUSTERS, type Mode, type Settings } from "./settings.js";

/** What the rules look at. */
export interface CrossField {
  /** With the defaults filled in. */
  readonly settings: Settings;
  readonly given: readonly InputName[];
  /** What of the given is well formed: an input with a problem of its own is not held against the others. */
  readonly values: Values;
  readonly defaults: WithDefaults;
  readonly frontEnd: FrontEnd;
}

/** The problems between inputs. */
export function crossFieldProblems(all: CrossField): Problem[] {
  return [
    ...modeProblems(all),
    ...namespaceProblems(all),
    ...policyProblems(all),
    ...predictProblems(all),
    ...baseProblems(all),
    ...stdinProblems(all),
    ...kindProblems(all),
  ];
}

function problem(message: string, hint?: string): Problem {
  return errorProblem("invalid-input", message, undefined, hint);
}

/** Inputs that the mode has no use for. One that says what holds anyway does no harm, and workflows share their inputs. */
function modeProblems({ settings: { mode }, given, values, defaults, frontEnd: { spelling } }: CrossField): Problem[] {
  const isDefault = (name: InputName): boolean =>
    values[name] !== undefined && JSON.stringify(values[name]) === JSON.stringify(defaults[name]);
  return given
    .filter((name) => !specOf(name).modes.includes(mode) && !isDefault(name))
    .map((name) => problem(`${spelling(name)} has no use in mode ${mode}`, takenBy(specOf(name).modes)));
}

function takenBy(modes: readonly Mode[]): string {
  const others = MODES.filter((mode) => !modes.includes(mode));
  // "every mode but audit" says the same as a list of six.
  if (others.length <= 2) return `every mode but ${others.join(" and ")} takes it`;
  return modes.length === 1 ? `mode ${modes.join()} takes it` : `modes ${modes.join(", ")} take it`;
}

function namespaceProblems({ settings, given, values, frontEnd: { spelling } }: CrossField): Problem[] {
  const problems: Problem[] = [];
  const { namespaces, legacyNamespaces, strictNamespace, rootNamespace } = settings;
  const wellFormed = (name: InputName): boolean => values[name] !== undefined || !given.includes(name);
  const namespacesKnown = wellFormed("namespaces");
  const legacyKnown = wellFormed("legacy-namespaces");

  if (DEMO_MODES.includes(settings.mode) && namespacesKnown) {
    if (namespaces.length === 0) {
      problems.push(problem(`${spelling("namespaces")} is empty: mode ${settings.mode} needs at least one namespace`));
    } else if (wellFormed("strict-namespace") && !namespaces.includes(strictNamespace)) {
      const hint = `one of: ${namespaces.join(", ")}`;
      problems.push(
        problem(`${spelling("strict-namespace")} ${strictNamespace} is not among ${spelling("namespaces")}`, hint),
      );
    }
  }
  if (namespacesKnown && legacyKnown) {
    for (const both of namespaces.filter((name) => legacyNamespaces.includes(name))) {
      problems.push(
        problem(
          `namespace ${both} is in ${spelling("namespaces")} and in ${spelling("legacy-namespaces")}`,
          "its workloads have a sidecar or have none",
        ),
      );
    }
  }
  for (const [name, list, known] of [
    ["namespaces", namespaces, namespacesKnown],
    ["legacy-namespaces", legacyNamespaces, legacyKnown],
  ] as const) {
    if (known && rootNamespace !== undefined && list.includes(rootNamespace)) {
      problems.push(
        problem(
          `${spelling("root-namespace")} ${rootNamespace} may not be in ${spelling(name)}`,
          "policies there are for the whole mesh",
        ),
      );
    }
  }
  return problems;
}

function policyProblems({ settings, given, values, frontEnd: { spelling } }: CrossField): Problem[] {
  const illFormed = given.includes("policies") && values.policies === undefined;
  if (settings.mode !== "policies" || settings.policies.length > 0 || illFormed) return [];
  return [
    problem(
      `mode policies needs ${spelling("policies")}${given.includes("policies") ? ", which is empty" : ""}`,
      "name files, folders or globs; mode audit proves the policies that are there already",
    ),
  ];
}

/** A prediction is made from files, from a cluster that is there already, or from both; it brings none up. */
function predictProblems({
  settings,
  given,
  values,
  frontEnd: { spelling, command = "mode predict" },
}: CrossField): Problem[] {
  if (settings.mode !== "predict") return [];
  const { cluster } = settings;
  if (cluster !== "none") {
    if (PREDICTED_CLUSTERS.includes(cluster)) return [];
    const hint = `leave it out to predict from the files alone; else one of: ${PREDICTED_CLUSTERS.join(", ")}`;
    return [problem(`${spelling("cluster")} ${cluster} has no use in ${command}`, hint)];
  }
  if (given.includes("cluster")) return [];
  const pointless = (["kubeconfig", "context"] as const)
    .filter((name) => values[name] !== undefined)
    .map((name) =>
      problem(
        `${spelling(name)} has no use in ${command} without ${spelling("cluster")}`,
        `${spelling("cluster")} current reads the mesh of that cluster`,
      ),
    );
  const inputs = ["manifests", "policies"] as const;
  const illFormed = inputs.some((name) => given.includes(name) && values[name] === undefined);
  if (illFormed || inputs.some((name) => settings[name].length > 0)) return pointless;
  return [
    ...pointless,
    problem(
      `${command} needs ${inputs.map(spelling).join(" or ")}, or ${spelling("cluster")}`,
      "name the files of the mesh, or the cluster that has it",
    ),
  ];
}

/** A base is compared with what the files, or the cluster with the files laid over it, come to. */
function baseProblems({ settings, given, values, frontEnd: { spelling } }: CrossField): Problem[] {
  const { mode, base, cluster, manifests, policies } = settings;
  const read = ["cluster", "manifests", "policies"] as const;
  const illFormed = read.some((name) => given.includes(name) && values[name] === undefined);
  if (mode !== "predict" || base === undefined || illFormed) return [];
  const shown = `${spelling("base")} ${base.kind === "cluster" ? "cluster" : base.kind === "dir" ? `dir:${base.path}` : base.ref}`;
  if (base.kind === "cluster" && cluster === "none") {
    const hint = `${spelling("cluster")} current compares with the mesh of your kubeconfig`;
    return [problem(`${shown} needs ${spelling("cluster")}`, hint)];
  }
  if (base.kind === "dir" && base.path === "") return [problem(`${spelling("base")} names no folder`, "dir:PATH")];
  if (cluster !== "none" && manifests.length + policies.length === 0) {
    const files = `${spelling("manifests")} or ${spelling("policies")}`;
    return [problem(`${shown} needs ${files}`, "without files the cluster is compared with itself")];
  }
  if (base.kind === "cluster" || ![...manifests, ...policies].includes(STDIN)) return [];
  const hint = "write it to a file that the base can have too";
  return [problem(`standard input (-) is in no base, and ${shown} is to be compared with`, hint)];
}

/** Standard input can be read once, and a job of the action has none. */
function stdinProblems({ settings, frontEnd: { spelling, stdin } }: CrossField): Problem[] {
  const { manifests, policies, plan } = settings;
  const lists = [["manifests", manifests] as const, ["policies", policies] as const, ["plan", [plan]] as const];
  const readers = lists.filter(([, items]) => items.includes(STDIN)).map(([name]) => spelling(name));
  if (readers.length === 0) return [];
  if (!stdin) {
    return readers.map((name) =>
      problem(`${name} has -, and the action has no standard input`, "write it to a file in a step before"),
    );
  }
  if (readers.length === 1) return [];
  return [problem(`standard input (-) can be read once, and is in ${readers.join(" and ")}`, "write one to a file")];
}

/** What says how a cluster of kind is made is for such a cluster alone, and what is of a cluster that is there is not. */
function kindProblems({ settings, given, values, defaults, frontEnd: { spelling } }: CrossField): Problem[] {
  const { mode, cluster } = settings;
  if (given.includes("cluster") && values.cluster === undefined) return [];
  const named = (name: InputName): boolean => values[name] !== undefined && specOf(name).modes.includes(mode);
  if (cluster !== "kind") {
    return KIND_INPUTS.filter(named)
      .filter((name) => JSON.stringify(values[name]) !== JSON.stringify(defaults[name]))
      .map((name) => problem(`${spelling(name)} has no use with ${spelling("cluster")} ${cluster}`, "kind takes it"));
  }
  const problems = (["kubeconfig", "context"] as const)
    .filter(named)
    .map((name) =>
      problem(
        `${spelling(name)} has no use with ${spelling("cluster")} kind, which has a kubeconfig of its own`,
        `set ${spelling("cluster")} to current`,
      ),
    );
  const apart = [
    ["kind-config", "nodes", "the file has them"],
    ["kind-config", "ip-family", "the file has it, as networking.ipFamily"],
    ["offline-folder", "mirror", "what is in the folder is not downloaded"],
  ] as const;
  for (const [one, other, hint] of apart)
    if (named(one) && named(other) && JSON.stringify(values[other]) !== JSON.stringify(defaults[other]))
      problems.push(problem(`${spelling(one)} and ${spelling(other)} do not go together`, hint));
  if (settings.kind.reuseCluster && !given.includes("cluster-name"))
    problems.push(problem(`${spelling("reuse-cluster")} needs ${spelling("cluster-name")}`, "name the cluster to use"));
  return problems;
}
