/** The list inputs `manifests` and `policies` → the files that they name, with their text. */
import { join, normalize, resolve } from "node:path";
import { errorProblem, messageOf, type Problem } from "../problems.js";
import { globMatches, isGlob } from "./glob.js";

/** The file system as far as this step uses it. Paths are as the user wrote them, relative ones to the working folder. */
export interface ManifestFiles {
  /** What is at the path, links followed; null where nothing is. Rejects where it may not be looked at. */
  stat(path: string): Promise<"file" | "folder" | "other" | null>;
  /** The names in a folder, in any order. */
  readDir(path: string): Promise<readonly string[]>;
  /** The whole text of a file. */
  readText(path: string): Promise<string>;
  /** All that comes on standard input, which can be read once. */
  readStdin(): Promise<string>;
}

/** The item that stands for standard input, and how messages name it. A file of that name is `./-`. */
export const STDIN = "-";
const STDIN_NAME = "<stdin>";

/** How files are looked for, where it is not as usual. */
export interface SearchOptions {
  /** What messages call a path; itself unless it is given. */
  readonly nameOf?: (path: string) => string;
  /** Told of an item that matches nothing, which is then no problem. */
  readonly onMissing?: (item: string) => void;
}

/** One file: its path as messages name it, and its text. */
export interface ManifestFile {
  readonly path: string;
  readonly text: string;
}

const MANIFEST = /\.(?:ya?ml|json)$/i;
const KUSTOMIZATION = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const CHART = "Chart.yaml";
/** No project is deeper; a link to a folder above itself is. */
const MOST_DEPTH = 32;

/**
 * The files that the items name, each once, in the order of the items and by name within one. An item is a file, a folder
 * (its *.yaml, *.yml and *.json, and those of the folders in it), a glob of `*`, `?` and `**`, or `-` for standard input;
 * names that begin with a dot are passed over unless an item spells them out. `input` names the list in messages. Everything that is wrong comes
 * back as problems: what matches nothing, what would have to be rendered first, what cannot be read. Never rejects.
 */
export async function readManifestFiles(
  items: readonly string[],
  input: string,
  files: ManifestFiles,
  options: SearchOptions = {},
): Promise<{ files: ManifestFile[]; problems: Problem[] }> {
  const search = new Search(files, input, options);
  for (const item of items) await search.item(item);
  const texts = await Promise.all([...search.found].map(([key, path]) => search.read(key, path)));
  return { files: texts.filter((file) => file !== null), problems: search.problems };
}

class Search {
  readonly problems: Problem[] = [];
  /** The path as it is shown, by the absolute one (`a.yaml` and `./a.yaml` are one file) or `-`. */
  readonly found = new Map<string, string>();
  private readonly refused = new Set<string>();
  private readonly files: ManifestFiles;
  private readonly input: string;
  private readonly nameOf: (path: string) => string;
  private readonly onMissing: ((item: string) => void) | undefined;

  constructor(files: ManifestFiles, input: string, { nameOf = (path) => path, onMissing }: SearchOptions) {
    this.files = files;
    this.input = input;
    this.nameOf = nameOf;
    this.onMissing = onMissing;
  }

  async item(item: string): Promise<void> {
    if (item === STDIN) {
      this.found.set(STDIN, STDIN_NAME);
      return;
    }
    const problemsBefore = this.problems.length;
    const matched = await this.expand(item);
    if (matched || this.problems.length > problemsBefore) return;
    if (this.onMissing !== undefined) {
      this.onMissing(item);
      return;
    }
    this.problem(`${this.input} has ${item}, which matches no file`, "*.yaml, *.yml and *.json of a folder count");
  }

  async read(key: string, path: string): Promise<ManifestFile | null> {
    const text = await this.attempt(path, () => (key === STDIN ? this.files.readStdin() : this.files.readText(path)));
    return text === undefined ? null : { path: this.nameOf(path), text };
  }

  /** Whether the item named any file, be it one that is there already. */
  private async expand(item: string): Promise<boolean> {
    const path = normalize(item);
    const kind = await this.kindOf(path);
    if (kind === "file" || kind === "other") return this.addFile(path);
    if (kind === "folder") return this.addFolder(path, 0);
    if (!isGlob(item)) return false;
    const [first = "", ...segments] = path.split(/[\\/]/);
    return first === "" ? this.glob("/", segments, 0) : this.glob("", [first, ...segments], 0);
  }

  private async kindOf(path: string): Promise<"file" | "folder" | "other" | null> {
    return (await this.attempt(path, () => this.files.stat(path))) ?? null;
  }

  private addFile(path: string): boolean {
    const [name = "", ...parents] = path.split(/[\\/]/).reverse();
    const folder = parents.reverse().join("/") || ".";
    if (this.refuseToRender(folder, [name])) return true;
    const absolute = resolve(path);
    if (!this.found.has(absolute)) this.found.set(absolute, path);
    return true;
  }

  private async addFolder(folder: string, depth: number): Promise<boolean> {
    if (depth > MOST_DEPTH) return this.tooDeep(folder);
    const names = await this.namesIn(folder);
    if (this.refuseToRender(folder, names)) return true;
    let any = false;
    for (const name of names.filter((name) => !name.startsWith("."))) {
      const path = join(folder, name);
      const kind = await this.kindOf(path);
      if (kind === "folder") any = (await this.addFolder(path, depth + 1)) || any;
      else if (kind === "file" && MANIFEST.test(name)) any = this.addFile(path) || any;
    }
    return any;
  }

  private async glob(folder: string, segments: readonly string[], depth: number): Promise<boolean> {
    const [segment, ...rest] = segments;
    if (segment === undefined) return false;
    if (depth > MOST_DEPTH) return this.tooDeep(folder);
    if (!isGlob(segment)) return this.globAt(join(folder, segment), rest, depth);
    let any = segment === "**" && rest.length > 0 && (await this.glob(folder, rest, depth));
    for (const name of await this.namesIn(folder || ".")) {
      if (name.startsWith(".") && !segment.startsWith(".")) continue;
      const path = join(folder, name);
      if (segment === "**") {
        const deeper = (await this.kindOf(path)) === "folder" ? segments : rest;
        any = (await this.globAt(path, deeper, depth)) || any;
      } else if (globMatches(segment, name)) {
        any = (await this.globAt(path, rest, depth)) || any;
      }
    }
    return any;
  }

  /** Goes on with what is left of a glob below a path that fits so far. */
  private async globAt(path: string, rest: readonly string[], depth: number): Promise<boolean> {
    const kind = await this.kindOf(path);
    if (kind === "folder")
      return rest.length === 0 ? this.addFolder(path, depth + 1) : this.glob(path, rest, depth + 1);
    return kind !== null && rest.length === 0 && this.addFile(path);
  }

  private tooDeep(folder: string): true {
    const top = folder.split(/[\\/]/, 3).join("/");
    this.problem(`${top}/… is more than ${MOST_DEPTH} folders deep`, "is there a link to a folder above itself?");
    return true;
  }

  private async namesIn(folder: string): Promise<string[]> {
    return [...((await this.attempt(folder, () => this.files.readDir(folder))) ?? [])].sort();
  }

  /** Refuses a folder whose files are no objects of Kubernetes until a program has rendered them. */
  private refuseToRender(folder: string, names: readonly string[]): boolean {
    const kustomization = names.some((name) => KUSTOMIZATION.includes(name));
    if (!kustomization && !names.includes(CHART)) return false;
    if (this.refused.has(folder)) return true;
    this.refused.add(folder);
    const quoted = /^[\w./@:+-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", String.raw`'\''`)}'`;
    const what = kustomization ? "a kustomization" : "a Helm chart";
    const command = kustomization ? `kubectl kustomize ${quoted}` : `helm template ${quoted}`;
    this.problem(
      `${this.input} has ${this.nameOf(folder)}, which is ${what} and has to be rendered first`,
      `${command} > rendered.yaml, and give rendered.yaml`,
    );
    return true;
  }

  private async attempt<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (thrown) {
      this.problems.push(
        errorProblem("unreadable-file", `cannot be read: ${messageOf(thrown)}`, { file: this.nameOf(path) }),
      );
      return undefined;
    }
  }

  private problem(message: string, hint: string): void {
    this.problems.push(errorProblem("invalid-input", message, undefined, hint));
  }
}
