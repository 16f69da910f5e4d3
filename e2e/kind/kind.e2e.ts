import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { DEMO } from "../demo-output.js";
import type { KindJob } from "./equipment.js";
import { action, look, mirroredImages, nodes, ownImages, postOf, tool } from "./equipment.js";

/** The whole action on a cluster of kind: the real kind, the real istioctl, a real Docker daemon. */

const own = ownImages();

afterEach(async () => {
  const left = await nodes();
  for (const name of left) await tool("docker", "rm", "--force", "--volumes", name);
  expect(left).toEqual([]);
});

/** The phases that the log tells the time of, in the order in which they ended. */
function phases({ stdout }: KindJob): string[] {
  const times = [...stdout.matchAll(/^(.*): took (.*)$/gmu)].map(([, name = "", time = ""]) => ({ name, time }));
  process.stderr.write(`${times.map(({ name, time }) => `${name} ${time}`).join("; ")}\n`);
  return times
    .map(({ name }) => name.replace(/mtls-gate-42-1-\w+/u, "NAME"))
    .filter((name) => name.startsWith("kind: "));
}

/** The lines that Istio's own demo prints. */
function demoLines(stdout: string): string[] {
  return stdout.split("\n").filter((line) => /^(?:sleep\.\w+ to |command terminated)/u.test(line));
}

const problems = ({ report }: KindJob): string => (report?.problems ?? []).map(({ message }) => message).join("\n");

const MADE = [
  "kind: preflight",
  "kind: tools",
  `kind: create NAME from ${own["node-image"] ?? ""}`,
  "kind: load images",
  "kind: nodes and CoreDNS",
  "kind: install Istio",
];

describe("a cluster of kind", () => {
  it("is made, gets Istio, proves the migration's three phases, and is deleted", async () => {
    const job = await action({ ...own, mode: "migration" });
    expect(phases(job)).toEqual([...MADE, "kind: istiod and its webhook", "kind: delete NAME"]);
    expect(demoLines(job.stdout)).toEqual(demoLines(DEMO));
    expect(job.report?.counts).toEqual({ calls: 18, pass: 18, mismatch: 0, unproven: 0, error: 0 });
    expect(job.exit).toBe(0);
    expect(job.outputs).toMatchObject({ verdict: "pass", pass: "18" });
    expect(await nodes()).toEqual([]);
    expect(existsSync(join(job.reportDir, "kind-logs"))).toBe(false);
    const post = await postOf(job);
    expect(post).toMatchObject({ exit: 0, stdout: "" });
  });

  it("has several nodes, a mirror to pull from, and istio-cni, when asked to", async () => {
    const values = `${own["istio-values"] ?? ""}\ncomponents.cni.enabled=true`;
    const inputs = { ...mirroredImages(), mode: "strict-namespace", nodes: "2", "istio-values": values };
    const job = await action({ ...inputs, "cluster-timeout": "120s", cleanup: "never" });
    expect(phases(job)).not.toContain("kind: load images");
    expect(await nodes()).toHaveLength(2);
    const containers = await look("-n", "foo", "get", "pods", "-o", "jsonpath={.items[*].spec.initContainers[*].name}");
    expect(containers).toContain("istio-validation");
    expect(containers).not.toContain("istio-init");
    expect(job.report?.counts).toMatchObject({ calls: 12, pass: 12 });
    expect(job.exit).toBe(0);
    await tool("kind", "delete", "clusters", "--all");
  });

  it.each(["ipv6", "dual"])("has addresses of family %s when asked to", async (family) => {
    const values = `${own["istio-values"] ?? ""}\nvalues.pilot.env.ISTIO_DUAL_STACK=${family === "dual"}`;
    const inputs = { ...own, mode: "strict-namespace", "ip-family": family, "istio-values": values };
    const job = await action({ ...inputs, cleanup: "never" });
    phases(job);
    const service = await look("-n", "foo", "get", "service", "httpbin", "-o", "jsonpath={.spec.clusterIPs}");
    const path = "jsonpath={.items[0].status.podIPs[*].ip}";
    const pods = await look("-n", "kube-system", "get", "pods", "-l", "k8s-app=kube-dns", "-o", path);
    if (family === "ipv6") expect(service).toContain(":");
    expect(pods).toMatch(family === "ipv6" ? /^[0-9a-f:]+$/u : /^[0-9.]+ [0-9a-f:]+$/u);
    expect(job.report?.counts).toMatchObject({ calls: 12, pass: 12 });
    expect(job.exit).toBe(0);
    await tool("kind", "delete", "clusters", "--all");
  });

  it("is used again when asked to, and stays", async () => {
    const named = { ...own, mode: "permissive", "cluster-name": "kept" };
    const first = await action({ ...named, cleanup: "never" });
    phases(first);
    expect(first.exit).toBe(0);
    expect(first.stdout).toContain("kind delete cluster --name kept");
    expect((await postOf(first)).exit).toBe(0);
    expect(await nodes()).toEqual(["kept-control-plane"]);
    const refused = await action(named);
    expect(refused.exit).toBe(1);
    expect(problems(refused)).toContain("there is a kind cluster kept already");
    const again = await action({ ...named, "reuse-cluster": "true" });
    phases(again);
    expect(again.exit).toBe(0);
    expect(again.report?.counts).toMatchObject({ calls: 12, pass: 12 });
    expect(again.stdout).toContain("is there already");
    expect(again.stdout).toMatch(/sweeping what the run r-\w+ left/u);
    expect((await postOf(again)).exit).toBe(0);
    expect(await nodes()).toEqual(["kept-control-plane"]);
    await tool("kind", "delete", "cluster", "--name", "kept");
  });
});

describe("a cluster that does not come up", () => {
  it("has no node image: kind's words, and nothing left", async () => {
    const job = await action({ ...own, mode: "permissive", "node-image": "mtls-gate.local/none:v1.36.3" });
    expect(job.exit).toBe(1);
    expect(job.outputs["verdict"]).toBe("error");
    expect(problems(job)).toContain("the cluster could not be made");
    expect(await nodes()).toEqual([]);
  });

  it("has an Istio whose image cannot be pulled: why, the logs, and nothing left", async () => {
    const values = (own["istio-values"] ?? "").replace(/tag=.*/u, "tag=none");
    const job = await action({ ...own, mode: "permissive", "istio-values": values, "cluster-timeout": "90s" });
    expect(phases(job)).toEqual([...MADE, "kind: logs", "kind: delete NAME"]);
    expect(job.exit).toBe(1);
    expect(job.outputs["verdict"]).toBe("error");
    expect(problems(job)).toMatch(/istioctl install failed/u);
    const logs = join(job.reportDir, "kind-logs");
    const [node = ""] = readdirSync(logs).filter((name) => name.endsWith("-control-plane"));
    expect(readFileSync(join(logs, node, "kubelet.log"), "utf8")).toContain("istiod");
    expect(await nodes()).toEqual([]);
  });
});

describe("a run that is ended", () => {
  it("cannot tell when the node dies in the middle, and keeps what logs there are", async () => {
    let killed: Promise<unknown> | undefined;
    const job = await action(
      { ...own, mode: "migration" },
      {
        until: (stdout) => {
          if (stdout.includes("phase strict-namespace"))
            killed ??= nodes().then(async ([name = ""]) => await tool("docker", "kill", name));
          return false;
        },
      },
    );
    await killed;
    phases(job);
    expect(killed).toBeDefined();
    expect(job.exit).toBe(1);
    expect(job.outputs["verdict"]).toBe("error");
    expect(job.report?.counts.calls).toBeLessThan(18);
    expect(await nodes()).toEqual([]);
  });

  it("leaves nothing when it is cancelled while the nodes are made", async () => {
    const job = await action(
      { ...own, mode: "permissive" },
      { until: (stdout) => stdout.includes("Starting control-plane"), end: "cancel" },
    );
    expect(job.exit).not.toBe(0);
    const post = await postOf(job);
    expect(post.exit).toBe(0);
    expect(post.stdout).not.toContain("::warning");
    expect(await nodes()).toEqual([]);
  });

  it("is cleaned up by the post step when it was killed as the nodes were about to be made", async () => {
    const job = await action({ ...own, mode: "permissive" }, { until: (stdout) => stdout.includes("Preparing nodes") });
    expect(job.exit).toBe(null);
    expect((await postOf(job)).stdout).not.toContain("::warning");
    // A kind that lived on would have its node by then.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(await nodes()).toEqual([]);
  });

  it("is cleaned up by the post step when it was killed in the middle", async () => {
    const job = await action(
      { ...own, mode: "migration" },
      { until: (stdout) => stdout.includes("phase strict-namespace") },
    );
    expect(job.exit).toBe(null);
    expect(await nodes()).toHaveLength(1);
    const post = await postOf(job);
    expect(post.exit).toBe(0);
    expect(post.stdout).toContain("deleting the kind cluster");
    expect(await nodes()).toEqual([]);
  });
});
