import { isAbsolute, join, normalize } from "node:path";
import type { Commands } from "../ports.js";
import { errorProblem, Refusal, warningProblem } from "../problems.js";
import type { Problem } from "../problems.js";
import type { ReportBase } from "../report/document.js";
import { isGlob } from "../settings/glob.js";
import type { ManifestFiles } from "../settings/manifest-paths.js";
import type { Base, Settings } from "../settings/settings.js";
import { checkedObjects, readMeshFiles } from "../user-files.js";
import type { MeshFiles } from "../user-files.js";
import { gitIn, refusal } from "./git.js";
import { baseCommit } from "./git-commit.js";
import { gitFiles } from "./git-files.js";
import { GitTree } from "./git-tree.js";

/** The files of a base. */
export interface BaseFiles extends Pick<MeshFiles, "manifests" | "policies"> {
  readonly base: ReportBase;
  /** Warnings alone. */
  readonly problems: readonly Problem[];
}

/** Where a base's files are. */
interface Place {
  readonly base: ReportBase;
  readonly files: ManifestFiles;
  /** What messages call a file of it. */
  readonly nameOf: (path: string) => string;
  readonly problems: Problem[];
}

/**
 * Reads the manifests and policies of the settings as they are in a base. What the base has not is a warning: it is new.
 *
 * @throws Refusal where there is no such base, or with everything that is wrong with its files
 */
export async function readBaseFiles(
  base: Exclude<Base, { kind: "cluster" }>,
  settings: Settings,
  ports: { readonly files: ManifestFiles; readonly commands: Commands },
  signal: AbortSignal,
): Promise<BaseFiles> {
  const place = base.kind === "git" ? await inGit(base.ref, ports.commands, signal) : await inFolder(base.path, ports);
  const { problems, nameOf } = place;
  const onMissing = (item: string): void => {
    // A glob stands for what there is, be it nothing.
    if (!isGlob(item)) problems.push(lacks(place.base, item));
  };
  const found = await readMeshFiles(settings, place.files, { nameOf, onMissing });
  const all = [...problems, ...found.problems, ...checkedObjects(found, settings)];
  const errors = all.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Refusal([...errors, brokenBase(place.base)]);
  // What surely was not meant in the base is no matter of the change; what the base lacks is.
  return { base: place.base, manifests: found.manifests, policies: found.policies, problems };
}

function lacks({ name }: ReportBase, item: string): Problem {
  return warningProblem("base-lacks", `the base ${name} has no ${item}: everything in it counts as new`);
}

function brokenBase({ name }: ReportBase): Problem {
  return errorProblem(
    "base",
    `the base ${name} cannot be read whole, so nothing can be compared with it`,
    undefined,
    "put the base right first, or compare with one whose files are right",
  );
}

async function inGit(ref: string, commands: Commands, signal: AbortSignal): Promise<Place> {
  const git = gitIn(commands, signal);
  const { commit, name, prefix, problems: found } = await baseCommit(git, ref);
  const tree = await GitTree.of(git, commit);
  const problems = [...found];
  const submodules = new Set<string>();
  const onSubmodule = (path: string): void => {
    if (submodules.has(path)) return;
    submodules.add(path);
    const message = `${path} is in a submodule in the base ${name}, and its files are not in this repository: they count as new`;
    problems.push(
      warningProblem("base-submodule", message, undefined, "compare with dir:PATH of a checkout of the base"),
    );
  };
  return {
    base: { kind: "git", name: ref, commit },
    files: gitFiles(tree, prefix, onSubmodule),
    nameOf: (path) => `${name}:${path}`,
    problems,
  };
}

async function inFolder(folder: string, { files }: { readonly files: ManifestFiles }): Promise<Place> {
  if ((await files.stat(folder)) !== "folder") {
    throw refusal(`base dir:${folder} is no folder`, "name a folder that has the files of the base");
  }
  const below = (path: string): string => {
    if (isAbsolute(path) || /^\.\.(?:[\\/]|$)/u.test(normalize(path))) {
      throw new Error(
        "it is not below the working folder, and so not below the base's either: name it by a path that is",
      );
    }
    return join(folder, path);
  };
  return {
    base: { kind: "dir", name: folder },
    files: {
      stat: (path) => attempt(() => files.stat(below(path))),
      readDir: (path) => attempt(() => files.readDir(below(path))),
      readText: (path) => attempt(() => files.readText(below(path))),
      readStdin: () => Promise.reject(new Error("a base has no standard input")),
    },
    nameOf: (path) => (isAbsolute(path) ? path : join(folder, path)),
    problems: [],
  };
}

/** What is thrown at once is a rejection like the rest. */
async function attempt<Result>(work: () => Promise<Result>): Promise<Result> {
  return await work();
}
