import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { errorProblem } from "../problems.js";
import type { Problem } from "../problems.js";
import { missingAsNull } from "./missing-as-null.js";

/** A file that is to be there with a text. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Looks whether files can be written without changing what is there: people change such files by hand.
 *
 * @param hint what to do about a file that has another text
 * @returns the files that are not there yet, and a problem for each that has another text; rejects where one cannot be read
 */
export async function unwritten(
  files: readonly NewFile[],
  hint: string,
): Promise<{ missing: NewFile[]; differing: Problem[] }> {
  const missing: NewFile[] = [];
  const differing: Problem[] = [];
  for (const file of files) {
    const there = await readFile(file.path, "utf8").catch(missingAsNull);
    if (there === null) missing.push(file);
    else if (there !== file.text) {
      const message = "the file is there already with another content";
      differing.push(errorProblem("file-exists", message, { file: file.path }, hint));
    }
  }
  return { missing, differing };
}

/** Writes a file, and makes the folders above it. Rejects where the file has come since it was looked for. */
export async function createFile({ path, text }: NewFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { flag: "wx" });
}
