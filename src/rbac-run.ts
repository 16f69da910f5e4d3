import { needsOf } from "./cluster/needs.js";
import { rbacYaml } from "./cluster/rbac.js";
import type { ManifestTexts } from "./mesh/demo.js";
import { DEFAULT_ROOT_NAMESPACE } from "./mesh/read-settings.js";
import { errorProblem, Refusal } from "./problems.js";
import { scenarioOf } from "./scenario.js";
import type { RbacOptions } from "./settings/helper-commands.js";
import type { ManifestFiles } from "./settings/manifest-paths.js";
import { readUserFiles } from "./user-files.js";

/**
 * The rights that a run with these settings uses, as manifests.
 *
 * @throws Refusal where a file is wrong, or nothing names the namespaces
 */
export async function rbac(
  { settings, name, subject }: RbacOptions,
  ports: { readonly files: ManifestFiles; readonly manifests: ManifestTexts },
): Promise<string> {
  const files = await readUserFiles(settings, ports.files);
  const scenario = scenarioOf(settings, ports.manifests, {}, files);
  const { mode, allowMeshWide } = settings;
  const root = settings.rootNamespace ?? DEFAULT_ROOT_NAMESPACE;
  if (scenario.namespaces.length === 0) {
    const hint =
      "the right to exec into pods is the right to run anything in them: have it in the run's namespaces only";
    throw new Refusal([errorProblem("invalid-input", "rbac needs --namespaces", undefined, hint)]);
  }
  const policies = scenario.phases.flatMap((phase) => phase.policies(root));
  const applied = [...scenario.workloads, ...policies].map(({ object }) => object);
  const needs = needsOf({
    calls: mode !== "predict",
    namespaces: scenario.namespaces,
    applied,
    appliesAnything: scenario.applies,
    allowMeshWide,
    rootNamespace: root,
    istioNamespace: root,
  });
  return rbacYaml(needs, { name: name ?? `mtls-gate-${mode}`, subject, head: headOf(mode, scenario.namespaces, root) });
}

function headOf(mode: string, namespaces: readonly string[], root: string): string[] {
  return [
    `The rights that mtls-gate ${mode} uses on ${namespaces.join(", ")}, and no others.`,
    "What is marked as optional can be left out: beside it stands what is lost.",
    ...(mode === "predict" ? [] : ["pods/exec is the right to run anything in the pods of its namespace."]),
    `Istio is taken to be in ${root}, which is also taken for the root namespace: --root-namespace names another.`,
  ];
}
