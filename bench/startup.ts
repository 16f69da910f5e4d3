/**
 * How long the built program takes to say something, beside an empty Node program, turn by turn in one run: the help of
 * the command line from start to exit, and the action to the first line of its log.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = process.cwd();
const TURNS = 21;
/** Milliseconds over an empty program. */
const TARGET_MS = 350;
const folder = mkdtempSync(join(tmpdir(), "mtls-gate-startup-"));
const empty = join(folder, "empty.mjs");
writeFileSync(empty, "");
for (const name of ["output", "state", "summary"]) writeFileSync(join(folder, name), "");

const runner = {
  ...process.env,
  GITHUB_ACTIONS: "true",
  GITHUB_OUTPUT: join(folder, "output"),
  GITHUB_STATE: join(folder, "state"),
  GITHUB_STEP_SUMMARY: join(folder, "summary"),
  INPUT_MODE: "audit",
  INPUT_KUBECONFIG: join(folder, "none"),
  "INPUT_REPORT-DIR": folder,
};

/** Runs to the exit, or to the first output. Node's cache of compiled code is as it is for a user: there from the second start on. */
async function time(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; firstLine: boolean },
): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { env: options.env ?? process.env, stdio: ["ignore", "pipe", "ignore"] });
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.stdout.once("data", () => {
      if (!options.firstLine) return;
      resolve(performance.now() - start);
      child.kill("SIGKILL");
    });
    child.on("close", () => resolve(performance.now() - start));
  });
}

const WAYS: readonly { readonly name: string; readonly run: () => Promise<number> }[] = [
  { name: "an empty program", run: () => time([empty], { firstLine: false }) },
  {
    name: "mtls-gate --help",
    run: () => time([join(ROOT, "dist", "cli", "index.js"), "--help"], { firstLine: false }),
  },
  {
    name: "the action's first line",
    run: () => time([join(ROOT, "dist", "action", "index.js")], { env: runner, firstLine: true }),
  },
  {
    name: "the same, nothing cached",
    run: () =>
      time([join(ROOT, "dist", "action", "index.js")], {
        env: { ...runner, NODE_DISABLE_COMPILE_CACHE: "1" },
        firstLine: true,
      }),
  },
];

const times = WAYS.map(() => [] as number[]);
for (let turn = 0; turn <= TURNS; turn += 1) {
  for (const [index, way] of WAYS.entries()) {
    const ms = await way.run();
    // The first turn fills the caches of the disk and of Node.
    if (turn > 0) times[index]?.push(ms);
  }
}

const medians = times.map((values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN);
const base = medians[0] ?? Number.NaN;
let missed = 0;
for (const [index, { name }] of WAYS.entries()) {
  const values = times[index] ?? [];
  const over = (medians[index] ?? Number.NaN) - base;
  const met = over <= TARGET_MS;
  if (!met) missed += 1;
  const verdict = index === 0 ? "" : `, ${over.toFixed(0)} ms over it, target ${TARGET_MS}: ${met ? "met" : "MISSED"}`;
  console.log(
    `${name.padEnd(24)} ${(medians[index] ?? 0).toFixed(0).padStart(5)} ms  (${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)})${verdict}`,
  );
}
process.exitCode = missed === 0 ? 0 : 1;
