/** What is in a repository, as far as it says which files are a mesh's. */
import { errorProblem, messageOf, Refusal } from "../problems.js";
import type { ManifestFiles } from "../settings/manifest-paths.js";

/** A file whose text is looked at. Paths are relative ones, with `/`. */
export interface RepositoryFile {
  readonly path: string;
  readonly text: string;
}

const LOOKED_AT = /(?:\.(?:ya?ml|json)|(?:^|\/)Kustomization)$/i;
/** Folders of what others wrote, and of what is made. */
const PASSED_OVER: readonly string[] = ["node_modules", "vendor", "mtls-gate-report"];
/** The one folder with a dot that says something. */
const WORKFLOWS = ".github/workflows";
const MOST_DEPTH = 16;
const MOST_FILES = 20_000;
/** Manifests are written by people, and tables of data are not. */
const MOST_TEXT = 4_000_000;

/**
 * The YAML and JSON files of the working folder and of the folders in it, by name; names with a dot are passed over but for the
 * workflows. Unless `all` is set those alone are looked at.
 *
 * @throws Refusal where there are too many, or a folder cannot be read
 */
export async function repositoryFiles(
  files: ManifestFiles,
  { all }: { readonly all: boolean },
): Promise<RepositoryFile[]> {
  const paths = [...(all ? await walk(files, "", 0) : []), ...(await walk(files, WORKFLOWS, MOST_DEPTH))];
  if (paths.length > MOST_FILES) {
    const message = `there are more than ${MOST_FILES} YAML and JSON files below this folder`;
    throw new Refusal([errorProblem("too-many-files", message, undefined, "name those of the mesh by --manifests")]);
  }
  const found: RepositoryFile[] = [];
  for (const path of paths) {
    const text = await files.readText(path).catch((thrown: unknown) => {
      throw new Refusal([errorProblem("unreadable-file", `cannot be read: ${messageOf(thrown)}`, { file: path })]);
    });
    if (text.length <= MOST_TEXT) found.push({ path, text });
  }
  return found;
}

async function walk(files: ManifestFiles, folder: string, depth: number): Promise<string[]> {
  if ((await files.stat(folder === "" ? "." : folder)) !== "folder") return [];
  const found: string[] = [];
  for (const name of [...(await files.readDir(folder === "" ? "." : folder))].sort()) {
    if (name.startsWith(".") || PASSED_OVER.includes(name)) continue;
    const path = folder === "" ? name : `${folder}/${name}`;
    const kind = await files.stat(path);
    if (kind === "folder" && depth < MOST_DEPTH) found.push(...(await walk(files, path, depth + 1)));
    else if (kind === "file" && LOOKED_AT.test(path)) found.push(path);
    if (found.length > MOST_FILES) break;
  }
  return found;
}
