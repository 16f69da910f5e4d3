/**
 * Takes each guard against a false verdict out of the code, one at a time, and looks whether its end-to-end test goes
 * red. Run by hand: it needs the local mesh and takes about ten minutes.
 *
 *     npm run e2e:mutations
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");

/** What is taken out: a text of a file and what stands in its place; and the test that has to notice. */
const MUTATIONS = [
  {
    name: "what is expected does not count",
    file: "judge/judge.ts",
    from: 'if (met === "yes") return ["pass", null];',
    to: 'if (met !== "but-for-transport") return ["pass", null];',
    test: "an expectation that is wrong",
  },
  {
    name: "an expected refusal is met by anything",
    file: "judge/judge.ts",
    from: 'if (!code || !exit) return "no";',
    to: 'if (!code && !exit && expected.code?.[0] !== "000") return "no";',
    test: "STRICT is expected, but not applied",
  },
  {
    name: "a pod that is not ready is called all the same",
    file: "mesh/planned.ts",
    from: "why: unknown ?? (unready === null ? null : `Pod ${chosen.pod.metadata.name}: ${unready}`),",
    to: 'why: unknown ?? (unready === "never" ? unready : null),',
    test: "a client's pod is not ready",
  },
  {
    name: "the roll-out does not wait for workloads",
    file: "cluster/rollout.ts",
    from: "const missing = [...workloads.flatMap(whatIsMissing), ...endpointsMissing(mesh, target)];",
    to: "const missing = workloads.length < 0 ? workloads.flatMap(whatIsMissing) : endpointsMissing(mesh, target);",
    test: "a workload does not come up",
  },
  {
    name: "no result is taken for a refusal",
    file: "judge/judge.ts",
    from: 'if (observed === null) return ["error", "probe"];',
    to: 'if (observed === null) return ["pass", null];',
    test: "a client's image has no curl",
  },
  {
    name: "the roll-out does not look at endpoints",
    file: "cluster/rollout.ts",
    from: "const missing = [...workloads.flatMap(whatIsMissing), ...endpointsMissing(mesh, target)];",
    to: "const missing = target.services.length < 0 ? endpointsMissing(mesh, target) : workloads.flatMap(whatIsMissing);",
    test: "a destination has no endpoints",
  },
  {
    name: "the proxies are not asked",
    file: "phases.ts",
    from: "held: heldQuestion(ports, prepared, servers, policies, signal),",
    to: 'held: servers.length < 0 ? heldQuestion(ports, prepared, servers, policies, signal) : () => Promise.resolve({ answer: "yes" as const }),',
    test: "istiod is cut off",
  },
  {
    name: "what the API server refuses is passed over",
    file: "cluster/apply.ts",
    from: "if (failed.length > 0) throw new Failure(failed);",
    to: "if (failed.length < 0) throw new Failure(failed);",
    test: "istiod is gone altogether",
  },
  {
    name: "the server drops what it does not know",
    file: "cluster/apply.ts",
    from: "if (refused.length > 0) throw new Refusal([...refused, ...failed]);",
    to: "if (refused.length < 0) throw new Refusal([...refused, ...failed]);",
    test: "a policy with a misspelt field",
  },
  {
    name: "a broken stream is not opened again",
    file: "probe/stream.ts",
    from: "const ATTEMPTS = 3;",
    to: "const ATTEMPTS = 1;",
    test: "is opened again",
  },
  {
    name: "what a broken stream lacks counts as refused",
    file: "probe/round.ts",
    from: "if (index !== undefined) results[index] = answer;",
    to: 'if (index !== undefined) results[index] = answer.observed === null ? { observed: { arrives: false, code: "000", exit: 56, transport: null, evidence: null, error: null, attempts: 3, ms: 0 }, companionArrived: false } : answer;',
    test: "the exec stream is cut in the middle always",
  },
  {
    name: "a refusal needs no control",
    file: "judge/judge.ts",
    from: "const refused = observed.arrives !== true;",
    to: 'const refused = observed.arrives !== true && control && observed.code === "never";',
    test: "a client can't reach anything",
  },
  {
    name: "a policy that is changed is not put back",
    file: "cluster/sweep.ts",
    from: "if (isReplaced(object)) await restore(ports, object, signal);",
    to: "if (isReplaced(object) && problems.length > 0) await restore(ports, object, signal);",
    test: "passes, with every other test's mesh",
  },
  {
    name: "what is there already is overwritten",
    file: "cluster/preflight.ts",
    from: 'if (problems.some((one) => one.severity === "error")) throw new Refusal(problems);',
    to: "if (problems.length < 0) throw new Refusal(problems);",
    test: "a policy that is there already",
  },
];

const only = process.argv.slice(2);
let missed = 0;
for (const mutation of MUTATIONS.filter(({ name }) => only.length === 0 || only.some((word) => name.includes(word)))) {
  const folder = mkdtempSync(join(tmpdir(), "mtls-gate-mutant-"));
  for (const name of ["src", "manifests", "tsconfig.json", "package.json", "local-mesh"])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const file = join(folder, "src", mutation.file);
  const text = readFileSync(file, "utf8");
  if (text.split(mutation.from).length !== 2) {
    missed += 1;
    console.log(`not ok ${mutation.name}: its place in ${mutation.file} is not there, or there more than once`);
    continue;
  }
  writeFileSync(
    file,
    text.replace(mutation.from, () => mutation.to),
  );
  // Types may suffer from a mutation; the program is built all the same.
  spawnSync(join(ROOT, "node_modules", ".bin", "tsc"), ["-p", folder, "--noEmitOnError", "false"], { stdio: "ignore" });
  const env = { ...process.env, MTLS_GATE_CLI: join(folder, "lib", "cli.js") };
  execFileSync(process.execPath, [env.MTLS_GATE_CLI, "--version"]);
  const { status } = spawnSync(
    join(ROOT, "node_modules", ".bin", "vitest"),
    ["run", "--config", "e2e/vitest.config.ts", "e2e/wrong-worlds.e2e.ts", "-t", mutation.test],
    { cwd: ROOT, env, stdio: "ignore" },
  );
  const red = status !== 0;
  if (!red) missed += 1;
  console.log(`${red ? "ok    " : "not ok"} ${mutation.name}: "${mutation.test}" is ${red ? "red" : "GREEN"}`);
}
console.log(`${MUTATIONS.length - missed} passed, ${missed} failed`);
process.exitCode = missed === 0 ? 0 : 1;
