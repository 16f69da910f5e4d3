import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planStrictInTerminal } from "../../src/entry/plan-strict-in-terminal.js";
import { readArguments } from "../../src/settings/cli-arguments.js";
import { STRICT, WORLD } from "../predict/turn-builders.js";
import { keptPorts } from "../run/ports.js";

/** The command as a person gives it, on files that a test holds. */
async function cli(texts: readonly string[], ...more: string[]): Promise<{ exit: number; out: string; err: string }> {
  const request = readArguments(["plan-strict", "--manifests", "mesh.yaml", ...more], "1");
  if (request.kind !== "plan-strict") throw new Error(JSON.stringify(request));
  let [out, err] = ["", ""];
  const exit = await planStrictInTerminal(request.options, {
    ports: keptPorts([], { "mesh.yaml": texts.join("---\n") }),
    signal: new AbortController().signal,
    colour: false,
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { exit, out, err };
}

const MESH = WORLD.filter((text) => !text.includes("legacy"));
const UNKNOWN = `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: own, namespace: foo}
spec: {podSelector: {matchLabels: {app: httpbin}}}\n`;

describe("plan-strict", () => {
  it("ends with 0 where everything can go", async () => {
    const { exit, out, err } = await cli(MESH);
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    expect(out).toContain("Stage 3: the whole mesh\n");
  });
  it("ends with 1 where something is blocked, with 3 where only what is unknown stands in the way", async () => {
    expect((await cli(WORLD)).exit).toBe(1);
    expect((await cli([...MESH, UNKNOWN])).exit).toBe(3);
    expect((await cli([...WORLD, UNKNOWN])).exit).toBe(1);
  });
  it("answers in JSON alone where that is asked for", async () => {
    const { out } = await cli(MESH, "--output", "json");
    expect(JSON.parse(out)).toMatchObject({ schema: "mtls-gate/strict-plan/v1", mesh: { status: "staged" } });
  });
  it("looks at the given namespaces alone", async () => {
    const { exit, out } = await cli(MESH, "--namespaces", "foo");
    expect(exit).toBe(0);
    expect(out).toContain("1 of 1 namespace can be STRICT without breaking a call, in 1 stage.\n");
    expect(out).not.toContain("namespace bar");
  });
  it("refuses a namespace that is not there, and every wrong line, with exit code 2", async () => {
    const { exit, err } = await cli(MESH, "--namespaces", "foo,baz");
    expect(exit).toBe(2);
    expect(err).toBe("mtls-gate: --namespaces has baz, and there is no such namespace (did you mean bar?)\n");
    const wrong = await cli([...MESH, STRICT.replace("STRICT", "STRICKT")]);
    expect(wrong.exit).toBe(2);
    expect(wrong.err).toMatch(/^mtls-gate: mesh\.yaml:\d+: /u);
  });
});

describe("--out", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "plan-strict-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const written = (): string[] =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".yaml"))
      .sort();
  const FIRST = "stage-1/PeerAuthentication-bar.yaml";

  it("writes the policies of each stage, and leaves them where they are there already", async () => {
    const first = await cli(MESH, "--out", folder);
    expect(first).toMatchObject({ exit: 0, err: `mtls-gate: ${folder} has 3 files of the plan, 3 of them new\n` });
    expect(written()).toEqual([
      FIRST,
      "stage-2/PeerAuthentication-foo.yaml",
      "stage-3/PeerAuthentication-istio-system.yaml",
    ]);
    expect(readFileSync(join(folder, FIRST), "utf8")).toContain("mode: STRICT");
    const second = await cli(MESH, "--out", folder);
    expect(second).toMatchObject({ exit: 0, err: `mtls-gate: ${folder} has 3 files of the plan, 0 of them new\n` });
  });
  it("overwrites nothing, and writes nothing then", async () => {
    mkdirSync(join(folder, "stage-1"));
    writeFileSync(join(folder, FIRST), "mine\n");
    const { exit, err } = await cli(MESH, "--out", folder);
    expect(exit).toBe(2);
    expect(err).toContain(`${join(folder, FIRST)}: the file is there already with another content`);
    expect(written()).toEqual([FIRST]);
    expect(readFileSync(join(folder, FIRST), "utf8")).toBe("mine\n");
  });
  it("refuses what an earlier plan has left, which would be applied with the new one", async () => {
    await cli(MESH, "--out", folder);
    writeFileSync(join(folder, "stage-1", "README.md"), "not of a plan");
    const { exit, err } = await cli(WORLD, "--out", folder);
    expect(exit).toBe(2);
    expect(err.trimEnd().split("\n")).toHaveLength(3);
    expect(err).toContain(`${join(folder, FIRST)}: the file is there, and is of another plan`);
    expect(written().some((path) => path.startsWith("exceptions"))).toBe(false);
  });
  it("ends with 3 where the folder cannot be written", async () => {
    writeFileSync(join(folder, "file"), "");
    const { exit, err } = await cli(MESH, "--out", join(folder, "file"));
    expect(exit).toBe(3);
    expect(err).toContain("the files of the plan could not be written");
  });
});
