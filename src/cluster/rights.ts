import type { HeldRule, Kubernetes } from "../ports.js";
import { errorProblem } from "../problems.js";
import type { Problem } from "../problems.js";
import type { Right } from "./needs.js";

/**
 * Looks by one rules review a namespace which rights are missing.
 *
 * @param needed the rights by namespace
 * @returns a problem a namespace; none where the server says that its answer is not complete
 */
export async function missingRights(
  kubernetes: Kubernetes,
  needed: ReadonlyMap<string, readonly Right[]>,
  signal: AbortSignal,
): Promise<Problem[]> {
  const found = await Promise.all(
    [...needed].map(async ([namespace, rights]) => {
      const { rules, incomplete } = await kubernetes.rules(namespace, signal);
      const missing = incomplete ? [] : rights.filter((one) => !rules.some((rule) => allows(rule, one)));
      return missing.length === 0 ? null : rightsProblem(namespace, missing);
    }),
  );
  return found.filter((one) => one !== null);
}

/** Kubernetes' own matching (RBAC: VerbMatches, APIGroupMatches, ResourceMatches). Rules for single names do not count. */
function allows(rule: HeldRule, { verb, group, resource }: Right): boolean {
  if ((rule.resourceNames ?? []).length > 0) return false;
  const [, subresource] = resource.split("/");
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups, group) &&
    (has(rule.resources, resource) || (subresource !== undefined && rule.resources.includes(`*/${subresource}`)))
  );
}

function has(values: readonly string[], value: string): boolean {
  return values.includes("*") || values.includes(value);
}

function rightsProblem(namespace: string, missing: readonly Right[]): Problem {
  const byResource = new Map<string, string[]>();
  for (const { verb, group, resource } of missing) {
    const name = group === "" ? resource : `${resource}.${group}`;
    byResource.set(name, [...(byResource.get(name) ?? []), verb]);
  }
  const list = [...byResource].map(([name, verbs]) => `${verbs.join(", ")} ${name}`).join("; ");
  return errorProblem(
    "rights",
    `rights are missing in namespace ${namespace}: ${list}`,
    { kind: "Namespace", name: namespace },
    "bind the user of the kubeconfig to a Role with them: mtls-gate rbac prints it",
  );
}
