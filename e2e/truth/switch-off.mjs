/**
 * Switches off each rule of src/rules/, one at a time, and looks whether what the real mesh gave then contradicts the
 * prediction. A rule whose absence nothing notices is held by nothing.
 *
 *     npm run e2e:switch-off -- [--only WORD] [FILE...]    FILE: of e2e/truth/run.ts. None: new cases are drawn on the
 *                                                          local mesh. WORD: a part of a file's or function's name
 *     node e2e/truth/switch-off.mjs --check                only looks whether a rule is missing from the table
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { NO_RULES, SWITCHED_OFF, TYPES_ALONE } from "./switched-off.mjs";

const ROOT = resolve(import.meta.dirname, "..", "..");
const RULES = join(ROOT, "src", "rules");
const BUILD = join(ROOT, "lib", "bench-build");
const REPLAY = join(import.meta.dirname, "replay.mjs");
const SCENARIOS = join(ROOT, "__tests__", "truth");
const CASES = 60;
/** Whether unit tests pass with every rule on, by their file. */
const asTheyAre = new Map();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: "boolean", default: false }, only: { type: "string", default: "" } },
});
const chosen = SWITCHED_OFF.filter(({ file, name }) => `${file} ${name}`.includes(values.only));
const problems = tableProblems();
for (const problem of problems) console.log(`not ok ${problem}`);
if (values.check) {
  console.log(problems.length === 0 ? "the table has every rule" : `${problems.length} rules are missing or too many`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} else process.exitCode = problems.length === 0 ? switchOffAll(positionals) : 1;

/** Every file and everything that it exports has to be in the table, and nothing else. */
function tableProblems() {
  const files = readdirSync(RULES).filter((name) => name.endsWith(".ts"));
  const known = new Set([...SWITCHED_OFF.map(({ file }) => file), ...TYPES_ALONE]);
  const found = files.filter((file) => !known.has(file)).map((file) => `${file} is not in the table`);
  for (const file of files) {
    const listed = [
      ...SWITCHED_OFF.filter((one) => one.file === file).map(({ name }) => name),
      ...(NO_RULES[file] ?? []),
    ];
    const exported = [...readFileSync(join(RULES, file), "utf8").matchAll(/^export (?:function|class|const) (\w+)/gmu)];
    const names = exported.map(([, name]) => name);
    found.push(...names.filter((name) => !listed.includes(name)).map((name) => `${file}: ${name} is not in the table`));
    found.push(...listed.filter((name) => !names.includes(name)).map((name) => `${file} exports no ${name}`));
  }
  return [...found, ...[...known].filter((file) => !files.includes(file)).map((file) => `there is no ${file}`)];
}

function switchOffAll(given) {
  const files = given.length > 0 ? given.map((file) => resolve(file)) : [drawCases()];
  const before = replay(BUILD, files);
  console.log(`${before.calls} calls, ${before.disagreements.length} disagree with every rule on, and do not count\n`);
  const usual = new Set(before.disagreements);
  const scratch = mkdtempSync(join(tmpdir(), "mtls-gate-switch-off-"));
  let missed = 0;
  try {
    const folders = prepare(scratch);
    for (const one of chosen) {
      const { ok, text } = one.by === "mesh" ? byMesh(one, folders.build, files, usual) : byUnits(one, folders.sources);
      if (!ok) missed += 1;
      console.log(`${ok ? "ok    " : "not ok"} ${`${one.file.slice(0, -3)}: ${one.name}`.padEnd(56)} ${text}`);
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
  console.log(`\n${chosen.length - missed} passed, ${missed} failed`);
  return missed === 0 && chosen.length > 0 ? 0 : 1;
}

function drawCases() {
  const out = mkdtempSync(join(tmpdir(), "mtls-gate-drawn-"));
  const words = ["--seed", `off-${Date.now().toString(36)}`, "--cases", String(CASES), "--out", out];
  spawnSync(process.execPath, [join(BUILD, "e2e", "truth", "run.js"), ...words], { cwd: ROOT, stdio: "inherit" });
  const file = readdirSync(out).find((name) => name.endsWith(".jsonl"));
  if (file === undefined) throw new Error("no case was drawn");
  return join(out, file);
}

/** The program as it is built, and as it is written, each in a folder of its own where a rule can be taken out. */
function prepare(scratch) {
  const folders = { build: join(scratch, "build"), sources: join(scratch, "sources") };
  cpSync(BUILD, folders.build, { recursive: true, filter: (path) => !path.endsWith("node_modules") });
  for (const name of ["src", "__tests__", "package.json", "tsconfig.json"]) {
    cpSync(join(ROOT, name), join(folders.sources, name), { recursive: true });
  }
  writeFileSync(join(folders.build, "package.json"), '{"type":"module"}\n');
  for (const folder of Object.values(folders)) symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folders;
}

function byMesh(one, build, files, usual) {
  const after = inFile(join(build, "src", "rules", one.file.replace(".ts", ".js")), one, () => replay(build, files));
  const found = after.disagreements.filter((call) => !usual.has(call));
  const cases = new Set(found.map((call) => call.split(": ")[0]));
  if (after.failed > 0)
    return { ok: false, text: `the program fails on ${after.failed} cases: no way to switch it off` };
  return {
    ok: found.length > 0,
    text: `${found.length} disagreements in ${cases.size} cases, e.g. ${found[0] ?? "-"}`,
  };
}

function byUnits(one, sources) {
  if (!existsSync(join(sources, one.tests))) return { ok: false, text: `it has no unit tests (${one.why})` };
  if (!passesAsItIs(sources, one.tests)) return { ok: false, text: "its unit tests fail with every rule on" };
  const passed = inFile(join(sources, "src", "rules", one.file), one, () => vitest(sources, one.tests));
  return { ok: !passed, text: `its unit tests ${passed ? "DO NOT NOTICE" : "fail"} (${one.why})` };
}

function passesAsItIs(folder, tests) {
  if (!asTheyAre.has(tests)) asTheyAre.set(tests, vitest(folder, tests));
  return asTheyAre.get(tests);
}

function vitest(folder, tests) {
  const words = ["run", "--root", folder, tests];
  return spawnSync(join(ROOT, "node_modules", ".bin", "vitest"), words, { cwd: folder, stdio: "ignore" }).status === 0;
}

/** Does something while the rule is off in a file, TypeScript or what became of it. */
function inFile(path, { name, body }, work) {
  const text = readFileSync(path, "utf8");
  writeFileSync(path, switchedOff(text, name, body));
  try {
    return work();
  } finally {
    writeFileSync(path, text);
  }
}

function switchedOff(text, name, body) {
  const found = new RegExp(`^export (function|class|const) ${name}\\b`, "mu").exec(text);
  if (found === null) throw new Error(`no ${name} is exported`);
  const [whole, kind] = found;
  const real = `real_${name}`;
  const kept = text.replace(whole, () => `${kind} ${real}`);
  switch (kind) {
    case "function":
      return `${kept}\nexport function ${name}(...args) { const real = ${real}; void real; ${body} }\n`;
    case "class":
      return `${kept}\nexport class ${name} extends ${real} { ${body} }\n`;
    default:
      return `${kept}\nexport const ${name} = ${body};\n`;
  }
}

/** What the program that is built in a folder gets wrong of the recorded calls. */
function replay(build, files) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [REPLAY, build, ...files, SCENARIOS], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
  });
  if (status !== 0) throw new Error(`the replay failed: ${stderr}`);
  return JSON.parse(stdout);
}
