import type { Git } from "./git.js";

/** What a commit has at a path. A submodule's files are in a repository of their own. */
export type TreeEntry =
  | { readonly kind: "file" | "link"; readonly id: string }
  | { readonly kind: "folder"; readonly names: readonly string[] }
  | { readonly kind: "submodule" };

/** The tree of a commit, read whole, and the contents of its files. Paths are from the root of the repository. */
export class GitTree {
  readonly #git: Git;
  readonly #entries: ReadonlyMap<string, TreeEntry>;
  readonly #texts = new Map<string, Promise<string>>();
  #waiting: string[] = [];

  private constructor(git: Git, entries: ReadonlyMap<string, TreeEntry>) {
    this.#git = git;
    this.#entries = entries;
  }

  static async of(git: Git, commit: string): Promise<GitTree> {
    return new GitTree(git, entriesOf(await git.output(["ls-tree", "-r", "-z", "--full-tree", commit])));
  }

  at(path: string): TreeEntry | null {
    return this.#entries.get(path) ?? null;
  }

  /** The content of a file. What is asked for at once is read by one program. */
  text(id: string): Promise<string> {
    let found = this.#texts.get(id);
    if (found === undefined) {
      found = this.#readSoon(id);
      this.#texts.set(id, found);
    }
    return found;
  }

  #batch: Promise<ReadonlyMap<string, string>> | null = null;

  async #readSoon(id: string): Promise<string> {
    this.#waiting.push(id);
    this.#batch ??= Promise.resolve().then(async () => {
      const ids = this.#waiting;
      this.#waiting = [];
      this.#batch = null;
      return await readBlobs(this.#git, ids);
    });
    const texts = await this.#batch;
    const text = texts.get(id);
    if (text === undefined) throw new Error(`git has no object ${id}`);
    return text;
  }
}

const FORMAT = /^(?<mode>\d+) (?<type>\w+) (?<id>[0-9a-f]+)\t(?<path>[^]+)$/u;

function entriesOf(listing: string): Map<string, TreeEntry> {
  const folders = new Map<string, Set<string>>([["", new Set()]]);
  const entries = new Map<string, TreeEntry>();
  for (const line of listing.split("\0")) {
    const { mode = "", type = "", id = "", path } = FORMAT.exec(line)?.groups ?? {};
    if (path === undefined) continue;
    entries.set(path, type === "commit" ? { kind: "submodule" } : { kind: mode === "120000" ? "link" : "file", id });
    addParents(folders, path);
  }
  for (const [path, names] of folders) entries.set(path, { kind: "folder", names: [...names] });
  return entries;
}

function addParents(folders: Map<string, Set<string>>, path: string): void {
  const slash = path.lastIndexOf("/");
  const parent = slash < 0 ? "" : path.slice(0, slash);
  const names = folders.get(parent);
  if (names !== undefined) {
    names.add(path.slice(slash + 1));
    return;
  }
  folders.set(parent, new Set([path.slice(slash + 1)]));
  addParents(folders, parent);
}

/**
 * The contents of objects, by one program for all. Its output counts bytes, and comes as text: where that shows bytes that
 * are no text, the count is none, and each object is read by itself.
 */
async function readBlobs(git: Git, ids: readonly string[]): Promise<Map<string, string>> {
  const wanted = [...new Set(ids)];
  const [only] = wanted;
  if (wanted.length === 1 && only !== undefined) return new Map([[only, await readBlob(git, only)]]);
  const output = await git.output(["cat-file", "--batch"], wanted.map((id) => `${id}\n`).join(""));
  if (!output.includes("\uFFFD")) return cutBlobs(Buffer.from(output, "utf8"), wanted);
  const found = new Map<string, string>();
  for (const id of wanted) found.set(id, await readBlob(git, id));
  return found;
}

async function readBlob(git: Git, id: string): Promise<string> {
  return await git.output(["cat-file", "blob", id]);
}

/** `ID blob SIZE`, a line break, the content, a line break, for each. */
function cutBlobs(output: Buffer, ids: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  let at = 0;
  for (const id of ids) {
    const end = output.indexOf("\n", at);
    const [name, type, size] = output.toString("utf8", at, end).split(" ");
    if (name !== id || type !== "blob" || end < 0) throw new Error(`git has no object ${id}`);
    found.set(id, output.toString("utf8", end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return found;
}
