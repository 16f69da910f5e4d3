import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { load } from "js-yaml";
import type { Report } from "../../src/report/document.js";
import { demoWorld, leftOvers } from "../demo-world.js";
import { closedPort } from "../fixtures/kube-api/index.js";
import { ROOT, start, step } from "./runner.js";

/** What is committed under dist/, run as a runner and a shell run it. */

const cli = (...words: string[]): ReturnType<typeof start> =>
  start([process.execPath, join(ROOT, "dist", "cli", "index.js"), ...words], process.env);

describe("the command line", () => {
  it("tells its version, its help, and what is wrong with words that it does not know", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    expect(await cli("--version")).toEqual({ exit: 0, stdout: `${version}\n`, stderr: "" });
    const help = await cli("--help");
    expect(help.exit).toBe(0);
    expect(help.stdout).toContain("mtls-gate migration");
    const wrong = await cli("migration", "--namespace", "foo");
    expect(wrong.exit).toBe(2);
    expect(wrong.stderr).toMatch(/--namespace.*--namespaces/u);
  });

  it("refuses a cluster of kind where there is no container engine that kind knows", async () => {
    const words = ["migration", "--cluster", "kind", "--report-dir", mkdtempSync(join(tmpdir(), "mtls-gate-"))];
    const { exit, stdout } = await start([process.execPath, join(ROOT, "dist", "cli", "index.js"), ...words], {
      ...process.env,
      KIND_EXPERIMENTAL_PROVIDER: "none",
    });
    expect(exit).toBe(2);
    expect(stdout).toContain("KIND_EXPERIMENTAL_PROVIDER is none, which kind does not know");
  });

  it("cannot tell where no API server answers, within its time", async () => {
    await using found = await demoWorld();
    const kubeconfig = found.api.kubeconfig.replace(new URL(found.api.url).port, String(await closedPort()));
    const file = join(mkdtempSync(join(tmpdir(), "mtls-gate-")), "kubeconfig");
    writeFileSync(file, kubeconfig);
    const { exit, stdout } = await cli(
      "audit",
      "--cluster",
      "current",
      "--kubeconfig",
      file,
      "--namespaces",
      "foo",
      "--report-dir",
      join(file, "..", "out"),
    );
    expect(exit).toBe(3);
    expect(stdout).toMatch(/unreachable|cannot be used|does not answer/u);
  });

  it("has clear words for a Node.js that is too old", async () => {
    const old = oldNode();
    if (old === null) return;
    const { exit, stderr } = await start([old, join(ROOT, "dist", "cli", "index.js"), "--help"], process.env);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/^mtls-gate needs Node\.js 24 or newer, and this is \d+\./u);
  });
});

/** A Node.js before 24 of this machine's, or null: `node` elsewhere on the PATH than in the project. */
function oldNode(): string | null {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter).filter((one) => !one.includes("node_modules"))) {
    try {
      const program = join(folder, "node");
      const version = execFileSync(program, ["--version"], { encoding: "utf8" });
      return Number(/^v(\d+)/u.exec(version)?.[1]) < 24 ? program : null;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

describe("the action", () => {
  it("lists every input that is wrong, and fails", async () => {
    const { exit, stdout, outputs } = await step("action", { mode: "migrate", "probe-timeout": "fast" });
    expect(exit).toBe(1);
    expect(stdout).toContain("::error");
    expect(stdout).toMatch(/migrate/u);
    expect(stdout).toMatch(/probe-timeout/u);
    expect(outputs["verdict"]).toBe("error");
  });

  it("passes, with outputs, a summary and a report, and leaves nothing", async () => {
    await using found = await demoWorld();
    const reportDir = mkdtempSync(join(tmpdir(), "mtls-gate-report-"));
    const inputs = {
      mode: "permissive",
      cluster: "current",
      kubeconfig: found.api.kubeconfigPath,
      namespaces: "foo",
      "report-dir": reportDir,
    };
    const { exit, stdout, outputs, summary } = await step("action", inputs);
    expect(stdout).toContain("sleep.legacy to httpbin.foo: 200");
    expect(exit).toBe(0);
    expect(outputs).toMatchObject({
      verdict: "pass",
      pass: "4",
      mismatch: "0",
      report: join(reportDir, "report.json"),
    });
    expect(summary).toContain("httpbin.foo");
    const report = JSON.parse(readFileSync(join(reportDir, "report.json"), "utf8")) as Report;
    expect(report.phases.map(({ name, calls }) => `${name} ${calls.length}`)).toEqual(["control 2", "permissive 2"]);
    expect(leftOvers(found.api)).toEqual([]);
  });

  it("fails on a mismatch, and annotates it", async () => {
    await using found = await demoWorld();
    const inputs = {
      mode: "strict-namespace",
      cluster: "current",
      kubeconfig: found.api.kubeconfigPath,
      namespaces: "foo",
      "report-dir": mkdtempSync(join(tmpdir(), "mtls-gate-report-")),
    };
    // No proxy is there to hold the policy: what should be refused gets through.
    const { exit, stdout, outputs } = await step("action", inputs);
    expect(exit).toBe(1);
    expect(outputs).toMatchObject({ verdict: "mismatch", mismatch: "1" });
    expect(stdout).toMatch(/::error .*sleep/u);
    expect(leftOvers(found.api)).toEqual([]);
  });

  it("cleans up in the post step what a main step left that was killed", async () => {
    await using found = await demoWorld({ readyAfterMs: 60_000 });
    const inputs = { mode: "permissive", cluster: "current", kubeconfig: found.api.kubeconfigPath, namespaces: "foo" };
    const killed = await step("action", inputs, { until: (stdout) => stdout.includes("roll out") });
    expect(killed.exit).toBe(null);
    expect(leftOvers(found.api)).toContain("Namespace foo");
    const post = await step("post", inputs, { env: killed.state });
    expect(post.exit).toBe(0);
    expect(leftOvers(found.api)).toEqual([]);
    expect(post.stdout).not.toContain("::warning");
  });

  it("has nothing to do in the post step where main saved nothing", async () => {
    const { exit, stdout } = await step("post", {});
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: "" });
  });
});

describe("the files", () => {
  it("are where action.yml and package.json say", () => {
    const { runs } = load(readFileSync(join(ROOT, "action.yml"), "utf8")) as {
      runs: { using: string; main: string; post: string };
    };
    expect(runs).toMatchObject({ using: "node24", main: "dist/action/index.js", post: "dist/post/index.js" });
    const { bin } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { bin: Record<string, string> };
    for (const file of [runs.main, runs.post, bin["mtls-gate"] ?? ""])
      expect(readFileSync(join(ROOT, file), "utf8").length).toBeGreaterThan(0);
    expect(readFileSync(join(ROOT, "dist", "cli", "index.js"), "utf8").startsWith("#!/usr/bin/env node\n")).toBe(true);
  });

  it("are whole, and name no folder of the machine that built them", () => {
    for (const entry of ["action", "cli", "comment", "post"]) {
      for (const name of readdirSync(join(ROOT, "dist", entry)).filter((one) => one.endsWith(".js"))) {
        const text = readFileSync(join(ROOT, "dist", entry, name), "utf8");
        expect(text).not.toContain("webpackMissingModule");
        expect(text.includes(`${ROOT}/`)).toBe(false);
      }
      expect(readFileSync(join(ROOT, "dist", entry, "licenses.txt"), "utf8")).toContain("Apache License");
    }
  });
});
