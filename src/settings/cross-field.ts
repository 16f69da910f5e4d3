/** Rules that hold between inputs. */
import { errorProblem, type Problem } from "../problems.js";
import { specOf, type InputName, type Spelling, type Values } from "./schema.js";
import { DEMO_MODES, MODES, type Mode, type Settings } from "./settings.js";

/**
 * The problems between inputs. `settings` has the defaults filled in, `given` names what was given, `values` holds what of
 * it is well formed: an input with a problem of its own is not held against the others.
 */
export function crossFieldProblems(
  settings: Settings,
  given: readonly InputName[],
  values: Values,
  spelling: Spelling,
): Problem[] {
  return [
    ...modeProblems(settings.mode, given, spelling),
    ...namespaceProblems(settings, given, values, spelling),
    ...policyProblems(settings, given, values, spelling),
  ];
}

function problem(message: string, hint?: string): Problem {
  return errorProblem("invalid-input", message, undefined, hint);
}

function modeProblems(mode: Mode, given: readonly InputName[], spelling: Spelling): Problem[] {
  return given
    .filter((name) => !specOf(name).modes.includes(mode))
    .map((name) => problem(`${spelling(name)} has no use in mode ${mode}`, takenBy(specOf(name).modes)));
}

function takenBy(modes: readonly Mode[]): string {
  const others = MODES.filter((mode) => !modes.includes(mode));
  // "every mode but audit" says the same as a list of five.
  if (others.length === 1) return `every mode but ${others.join()} takes it`;
  return modes.length === 1 ? `mode ${modes.join()} takes it` : `modes ${modes.join(", ")} take it`;
}

function namespaceProblems(
  settings: Settings,
  given: readonly InputName[],
  values: Values,
  spelling: Spelling,
): Problem[] {
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

function policyProblems(
  settings: Settings,
  given: readonly InputName[],
  values: Values,
  spelling: Spelling,
): Problem[] {
  const illFormed = given.includes("policies") && values.policies === undefined;
  if (settings.mode !== "policies" || settings.policies.length > 0 || illFormed) return [];
  return [
    problem(
      `mode policies needs ${spelling("policies")}${given.includes("policies") ? ", which is empty" : ""}`,
      "name files, folders or globs; mode audit proves the policies that are there already",
    ),
  ];
}
