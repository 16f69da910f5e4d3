/**
 * Runs everything that is to be green, and says how much of it was, from the runners' own counts.
 *
 *     node scripts/suites.mjs unit     what needs no root: types, lint, format, freshness of what is generated, tests
 *     node scripts/suites.mjs e2e      on the local mesh: its own test, then the end-to-end tests
 *     node scripts/suites.mjs kind     on clusters of the real kind, with a Docker daemon of our own
 *
 * The last line is `N passed, N failed, N skipped`; the exit code is 1 when anything failed, or nothing ran.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const scratch = mkdtempSync(join(tmpdir(), "mtls-gate-suites-"));
const env = { ...process.env, PATH: `${join(ROOT, "node_modules", ".bin")}:${process.env["PATH"] ?? ""}` };
const total = { passed: 0, failed: 0, skipped: 0 };

/** Runs a program with its output shown; resolves with its exit code and its standard output. */
async function run(words, options = {}) {
  const [program, ...args] = words;
  const child = spawn(program, args, {
    cwd: ROOT,
    env,
    stdio: ["ignore", options.keep === true ? "pipe" : "inherit", "inherit"],
  });
  let stdout = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk.toString();
    process.stdout.write(chunk);
  });
  const code = await new Promise((done) => {
    child.on("error", () => done(127));
    child.on("close", (exit) => done(exit ?? 1));
  });
  return { code, stdout };
}

function add(name, counts) {
  for (const kind of Object.keys(total)) total[kind] += counts[kind] ?? 0;
  console.log(`${name}: ${line(counts)}`);
}

function line({ passed = 0, failed = 0, skipped = 0 }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** A check that passes or fails as a whole. */
async function check(name, ...words) {
  console.log(`\n# ${name}`);
  const { code } = await run(words);
  add(name, code === 0 ? { passed: 1 } : { failed: 1 });
}

/** A vitest suite, run by another program where one is named, counted from its own report. A run that fails without a failed test, as on a file that cannot be loaded, is a failure all the same. */
async function vitest(name, args = [], within = []) {
  console.log(`\n# ${name}`);
  const file = join(scratch, "vitest.json");
  rmSync(file, { force: true });
  const { code } = await run([
    ...within,
    "vitest",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
    ...args,
  ]);
  let counts = { failed: 1 };
  try {
    const {
      numPassedTests: passed,
      numFailedTests: failed,
      numPendingTests,
      numTodoTests,
    } = JSON.parse(readFileSync(file, "utf8"));
    counts = { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped: numPendingTests + numTodoTests };
    if (passed + failed === 0) counts.failed = 1;
  } catch {
    // No report: the runner itself failed, and that is what is counted.
  }
  add(name, counts);
}

/** A program whose last line is `N passed, N failed`. */
async function counted(name, ...words) {
  console.log(`\n# ${name}`);
  const { code, stdout } = await run(words, { keep: true });
  const found = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/u.exec(stdout.trim().split("\n").at(-1) ?? "");
  const counts = { passed: Number(found?.[1] ?? 0), failed: Number(found?.[2] ?? 0), skipped: Number(found?.[3] ?? 0) };
  if (found === null || (code !== 0 && counts.failed === 0)) counts.failed += 1;
  add(name, counts);
}

const SUITES = {
  unit: async () => {
    await check("types", "tsc", "--noEmit", "-p", "tsconfig.json");
    await check("types of the page", "tsc", "--noEmit", "-p", "src/report/page/tsconfig.json");
    await check("types of the tests", "tsc", "--noEmit", "-p", "tsconfig.test.json");
    await check("lint", "eslint", ".");
    await check("format", "prettier", "--check", "--log-level", "warn", ".");
    await check("dist is built from src", "node", "scripts/check-dist.mjs");
    await vitest("tests");
  },
  e2e: async () => {
    await counted("local mesh", join(ROOT, "local-mesh", "test"));
    await vitest("end to end", ["--config", "e2e/vitest.config.ts"]);
    await run(["tsc", "-p", "tsconfig.bench.json"]);
    await counted("predictions held against the mesh", "node", "lib/bench-build/e2e/truth/run.js", "--cases", "10");
    await counted("scenarios recorded anew", "node", "lib/bench-build/e2e/truth/record.js", "--check", "--random", "5");
  },
  kind: async () => {
    await vitest("clusters of kind", ["--config", "e2e/kind/vitest.config.ts"], [join(ROOT, "e2e", "kind", "run")]);
  },
};

const suite = SUITES[process.argv[2] ?? ""];
if (suite === undefined) {
  console.error(`usage: node scripts/suites.mjs ${Object.keys(SUITES).join("|")}`);
  process.exit(2);
}
await suite();
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${line(total)}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
