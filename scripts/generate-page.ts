/**
 * Writes src/report/page-assets.ts: the script and the style of the HTML report, from src/report/page/, as two texts.
 *
 *     node scripts/generate-page.ts
 */
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const ROOT = resolve(import.meta.dirname, "..");
export const TARGET = "src/report/page-assets.ts";

/** What the generated file is to hold. */
export async function pageAssets(): Promise<string> {
  const [script, style] = await Promise.all([bundle("main.ts"), bundle("style.css")]);
  return [
    "/** The script and the style of the HTML report. Made by scripts/generate-page.ts from src/report/page/: change it there. */",
    `export const PAGE_SCRIPT = ${JSON.stringify(script)};`,
    `export const PAGE_STYLE = ${JSON.stringify(style)};`,
    "",
  ].join("\n");
}

async function bundle(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, "src", "report", "page", name)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["es2022", "chrome111", "firefox115", "safari16.4"],
    charset: "ascii",
    legalComments: "none",
  });
  const text = outputFiles[0]?.text.trim() ?? "";
  if (/<\/(?:script|style)|<!--/iu.test(text)) throw new Error(`${name} holds a text that would end its element`);
  return text;
}

if (process.argv[1] === import.meta.filename) await writeFile(join(ROOT, TARGET), await pageAssets());
