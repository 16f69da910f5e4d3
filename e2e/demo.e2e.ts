import { afterEach, describe, expect, it } from "vitest";
import { DEMO } from "./demo-output.js";
import { cli, kubectl, kubectlJson, leftOvers, mesh, namespaces, verdicts } from "./local-mesh.js";

/** The main job, whole: the demo's own outcomes on a real mesh. */

afterEach(async () => {
  expect(await leftOvers()).toBe("");
});

describe("migration", () => {
  it("gives Istio's documented outcomes in three phases, proves them, and leaves nothing", async () => {
    const before = await namespaces();
    const { exit, stdout, report } = await cli(["migration", "--cluster", "local"]);
    expect(stdout.slice(0, DEMO.length)).toBe(DEMO);
    expect(report.counts).toEqual({ calls: 18, pass: 18, mismatch: 0, unproven: 0, error: 0 });
    expect(report.phases.map(({ name }) => name)).toEqual(["permissive", "strict-namespace", "strict-mesh"]);
    const transports = report.phases.flatMap(({ calls }) =>
      calls.map(({ from, observed }) => `${from.namespace} ${observed?.transport ?? "none"}`),
    );
    expect(new Set(transports)).toEqual(new Set(["foo mtls", "bar mtls", "legacy plaintext", "legacy none"]));
    const mtls = report.phases[0]?.calls.filter(({ observed }) => observed?.transport === "mtls") ?? [];
    for (const { from, observed } of mtls)
      expect(observed?.identity).toBe(`spiffe://cluster.local/ns/${from.namespace}/sa/sleep`);
    expect(exit).toBe(0);
    expect(await namespaces()).toBe(before);
  });

  it("runs with other names and counts", async () => {
    const words = [
      "migration",
      "--cluster",
      "local",
      "--namespaces",
      "one,two,three",
      "--legacy-namespaces",
      "old,older",
      "--strict-namespace",
      "two",
    ];
    const { exit, report } = await cli(words);
    expect(report.counts).toMatchObject({ calls: 45, pass: 45 });
    expect(exit).toBe(0);
  });

  it("puts the sidecars in by kube-inject, and leaves the namespaces unlabelled", async () => {
    let labels = "";
    const { exit, report } = await cli(["strict-namespace", "--cluster", "local", "--injection", "kube-inject"], {
      onStderr: (text) => {
        if (text.includes("phase control") && labels === "") {
          labels = "asked";
          void kubectl(["get", "namespace", "foo", "-o", "jsonpath={.metadata.labels}"]).then(
            (found) => (labels = found),
          );
        }
      },
    });
    expect(report.counts).toMatchObject({ calls: 12, pass: 12 });
    expect(labels).toContain("mtls-gate.dev/run");
    expect(labels).not.toContain("istio-injection");
    expect(exit).toBe(0);
  });

  it("works in a client that has busybox' shell", async () => {
    const { images } = await mesh();
    const { exit, report } = await cli(["permissive", "--cluster", "local", "--image-client", images.clientBusybox]);
    expect(report.counts).toMatchObject({ calls: 12, pass: 12 });
    expect(exit).toBe(0);
  });
});

describe("a cluster that is somebody else's", () => {
  it("refuses a mesh-wide policy that reaches other workloads, naming their namespaces, and does it when told to", async () => {
    await kubectl(["create", "namespace", "others"]);
    await kubectl(["label", "namespace", "others", "istio-injection=enabled"]);
    const { images } = await mesh();
    await kubectl(["-n", "others", "create", "deployment", "app", `--image=${images.client}`]);
    await kubectl(["-n", "others", "rollout", "status", "deployment/app", "--timeout=60s"]);
    const words = ["strict-mesh", "--image-httpbin", images.httpbin, "--image-client", images.client];
    try {
      const refused = await cli(words);
      expect(refused.exit).toBe(2);
      expect(refused.report.problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
        expect.stringMatching(/^mesh-wide .*also those of others$/u),
      ]);
      const done = await cli([...words, "--allow-mesh-wide"]);
      expect(done.report.counts).toMatchObject({ calls: 12, pass: 12 });
      expect(done.exit).toBe(0);
    } finally {
      await kubectl(["delete", "namespace", "others"]);
    }
  });

  it("never overwrites what is there, and says all of it at once", async () => {
    await kubectl(["create", "namespace", "foo"]);
    await kubectl(["-n", "foo", "create", "serviceaccount", "sleep"]);
    await kubectl(["-n", "foo", "create", "deployment", "httpbin", "--image=none", "--replicas=0"]);
    try {
      const { exit, report } = await cli(["permissive"]);
      expect(exit).toBe(2);
      expect(report.phases).toEqual([]);
      const places = report.problems.map(({ code, where }) => `${code} ${JSON.stringify(where)}`);
      expect(places).toContainEqual(expect.stringMatching(/^exists .*"ServiceAccount".*"sleep"/u));
      expect(places).toContainEqual(expect.stringMatching(/^exists .*"Deployment".*"httpbin"/u));
      expect(places).toContainEqual(expect.stringMatching(/^injection .*"foo"/u));
    } finally {
      await kubectl(["delete", "namespace", "foo"]);
    }
  });

  it("refuses a second run on the same namespaces and names the holder", async () => {
    let second: ReturnType<typeof cli> | undefined;
    const first = await cli(["permissive", "--cluster", "local"], {
      onStderr: (text) => {
        if (text.includes("roll out")) second ??= cli(["permissive", "--cluster", "local"]);
      },
    });
    const refused = await second;
    expect(first.exit).toBe(0);
    expect(refused?.exit).toBe(2);
    expect(refused?.report.problems.map(({ message }) => message).join("\n")).toMatch(
      /namespace foo is in use by .* process \d+ \(run r-[0-9a-f]+\)/u,
    );
  });
});

describe("a run that is ended", () => {
  it("cleans up on SIGTERM and cannot tell", async () => {
    const before = await namespaces();
    const { exit, report } = await cli(["migration", "--cluster", "local"], {
      onStderr: (text, child) => {
        if (text.includes("phase strict-namespace") && !child.killed) child.kill("SIGTERM");
      },
    });
    expect(exit).toBe(3);
    expect(report.problems.map(({ code }) => code)).toContain("stopped");
    expect(await namespaces()).toBe(before);
  });

  it("is swept by the next run on its namespaces when it was killed", async () => {
    const killed = await cli(["migration", "--cluster", "local"], {
      onStderr: (text, child) => {
        if (text.includes("phase strict-namespace")) child.kill("SIGKILL");
      },
    });
    expect(killed.exit).toBe(null);
    const lease = await kubectlJson<{ metadata: { labels: Record<string, string> }; spec: { renewTime: string } }>([
      "-n",
      "foo",
      "get",
      "lease",
      "mtls-gate",
    ]);
    const runId = lease.metadata.labels["mtls-gate.dev/run"] ?? "";
    expect(runId).not.toBe("");
    const early = await cli(["permissive", "--cluster", "local"]);
    expect(early.exit).toBe(2);
    expect(early.report.problems.map(({ message }) => message).join()).toContain(runId);
    const out = Date.parse(lease.spec.renewTime) + 41_000 - Date.now();
    await new Promise((resolve) => setTimeout(resolve, out));
    const next = await cli(["permissive", "--cluster", "local"]);
    expect(next.stderr).toContain(`sweeping what the run ${runId} left`);
    expect(next.exit).toBe(0);
    expect(verdicts(next.report)).toHaveLength(12);
  });
});
