/**
 * The demo's bash loop and mtls-gate's probe round, turn by turn in one run, on the local mesh.
 *
 * The loop is the one of Istio's mTLS migration task: for every cell it looks the pod up and runs curl in it by
 * kubectl, one cell after the other. A round is what mtls-gate does for the same cells: a stream a client pod, all
 * calls side by side with their companions, results read and judged. Beside them, the bare exec streams that such a
 * round cannot do without, and the whole process from start to exit.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { loadKubeConfig } from "../src/cluster/kube-config.js";
import { KubernetesApi } from "../src/cluster/kubernetes.js";
import { clock } from "../src/entry/world.js";
import { judge } from "../src/judge/judge.js";
import { readLiveMesh } from "../src/mesh/live.js";
import { plannedCalls } from "../src/mesh/planned.js";
import type { LiveCall } from "../src/mesh/planned.js";
import { serviceAccountOf } from "../src/mesh/pods.js";
import { probeRound } from "../src/probe/round.js";
import type { PlannedCall } from "../src/probe/round.js";
import type { ClientPod } from "../src/probe/stream.js";
import { readPlan } from "../src/settings/plan-file.js";

const ROOT = process.cwd();
const run = promisify(execFile);
const kubeconfig = execFileSync(join(ROOT, "local-mesh", "up"), {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
}).trim();
const mesh = JSON.parse(readFileSync(join(dirname(kubeconfig), "mesh.json"), "utf8")) as {
  kubectl: string;
  images: { httpbin: string; client: string };
};
const folder = mkdtempSync(join(tmpdir(), "mtls-gate-bench-"));
const kubernetes = new KubernetesApi(loadKubeConfig({ kubeconfig }), clock);
const signal = AbortSignal.timeout(30 * 60_000);

interface Size {
  readonly name: string;
  readonly clients: readonly string[];
  readonly legacy: readonly string[];
  /** `service.namespace`. */
  readonly destinations: readonly string[];
  readonly turns: number;
}

const NAMESPACES = Array.from({ length: 10 }, (_, index) => `bench-${index}`);
const SIZES: readonly Size[] = [
  {
    name: "6 cells",
    clients: ["bench-0", "bench-1", "bench-legacy"],
    legacy: ["bench-legacy"],
    destinations: ["httpbin.bench-0", "httpbin.bench-1"],
    turns: 7,
  },
  {
    name: "200 cells",
    clients: NAMESPACES,
    legacy: [],
    destinations: NAMESPACES.flatMap((namespace) => [`httpbin.${namespace}`, `httpbin-b.${namespace}`]),
    turns: 3,
  },
];

async function kubectl(args: readonly string[], stdin = ""): Promise<string> {
  const child = run(mesh.kubectl, ["--kubeconfig", kubeconfig, ...args], { maxBuffer: 64 * 2 ** 20 });
  child.child.stdin?.end(stdin);
  return (await child).stdout;
}

/** The demo's manifests in other namespaces, with the mesh's images; a second httpbin where it is wanted. */
function manifests(): string {
  const made = (file: string, from: string, namespace: string): string =>
    readFileSync(join(ROOT, "manifests", "workloads", file), "utf8")
      .replaceAll(new RegExp(`: ${from}$`, "gmu"), `: ${namespace}`)
      .replaceAll(/image: .*go-httpbin.*/gu, `image: ${mesh.images.httpbin}`)
      .replaceAll(/image: .*curlimages.*/gu, `image: ${mesh.images.client}`);
  const second = (namespace: string): string =>
    made("foo.yaml", "foo", namespace)
      .split("---\n")
      .filter((document) => /kind: (Deployment|Service)\n/u.test(document) && document.includes("httpbin"))
      .map((document) =>
        document
          .replaceAll("name: httpbin\n  namespace", "name: httpbin-b\n  namespace")
          .replaceAll("app: httpbin", "app: httpbin-b"),
      )
      .join("---\n");
  return [
    ...NAMESPACES.flatMap((namespace) => [made("foo.yaml", "foo", namespace), second(namespace)]),
    made("legacy.yaml", "legacy", "bench-legacy"),
  ].join("\n---\n");
}

function loopScript(size: Size): string {
  return `for from in ${size.clients.map((namespace) => JSON.stringify(namespace)).join(" ")}; do for to in ${size.destinations.map((name) => JSON.stringify(name)).join(" ")}; do kubectl exec "$(kubectl get pod -l app=sleep -n \${from} -o jsonpath={.items..metadata.name})" -c sleep -n \${from} -- curl "http://\${to}:8000/ip" -s -o /dev/null -w "sleep.\${from} to \${to}: %{http_code}\\n"; done; done`;
}

let strays = 0;

/** On a busy small node a sidecar answers 503 now and then, to the loop as to a round. More than that is no measurement. */
function tolerate(who: string, wrong: number, all: number): void {
  if (wrong > all / 100) throw new Error(`${who} saw ${wrong} of ${all} calls that are not right`);
  strays += wrong;
}

async function loop(size: Size): Promise<number> {
  const start = performance.now();
  const env = { ...process.env, KUBECONFIG: kubeconfig, PATH: `${dirname(mesh.kubectl)}:${process.env["PATH"] ?? ""}` };
  const { stdout } = await run("bash", ["-c", loopScript(size)], { env });
  const ms = performance.now() - start;
  const right = stdout.split("\n").filter((line) => line.endsWith(": 200")).length;
  tolerate(
    "the loop",
    size.clients.length * size.destinations.length - right,
    size.clients.length * size.destinations.length,
  );
  return ms;
}

function planText(size: Size): string {
  const clients = size.clients.map((namespace) => `  - {namespace: ${namespace}, workload: sleep}`);
  const destinations = size.destinations.map((name) => `  - {url: "http://${name}:8000/ip"}`);
  return `clients:\n${clients.join("\n")}\ndestinations:\n${destinations.join("\n")}\nexpect:\n  - {from: "*", to: "*", code: 200}\n`;
}

async function callsOf(size: Size): Promise<{ found: LiveCall[]; planned: PlannedCall[] }> {
  const { plan, problems } = readPlan(planText(size), "bench", { allowUnsafeMethods: false });
  if (plan === null) throw new Error(JSON.stringify(problems));
  const live = await readLiveMesh(kubernetes, [...new Set([...size.clients, ...NAMESPACES])], signal);
  const { calls } = plannedCalls(live, plan);
  const pods = new Map<string, ClientPod>();
  const planned = calls.map(({ call, from }): PlannedCall => {
    const pod = from.pod;
    if (pod === null) throw new Error(`${call.from.namespace} has no pod`);
    const clientPod = pods.get(call.from.namespace) ?? {
      target: { namespace: pod.namespace, pod: pod.pod.metadata.name, container: "sleep" },
      identity: {
        namespace: pod.namespace,
        serviceAccount: serviceAccountOf(pod.pod),
        sidecar: !size.legacy.includes(pod.namespace),
      },
    };
    pods.set(call.from.namespace, clientPod);
    return { call, pod: clientPod };
  });
  return { found: calls, planned };
}

async function round(calls: readonly PlannedCall[]): Promise<number> {
  const start = performance.now();
  const results = await probeRound({ kubernetes, clock }, calls, {
    evidencePath: "/headers",
    probeTimeout: 5000,
    parallel: 16,
    ipv4: true,
    signal,
  });
  const expected = { code: ["200"], exit: [0], transport: null };
  const [judged = []] = judge([
    {
      control: false,
      calls: calls.map(({ call }, index) => ({
        call,
        expected,
        predicted: null,
        observed: results[index]?.observed ?? null,
        unsettled: false,
        companionArrived: false,
      })),
    },
  ]);
  const ms = performance.now() - start;
  const wrong = judged.filter(({ verdict, observed }) => verdict !== "pass" || observed?.transport === "unproven");
  tolerate("a round", wrong.length, judged.length);
  return ms;
}

/** A mesh that has just come up still hands out endpoints, and every first connection between two sidecars is a handshake. */
async function warmUp(calls: readonly PlannedCall[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const ms = await round(calls).catch((thrown: unknown) => {
      if (attempt === 20) throw thrown;
      return null;
    });
    if (ms !== null) return;
  }
}

async function bareStreams(calls: readonly PlannedCall[]): Promise<number> {
  const pods = [...new Set(calls.map(({ pod }) => pod))].filter((pod): pod is ClientPod => !("missing" in pod));
  const start = performance.now();
  const ends = await Promise.all(pods.map(({ target }) => kubernetes.exec(target, ["true"], { signal })));
  const ms = performance.now() - start;
  if (!ends.every(({ end }) => end.kind === "exit" && end.code === 0)) throw new Error("a bare stream failed");
  return ms;
}

async function wholeProcess(size: Size): Promise<number> {
  const plan = join(folder, "plan.yaml");
  writeFileSync(plan, planText(size));
  const words = [
    "audit",
    "--cluster",
    "current",
    "--kubeconfig",
    kubeconfig,
    "--plan",
    plan,
    "--report-dir",
    join(folder, "report"),
  ];
  const start = performance.now();
  await run(process.execPath, [join(ROOT, "dist", "cli", "index.js"), ...words]);
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function row(name: string, values: readonly number[]): string {
  return `  ${name.padEnd(24)} ${median(values).toFixed(0).padStart(7)} ms  (${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)})`;
}

let missed = 0;

function held(name: string, ratio: number, target: number): string {
  const met = ratio <= target;
  if (!met) missed += 1;
  return `  ${name}: ${ratio.toFixed(4)}, target ${target.toFixed(4)}: ${met ? "met" : "MISSED"}`;
}

async function measure(size: Size): Promise<void> {
  const { planned } = await callsOf(size);
  const whole = size.name === "6 cells";
  const times: Record<"loop" | "round" | "bare" | "process", number[]> = { loop: [], round: [], bare: [], process: [] };
  await warmUp(planned);
  if (whole) await wholeProcess(size);
  for (let turn = 0; turn < size.turns; turn += 1) {
    times.loop.push(await loop(size));
    for (let again = 0; again < 3; again += 1) {
      times.round.push(await round(planned));
      times.bare.push(await bareStreams(planned));
    }
    if (whole) times.process.push(await wholeProcess(size));
  }
  const loopMs = median(times.loop);
  const lines = [
    size.name,
    row("the demo's loop", times.loop),
    row("a probe round", times.round),
    row("its bare exec streams", times.bare),
  ];
  if (whole) {
    lines.push(
      row("the whole process", times.process),
      held("round / loop", median(times.round) / loopMs, 0.2),
      held("whole process / loop", median(times.process) / loopMs, 0.7),
    );
  } else {
    lines.push(held("round / loop", median(times.round) / loopMs, Math.max(0.02, (1.5 * median(times.bare)) / loopMs)));
  }
  console.log(lines.join("\n"));
}

try {
  await kubectl(["apply", "-f", "-"], manifests());
  for (const namespace of [...NAMESPACES, "bench-legacy"])
    await kubectl(["-n", namespace, "rollout", "status", "deployment", "--timeout=180s"]);
  for (const size of SIZES) await measure(size);
} finally {
  await kubectl(["delete", "namespace", ...NAMESPACES, "bench-legacy", "--ignore-not-found"]);
}
console.log(`calls that a sidecar answered with 503, in all: ${strays}`);
process.exitCode = missed === 0 ? 0 : 1;
