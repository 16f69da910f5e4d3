import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Told } from "../github/comment-step.js";
import { foreignReport, MOST_REPORT_BYTES } from "../github/foreign-report.js";
import { messageOf } from "../problems.js";
import type { Report } from "../report/document.js";
import type { NamedReport } from "../report/several.js";

/** The name that a run gives its report. */
const REPORT = "report.json";
/** A matrix of GitHub has no more jobs. */
const MOST_REPORTS = 256;
/** `actions/download-artifact` makes one folder an artifact, and an artifact has few of its own. */
const MOST_DEPTH = 8;

type ReportRead = { readonly report: Report } | { readonly wrong: string };

/**
 * The reports that the paths name, read as hostile. A path is a file, or a folder whose `report.json` counts, with those of
 * the folders in it; links are not followed. A report has the name of its folder, or of its file where that has another name
 * than `report.json`. Of several, what cannot be used and what is expected and not there is told under its name.
 *
 * @param expected the names that have to be there
 * @returns one report, told as it is alone; or several; or why a single file that was asked for is none. Never throws
 */
export function foreignReports(
  paths: readonly string[],
  expected: readonly string[],
): Told | { readonly wrong: string } {
  const [only = "", ...others] = paths;
  if (others.length === 0 && expected.length === 0 && !isFolder(only)) {
    const read = reportFile(only, MOST_REPORT_BYTES);
    return "report" in read ? read.report : read;
  }
  const found = paths.map(search);
  const files = namedFiles(found.flatMap((one) => one.files ?? []));
  const names = new Set(files.map(({ path }) => nameOf(path)));
  const reports = [
    ...readAll(files.slice(0, MOST_REPORTS)),
    ...(files.length > MOST_REPORTS ? [tooMany(files.length)] : []),
    ...found.flatMap((one) => one.unreadable ?? []),
    ...expected.filter((name) => !names.has(name)).map(notThere),
    // Where it is known what has to be there, that is what is missing, and not a folder.
    ...(expected.length > 0 ? [] : found.flatMap((one) => one.empty ?? [])),
  ];
  const [first] = reports;
  return reports.length === 1 && first !== undefined && "report" in first ? first.report : { reports };
}

/** What a path names: files, or nothing, or nobody knows what. */
interface Found {
  readonly files?: readonly string[];
  readonly empty?: NamedReport;
  readonly unreadable?: NamedReport;
}

function search(path: string): Found {
  const name = nameOf(path);
  try {
    const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    if (!isThere && !path.endsWith(".json")) return { empty: { name, wrong: `${path} is not there` } };
    if (!isFolder(path)) return { files: [path] };
    const files = reportsIn(path, 0);
    return files.length > 0 ? { files } : { empty: { name, wrong: `${path} has no ${REPORT} in it` } };
  } catch (thrown) {
    return { unreadable: { name, wrong: `${path} cannot be read: ${messageOf(thrown)}` } };
  }
}

function reportsIn(folder: string, depth: number): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const own = entries.filter(({ name }) => name === REPORT).map(({ name }) => join(folder, name));
  const folders = depth === MOST_DEPTH ? [] : entries.filter((entry) => entry.isDirectory());
  return [...own, ...folders.flatMap(({ name }) => reportsIn(join(folder, name), depth + 1))];
}

function isFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}

function nameOf(path: string): string {
  const file = basename(resolve(path));
  return file === REPORT ? basename(dirname(resolve(path))) : file.replace(/\.json$/u, "");
}

interface NamedFile {
  readonly name: string;
  readonly path: string;
}

/** Each file once, under its name; under its path where several have the same name. */
function namedFiles(paths: readonly string[]): NamedFile[] {
  const once = new Map(paths.map((path) => [resolve(path), path]));
  const groups = Map.groupBy(once.values(), nameOf);
  return [...groups].flatMap(([name, same]) =>
    same.map((path) => ({ name: same.length > 1 || name === "" ? path : name, path })),
  );
}

/** The smallest come first: a large one keeps no other from being read. */
function readAll(files: readonly NamedFile[]): NamedReport[] {
  const sizes = new Map(files.map(({ path }) => [path, sizeOf(path)]));
  const sizeFirst = files.toSorted((one, other) => (sizes.get(one.path) ?? 0) - (sizes.get(other.path) ?? 0));
  let left = MOST_REPORT_BYTES;
  return sizeFirst.map(({ name, path }) => {
    const read = reportFile(path, left);
    left -= "report" in read ? (sizes.get(path) ?? 0) : 0;
    return { name, ...read };
  });
}

function sizeOf(path: string): number {
  try {
    return lstatSync(path).size;
  } catch {
    return 0;
  }
}

function reportFile(path: string, mostBytes: number): ReportRead {
  try {
    const file = lstatSync(path);
    if (!file.isFile()) return { wrong: `${path} is no file` };
    if (file.size > mostBytes) return { wrong: `${path} is too large` };
    const read = foreignReport(readFileSync(path, "utf8"));
    return "wrong" in read ? { wrong: `${path} cannot be used: ${read.wrong}` } : read;
  } catch (thrown) {
    return { wrong: `${path} cannot be read: ${messageOf(thrown)}` };
  }
}

function notThere(name: string): NamedReport {
  return { name, wrong: "it is expected and not there: its job left none, or under another name" };
}

function tooMany(count: number): NamedReport {
  return { name: "…", wrong: `${count} reports are too many: ${MOST_REPORTS} of them are read` };
}
