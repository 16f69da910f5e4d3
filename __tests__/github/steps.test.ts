import { describe, expect, it } from "vitest";
import { emitAnnotations } from "../../src/github/annotations.js";
import { setOutputs } from "../../src/github/outputs.js";
import { readState, saveState, type SavedState } from "../../src/github/saved-state.js";
import { SUMMARY_LIMIT_BYTES, writeSummary } from "../../src/github/summary.js";
import { grid, LET_THROUGH, phase, report } from "../report/builders.js";
import { SAMPLES } from "../report/samples.js";
import { recordingRunner } from "./runner.js";

describe("the job summary", () => {
  it("is the report as Markdown, with the context in its commands", async () => {
    const runner = recordingRunner();
    await writeSummary(SAMPLES.mismatch(), runner, { context: "kind-gate" });
    expect(runner.told).toEqual([["summary", expect.stringContaining("## ❌ mtls-gate: mismatch")]]);
    expect(runner.told[0]?.[1]).toContain("kubectl --context kind-gate -n legacy exec");
  });

  it("stays under what GitHub takes", async () => {
    const runner = recordingRunner();
    const large = report([
      phase(
        "p",
        grid(40, 60, () => ({ ...LET_THROUGH, predicted: { unknown: "why ".repeat(100), because: [] } })),
      ),
    ]);
    await writeSummary(large, runner);
    const written = Buffer.byteLength(String(runner.told[0]?.[1]));
    expect(written).toBeLessThanOrEqual(SUMMARY_LIMIT_BYTES);
    expect(written).toBeGreaterThan(50_000);
  });

  it("that cannot be written is a warning, and no failure", async () => {
    const runner = recordingRunner(() => Promise.reject(new Error("no\n::error::file")));
    await writeSummary(SAMPLES.mismatch(), runner);
    expect(runner.told[1]).toEqual(["warning", "The job summary could not be written: no\\n::error::file"]);
  });
});

describe("annotations", () => {
  it("go out at their level, with title and line", () => {
    const runner = recordingRunner();
    emitAnnotations(SAMPLES.mismatch(), runner);
    expect(runner.told.map(([level, , place]) => [level, place])).toEqual([
      [
        "error",
        { title: "mismatch: sleep.legacy → httpbin.foo", file: "manifests/policies/mtls-ns.yaml", startLine: 7 },
      ],
      [
        "error",
        { title: "mismatch: sleep.legacy → httpbin.bar", file: "manifests/policies/mtls-ns.yaml", startLine: 7 },
      ],
      ["warning", { title: "mtls-gate: namespace-undeclared", file: "mesh.yaml", startLine: 12 }],
    ]);
  });
});

describe("outputs", () => {
  it("are the verdict, the counts and the paths, as texts", () => {
    const runner = recordingRunner();
    setOutputs(SAMPLES.mismatch(), { report: "out/report.json", reportDir: "out", commentBody: "## x" }, runner);
    expect(Object.fromEntries(runner.told.map(([, name, value]) => [name, value]))).toEqual({
      verdict: "mismatch",
      pass: "16",
      mismatch: "2",
      unproven: "0",
      error: "0",
      report: "out/report.json",
      "report-dir": "out",
      "comment-body": "## x",
    });
  });
});

describe("the state for the post step", () => {
  it.each<SavedState>([
    { runId: "a1", touches: [], cleanup: "always" },
    {
      runId: "a1",
      touches: [{ apiVersion: "v1", kind: "Pod", namespace: "foo" }],
      cleanup: "on-success",
      kubeconfig: "/tmp/k",
      context: "kind-gate",
    },
    { runId: "a1", touches: [], cleanup: "always", kubeconfig: "/tmp/k/kubeconfig", folder: "/tmp/k" },
    {
      runId: "a1",
      touches: [],
      cleanup: "always",
      cluster: { name: "gate", kind: "/cache/kind", folder: "/tmp/k", env: { KIND_EXPERIMENTAL_PROVIDER: "podman" } },
    },
  ])("comes back as %j", (state) => {
    const runner = recordingRunner();
    saveState(state, runner);
    expect(readState(runner)).toEqual(state);
  });

  it("keeps nothing that it does not name", () => {
    const runner = recordingRunner();
    const state = { runId: "a1", touches: [], cleanup: "always" as const, token: "s3cret" };
    saveState(state, runner);
    expect(runner.getState("mtls-gate")).not.toContain("s3cret");
  });

  it.each([
    "",
    "{",
    "null",
    "[]",
    '{"runId":7,"cleanup":"always"}',
    '{"runId":"","cleanup":"always"}',
    '{"runId":"a","cleanup":"sometimes"}',
  ])("is none where %j was saved", (saved) => {
    expect(readState({ getState: () => saved })).toBeUndefined();
  });

  it.each([
    '{"name":"a","kind":"k","folder":"f"}',
    '{"name":"","kind":"k","folder":"f","env":{}}',
    '{"name":"a","kind":"k","folder":"f","env":{"A":1}}',
    '"a"',
  ])("has no cluster where %s was saved as one", (cluster) => {
    const saved = `{"runId":"a","cleanup":"always","cluster":${cluster}}`;
    expect(readState({ getState: () => saved })).not.toHaveProperty("cluster");
  });

  it.each([
    ["true", { done: true }],
    ["false", {}],
    ['"yes"', {}],
  ])("is done only where main said so: %s", (done, more) => {
    const saved = `{"runId":"a","cleanup":"always","done":${done}}`;
    expect(readState({ getState: () => saved })).toEqual({ runId: "a", touches: [], cleanup: "always", ...more });
  });

  it("leaves out what has the wrong type", () => {
    expect(readState({ getState: () => '{"runId":"a","cleanup":"never","kubeconfig":1,"context":null}' })).toEqual({
      runId: "a",
      touches: [],
      cleanup: "never",
    });
  });
});
