/**
 * Builds dist/ from src/: tsc to lib/, then ncc to one bundle an entry point, with the licences of all that is in it.
 * ncc minifies an entry's own file only, not the parts that are loaded when they are needed, which here are the bulk:
 * esbuild does those. The result depends on the sources and the lockfile alone.
 *
 *     node scripts/build.mjs [FOLDER]      FOLDER is dist by default
 */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { transformSync } from "esbuild";

const ROOT = resolve(import.meta.dirname, "..");
const ENTRIES = ["action", "cli", "comment", "post"];

const target = resolve(process.argv[2] ?? join(ROOT, "dist"));
const bin = join(ROOT, "node_modules", ".bin");
const run = (program, ...args) =>
  execFileSync(join(bin, program), args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });

rmSync(join(ROOT, "lib"), { recursive: true, force: true });
run("tsc", "-p", "tsconfig.json");
const made = mkdtempSync(join(tmpdir(), "mtls-gate-dist-"));
for (const entry of ENTRIES) {
  const folder = join(made, entry);
  run("ncc", "build", join("lib", `${entry}.js`), "--out", folder, "--minify", "--license", "licenses.txt", "--quiet");
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".index.js"))) minify(join(folder, name));
}
chmodSync(join(made, "cli", "index.js"), 0o755);
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
cpSync(made, target, { recursive: true });
rmSync(made, { recursive: true });

function minify(file) {
  const { code } = transformSync(readFileSync(file, "utf8"), {
    minify: true,
    format: "esm",
    target: "node24",
    legalComments: "none",
    charset: "utf8",
  });
  writeFileSync(file, code);
}
