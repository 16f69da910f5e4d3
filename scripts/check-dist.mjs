/** Builds dist/ anew beside the one that is committed, and names the files that differ. Exit 1 where any does. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const fresh = mkdtempSync(join(tmpdir(), "mtls-gate-check-dist-"));
execFileSync(process.execPath, [join(ROOT, "scripts", "build.mjs"), fresh], { stdio: ["ignore", "ignore", "inherit"] });

const built = filesOf(fresh);
const kept = filesOf(join(ROOT, "dist"));
const differing = [...new Set([...built.keys(), ...kept.keys()])]
  .sort()
  .filter((name) => built.get(name)?.equals(kept.get(name) ?? Buffer.alloc(0)) !== true);
rmSync(fresh, { recursive: true });
if (differing.length > 0) {
  console.error(
    `dist/ is not what src/ builds: run \`npm run build\` and commit it. These differ:\n${differing.map((name) => `  ${name}`).join("\n")}`,
  );
  process.exitCode = 1;
}

function filesOf(folder) {
  const names = readdirSync(folder, { recursive: true }).map((name) => join(folder, name.toString()));
  return new Map(
    names.filter((name) => statSync(name).isFile()).map((name) => [relative(folder, name), readFileSync(name)]),
  );
}
