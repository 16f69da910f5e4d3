import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { errorProblem, Failure, messageOf, Refusal } from "../problems.js";
import type { Problem } from "../problems.js";
import { STRICT_FILE } from "../report/strict-files.js";
import type { StrictFile } from "../report/strict-files.js";
import { missingAsNull } from "./missing-as-null.js";
import { createFile, unwritten } from "./new-files.js";

/**
 * Writes a plan's files into a folder. What is there already stays as it is: a file with another content, or one that an
 * earlier plan left, is refused before anything is written.
 *
 * @returns how many files are new
 * @throws Refusal where something else is in the way, Failure where the folder cannot be read or written
 */
export async function writeStrictFiles(folder: string, files: readonly StrictFile[]): Promise<number> {
  try {
    const placed = files.map(({ path, text }) => ({ path: join(folder, path), text }));
    const { missing, differing } = await unwritten(placed, HINT);
    const problems = [...differing, ...(await leftovers(folder, files)).map((path) => left(join(folder, path)))];
    if (problems.length > 0) throw new Refusal(problems);
    for (const file of missing) await createFile(file);
    return missing.length;
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown;
    const message = `the files of the plan could not be written: ${messageOf(thrown)}`;
    throw new Failure([errorProblem("not-written", message)], { cause: thrown });
  }
}

async function leftovers(folder: string, files: readonly StrictFile[]): Promise<string[]> {
  const own = new Set(files.map(({ path }) => path));
  const folders = (await readdir(folder).catch(missingAsNull)) ?? [];
  const found: string[] = [];
  for (const name of folders.filter((one) => STRICT_FILE.test(`${one}/PeerAuthentication-any.yaml`))) {
    const inside = (await readdir(join(folder, name)).catch(missingAsNull)) ?? [];
    found.push(...inside.map((one) => `${name}/${one}`));
  }
  return found.filter((path) => STRICT_FILE.test(path) && !own.has(path)).sort();
}

const HINT = "move it away, or give another folder";

function left(file: string): Problem {
  return errorProblem("file-exists", "the file is there, and is of another plan", { file }, HINT);
}
