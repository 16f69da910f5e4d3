/** The example workflows, and those of this repository that use the action: what they ask of it has to exist. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { OUTPUTS } from "../src/settings/schema.js";
import { settingsFrom } from "../src/settings/settings-from.js";

const ROOT = resolve(import.meta.dirname, "..");
const FOLDER = join(ROOT, ".github", "workflows", "examples");
const NAMES = readdirSync(FOLDER);
/** The actions of this repository by what a workflow calls them. */
const ACTIONS: Readonly<Record<string, string>> = {
  "mtls-gate/mtls-gate@v1": "action.yml",
  "mtls-gate/mtls-gate/comment@v1": "comment/action.yml",
};

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<string, { permissions?: Readonly<Record<string, string>>; "timeout-minutes"?: number; steps: Step[] }>
  >;
}

function read<Value>(path: string): { value: Value; text: string } {
  const text = readFileSync(path, "utf8");
  return { value: load(text) as Value, text };
}

function inputsOf(uses: string): string[] {
  const file = ACTIONS[uses];
  if (file === undefined) throw new Error(`${uses} is no action of this repository`);
  return Object.keys(read<{ inputs: object }>(join(ROOT, file)).value.inputs);
}

describe.each(NAMES)("the example %s", (name) => {
  const { value, text } = read<Workflow>(join(FOLDER, name));
  const jobs = Object.values(value.jobs);
  const steps = jobs.flatMap((job) => job.steps);
  const ours = steps.filter(({ uses }) => uses?.startsWith("mtls-gate/") === true);

  it("uses the action, with inputs that it has", () => {
    expect(ours).toHaveLength(1);
    for (const { uses = "", with: given = {} } of ours) {
      const known = inputsOf(uses);
      expect(Object.keys(given).filter((input) => !known.includes(input))).toEqual([]);
    }
  });

  it("gives them values that are taken", () => {
    for (const { uses, with: given = {} } of ours) {
      if (uses !== "mtls-gate/mtls-gate@v1") continue;
      // The runner puts a value in the place of an expression.
      const raw = Object.entries(given).map(([input, text]) => [input, String(text).replace(/\$\{\{.*?\}\}/gu, "x")]);
      expect(() => settingsFrom(Object.fromEntries(raw) as Record<string, string>)).not.toThrow();
    }
  });

  it("states its permissions, says of each what it is for, and asks for no others than those", () => {
    expect(value.permissions).toBeDefined();
    const asked = [value.permissions, ...jobs.map(({ permissions = {} }) => permissions)].flatMap(Object.entries);
    const told = [...text.matchAll(/^ +([a-z-]+): (read|write) # \S/gmu)].map(([, right, level]) => [right, level]);
    expect(told.toSorted()).toEqual(asked.toSorted());
    const allowed = ["contents: read", "pull-requests: write", "actions: read"];
    expect(asked.map((one) => one.join(": ")).filter((one) => !allowed.includes(one))).toEqual([]);
  });

  it("keeps no credentials, never runs a stranger's files with a token that writes, and ends", () => {
    for (const { uses, with: given = {} } of steps) {
      if (uses?.startsWith("actions/checkout@") === true) expect(given["persist-credentials"]).toBe(false);
    }
    expect(value.on).not.toHaveProperty("pull_request_target");
    if ("workflow_run" in value.on) expect(text).not.toContain("actions/checkout");
    for (const job of jobs) expect(job["timeout-minutes"]).toBeGreaterThan(0);
  });

  it("is told of in docs/workflows.md", () => {
    expect(readFileSync(join(ROOT, "docs", "workflows.md"), "utf8")).toContain(
      `[\`${name}\`](../.github/workflows/examples/${name})`,
    );
  });
});

it("the workflow that runs a cluster of kind gives the action inputs that it has, and takes outputs that it has", () => {
  const { value, text } = read<Workflow>(join(ROOT, ".github", "workflows", "e2e-kind.yml"));
  const steps = Object.values(value.jobs).flatMap((job) => job.steps);
  const [{ with: given = {} } = {}] = steps.filter(({ uses }) => uses === "./");
  const raw = Object.entries(given).map(([input, said]) => [input, String(said).replace(/\$\{\{.*?\}\}/gu, "1.31.1")]);
  expect(settingsFrom(Object.fromEntries(raw) as Record<string, string>)).toMatchObject({
    mode: "migration",
    cluster: "kind",
    kind: { istioVersion: "1.31.1" },
  });
  const outputs = [...text.matchAll(/steps\.gate\.outputs\.([a-z-]+)/gu)].map(([, name = ""]) => name);
  expect(outputs.filter((name) => !Object.hasOwn(OUTPUTS, name))).toEqual([]);
  expect(outputs.length).toBeGreaterThan(0);
});
