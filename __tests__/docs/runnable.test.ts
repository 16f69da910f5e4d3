/**
 * What the documentation says to type, typed. A block of `sh` below `<!-- runnable -->` is run as it stands, in bash, in a copy of
 * what the repository offers, the blocks of a page one after the other; `<!-- runnable: exit 1 -->` says how its last command ends.
 * A block below `<!-- prints -->` is what it has to print: these lines in this order, with anything between them where `…` stands.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "..", "..");
const PAGES = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

interface Block {
  readonly line: number;
  readonly text: string;
  readonly exit: number;
  /** Null where nothing is said of it. */
  readonly prints: string | null;
}

const MARKED = /<!-- (runnable(?:: exit (\d+))?|prints) -->\n+```(\w*)\n(.*?)^```$/gmsu;

function blocksOf(page: string): Block[] {
  const markdown = readFileSync(join(ROOT, page), "utf8");
  const blocks: Block[] = [];
  for (const { 1: mark = "", 2: exit = "0", 3: language = "", 4: text = "", index } of markdown.matchAll(MARKED)) {
    const line = markdown.slice(0, index).split("\n").length;
    const last = blocks.at(-1);
    if (mark === "prints") {
      if (last?.prints !== null) throw new Error(`${page}:${line}: nothing runs above this block`);
      blocks[blocks.length - 1] = { ...last, prints: text };
    } else {
      if (language !== "sh") throw new Error(`${page}:${line}: a runnable block is one of sh`);
      blocks.push({ line, text, exit: Number(exit), prints: null });
    }
  }
  return blocks;
}

/** A clone as a reader has it, with the command on the PATH. */
function clone(): { folder: string; env: NodeJS.ProcessEnv } {
  const above = mkdtempSync(join(tmpdir(), "mtls-gate-docs-"));
  const [folder, bin] = [join(above, "mtls-gate"), join(above, "bin")];
  mkdirSync(folder);
  mkdirSync(bin);
  cpSync(join(ROOT, "manifests"), join(folder, "manifests"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
  writeFileSync(join(folder, ".gitignore"), "dist\nmtls-gate-report\n");
  symlinkSync(join(ROOT, "dist"), join(folder, "dist"));
  writeFileSync(join(bin, "mtls-gate"), `#!/bin/sh\nexec node "${join(ROOT, "dist", "cli", "index.js")}" "$@"\n`);
  chmodSync(join(bin, "mtls-gate"), 0o755);
  const path = [bin, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  const who = {
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@example.com",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@example.com",
  };
  const env = { PATH: path, HOME: above, LANG: "C.UTF-8", ...who };
  for (const words of [
    ["init", "-q", "-b", "main"],
    ["add", "-A"],
    ["commit", "-q", "-m", "the clone"],
  ]) {
    execFileSync("git", words, { cwd: folder, env });
  }
  return { folder, env };
}

/** The parts of a text that have to be there in this order. */
function parts(text: string): string[] {
  return text
    .split(/^…$/mu)
    .map((part) => part.replace(/^\n+|\n+$/gu, ""))
    .filter((part) => part !== "");
}

/** The first part that the output has not, after the others; null where it has them all. */
function missing(output: string, text: string): string | null {
  let from = 0;
  for (const part of parts(text)) {
    const at = output.indexOf(part, from);
    if (at < 0) return part;
    from = at + part.length;
  }
  return null;
}

describe("the blocks that are marked as runnable", () => {
  it("are there", () => {
    expect(PAGES.flatMap(blocksOf).length).toBeGreaterThanOrEqual(10);
  });
});

describe.each(PAGES.filter((page) => blocksOf(page).length > 0))("%s", (page) => {
  const { folder, env } = clone();
  it.each(blocksOf(page).map((block) => [block.line, block] as const))(
    "line %i runs, and prints what it says",
    (_, block) => {
      const { status, stdout, stderr } = spawnSync("bash", ["-e", "-o", "pipefail", "-c", block.text], {
        cwd: folder,
        env,
        encoding: "utf8",
      });
      expect({ status, stderr: status === block.exit ? "" : stderr + stdout }).toEqual({
        status: block.exit,
        stderr: "",
      });
      if (block.prints !== null)
        expect({ missing: missing(stdout, block.prints), in: stdout }).toEqual({ missing: null, in: stdout });
    },
  );
});
