import { resolve } from "node:path";
import { knownResource } from "./cluster/resources.js";
import { checkManifest } from "./mesh/check-manifest.js";
import type { SourcedObject } from "./mesh/objects.js";
import { readObjects } from "./mesh/objects.js";
import { DEFAULT_ROOT_NAMESPACE } from "./mesh/read-settings.js";
import type { FilePlace, Problem } from "./problems.js";
import type { FieldPath } from "./rules/objects.js";
import { errorProblem, placeText, Refusal } from "./problems.js";
import type { UserFiles } from "./scenario.js";
import { readManifestFiles } from "./settings/manifest-paths.js";
import type { ManifestFiles, SearchOptions } from "./settings/manifest-paths.js";
import { readPlan } from "./settings/plan-file.js";
import type { Plan } from "./settings/plan-file.js";
import type { Settings } from "./settings/settings.js";

/**
 * Reads the user's manifests, policies and plan.
 *
 * @throws Refusal with everything that is wrong with any of them
 */
export async function readUserFiles(settings: Settings, files: ManifestFiles): Promise<UserFiles> {
  const [found, plan] = await Promise.all([readMeshFiles(settings, files), readPlanFile(settings, files)]);
  const problems = [...found.problems, ...plan.problems];
  // Where there is a server, it is the server that says what it takes: it may be of another version.
  if (settings.mode === "predict") problems.push(...checkedObjects(found, settings));
  if (problems.some((one) => one.severity === "error")) throw new Refusal(problems);
  return { manifests: found.manifests, policies: found.policies, plan: plan.plan, warnings: problems };
}

/** The objects of the manifests and policies, and what is wrong with the files. */
export interface MeshFiles {
  readonly manifests: readonly SourcedObject[];
  readonly policies: readonly SourcedObject[];
  readonly problems: readonly Problem[];
}

/** Reads the manifests and policies of the settings, wherever they are. */
export async function readMeshFiles(
  settings: Pick<Settings, "manifests" | "policies">,
  files: ManifestFiles,
  options: SearchOptions = {},
): Promise<MeshFiles> {
  const policies = await readAll(settings.policies, "policies", files, [], options);
  // A file that both name counts once, as policies.
  const manifests = await readAll(settings.manifests, "manifests", files, policies.paths, options);
  const twice = duplicates([...manifests.objects, ...policies.objects]);
  const problems = [...manifests.problems, ...policies.problems, ...twice];
  return { manifests: manifests.objects, policies: policies.objects, problems };
}

/** What a server would not take of the objects, and what surely was not meant. */
export function checkedObjects(
  { manifests, policies }: Pick<MeshFiles, "manifests" | "policies">,
  settings: Pick<Settings, "rootNamespace">,
): Problem[] {
  return [...manifests, ...policies].flatMap((one) => checked(one, settings));
}

async function readAll(
  items: readonly string[],
  input: string,
  files: ManifestFiles,
  known: readonly string[],
  options: SearchOptions,
): Promise<{ objects: SourcedObject[]; problems: Problem[]; paths: readonly string[] }> {
  const found = await readManifestFiles(items, input, files, options);
  const unread = found.files.filter(({ path }) => !known.includes(resolve(path)));
  const read = unread.map(({ path, text }) => readObjects(text, path));
  return {
    paths: found.files.map(({ path }) => resolve(path)),
    objects: read.flatMap(({ objects }) => objects.map(inNamespace)),
    problems: [...found.problems, ...read.flatMap(({ problems }) => problems)],
  };
}

/** No namespace means `default`, as kubectl has it, for the kinds that have one. */
function inNamespace(sourced: SourcedObject): SourcedObject {
  const { object } = sourced;
  const namespaced = knownResource(object.apiVersion, object.kind)?.namespaced ?? false;
  if (!namespaced || object.metadata.namespace !== undefined) return sourced;
  return { ...sourced, object: { ...object, metadata: { ...object.metadata, namespace: "default" } } };
}

function checked({ object, at }: SourcedObject, settings: Pick<Settings, "rootNamespace">): Problem[] {
  const place = (path: FieldPath): FilePlace => {
    const line = at.lineOf(path);
    return { file: at.file ?? "", ...(line === undefined ? {} : { line }) };
  };
  return checkManifest(object, place, { rootNamespace: settings.rootNamespace ?? DEFAULT_ROOT_NAMESPACE });
}

function duplicates(objects: readonly SourcedObject[]): Problem[] {
  const seen = new Map<string, SourcedObject>();
  const problems: Problem[] = [];
  for (const sourced of objects) {
    const { apiVersion, kind, metadata } = sourced.object;
    const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
    const key = JSON.stringify([group, kind, metadata.namespace, metadata.name]);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, sourced);
    else
      problems.push(
        errorProblem(
          "duplicate-object",
          `${kind} ${metadata.name} stands in ${placeText(first.place)} already`,
          sourced.place,
          "leave one of the two out",
        ),
      );
  }
  return problems;
}

async function readPlanFile(
  settings: Settings,
  files: ManifestFiles,
): Promise<{ plan: Plan | null; problems: readonly Problem[] }> {
  if (settings.plan === undefined) return { plan: null, problems: [] };
  const found = await readManifestFiles([settings.plan], "plan", files);
  const [file] = found.files;
  if (file === undefined) return { plan: null, problems: found.problems };
  // What is predicted only changes nothing, whatever its method.
  const predictedOnly = settings.mode === "predict";
  const allowUnsafeMethods = settings.allowUnsafeMethods || predictedOnly;
  return readPlan(file.text, file.path, { allowUnsafeMethods, predictedOnly });
}
