/** The example workflows, and those of this repository that use the action: what they ask of it has to exist. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { OUTPUTS } from "../src/settings/schema.js";
import { globMatches } from "../src/settings/glob.js";
import { settingsFrom } from "../src/settings/settings-from.js";
import { readList } from "../src/settings/values.js";

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
interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const textOf = (path: string): string => readFileSync(path, "utf8");

function inputsOf(uses: string): string[] {
  const file = ACTIONS[uses];
  if (file === undefined) throw new Error(`${uses} is no action of this repository`);
  return Object.keys((load(textOf(join(ROOT, file))) as { inputs: object }).inputs);
}

describe.each(NAMES)("the example %s", (name) => {
  const text = textOf(join(FOLDER, name));
  const value = load(text) as Workflow;
  const jobs = Object.values(value.jobs);
  const steps = jobs.flatMap((job) => job.steps);
  const ours = steps.filter(({ uses }) => uses?.startsWith("mtls-gate/") === true);

  it("uses the action, with inputs that it has", () => {
    expect(ours.length).toBeGreaterThan(0);
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
    expect(textOf(join(ROOT, "docs", "workflows.md"))).toContain(
      `[\`${name}\`](../.github/workflows/examples/${name})`,
    );
  });
});

it("the example for several clusters expects a report of each, by the name of the folder that it is put into", () => {
  const { jobs } = load(textOf(join(FOLDER, "pull-request-clusters.yml"))) as Workflow;
  const { predict, comment } = jobs;
  const given = (job: Job | undefined, uses: string) => job?.steps.find((step) => step.uses?.startsWith(uses))?.with;
  const told = given(comment, "mtls-gate/mtls-gate/comment@");
  expect(readList(String(told?.["expected-reports"]))).toEqual(predict?.strategy?.matrix["cluster"]);
  expect(given(predict, "mtls-gate/mtls-gate@")?.["report-dir"]).toBe(
    `${String(told?.["report"])}/\${{ matrix.cluster }}`,
  );
  const [up, down] = [given(predict, "actions/upload-artifact@"), given(comment, "actions/download-artifact@")];
  expect([up?.["path"], down?.["path"]]).toEqual([`${String(told?.["report"])}/`, told?.["report"]]);
  expect(globMatches(String(down?.["pattern"]), String(up?.["name"]))).toBe(true);
  expect(down?.["merge-multiple"]).toBe(true);
});

it("the workflow that runs a cluster of kind gives the action inputs that it has, and takes outputs that it has", () => {
  const text = textOf(join(ROOT, ".github", "workflows", "e2e-kind.yml"));
  const steps = Object.values((load(text) as Workflow).jobs).flatMap((job) => job.steps);
  const [{ with: given = {} } = {}] = steps.filter(({ uses }) => uses === "./");
  const raw = Object.entries(given).map(([input, said]) => [input, String(said).replace(/\$\{\{.*?\}\}/gu, "1.31.1")]);
  expect(settingsFrom(Object.fromEntries(raw) as Record<string, string>)).toMatchObject({
    mode: "migration",
    cluster: "kind",
    kind: { istioVersion: "1.31.1" },
  });
  const outputs = [...text.matchAll(/steps\.gate\.outputs\.([a-z-]+)/gu)].map(([, name]) => name);
  expect(outputs.filter((name) => !Object.hasOwn(OUTPUTS, name ?? ""))).toEqual([]);
  expect(outputs.length).toBeGreaterThan(0);
});

describe.each(readdirSync(join(FOLDER, "..")).filter((name) => name.endsWith(".yml")))(
  "the own workflow %s",
  (name) => {
    const value = load(textOf(join(FOLDER, "..", name))) as Workflow;
    const jobs = Object.values(value.jobs);

    it("states its permissions, which write only where something is released or found", () => {
      expect(value.permissions).toBeDefined();
      const writes = [value.permissions, ...jobs.map(({ permissions = {} }) => permissions)]
        .flatMap(Object.entries)
        .filter(([, level]) => level === "write")
        .map(([right]) => right);
      const allowed: Readonly<Record<string, readonly string[]>> = {
        "codeql.yml": ["security-events"],
        "release.yml": ["id-token", "attestations", "id-token", "contents"],
      };
      expect(writes).toEqual(allowed[name] ?? []);
    });

    it("keeps no credentials, names a version of each action, and ends", () => {
      const steps = jobs.flatMap((job) => job.steps);
      for (const { uses, with: given = {} } of steps.filter((step) => step.uses !== undefined)) {
        expect(uses).toMatch(/^\.\/$|@v\d+(?:\.\d+)*$/u);
        if (uses?.startsWith("actions/checkout@") === true) expect(given["persist-credentials"]).toBe(false);
        const file = Object.hasOwn(ACTIONS, uses ?? "") ? inputsOf(uses ?? "") : null;
        if (file !== null) expect(Object.keys(given).filter((input) => !file.includes(input))).toEqual([]);
      }
      for (const job of jobs) expect(job["timeout-minutes"]).toBeGreaterThan(0);
    });
  },
);
