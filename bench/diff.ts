/**
 * How long the gate of a pull request takes, from the start of the built program to its exit: the demo's manifests and a mesh
 * of 200 workloads and 200 Services, each with one namespace made STRICT, against a folder and against a git ref, beside the
 * same prediction without a base; and the comment on 10^5 changes.
 *
 *     npm run bench:diff
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeObject } from "../src/ports.js";
import { commentMarkdown } from "../src/report/comment.js";
import { COMMENT_LIMIT_BYTES } from "../src/report/comment-frame.js";
import { REPORT_SCHEMA, type Report, type ReportChange } from "../src/report/document.js";
import { generateMesh } from "./mesh-generator.js";

const ROOT = process.cwd();
const CLI = join(ROOT, "dist", "cli", "index.js");
const TURNS = 7;
const MANY = 100_000;

/** A mesh before and after a change. */
interface Case {
  readonly name: string;
  readonly seconds: number;
  /** Writes the mesh into a folder. */
  readonly base: (folder: string) => void;
  /** What the change adds. */
  readonly strict: KubeObject;
}

const CASES: readonly Case[] = [
  {
    name: "the demo, foo STRICT",
    seconds: 1,
    base: (folder) => cpSync(join(ROOT, "manifests", "workloads"), folder, { recursive: true }),
    strict: strictIn("foo"),
  },
  {
    name: "200 × 200 calls, ns-3 STRICT",
    seconds: 2,
    base: (folder) => {
      mkdirSync(folder, { recursive: true });
      const items = generateMesh({ seed: 5, namespaces: 10, workloads: 200, policies: 40 });
      // A policy of the whole namespace that is there already would be the older one, and decide.
      const kept = items.filter(({ kind, metadata }) => kind !== "PeerAuthentication" || metadata.namespace !== "ns-3");
      writeFileSync(
        join(folder, "mesh.json"),
        JSON.stringify({ apiVersion: "v1", kind: "List", items: kept }, null, 1),
      );
    },
    strict: strictIn("ns-3"),
  },
];

function strictIn(namespace: string): KubeObject {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace },
    spec: { mtls: { mode: "STRICT" } },
  };
}

/** A repository whose last commit is the base, with the change on top of it, and the base in a folder beside. */
function repository({ base, strict }: Case): string {
  const folder = mkdtempSync(join(tmpdir(), "mtls-gate-bench-diff-"));
  const git = (...args: readonly string[]): void => {
    const known = ["-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false"];
    execFileSync("git", [...known, ...args], { cwd: folder, stdio: "ignore" });
  };
  base(join(folder, "mesh"));
  base(join(folder, "before", "mesh"));
  git("init", "--quiet", "--initial-branch", "main");
  git("add", "mesh");
  git("commit", "--quiet", "--message", "base");
  git("switch", "--quiet", "--create", "topic");
  writeFileSync(join(folder, "mesh", "strict.json"), JSON.stringify(strict));
  git("add", "mesh");
  git("commit", "--quiet", "--message", "strict");
  return folder;
}

function run(folder: string, base: readonly string[], exit: number): number {
  const args = [CLI, "predict", "--manifests", "mesh", ...base, "--report-dir", join(folder, "out")];
  const start = performance.now();
  const end = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 28 });
  const seconds = (performance.now() - start) / 1000;
  if (end.status !== exit) throw new Error(`exit ${end.status}, and not ${exit}: ${end.stderr.slice(-1000)}`);
  return seconds;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function told(values: readonly number[]): string {
  return `${median(values).toFixed(2)} s (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;
}

let missed = 0;
console.log(`start to exit of the built command line, median of ${TURNS} (fastest–slowest)`);
for (const one of CASES) {
  const folder = repository(one);
  const ways = [
    { name: "without a base", args: [], exit: 0 },
    { name: "against a folder", args: ["--base", "dir:before"], exit: 1 },
    { name: "against a git ref", args: ["--base", "main"], exit: 1 },
  ];
  const times = ways.map(() => [] as number[]);
  // Turn by turn, so that what else the machine does falls on all of them. The first fills the caches.
  for (let turn = 0; turn <= TURNS; turn += 1) {
    for (const [index, { args, exit }] of ways.entries()) {
      const seconds = run(folder, args, exit);
      if (turn > 0) times[index]?.push(seconds);
    }
  }
  const { counts, diff = [] } = JSON.parse(readFileSync(join(folder, "out", "report.json"), "utf8")) as Report;
  const changed = diff.reduce((sum, { count }) => sum + count, 0);
  console.log(`${one.name}: ${counts.calls} calls, ${changed} of them change`);
  for (const [index, { name, exit }] of ways.entries()) {
    const values = times[index] ?? [];
    const met = median(values) <= one.seconds;
    if (!met) missed += 1;
    const verdict = exit === 0 ? "" : `, target ${one.seconds} s: ${met ? "met" : "MISSED"}`;
    console.log(`    ${name.padEnd(18)} ${told(values)}${verdict}`);
  }
  rmSync(folder, { recursive: true });
}

/** A change of its own for each call, as if no two had one reason. */
function manyChanges(): Report {
  const diff = Array.from({ length: MANY }, (_, index): ReportChange => {
    const from = { namespace: `ns-${index % 100}`, workload: `client-${index}`, kind: "Deployment", container: "app" };
    const host = `service-${index % 1000}.shop`;
    const [service = "", namespace = ""] = host.split(".");
    const to = { url: `http://${host}:8000/`, method: "GET", host, port: 8000, namespace, service };
    const because = [
      {
        rule: "peer-authentication/mode",
        says: "STRICT: plaintext is refused",
        kind: "PeerAuthentication",
        namespace: "shop",
        name: `policy-${index}`,
        file: "mesh/policies.yaml",
        line: index + 1,
      },
    ];
    return {
      direction: "breaks",
      from,
      to,
      before: { arrives: true, code: "200", exit: 0, transport: "plaintext", because: [] },
      after: { arrives: false, code: "000", exit: 56, transport: null, because },
      because,
      count: 1,
      examples: [{ from, to }],
      fails: true,
    };
  });
  return {
    schema: REPORT_SCHEMA,
    mode: "predict",
    verdict: "mismatch",
    counts: { calls: MANY, pass: MANY, mismatch: 0, unproven: 0, error: 0 },
    mesh: { source: "manifests", rootNamespace: "istio-system", istio: null, kubernetes: null },
    phases: [],
    base: { kind: "git", name: "main", commit: "0".repeat(40) },
    diff,
    exposure: [],
    problems: [],
  };
}

const report = manyChanges();
const tree = { server: "https://github.example", repository: "team/mesh", commit: "1".repeat(40) };
const seconds: number[] = [];
let bytes = 0;
for (let turn = 0; turn <= TURNS; turn += 1) {
  const start = performance.now();
  const text = commentMarkdown(report, {
    key: "mtls-gate",
    commit: tree.commit,
    head: tree,
    base: tree,
    runUrl: null,
    previous: null,
  });
  if (turn > 0) seconds.push((performance.now() - start) / 1000);
  bytes = Buffer.byteLength(text);
}
if (bytes > COMMENT_LIMIT_BYTES || bytes === 0) missed += 1;
console.log(`the comment on ${MANY} changes: ${told(seconds)}, ${bytes} bytes, limit ${COMMENT_LIMIT_BYTES}`);
process.exitCode = missed === 0 ? 0 : 1;
