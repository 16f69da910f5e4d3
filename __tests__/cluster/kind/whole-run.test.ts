import { describe, expect, it } from "vitest";
import type { Kubernetes } from "../../../src/ports.js";
import { run } from "../../../src/run.js";
import type { RunResult } from "../../../src/run.js";
import { settingsFrom } from "../../../src/settings/settings-from.js";
import { answers } from "../../fixtures/kube-api/index.js";
import type { Fault } from "../../fixtures/kube-api/index.js";
import { keptPorts } from "../../run/ports.js";
import { MeshWorld } from "../../run/world.js";
import { KindWorld } from "./world.js";

/** A whole run on a cluster of kind: one world plays kind and what comes up, the other the mesh and its calls. */
async function wholeRun(
  kind: KindWorld,
  raw: Record<string, string>,
  { holding = true, fault }: { holding?: boolean; fault?: Fault } = {},
): Promise<RunResult> {
  await using mesh = await MeshWorld.start();
  mesh.holding = holding;
  if (fault !== undefined) mesh.api.faults.add(fault);
  const { connect, ...ports } = keptPorts(kind.log, {});
  const comingUp = kind.cluster();
  const connected = async (): Promise<Kubernetes> => {
    const real = await connect({ own: true, images: {}, istioctl: "", kubeconfig: mesh.api.kubeconfigPath });
    return new Proxy(real, {
      get: (target, key: keyof Kubernetes) => {
        if (key === "list") {
          const list: Kubernetes["list"] = (what, signal) =>
            (what.kind === "Node" || what.namespace === "kube-system" ? comingUp : target).list(what, signal);
          return list;
        }
        if (key === "apply") {
          const apply: Kubernetes["apply"] = (object, options, signal) =>
            (object.metadata.namespace === "default" ? comingUp : target).apply(object, options, signal);
          return apply;
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  };
  const { commands, host, downloads, rememberCluster } = kind.ports();
  const removeFolder = async (path: string): Promise<void> => {
    kind.log.push(`what the run made and is there still: ${mesh.leftOvers().join()}`);
    await host.removeFolder(path);
  };
  const settings = settingsFrom({ mode: "strict-namespace", namespaces: "foo", cluster: "kind", ...raw });
  return await run(
    { ...settings, settleTimeout: 2_000 },
    {
      ...ports,
      ...{ commands, host: { ...host, removeFolder }, downloads, rememberCluster, connect: connected },
    },
  );
}

const last = (world: KindWorld): string[] =>
  world
    .done()
    .slice(-2)
    .map((line) => line.split(" ").slice(0, 3).join(" "));

it("that passes leaves nothing: the cluster goes with all that is in it, and no logs are written", async () => {
  const world = new KindWorld();
  const { report, exit } = await wholeRun(world, {});
  expect([exit, report.verdict, report.problems]).toEqual([0, "pass", []]);
  expect(last(world)).toEqual(["kind delete cluster", "rm /tmp/run"]);
  expect(world.done().filter((line) => line.includes("export"))).toEqual([]);
  expect([world.log.includes("clean up"), world.clusters]).toEqual([false, []]);
});

it("that cannot tell writes the logs of the cluster before it is deleted", async () => {
  const world = new KindWorld();
  const { exit } = await wholeRun(world, { "report-dir": "out" }, { holding: false });
  expect(exit).toBe(3);
  expect(world.done()).toContain("kind export logs /repo/out/kind-logs --name mtls-gate-test");
  expect(last(world)).toEqual(["kind delete cluster", "rm /tmp/run"]);
});

it("with cleanup on-success keeps the cluster of a run that did not pass", async () => {
  const world = new KindWorld();
  await wholeRun(world, { cleanup: "on-success" }, { holding: false });
  expect(world.clusters).toEqual(["mtls-gate-test"]);
  expect(world.log.join("\n")).toContain("cleanup is on-success: the kind cluster mtls-gate-test stays");
});

describe("on a cluster that is there already", () => {
  const mine = (): KindWorld => {
    const world = new KindWorld();
    world.clusters.push("mine");
    return world;
  };
  const REUSED = { "cluster-name": "mine", "reuse-cluster": "true" };

  it("cleans up in it, and then removes its kubeconfig", async () => {
    const world = mine();
    const { exit, report } = await wholeRun(world, REUSED);
    expect([exit, report.problems, world.clusters]).toEqual([0, [], ["mine"]]);
    expect(world.log.slice(-1)).toEqual(["what the run made and is there still: "]);
    expect(last(world)).toEqual(["kind export kubeconfig", "rm /tmp/run"]);
  });

  it("keeps the kubeconfig where something is left in it, for another process to clean up", async () => {
    const world = mine();
    const refused = { method: "DELETE", path: /peerauthentications/u, ...answers.forbidden("peerauthentications") };
    const { report } = await wholeRun(world, REUSED, { fault: refused });
    expect(report.problems.map(({ code }) => code)).toEqual(["left-over"]);
    expect(last(world)).toEqual(["kind export kubeconfig"]);
  });
});
