import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorProblem, Failure, messageOf, Refusal } from "../problems.js";
import type { Problem } from "../problems.js";
import { STRICT_FILE } from "../report/strict-files.js";
import type { StrictFile } from "../report/strict-files.js";

/**
 * Writes a plan's files into a folder. What is there already stays as it is: a file with another content, or one that an
 * earlier plan left, is refused before anything is written.
 *
 * @returns how many files are new
 * @throws Refusal where something else is in the way, Failure where the folder cannot be read or written
 */
export async function writeStrictFiles(folder: string, files: readonly StrictFile[]): Promise<number> {
  try {
    const there = await textsIn(folder, files);
    const problems = [
      ...files.flatMap(({ path, text }) => differs(join(folder, path), there.get(path), text)),
      ...(await leftovers(folder, files)).map((path) => left(join(folder, path))),
    ];
    if (problems.length > 0) throw new Refusal(problems);
    const missing = files.filter(({ path }) => !there.has(path));
    for (const { path, text } of missing) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      // Only where there is none yet, also if one has come since.
      await writeFile(join(folder, path), text, { flag: "wx" });
    }
    return missing.length;
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown;
    const message = `the files of the plan could not be written: ${messageOf(thrown)}`;
    throw new Failure([errorProblem("not-written", message)], { cause: thrown });
  }
}

async function textsIn(folder: string, files: readonly StrictFile[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { path } of files) {
    const text = await readFile(join(folder, path), "utf8").catch(orNull);
    if (text !== null) found.set(path, text);
  }
  return found;
}

async function leftovers(folder: string, files: readonly StrictFile[]): Promise<string[]> {
  const own = new Set(files.map(({ path }) => path));
  const folders = (await readdir(folder).catch(orNull)) ?? [];
  const found: string[] = [];
  for (const name of folders.filter((one) => STRICT_FILE.test(`${one}/PeerAuthentication-any.yaml`))) {
    const inside = (await readdir(join(folder, name)).catch(orNull)) ?? [];
    found.push(...inside.map((one) => `${name}/${one}`));
  }
  return found.filter((path) => STRICT_FILE.test(path) && !own.has(path)).sort();
}

function orNull(thrown: unknown): null {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return null;
  throw thrown;
}

const HINT = "move it away, or give another folder";

function differs(file: string, there: string | undefined, text: string): Problem[] {
  if (there === undefined || there === text) return [];
  return [errorProblem("file-exists", "the file is there already with another content", { file }, HINT)];
}

function left(file: string): Problem {
  return errorProblem("file-exists", "the file is there, and is of another plan", { file }, HINT);
}
