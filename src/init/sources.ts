/** Which files of a repository are a mesh's: those that can be read as they are, and those that are rendered first. */
import { parseLocated } from "../yaml/located.js";
import type { RepositoryFile } from "./repository.js";

/** Where the objects of a mesh come from. Paths are relative ones, without `/` at the end. */
export interface Sources {
  /** Files and folders (with `/` at the end) as the input `manifests` takes them. */
  readonly manifests: readonly string[];
  /** Folders of kustomizations that no other one takes in. */
  readonly kustomizations: readonly string[];
  /** Overlays of which one is taken, since they hold the same objects: each with what stands for it. */
  readonly variants: readonly { readonly taken: string; readonly others: readonly string[] }[];
  /** Folders of Helm charts. */
  readonly charts: readonly string[];
  /** Globs of all that the rendered ones are made of. */
  readonly watched: readonly string[];
  /** Paths that no input can hold. */
  readonly unfit: readonly string[];
}

const MANIFEST = /\.(?:ya?ml|json)$/i;
const KUSTOMIZATION = /^(?:kustomization\.ya?ml|Kustomization)$/;
/** What a list of inputs and a line of a workflow's script can both hold as it is. */
const FIT = /^[A-Za-z0-9._/@+-]+$/;
const KINDS = /^(?:Namespace|Service|Pod|List)$/;
const GROUPS = /^(?:apps|batch)\/|^[a-z.]*\.?istio\.io\//;

/** Finds the sources among a repository's files. The same files give the same sources. */
export function sourcesOf(files: readonly RepositoryFile[]): Sources {
  const own = files
    .filter(({ path }) => !path.startsWith(".github/"))
    .toSorted(({ path: a }, { path: b }) => (a < b ? -1 : 1));
  const charts = topmost(own.filter(({ path }) => base(path) === "Chart.yaml" && !isLibrary(path, own)).map(folder));
  const allCharts = own.filter(({ path }) => base(path) === "Chart.yaml").map(folder);
  const outside = own.filter(({ path }) => !allCharts.some((chart) => within(path, chart)));
  const kustomized = kustomizations(outside);
  const rendered = [...kustomized.reached, ...allCharts];
  const plain = outside.filter(({ path }) => !rendered.some((one) => within(path, one)) && MANIFEST.test(path));
  const manifests = collapsed(plain, rendered);
  const all = [...manifests, ...kustomized.taken, ...charts];
  const fit = (path: string): boolean => FIT.test(path) && !path.startsWith("-");
  return {
    manifests: manifests.filter(fit),
    kustomizations: kustomized.taken.filter(fit),
    variants: kustomized.variants,
    charts: charts.filter(fit),
    watched: topmost([...new Set([...kustomized.sources, ...charts])].filter(fit))
      .sort()
      .map((path) => (path === "." ? "**" : isFile(path) ? path : `${path}/**`)),
    unfit: all.filter((path) => !fit(path)),
  };
}

function base(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function folder({ path }: { readonly path: string }): string {
  const end = path.lastIndexOf("/");
  return end < 0 ? "." : path.slice(0, end);
}

function isFile(path: string): boolean {
  return MANIFEST.test(path);
}

function within(path: string, parent: string): boolean {
  return parent === "." || path === parent || path.startsWith(`${parent}/`);
}

/** Those that are in no other. */
function topmost(folders: readonly string[]): string[] {
  return folders.filter((one) => !folders.some((other) => other !== one && within(one, other)));
}

/** A library chart renders to nothing. */
function isLibrary(path: string, files: readonly RepositoryFile[]): boolean {
  return valueOf(files.find((file) => file.path === path))?.["type"] === "library";
}

/** The value of a file's only document, where it is a mapping. */
function valueOf(file: RepositoryFile | undefined): Readonly<Record<string, unknown>> | null {
  const { documents } = parseLocated(file?.text ?? "", file?.path ?? "");
  const value = documents.length === 1 ? documents[0]?.value : null;
  return mapping(value);
}

function mapping(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}

interface Kustomized {
  readonly taken: readonly string[];
  readonly variants: Sources["variants"];
  /** What the taken ones are made of. */
  readonly sources: readonly string[];
  /** Every folder or file that is a part of one. */
  readonly reached: readonly string[];
}

function kustomizations(files: readonly RepositoryFile[]): Kustomized {
  const found = new Map<string, string[]>();
  const components = new Set<string>();
  for (const file of files.filter(({ path }) => KUSTOMIZATION.test(base(path)))) {
    const value = valueOf(file);
    const lists = ["resources", "bases", "components"].flatMap((key) => value?.[key] ?? []);
    const texts = lists.filter((one): one is string => typeof one === "string");
    found.set(
      folder(file),
      texts.map((one) => joined(folder(file), one)).filter((one) => one !== null),
    );
    if (value?.["kind"] === "Component") components.add(folder(file));
  }
  const referred = new Set([...found.values()].flat());
  const tops = [...found.keys()].filter((one) => !referred.has(one) && !components.has(one)).sort();
  const reach = new Map(tops.map((top) => [top, reached(top, found)]));
  const groups = sharing(tops, reach);
  const variants = groups
    .filter((group) => group.length > 1)
    .map((group) => {
      const taken = group.find((one) => base(one).startsWith("prod")) ?? group[0] ?? "";
      return { taken, others: group.filter((one) => one !== taken) };
    });
  const left = new Set(variants.flatMap(({ others }) => others));
  const taken = tops.filter((one) => !left.has(one));
  const sources = taken.flatMap((one) => [one, ...(reach.get(one) ?? [])]);
  return { taken, variants, sources, reached: [...found.keys(), ...referred] };
}

/** A path from a folder; null where it leads out of the repository, or is an address. */
function joined(from: string, path: string): string | null {
  if (path.includes("://")) return null;
  const parts = from === "." ? [] : from.split("/");
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return null;
    } else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/") || ".";
}

function reached(top: string, all: ReadonlyMap<string, readonly string[]>): Set<string> {
  const seen = new Set<string>();
  const open = [top];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    for (const next of (all.get(one) ?? []).filter((path) => !seen.has(path))) {
      seen.add(next);
      open.push(next);
    }
  }
  return seen;
}

/** Groups of those that take in a same one. */
function sharing(tops: readonly string[], reach: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const groups: { members: string[]; paths: Set<string> }[] = [];
  for (const top of tops) {
    const paths = reach.get(top) ?? new Set<string>();
    const group = groups.find((one) => [...paths].some((path) => one.paths.has(path)));
    if (group === undefined) groups.push({ members: [top], paths: new Set(paths) });
    else {
      group.members.push(top);
      for (const path of paths) group.paths.add(path);
    }
  }
  return groups.map(({ members }) => members);
}

/** `part`: objects that say something of a mesh. `object`: others. `no`: something else. */
type Content = "part" | "object" | "no";

function contentOf({ path, text }: RepositoryFile): Content {
  if (!text.includes("apiVersion") || !text.includes("kind")) return "no";
  const { documents, problems } = parseLocated(text, path);
  if (problems.length > 0 || documents.length === 0) return "no";
  const objects = documents.map(({ value }) => mapping(value));
  const whole = objects.every((object) => {
    const name = object?.["kind"] === "List" ? "list" : mapping(object?.["metadata"])?.["name"];
    return [object?.["apiVersion"], object?.["kind"], name].every((one) => typeof one === "string");
  });
  if (!whole) return "no";
  return objects.some((object) => saysOfMesh(object)) ? "part" : "object";
}

function saysOfMesh(object: Readonly<Record<string, unknown>> | null): boolean {
  const [version, kind] = [String(object?.["apiVersion"]), String(object?.["kind"])];
  return version === "v1" ? KINDS.test(kind) : GROUPS.test(version);
}

/** Folders where all there is are objects, some of a mesh; else the files. Never the whole repository. */
function collapsed(files: readonly RepositoryFile[], rendered: readonly string[]): string[] {
  const contents = new Map(files.map((file) => [file.path, contentOf(file)]));
  const items = (parent: string): string[] => {
    const inside = [...contents].filter(([path]) => parent === "." || within(path, parent));
    const parts = inside.filter(([, content]) => content === "part");
    if (parts.length === 0) return [];
    const pure = inside.every(([, content]) => content !== "no") && !rendered.some((one) => within(one, parent));
    if (pure && parent !== ".") return [`${parent}/`];
    const depth = parent === "." ? 0 : parent.split("/").length;
    const names = inside.map(([path]) => path.split("/").slice(0, depth + 1));
    const next = [...new Set(names.map((one) => one.join("/")))].sort();
    return next.flatMap((one) => (contents.has(one) ? (contents.get(one) === "part" ? [one] : []) : items(one)));
  };
  return items(".");
}
