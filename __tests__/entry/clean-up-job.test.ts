import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { cleanUpJob } from "../../src/entry/clean-up-job.js";
import { MeshWorld } from "../run/world.js";

/** The post step, with a program that stands for kind: it keeps its clusters in a file, and writes down what it was asked. */

const STATE = "STATE_mtls-gate";
const folder = mkdtempSync(join(tmpdir(), "mtls-gate-post-"));
const kind = join(folder, "kind");
const own = join(folder, "own");
const asked = (): string => (existsSync(join(folder, "asked")) ? readFileSync(join(folder, "asked"), "utf8") : "");
const clusters = (): string => readFileSync(join(folder, "clusters"), "utf8").trim();

function left(cleanup: string, there: string): void {
  writeFileSync(
    kind,
    `#!/bin/sh\ncd ${folder}\necho "$KIND_EXPERIMENTAL_PROVIDER $*" >> asked\n` +
      'case "$1" in get) cat clusters;; delete) : > clusters;; esac\n',
  );
  chmodSync(kind, 0o755);
  writeFileSync(join(folder, "asked"), "");
  writeFileSync(join(folder, "clusters"), `${there}\n`);
  mkdirSync(own, { recursive: true });
  const cluster = { name: "gate", kind, folder: own, env: { KIND_EXPERIMENTAL_PROVIDER: "docker" } };
  process.env[STATE] = JSON.stringify({ runId: "r-1", touches: [], cleanup, cluster });
}
afterEach(() => {
  process.env[STATE] = "";
});

it("deletes the cluster that main left, and its kubeconfig", async () => {
  left("always", "gate");
  await cleanUpJob();
  expect(asked()).toBe(
    `docker get clusters\ndocker delete cluster --name gate --kubeconfig ${join(own, "kubeconfig")}\ndocker get clusters\n`,
  );
  expect([clusters(), existsSync(own)]).toEqual(["", false]);
});

it("removes only the folder where main had not made the cluster yet, and looks twice", async () => {
  left("always", "somebody-elses");
  await cleanUpJob();
  expect([asked(), clusters(), existsSync(own)]).toEqual(["docker get clusters\n".repeat(2), "somebody-elses", false]);
}, 15_000);

it("deletes a cluster that comes to be when main is dead already", async () => {
  left("always", "");
  const late = setTimeout(() => writeFileSync(join(folder, "clusters"), "gate\n"), 2_000);
  await cleanUpJob();
  clearTimeout(late);
  expect([clusters(), existsSync(own)]).toEqual(["", false]);
}, 15_000);

it("ends the kind that goes on making the cluster, and no other", async () => {
  left("always", "gate");
  const making = ["gate", "gate-2"].map((name) => {
    const child = spawn("sh", ["-c", "sleep 30", "kind", "create", "cluster", "--name", name, "--image", "none"]);
    return { child, ended: new Promise((resolve) => child.on("exit", (_, signal) => resolve(signal))) };
  });
  await cleanUpJob();
  expect(await making[0]?.ended).toBe("SIGTERM");
  expect(making[1]?.child.exitCode).toBe(null);
  making[1]?.child.kill("SIGKILL");
  expect(await making[1]?.ended).toBe("SIGKILL");
});

it("does nothing where main has come to its end", async () => {
  left("always", "gate");
  process.env[STATE] = JSON.stringify({ ...(JSON.parse(process.env[STATE] ?? "") as object), done: true });
  await cleanUpJob();
  expect([asked(), clusters(), existsSync(own)]).toEqual(["", "gate", true]);
});

it("keeps the kubeconfig of a cluster that cannot be deleted", async () => {
  left("always", "gate");
  writeFileSync(kind, `#!/bin/sh\n[ "$1" = get ] && exec cat ${join(folder, "clusters")}\nexit 1\n`);
  await cleanUpJob();
  expect([clusters(), existsSync(own)]).toEqual(["gate", true]);
});

it("leaves what is to stay", async () => {
  left("never", "gate");
  await cleanUpJob();
  expect([asked(), clusters()]).toEqual(["", "gate"]);
});

it("tells what went wrong, and does not fail the job", async () => {
  left("always", "gate");
  writeFileSync(kind, "#!/bin/sh\necho 'no engine' >&2\nexit 1\n");
  await expect(cleanUpJob()).resolves.toBeUndefined();
  expect(clusters()).toBe("gate");
});

describe("with a folder for the kubeconfig of a cluster that stays", () => {
  const kubeconfig = join(own, "kubeconfig");

  it("removes it where main had made nothing yet", async () => {
    mkdirSync(own, { recursive: true });
    process.env[STATE] = JSON.stringify({ runId: "r-1", touches: [], cleanup: "always", folder: own });
    await cleanUpJob();
    expect(existsSync(own)).toBe(false);
  });

  it("says nothing where main has cleaned up and removed it", async () => {
    const said = vi.spyOn(process.stdout, "write");
    process.env[STATE] = JSON.stringify({ runId: "r-1", touches: [], cleanup: "always", kubeconfig, folder: own });
    await cleanUpJob();
    expect(said.mock.calls).toEqual([]);
    said.mockRestore();
  });

  it("cleans up what main left, and removes it then", async () => {
    await using world = await MeshWorld.start();
    await world.run({ mode: "strict-namespace", namespaces: "foo", cleanup: "never" });
    expect(world.leftOvers()).not.toEqual([]);
    mkdirSync(own, { recursive: true });
    copyFileSync(world.api.kubeconfigPath, kubeconfig);
    const { runId, touches } = world.ledgers.at(-1)!;
    process.env[STATE] = JSON.stringify({ runId, touches, cleanup: "always", kubeconfig, folder: own });
    await cleanUpJob();
    expect([world.leftOvers(), existsSync(own)]).toEqual([[], false]);
  });
});
