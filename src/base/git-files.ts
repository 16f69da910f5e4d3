import { isAbsolute, posix, relative } from "node:path";
import type { ManifestFiles } from "../settings/manifest-paths.js";
import type { GitTree, TreeEntry } from "./git-tree.js";

/** As many links lead to one another at most. */
const MOST_LINKS = 20;

/**
 * The files of a commit in the place of the file system: the same paths, relative to the same working folder.
 *
 * @param prefix the working folder in the repository: "" or `deploy/`
 * @param onSubmodule told of a submodule that a path leads to: its files are not in this repository
 */
export function gitFiles(tree: GitTree, prefix: string, onSubmodule: (path: string) => void): ManifestFiles {
  const find = async (path: string): Promise<TreeEntry | null> => {
    const found = await follow(tree, inRepository(path, prefix), MOST_LINKS);
    if (found?.kind === "submodule") onSubmodule(path);
    return found;
  };
  return {
    stat: async (path) => {
      const found = await find(path);
      if (found === null || found.kind === "submodule") return null;
      return found.kind === "folder" ? "folder" : "file";
    },
    readDir: async (path) => {
      const found = await find(path);
      return found?.kind === "folder" ? found.names : [];
    },
    readText: async (path) => {
      const found = await find(path);
      if (found?.kind !== "file") throw new Error("the base has no such file");
      return await tree.text(found.id);
    },
    readStdin: () => Promise.reject(new Error("a git ref has no standard input")),
  };
}

/** A path of the working folder as one from the root of the repository. */
function inRepository(path: string, prefix: string): string {
  const local = (isAbsolute(path) ? relative(".", path) : path).replaceAll("\\", "/");
  const inside = posix.normalize(posix.join(prefix, local)).replace(/\/$/u, "");
  if (inside === ".." || inside.startsWith("../")) throw new Error("it is outside the repository");
  return inside === "." ? "" : inside;
}

/** What is at a path, links in it and at its end followed. */
async function follow(tree: GitTree, path: string, links: number): Promise<TreeEntry | null> {
  const direct = tree.at(path);
  if (direct !== null && direct.kind !== "link") return direct;
  const names = path.split("/");
  for (let length = 1; length <= names.length; length += 1) {
    const part = names.slice(0, length).join("/");
    const found = tree.at(part);
    if (found === null) return null;
    if (found.kind === "submodule") return found;
    if (found.kind !== "link") continue;
    if (links === 0) throw new Error("its symbolic links lead in a circle");
    const target = await tree.text(found.id);
    const led = posix.normalize(posix.join(posix.dirname(part), target, ...names.slice(length)));
    if (target.startsWith("/") || led === ".." || led.startsWith("../")) {
      throw new Error(`${part} is a symbolic link to ${target}, which is outside the repository`);
    }
    return await follow(tree, led === "." ? "" : led.replace(/\/$/u, ""), links - 1);
  }
  return null;
}
