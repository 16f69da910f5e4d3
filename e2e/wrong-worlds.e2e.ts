import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cuttingProxy } from "./cutting-proxy.js";
import {
  cli,
  demoManifests,
  file,
  inMeshNetwork,
  inPodNetwork,
  kubectl,
  kubectlJson,
  leftOvers,
  mesh,
  namespaces,
  verdicts,
} from "./local-mesh.js";

/**
 * Worlds that are not as they should be. In each the program has to say what is wrong, with the right exit code, and
 * leave the cluster as it was: a PeerAuthentication that was there before is changed in place by every run that gets so
 * far, and must be the same object afterwards, whole.
 */

const NAMES = { foo: "w-foo", bar: "w-bar", legacy: "w-legacy" };

const PRIOR = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: w-foo
  labels: {team: payments, app: prior}
  annotations: {owner: "somebody else"}
spec:
  mtls: {mode: PERMISSIVE}
`;

const STRICT = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: w-foo}
spec: {mtls: {mode: STRICT}}
`;

/** All that the plan calls: three clients, two destinations. */
const CALLS = `clients:
  - {namespace: w-foo, workload: sleep}
  - {namespace: w-bar, workload: sleep}
  - {namespace: w-legacy, workload: sleep}
destinations:
  - {url: "http://httpbin.w-foo:8000/ip"}
  - {url: "http://httpbin.w-bar:8000/ip"}
`;

const RIGHT = `expect:
  - {from: w-legacy, to: w-foo, code: 000, exit: 56}
  - {from: w-legacy, to: w-bar, code: 200, transport: plaintext}
  - {from: "*", to: "*", code: 200, transport: mtls}
`;

interface PolicyObject {
  metadata: {
    uid: string;
    resourceVersion?: string;
    generation?: number;
    labels?: object;
    annotations?: object;
    managedFields?: object[];
  };
  spec: object;
}

async function prior(): Promise<PolicyObject> {
  return await kubectlJson<PolicyObject>([
    "-n",
    "w-foo",
    "get",
    "peerauthentication",
    "default",
    "--show-managed-fields",
  ]);
}

async function podOf(namespace: string, app: string): Promise<string> {
  return (
    await kubectl(["-n", namespace, "get", "pod", "-l", `app=${app}`, "-o", "jsonpath={.items[0].metadata.name}"])
  ).trim();
}

/** A run that makes w-foo STRICT, in place of the policy that is there. */
function strict(plan: string, ...more: string[]): string[] {
  return [
    "policies",
    "--policies",
    file("strict.yaml", STRICT),
    "--plan",
    file("plan.yaml", plan),
    "--allow-replace",
    ...more,
  ];
}

const problemText = (problems: readonly { code: string; message: string }[]): string =>
  problems.map(({ code, message }) => `${code}: ${message}`).join("\n");

let before: { policy: PolicyObject; namespaces: string };

beforeAll(async () => {
  await kubectl(["apply", "-f", "-"], await demoManifests(NAMES));
  for (const namespace of Object.values(NAMES)) {
    await kubectl(["-n", namespace, "rollout", "status", "deployment", "--timeout=120s"]);
  }
  await kubectl(["apply", "-f", "-"], PRIOR);
});

afterAll(async () => {
  await kubectl(["delete", "namespace", ...Object.values(NAMES), "--ignore-not-found"]);
});

beforeEach(async () => {
  before = { policy: await prior(), namespaces: await namespaces() };
});

afterEach(async () => {
  expect(await leftOvers()).toBe("");
  expect(await namespaces()).toBe(before.namespaces);
  const { metadata: was, spec } = before.policy;
  const now = await prior();
  expect(now.spec).toEqual(spec);
  expect(now.metadata.uid).toBe(was.uid);
  expect(now.metadata.labels).toEqual(was.labels);
  expect(now.metadata.annotations).toEqual(was.annotations);
  expect(now.metadata.managedFields).toEqual(was.managedFields);
});

describe("the world is right", () => {
  it("passes, with every other test's mesh and policy", async () => {
    const { exit, report } = await cli(strict(CALLS + RIGHT));
    expect(report.counts).toMatchObject({ calls: 12, pass: 12 });
    expect(exit).toBe(0);
  });
});

describe("a mismatch, exit 1", () => {
  it("an expectation that is wrong", async () => {
    const { exit, report, stdout } = await cli(
      strict(`${CALLS}expect:\n  - {from: w-legacy, to: w-foo, code: 200}\n  - {from: "*", to: "*", code: 200}\n`),
    );
    expect(exit).toBe(1);
    expect(verdicts(report).filter((one) => one.startsWith("policies") && !one.endsWith("pass"))).toEqual([
      "policies w-legacy>w-foo mismatch policy",
    ]);
    expect(stdout).toContain("kubectl");
  });

  it("STRICT is expected, but not applied", async () => {
    const { exit, report } = await cli(["audit", "--plan", file("plan.yaml", CALLS + RIGHT)]);
    expect(exit).toBe(1);
    expect(verdicts(report).filter((one) => !one.endsWith("pass"))).toEqual(["audit w-legacy>w-foo mismatch policy"]);
  });
});

describe("refused before a probe, exit 2", () => {
  it("a policy with a misspelt field", async () => {
    const policy = file("misspelt.yaml", STRICT.replace("mtls:", "mtsl:"));
    const { exit, report } = await cli([
      "policies",
      "--policies",
      policy,
      "--plan",
      file("plan.yaml", CALLS + RIGHT),
      "--allow-replace",
    ]);
    expect(exit).toBe(2);
    expect(report.phases).toEqual([]);
    expect(problemText(report.problems)).toContain("mtsl");
    expect(report.problems[0]?.where).toEqual({ file: policy, line: 2 });
  });

  it("a policy that is there already, when nothing is said about it", async () => {
    const words = strict(CALLS + RIGHT).filter((word) => word !== "--allow-replace");
    const { exit, report } = await cli(words);
    expect(exit).toBe(2);
    expect(report.problems.map(({ code, where }) => [code, where])).toEqual([
      ["exists", { kind: "PeerAuthentication", namespace: "w-foo", name: "default" }],
    ]);
  });
});

describe("cannot tell, exit 3", () => {
  it("a client's pod is not ready", async () => {
    await kubectl(["-n", "w-legacy", "set", "image", "deployment/sleep", "sleep=mtls-gate.local/none:1"]);
    await kubectl(["-n", "w-legacy", "scale", "deployment/sleep", "--replicas=0"]);
    await kubectl(["-n", "w-legacy", "scale", "deployment/sleep", "--replicas=1"]);
    await kubectl(["-n", "w-legacy", "wait", "pod", "-l", "app=sleep", "--for=delete", "--timeout=30s"]).catch(
      () => undefined,
    );
    try {
      const { exit, report } = await cli(strict(CALLS + RIGHT));
      expect(exit).toBe(3);
      expect(verdicts(report).filter((one) => one.includes("w-legacy>"))).toEqual([
        "control w-legacy>w-foo error probe",
        "control w-legacy>w-bar error probe",
        "policies w-legacy>w-foo error probe",
        "policies w-legacy>w-bar error probe",
      ]);
      expect(problemText(report.problems)).toMatch(/container sleep: (ErrImagePull|ImagePullBackOff)/u);
    } finally {
      await kubectl(["-n", "w-legacy", "set", "image", "deployment/sleep", `sleep=${(await mesh()).images.client}`]);
      await kubectl(["-n", "w-legacy", "rollout", "status", "deployment/sleep", "--timeout=60s"]);
    }
  });

  it("a workload does not come up: the roll-out gives the pod's reason", async () => {
    const { exit, report } = await cli([
      "permissive",
      "--cluster",
      "local",
      "--image-client",
      "mtls-gate.local/none:1",
      "--rollout-timeout",
      "8s",
    ]);
    expect(exit).toBe(3);
    expect(report.phases).toEqual([]);
    expect(problemText(report.problems)).toMatch(
      /^rollout: 0 of 1 pods are ready[\s\S]*(ErrImagePull|ImagePullBackOff)/u,
    );
  });

  it("a client's image has no curl", async () => {
    const { exit, report } = await cli([
      "permissive",
      "--cluster",
      "local",
      "--image-client",
      (await mesh()).images.clientNoCurl,
      "--settle-timeout",
      "5s",
    ]);
    expect(exit).toBe(3);
    expect(report.counts).toMatchObject({ calls: 12, error: 12 });
    expect(problemText(report.problems)).toContain("the container has no curl");
  });

  it("a destination has no endpoints: the roll-out names it", async () => {
    const manifest = file(
      "service.yaml",
      "apiVersion: v1\nkind: Service\nmetadata: {name: nobody, namespace: w-foo}\nspec: {selector: {app: nobody}, ports: [{name: http, port: 8000}]}\n",
    );
    const plan = `${CALLS}  - {service: w-foo/nobody, port: 8000}\nexpect:\n  - {from: "*", to: "*", code: 200}\n`;
    const { exit, report } = await cli(strict(plan, "--manifests", manifest, "--rollout-timeout", "5s"));
    expect(exit).toBe(3);
    expect(report.phases).toEqual([]);
    expect(report.problems.map(({ code, where }) => [code, where])).toEqual([
      ["rollout", { kind: "Service", namespace: "w-foo", name: "nobody" }],
    ]);
    expect(problemText(report.problems)).toContain("no endpoint");
  });

  it("istiod is cut off from the proxies while a policy is applied", async () => {
    // Both ways: what istiod sends would arrive all the same if only the acknowledgements were lost.
    const rules = ["--dport", "--sport"].map((side) => ["FORWARD", "-p", "tcp", side, "15012", "-j", "DROP"]);
    const { iptables } = await mesh();
    for (const rule of rules) await inMeshNetwork(iptables, "-I", ...rule);
    try {
      const { exit, report } = await cli(strict(CALLS + RIGHT, "--settle-timeout", "10s"));
      expect(exit).toBe(3);
      const policies = report.phases.find(({ name }) => name === "policies");
      expect(policies?.settledMs).toBe(null);
      expect(
        new Set(
          verdicts(report)
            .filter((one) => one.startsWith("policies"))
            .map((one) => one.split(" ").slice(2).join(" ")),
        ),
      ).toEqual(new Set(["unproven not-settled"]));
      expect(problemText(report.problems)).toMatch(/holds PERMISSIVE for port 8080, where the policies say STRICT/u);
    } finally {
      for (const rule of rules) await inMeshNetwork(iptables, "-D", ...rule);
    }
  });

  it("istiod is gone altogether: the API server's refusal is told", async () => {
    await kubectl(["-n", "istio-system", "scale", "deployment/istiod", "--replicas=0"]);
    await kubectl(["-n", "istio-system", "wait", "pod", "-l", "app=istiod", "--for=delete", "--timeout=60s"]);
    try {
      const { exit, report } = await cli(strict(CALLS + RIGHT));
      expect(exit).toBe(3);
      expect(report.phases).toEqual([]);
      expect(problemText(report.problems)).toMatch(/failed calling webhook .*validation\.istio\.io/u);
    } finally {
      await kubectl(["-n", "istio-system", "scale", "deployment/istiod", "--replicas=1"]);
      await kubectl(["-n", "istio-system", "rollout", "status", "deployment/istiod", "--timeout=90s"]);
      await webhookAnswers();
    }
  });

  it("the exec stream is cut in the middle always", async () => {
    await using proxy = await cuttingProxy((await mesh()).kubeconfig, () => true);
    const { exit, report } = await cli(strict(CALLS + RIGHT, "--settle-timeout", "3s"), {
      kubeconfig: proxy.kubeconfig,
    });
    expect(exit).toBe(3);
    // A result that came whole before the cut counts for what it is, and without its companion proves nothing.
    expect(report.counts).toMatchObject({ calls: 12, pass: 0, mismatch: 0 });
    expect(report.counts.error).toBeGreaterThan(0);
    expect(problemText(report.problems)).toContain("the stream");
  });

  it("a client can't reach anything, for a reason of its own pod's", async () => {
    const pod = await podOf("w-legacy", "sleep");
    const rule = ["OUTPUT", "-p", "tcp", "--tcp-flags", "PSH", "PSH", "-j", "REJECT", "--reject-with", "tcp-reset"];
    await inPodNetwork("w-legacy", pod, "iptables", "-I", ...rule);
    const plan = `${CALLS}expect:\n  - {from: w-legacy, to: "*", code: 000}\n  - {from: "*", to: "*", code: 200, transport: mtls}\n`;
    try {
      const { exit, report } = await cli(strict(plan));
      expect(exit).toBe(3);
      expect(verdicts(report).filter((one) => !one.endsWith("pass"))).toEqual([
        "control w-legacy>w-foo unproven control",
        "control w-legacy>w-bar unproven control",
        "policies w-legacy>w-foo unproven control",
        "policies w-legacy>w-bar unproven control",
      ]);
    } finally {
      await inPodNetwork("w-legacy", pod, "iptables", "-D", ...rule);
    }
  });
});

describe("a stream that breaks once", () => {
  it("is opened again, and the attempts are told", async () => {
    let cut = 0;
    await using proxy = await cuttingProxy((await mesh()).kubeconfig, () => (cut += 1) <= 1);
    const { exit, report } = await cli(strict(CALLS + RIGHT), { kubeconfig: proxy.kubeconfig });
    expect(exit).toBe(0);
    expect(report.counts).toMatchObject({ calls: 12, pass: 12 });
    expect(cut).toBeGreaterThan(1);
    expect(proxy.attempts()).toBe(1);
    const attempts = report.phases.flatMap(({ calls }) => calls.map(({ observed }) => observed?.attempts));
    expect(new Set(attempts)).toEqual(new Set([1, 2]));
  });
});

describe("a crash while a policy is changed in place", () => {
  it("keeps the original in the cluster, and the next run puts it back", async () => {
    const killed = await cli(strict(CALLS + RIGHT), {
      onStderr: (text, child) => {
        if (/phase policies[\s\S]*round/u.test(text)) child.kill("SIGKILL");
      },
    });
    expect(killed.exit).toBe(null);
    const changed = await prior();
    expect(changed.spec).toEqual({ mtls: { mode: "STRICT" } });
    expect(changed.metadata.uid).toBe(before.policy.metadata.uid);
    expect(JSON.stringify(changed.metadata.annotations)).toContain("somebody else");
    const lease = await kubectlJson<{ spec: { renewTime: string } }>(["-n", "w-foo", "get", "lease", "mtls-gate"]);
    await new Promise((resolve) => setTimeout(resolve, Date.parse(lease.spec.renewTime) + 41_000 - Date.now()));
    const next = await cli(strict(CALLS + RIGHT));
    expect(next.stderr).toContain("sweeping what the run");
    expect(next.exit).toBe(0);
  });
});

/** istiod's validation webhook answers when an object that it refuses is refused by it. */
async function webhookAnswers(): Promise<void> {
  const wrong = STRICT.replace("mtls: {mode: STRICT}", "portLevelMtls: {}").replace("name: default", "name: refused");
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const said = await kubectl(["apply", "--dry-run=server", "-f", "-"], wrong).then(() => "", String);
    if (!said.includes("failed calling webhook")) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("istiod's webhook does not answer");
}
