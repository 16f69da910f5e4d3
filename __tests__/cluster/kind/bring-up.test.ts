import { describe, expect, it } from "vitest";
import { load } from "js-yaml";
import type { RunResult } from "../../../src/run.js";
import { GIB, KindWorld, OTHER_SUM, SUM } from "./world.js";

/** How a cluster of kind comes up and goes, and what is said of everything that goes wrong on the way. */

const IMAGE = "kindest/node:v1.36.1@sha256:3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5";
const NAME = "mtls-gate-test";
const said = ({ report }: RunResult): string[] => report.problems.map(({ code, message }) => `${code}: ${message}`);
const hints = ({ report }: RunResult): string => report.problems.map(({ hint }) => hint ?? "").join("\n");
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
  });

describe("a cluster of kind", () => {
  it("is made with the default image of its kind, gets Istio, and is deleted", async () => {
    const world = new KindWorld();
    await world.run();
    expect(world.done()).toEqual([
      `kind create cluster --name ${NAME} --image ${IMAGE} --kubeconfig /tmp/run/kubeconfig --config - --retain`,
      `istioctl install --skip-confirmation --kubeconfig=/tmp/run/kubeconfig --context=kind-${NAME} --readiness-timeout=300s --set=profile=minimal`,
      // The demo is not played here, so that the run ends in an error of its own.
      `kind export logs /out/kind-logs --name ${NAME}`,
      `kind delete cluster --name ${NAME} --kubeconfig /tmp/run/kubeconfig`,
      "rm /tmp/run",
    ]);
    expect(load(world.configs[0]!)).toEqual({
      kind: "Cluster",
      apiVersion: "kind.x-k8s.io/v1alpha4",
      nodes: [{ role: "control-plane" }],
    });
    expect(world.remembered).toEqual([
      { name: NAME, kind: "kind", folder: "/tmp/run", env: { KIND_EXPERIMENTAL_PROVIDER: "docker" } },
    ]);
    expect(world.fetched).toEqual([]);
    for (const phase of ["preflight", "tools", "nodes and CoreDNS", "install Istio", "istiod and its webhook"])
      expect(world.log).toContain(`kind: ${phase}`);
  });

  it("tells what kind says, but for the advice on a cluster that is to go", async () => {
    const world = new KindWorld();
    world.play["kind"] = ([verb], { onStderrLine }) => {
      if (verb !== "create") return undefined;
      const lines = [
        " \u2713 Starting control-plane \u{1F579}\uFE0F",
        'Set kubectl context to "kind-x"',
        "kubectl cluster-info",
      ];
      lines.forEach((line) => onStderrLine?.(line));
      return Promise.resolve({ code: 0 });
    };
    await world.run();
    expect(world.log).toContain(" \u2713 Starting control-plane \u{1F579}");
    expect(world.log.join("\n")).not.toMatch(/kubectl|\uFE0F/u);
  });

  it("has a name that no other attempt or job of a workflow has", async () => {
    const world = new KindWorld();
    Object.assign(world.env, { GITHUB_RUN_ID: "123", GITHUB_RUN_ATTEMPT: "2" });
    await world.run();
    expect(world.remembered[0]?.name).toBe("mtls-gate-123-2-test");
  });

  it("is as the inputs say: nodes, addresses, images, mirrors, credentials, values", async () => {
    const world = new KindWorld();
    world.ready.nodes = 0;
    world.files["/repo/a.tar"] = "";
    world.files["/repo/op.yaml"] = "";
    world.files["/repo/config.json"] = '{"auths":{"registry.example":{"auth":"eA=="}}}';
    await world.run({
      "ip-family": "dual",
      images: "a.tar",
      "registry-mirrors": "docker.io=https://mirror.example,docker.io=http://second:5000",
      "registry-config": "config.json",
      "istio-values": "components.cni.enabled=true",
      "istio-config": "op.yaml",
      "istio-profile": "ambient",
      revision: "canary",
    });
    const mounts = [
      { hostPath: "/tmp/run/certs.d", containerPath: "/etc/containerd/certs.d", readOnly: true },
      { hostPath: "/repo/config.json", containerPath: "/var/lib/kubelet/config.json", readOnly: true },
    ];
    expect(load(world.configs[0]!)).toMatchObject({
      networking: { ipFamily: "dual" },
      nodes: [{ role: "control-plane", extraMounts: mounts }],
      containerdConfigPatches: [expect.stringContaining('config_path = "/etc/containerd/certs.d"')],
    });
    expect(world.files["/tmp/run/certs.d/docker.io/hosts.toml"]).toBe(
      '[host."https://mirror.example"]\n  capabilities = ["pull", "resolve"]\n' +
        '[host."http://second:5000"]\n  capabilities = ["pull", "resolve"]\n',
    );
    expect(world.done()).toContain(`kind load image-archive /repo/a.tar --name ${NAME}`);
    expect(world.done().find((line) => line.startsWith("istioctl install"))).toMatch(
      /--set=profile=ambient --revision=canary --filename=\/repo\/op\.yaml --set=components\.cni\.enabled=true$/u,
    );
  });

  it("has several nodes, and waits for all of them", async () => {
    const world = new KindWorld();
    const result = await world.run({ nodes: "3" });
    expect((load(world.configs[0]!) as { nodes: object[] }).nodes).toEqual([
      { role: "control-plane" },
      { role: "worker" },
      { role: "worker" },
    ]);
    expect(said(result).join("\n")).toContain("1 of 3 nodes have joined");
  });

  it("takes a configuration of the user's own", async () => {
    const world = new KindWorld();
    world.files["/repo/kind.yaml"] =
      "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnetworking: {podSubnet: 10.9.0.0/16}\nnodes: [{role: control-plane, extraMounts: [{hostPath: /a, containerPath: /b}]}]\n";
    await world.run({ "kind-config": "kind.yaml", "registry-mirrors": "docker.io=https://m" });
    expect(load(world.configs[0]!)).toMatchObject({
      networking: { podSubnet: "10.9.0.0/16" },
      nodes: [{ extraMounts: [{ hostPath: "/a", containerPath: "/b" }, { containerPath: "/etc/containerd/certs.d" }] }],
    });
  });

  it("stays with cleanup never, with the way to look inside", async () => {
    const world = new KindWorld();
    await world.run({ cleanup: "never" });
    expect(world.clusters).toEqual([NAME]);
    expect(world.done().filter((line) => /^(?:kind delete|rm)/u.test(line))).toEqual([]);
    expect(world.log.join("\n")).toContain(
      `kubectl --kubeconfig /tmp/run/kubeconfig --context kind-${NAME} get pods --all-namespaces\ndelete it: kind delete cluster --name ${NAME}`,
    );
  });

  it("that is there already is refused, and stays", async () => {
    const world = new KindWorld();
    world.clusters.push("mine");
    const result = await world.run({ "cluster-name": "mine" });
    expect([result.exit, said(result), world.done()]).toEqual([
      2,
      ["exists: there is a kind cluster mine already"],
      ["rm /tmp/run"],
    ]);
    expect(hints(result)).toContain("reuse-cluster");
  });

  it.each(["always", "on-success", "never"])(
    "that is there already is used when asked, and stays, without the run's kubeconfig (cleanup %s)",
    async (cleanup) => {
      const world = new KindWorld();
      world.clusters.push("mine");
      await world.run({ "cluster-name": "mine", "reuse-cluster": "true", cleanup });
      const exported = "kind export kubeconfig --name mine --kubeconfig /tmp/run/kubeconfig";
      expect([world.done(), world.folders]).toEqual([[exported, "rm /tmp/run"], ["/tmp/run"]]);
      expect([world.clusters, world.remembered]).toEqual([["mine"], []]);
      expect(world.log.join("\n")).toContain("is there already");
    },
  );

  it("whose kubeconfig cannot be had leaves no folder", async () => {
    const world = new KindWorld();
    world.clusters.push("mine");
    world.play["kind"] = (args) =>
      args[0] === "export" ? Promise.resolve({ code: 1, stderr: "no nodes" }) : undefined;
    const result = await world.run({ "cluster-name": "mine", "reuse-cluster": "true" });
    expect(said(result)[0]).toContain("no nodes");
    expect(world.done().at(-1)).toBe("rm /tmp/run");
  });
});

describe("a program", () => {
  it("that is not on the PATH is fetched, held against its checksum, and kept", async () => {
    const world = new KindWorld();
    delete world.path.kind;
    delete world.path.istioctl;
    world.machine = { ...world.machine, platform: "darwin", arch: "arm64" };
    await world.run();
    const kind = "https://github.com/kubernetes-sigs/kind/releases/download/v0.32.0/kind-darwin-arm64";
    const istio = "https://github.com/istio/istio/releases/download/1.31.1/istioctl-1.31.1-osx-arm64.tar.gz";
    expect(world.fetched).toEqual([kind, `${kind}.sha256sum`, istio, `${istio}.sha256`]);
    expect(world.remembered[0]?.kind).toBe("/cache/kind/kind");
    expect(world.done().some((line) => line.startsWith("istioctl install"))).toBe(true);
  });

  it("that an earlier run kept is taken", async () => {
    const world = new KindWorld();
    world.path.kind = "0.33.0";
    world.cache["kind"] = "0.32.0";
    await world.run();
    expect(world.fetched).toEqual([]);
    expect(world.log.join("\n")).toContain(
      "kind 0.32.0: kept by an earlier run (the PATH has 0.33.0, which does not fit)",
    );
  });

  it("comes from a mirror", async () => {
    const world = new KindWorld();
    delete world.path.istioctl;
    await world.run({ mirror: "https://mirror.example/gh/", "istioctl-sha256": SUM });
    expect(world.fetched).toEqual([
      "https://mirror.example/gh/istio/istio/releases/download/1.31.1/istioctl-1.31.1-linux-amd64.tar.gz",
    ]);
  });

  it("comes from a folder, with the checksum file beside it", async () => {
    const world = new KindWorld();
    delete world.path.kind;
    world.files["/repo/tools/kind-linux-amd64"] = "";
    world.files["/repo/tools/kind-linux-amd64.sha256sum"] = `${SUM}  kind-linux-amd64\n`;
    await world.run({ "offline-folder": "tools" });
    expect([world.fetched, world.remembered[0]?.kind]).toEqual([[], "/cache/kind/kind"]);
  });

  it.each([
    [{}, "offline-folder: offline-folder has no kind-linux-amd64"],
    [{ "/repo/tools/kind-linux-amd64": "" }, "checksum: it has no SHA-256 of kind 0.32.0"],
    [
      { "/repo/tools/kind-linux-amd64": "", "/repo/tools/kind-linux-amd64.sha256sum": `${SUM}  another-file\n` },
      "checksum: it has no SHA-256 of kind 0.32.0",
    ],
  ])("whose folder has only %j is refused", async (files, problem) => {
    const world = new KindWorld();
    delete world.path.kind;
    Object.assign(world.files, files);
    const result = await world.run({ "offline-folder": "tools" });
    expect([result.exit, said(result), world.done()]).toEqual([2, [problem], []]);
  });

  it("with another checksum is refused, and what was made meanwhile is deleted", async () => {
    const world = new KindWorld();
    delete world.path.istioctl;
    world.sum = OTHER_SUM;
    let stopped = false;
    world.play["kind"] = async (args, { signal }) => {
      if (args[0] !== "create") return undefined;
      world.clusters.push(NAME);
      await never(signal).finally(() => (stopped = true));
      return {};
    };
    const result = await world.run();
    expect([result.exit, stopped, world.clusters]).toEqual([2, true, []]);
    expect(said(result)).toEqual([
      `checksum: istioctl-1.31.1-linux-amd64.tar.gz has the SHA-256 ${OTHER_SUM}, and istioctl-1.31.1-linux-amd64.tar.gz.sha256 says ${SUM}`,
    ]);
    expect(world.done()).not.toContain("istioctl install");
  });

  it("that cannot be downloaded says from where", async () => {
    const world = new KindWorld();
    delete world.path.kind;
    const downloads = {
      ...world.ports().downloads,
      fetch: () => Promise.reject(new Error("Unexpected HTTP response: 404")),
    };
    const result = await world.run({}, { downloads });
    expect(result.exit).toBe(3);
    expect(said(result)[0]).toMatch(
      /^download: https:\/\/github.com\/\S+kind-linux-amd64 cannot be downloaded: .*404$/u,
    );
    expect(hints(result)).toMatch(/mirror or offline-folder/u);
  });

  it("that does not run here is told", async () => {
    const world = new KindWorld();
    world.path.kind = "0.33.0";
    world.cache["kind"] = "0.32.0";
    world.play["kind"] = (args) =>
      args[0] === "version" ? Promise.resolve({ code: 126, stderr: "exec format error" }) : undefined;
    const result = await world.run();
    expect(said(result)).toEqual(["tool: the kind 0.32.0 there does not run: exit code 126: exec format error"]);
  });

  it("for a machine that there is none for is refused", async () => {
    const world = new KindWorld();
    delete world.path.kind;
    world.machine = { ...world.machine, platform: "win32" };
    const result = await world.run();
    expect([result.exit, said(result)]).toEqual([2, ["tool: there is no kind to download for win32 on x64"]]);
  });
});

describe("before anything is made", () => {
  it("everything that stands in the way is told at once", async () => {
    const world = new KindWorld();
    world.machine = { ...world.machine, memory: GIB, disk: GIB };
    const result = await world.run({ images: "gone.tar", "registry-config": "gone.json" });
    expect([result.exit, world.done(), world.remembered]).toEqual([2, [], []]);
    expect(said(result)).toEqual([
      "memory: 1.0 GiB of memory are free, and a node with Istio need 2.0 GiB",
      "disk: 1.0 GiB of disk are free where docker keeps its images, and 4.0 GiB are needed",
      "kind-input: images names a file that is not there",
      "kind-input: registry-config names a file that cannot be read",
    ]);
  });

  it("an engine that does not answer", async () => {
    const world = new KindWorld();
    world.play["docker"] = () =>
      Promise.resolve({ code: 1, stderr: "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." });
    const result = await world.run();
    expect([result.exit, world.done()]).toEqual([2, []]);
    expect(said(result)[0]).toMatch(/docker: Cannot connect to the Docker daemon.*; podman: spawn podman ENOENT/u);
    expect(hints(result)).toContain("systemctl start docker");
  });

  it.each([
    ["docker", { MemTotal: 8 * GIB, SecurityOptions: ["name=rootless"], CgroupVersion: "1" }],
    ["podman", { host: { memTotal: 8 * GIB, cgroupVersion: "v1", security: { rootless: true } } }],
  ])("a rootless %s with control groups of version 1", async (engine, info) => {
    const world = new KindWorld();
    world.env["KIND_EXPERIMENTAL_PROVIDER"] = engine;
    world.play[engine] = () => Promise.resolve({ stdout: JSON.stringify(info) });
    expect(said(await world.run())).toEqual([
      `container-engine: ${engine} is rootless and has control groups of version 1: kind does not run there`,
    ]);
  });

  it("podman is taken where docker is not there", async () => {
    const world = new KindWorld();
    world.play["docker"] = () => Promise.reject(new Error("spawn docker ENOENT"));
    world.play["podman"] = () => Promise.resolve({ stdout: '{"host":{"cgroupVersion":"v2"},"store":{}}' });
    await world.run();
    expect(world.remembered[0]?.env).toEqual({ KIND_EXPERIMENTAL_PROVIDER: "podman" });
  });

  it("an engine that kind does not know", async () => {
    const world = new KindWorld();
    world.env["KIND_EXPERIMENTAL_PROVIDER"] = "lxc";
    expect(said(await world.run())).toEqual([
      "container-engine: KIND_EXPERIMENTAL_PROVIDER is lxc, which kind does not know",
    ]);
  });

  it("few inotify instances are a warning", async () => {
    const world = new KindWorld();
    world.files["/proc/sys/fs/inotify/max_user_instances"] = "100\n";
    await world.run();
    expect(world.log.join("\n")).toContain("fs.inotify.max_user_instances is 100");
    expect(world.remembered).toHaveLength(1);
  });

  it.each([
    ["kind: Deployment\n", "kind-config is no configuration of kind"],
    ["a: [", "not YAML"],
    ['{"auths":{"r":{}},"credsStore":"desktop"}', "registry-config has no credentials in it"],
    ["not json", "registry-config is no JSON"],
  ])("a file that reads %j", async (text, message) => {
    const world = new KindWorld();
    world.files["/repo/file"] = text;
    const input = message.startsWith("registry-config") ? "registry-config" : "kind-config";
    const result = await world.run({ [input]: "file" });
    expect([result.exit, said(result)[0], world.done()]).toEqual([2, expect.stringContaining(message), []]);
  });
});

describe("what goes wrong midway is told, and everything is deleted", () => {
  const deleted = (world: KindWorld): void => {
    expect(world.clusters).toEqual([]);
    expect(world.done()).toContain(`kind delete cluster --name ${NAME} --kubeconfig /tmp/run/kubeconfig`);
  };

  it("kind create fails after it made a node", async () => {
    const world = new KindWorld();
    world.play["kind"] = (args) => {
      if (args[0] !== "create") return undefined;
      world.clusters.push(NAME);
      return Promise.resolve({
        code: 1,
        stderr: "Creating cluster\nERROR: failed to create cluster: failed to init node",
      });
    };
    const result = await world.run();
    expect(result.exit).toBe(3);
    expect(said(result)[0]).toMatch(
      /^kind: the cluster could not be made: kind ended with exit code 1: .*failed to init node/su,
    );
    expect(world.done()).toContain(`kind export logs /out/kind-logs --name ${NAME}`);
    deleted(world);
  });

  it("the nodes are not ready in time", async () => {
    const world = new KindWorld();
    world.ready.nodes = Infinity;
    const result = await world.run({ "cluster-timeout": "20s" });
    expect(result.exit).toBe(3);
    expect(said(result)[0]).toBe(
      "not-ready: the cluster was not ready within 20 s: node x-control-plane is not Ready: cni plugin not initialized\n" +
        "pod kube-system/waiting-1 is not ready\n  event Failed: Back-off pulling image",
    );
    deleted(world);
  });

  it.each([
    ["coredns", "the cluster was not ready within 20 s: CoreDNS is not available"],
    ["istiod", "Istio was not ready within 20 s: istiod is not available"],
    ["webhook", "Istio was not ready within 20 s: the webhook puts no sidecar into a pod yet"],
  ] as const)("%s is not ready in time", async (what, message) => {
    const world = new KindWorld();
    world.ready[what] = Infinity;
    expect(said(await world.run({ "cluster-timeout": "20s" }))[0]).toContain(message);
    deleted(world);
  });

  it("the nodes have a Kubernetes that Istio does not support", async () => {
    const world = new KindWorld();
    world.kubernetes = "v1.37.0";
    const result = await world.run({ "node-image": "own/node:latest", "kubernetes-version": "1.36" });
    expect(said(result)).toEqual([
      "versions: Istio 1.31.1 does not support Kubernetes 1.37.0: it supports 1.32 to 1.36",
    ]);
    deleted(world);
  });

  it("images cannot be loaded", async () => {
    const world = new KindWorld();
    world.files["/a.tar"] = "";
    world.play["kind"] = (args) =>
      args[0] === "load" ? Promise.resolve({ code: 1, stderr: "ERROR: content digest: not found" }) : undefined;
    expect(said(await world.run({ images: "/a.tar" }))[0]).toContain("images could not be loaded into the nodes");
    deleted(world);
  });

  it("istioctl install fails", async () => {
    const world = new KindWorld();
    world.play["istioctl"] = (args) =>
      args[0] === "install" ? Promise.resolve({ code: 1, stderr: "Error: unknown profile x" }) : undefined;
    const result = await world.run();
    expect(said(result)[0]).toBe("istio-install: istioctl install failed: exit code 1: Error: unknown profile x");
    expect(result.exit).toBe(3);
    deleted(world);
  });

  it.each(["create", "install"])("it is stopped during %s", async (verb) => {
    const world = new KindWorld();
    const hang = async (args: readonly string[], { signal }: { signal: AbortSignal }): Promise<undefined> => {
      if (args[0] !== verb) return undefined;
      if (verb === "create") world.clusters.push(NAME);
      setTimeout(() => world.stop.abort(new Error("SIGINT came")), 5);
      return await never(signal);
    };
    Object.assign(world.play, { kind: hang, istioctl: hang });
    const result = await world.run();
    expect([result.exit, said(result)]).toEqual([3, ["stopped: the run was stopped: SIGINT came"]]);
    // There is little time after a stop: no logs.
    expect(world.done().filter((line) => line.startsWith("kind export logs"))).toEqual([]);
    deleted(world);
  });

  it("kind create fails while istioctl is being downloaded: nobody waits for the download", async () => {
    const world = new KindWorld();
    delete world.path.istioctl;
    world.play["kind"] = (args) =>
      args[0] === "create" ? Promise.resolve({ code: 1, stderr: "ERROR: no space left on device" }) : undefined;
    const downloads = { ...world.ports().downloads, fetch: () => new Promise<string>(() => undefined) };
    expect(said(await world.run({}, { downloads }))[0]).toContain("no space left on device");
    expect(world.done().some((line) => line.startsWith("kind delete cluster"))).toBe(true);
  });

  it("kind cannot delete it", async () => {
    const world = new KindWorld();
    world.play["kind"] = (args) =>
      args[0] === "delete" ? Promise.resolve({ code: 1, stderr: "ERROR: permission denied" }) : undefined;
    const result = await world.run();
    expect(said(result)).toContain(
      `left-over: the kind cluster ${NAME} could not be deleted: exit code 1: ERROR: permission denied`,
    );
    expect(hints(result)).toContain(`io.x-k8s.kind.cluster=${NAME}`);
    expect(world.done().filter((line) => line.startsWith("kind delete"))).toHaveLength(2);
  });

  it("a container comes after the first delete: it is deleted again", async () => {
    const world = new KindWorld();
    let rounds = 0;
    world.play["kind"] = (args) => {
      if (args[0] !== "delete") return undefined;
      rounds += 1;
      return rounds === 1 ? Promise.resolve({}) : undefined;
    };
    const result = await world.run();
    expect([rounds, world.clusters]).toEqual([2, []]);
    expect(said(result).join()).not.toContain("left-over");
  });
});
