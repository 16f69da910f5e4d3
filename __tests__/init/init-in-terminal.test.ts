/** `mtls-gate init` in folders that stand for repositories. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { load } from "js-yaml";
import { afterEach, describe, expect, it } from "vitest";
import { initInTerminal } from "../../src/entry/init-in-terminal.js";
import { realPorts } from "../../src/entry/world.js";
import { readArguments } from "../../src/settings/cli-arguments.js";
import { settingsFrom } from "../../src/settings/settings-from.js";
import { run } from "../../src/run.js";
import { keptPorts } from "../run/ports.js";

const ROOT = resolve(import.meta.dirname, "..", "..");
const START = process.cwd();
const WORKFLOW = ".github/workflows/mesh-gate.yml";

type Files = Readonly<Record<string, string>>;

function repository(files: Files = {}, manifests?: string): string {
  const folder = mkdtempSync(join(tmpdir(), "mtls-gate-init-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  if (manifests !== undefined) cpSync(join(ROOT, "manifests"), join(folder, manifests), { recursive: true });
  return folder;
}

afterEach(() => process.chdir(START));

/** The ports of a run that reads real files and keeps its log. */
function ports(): ReturnType<typeof keptPorts> {
  return { ...keptPorts([], {}), files: realPorts().files };
}

async function init(folder: string, ...words: string[]): Promise<{ exit: number; out: string; err: string }> {
  process.chdir(folder);
  const request = readArguments(["init", ...words], "1");
  if (request.kind !== "init") throw new Error(JSON.stringify(request));
  let [out, err] = ["", ""];
  const exit = await initInTerminal(request.options, {
    ports: ports(),
    signal: new AbortController().signal,
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { exit, out, err };
}

interface Workflow {
  readonly on: { readonly pull_request: { readonly paths: readonly string[] } };
  readonly permissions: object;
  readonly jobs: {
    readonly predict: {
      readonly "timeout-minutes": number;
      readonly permissions: Readonly<Record<string, string>>;
      readonly steps: readonly {
        readonly uses?: string;
        readonly run?: string;
        readonly with?: Readonly<Record<string, unknown>>;
      }[];
    };
  };
}

function workflow(folder: string): Workflow {
  return load(readFileSync(join(folder, WORKFLOW), "utf8")) as Workflow;
}

/** What the runner would hand to the action. */
function given(folder: string): Record<string, string> {
  const step = workflow(folder).jobs.predict.steps.at(-1);
  expect(step?.uses).toBe("mtls-gate/mtls-gate@v1");
  return Object.fromEntries(Object.entries(step?.with ?? {}).map(([name, text]) => [name, String(text)]));
}

describe("in a repository with manifests", () => {
  it("writes a plan and a workflow, and a prediction as in the job passes", async () => {
    const folder = repository({}, "mesh");
    const { exit, out, err } = await init(folder);
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    expect(out).toContain("manifests       mesh/");
    expect(out).toMatch(/states what is predicted of 10 calls now, in 2 rules/u);
    const inputs = given(folder);
    expect(workflow(folder).on.pull_request.paths).toEqual(["mesh/**", "mtls-plan.yaml"]);
    const { base, ...alone } = inputs;
    expect(base).toBe("origin/${{ github.base_ref }}");
    const { report, exit: passed } = await run(settingsFrom({ ...alone, "report-dir": "out" }), ports());
    expect(report.counts).toMatchObject({ calls: 10, pass: 10 });
    expect(passed).toBe(0);
  });
  it.each(["mesh", undefined])(
    "tells editors what the plan may hold, and keeps to it, with manifests in %s",
    async (manifests) => {
      const folder = repository({}, manifests);
      await init(folder);
      const text = readFileSync(join(folder, "mtls-plan.yaml"), "utf8");
      const schema = JSON.parse(readFileSync(join(ROOT, "docs", "plan.schema.json"), "utf8")) as { $id: string };
      expect(text.split("\n")[0]).toBe(`# yaml-language-server: $schema=${schema.$id}`);
      const valid = addFormats.default(new Ajv({ allowUnionTypes: true })).compile(schema);
      valid(load(text));
      expect(valid.errors).toBeNull();
      expect(valid({ expect: [{ form: "*" }] })).toBe(false);
    },
  );
  it("asks of the action only what action.yml has, and of GitHub only what it says", async () => {
    const folder = repository({}, "mesh");
    await init(folder);
    const { inputs } = load(readFileSync(join(ROOT, "action.yml"), "utf8")) as { inputs: object };
    expect(Object.keys(given(folder)).filter((name) => !(name in inputs))).toEqual([]);
    const { permissions, jobs } = workflow(folder);
    expect(permissions).toEqual({});
    expect(jobs.predict.permissions).toEqual({ contents: "read", "pull-requests": "write" });
    expect(jobs.predict["timeout-minutes"]).toBeGreaterThan(0);
    expect(jobs.predict.steps[0]?.with).toEqual({ "fetch-depth": 0, "persist-credentials": false });
  });
  it("writes the same again, and leaves what is there", async () => {
    const [one, other] = [repository({}, "mesh"), repository({}, "mesh")];
    const [first, same] = [await init(one), await init(other)];
    expect(same).toEqual(first);
    for (const path of ["mtls-plan.yaml", WORKFLOW]) {
      expect(readFileSync(join(one, path), "utf8")).toBe(readFileSync(join(other, path), "utf8"));
    }
    const again = await init(one);
    expect(again.exit).toBe(0);
    expect(again.out).toContain("mtls-plan.yaml (was there already, with the same text)");
  });
  it("refuses a name that has another text, before anything is written, and takes others", async () => {
    const folder = repository({ "mtls-plan.yaml": "expect: [{code: 200}]\n" }, "mesh");
    const { exit, out, err } = await init(folder);
    expect({ exit, out }).toEqual({ exit: 2, out: "" });
    expect(err).toContain("mtls-plan.yaml: the file is there already with another content (--plan-file");
    expect(existsSync(join(folder, WORKFLOW))).toBe(false);
    expect((await init(folder, "--plan-file", "plans/new.yaml")).exit).toBe(0);
    expect(readFileSync(join(folder, "mtls-plan.yaml"), "utf8")).toBe("expect: [{code: 200}]\n");
    expect(given(folder)["plan"]).toBe("plans/new.yaml");
  });
  it("takes the files that are named, and the habits of other workflows", async () => {
    const ci = "jobs:\n  a:\n    runs-on: ubuntu-22.04\n    steps:\n      - uses: actions/checkout@v5\n";
    const folder = repository({ ".github/workflows/ci.yml": ci }, "mesh");
    const { out } = await init(folder, "--manifests", "mesh/workloads/", "--policies", "mesh/policies/mtls-ns.yaml");
    expect(given(folder)["manifests"]).toBe("mesh/workloads/\nmesh/policies/mtls-ns.yaml\n");
    expect(out).toContain("actions/checkout@v5 on ubuntu-22.04");
    expect(readFileSync(join(folder, WORKFLOW), "utf8")).toContain("runs-on: ubuntu-22.04\n");
  });
  it("refuses two meshes in one, with what to do", async () => {
    const folder = repository({}, "clusters/dev");
    cpSync(join(ROOT, "manifests"), join(folder, "clusters", "prod"), { recursive: true });
    const { exit, err } = await init(folder);
    expect(exit).toBe(2);
    expect(err).toMatch(/stands in .* already/u);
    expect(err).toContain("clusters/ cannot be read as one mesh (or name the files of one mesh");
    expect((await init(folder, "--manifests", "clusters/prod/")).exit).toBe(0);
  });
  it("refuses a plan among the manifests, which would then be read as one", async () => {
    const { exit, err } = await init(repository({}, "mesh"), "--plan-file", "mesh/plan.yaml");
    expect(exit).toBe(2);
    expect(err).toContain("mesh/plan.yaml would be read as a manifest: mesh/ is one of the folders of the mesh");
  });
  it("writes no second workflow where one uses the action", async () => {
    const folder = repository({ ".github/workflows/gate.yml": "- uses: mtls-gate/mtls-gate@v1\n" }, "mesh");
    const { exit, out } = await init(folder);
    expect(exit).toBe(0);
    expect(out).toContain("no workflow: .github/workflows/gate.yml uses the action already");
    expect(existsSync(join(folder, WORKFLOW))).toBe(false);
  });
});

describe("elsewhere", () => {
  it("works in an empty folder, and says where the files go", async () => {
    const folder = repository();
    const { exit, out } = await init(folder);
    expect(exit).toBe(0);
    expect(out).toContain("no manifests of a mesh");
    expect(out).toContain("put the manifests of the mesh below mesh/");
    cpSync(join(ROOT, "manifests"), join(folder, "mesh"), { recursive: true });
    const { base, ...inputs } = given(folder);
    expect(base).toBe("origin/${{ github.base_ref }}");
    const { report } = await run(settingsFrom({ ...inputs, "report-dir": "out" }), ports());
    expect(report.verdict).toBe("pass");
  });
  it("writes nothing in a dry run, and shows all of it", async () => {
    const folder = repository({}, "mesh");
    const shown = await init(folder, "--dry-run");
    expect(existsSync(join(folder, "mtls-plan.yaml"))).toBe(false);
    await init(folder);
    for (const path of ["mtls-plan.yaml", WORKFLOW]) {
      expect(shown.out).toContain(`--- ${path}\n${readFileSync(join(folder, path), "utf8")}`);
    }
  });
  it("is a JSON document where that is wanted", async () => {
    const folder = repository({}, "mesh");
    const { out } = await init(folder, "--output", "json");
    expect(JSON.parse(out)).toMatchObject({
      schema: "mtls-gate/init/v1",
      sources: { manifests: ["mesh/"] },
      created: ["mtls-plan.yaml", WORKFLOW],
      stated: { calls: 10, rules: 2, nothing: 0 },
    });
  });
  it("states nothing of policies alone", async () => {
    const folder = repository();
    cpSync(join(ROOT, "manifests", "policies"), join(folder, "policies"), { recursive: true });
    const { exit, out } = await init(folder);
    expect(exit).toBe(0);
    expect(out).toContain("there are no workloads and Services that would call and be called");
  });
  it.each(["--plan-file /x", "--plan-file ../x", "--workflow-file a:b", "--action x", `--plan-file ${WORKFLOW}`])(
    "refuses %s",
    (line) => {
      expect(readArguments(["init", ...line.split(" ")], "1").kind).toBe("refused");
    },
  );
});

const kubectl = (process.env["PATH"] ?? "").split(delimiter).some((one) => existsSync(join(one, "kubectl")));

describe("with files that are rendered first", () => {
  const KUSTOMIZED: Files = {
    "base/kustomization.yaml": "resources: [foo.yaml, legacy.yaml]\n",
    "base/foo.yaml": readFileSync(join(ROOT, "manifests", "workloads", "foo.yaml"), "utf8"),
    "base/legacy.yaml": readFileSync(join(ROOT, "manifests", "workloads", "legacy.yaml"), "utf8"),
    "overlays/dev/kustomization.yaml": "resources: [../../base]\n",
    "overlays/prod/kustomization.yaml": "resources: [../../base]\n",
  };
  it.skipIf(!kubectl)("renders both sides in the job, and compares them", async () => {
    const folder = repository({ ...KUSTOMIZED, "charts/a/Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\n" });
    const git = (...words: string[]): string =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...words], {
        cwd: folder,
        encoding: "utf8",
      });
    expect((await init(folder)).out).toContain("overlays/prod is taken; overlays/dev is made from the same base");
    git("init", "-q", "-b", "main");
    git("add", "-A");
    git("commit", "-q", "-m", "before");
    git("update-ref", "refs/remotes/origin/main", "HEAD");
    const strict = readFileSync(join(ROOT, "manifests", "policies", "mtls-ns.yaml"), "utf8");
    writeFileSync(join(folder, "overlays/prod/strict.yaml"), strict);
    writeFileSync(join(folder, "overlays/prod/kustomization.yaml"), "resources: [../../base, strict.yaml]\n");

    const bin = repository({ helm: '#!/bin/sh\n[ "$*" = "template a charts/a" ] || exit 9\n' });
    execFileSync("chmod", ["+x", join(bin, "helm")]);
    const temp = repository();
    const env = {
      PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}`,
      HOME: temp,
      RUNNER_TEMP: temp,
      GITHUB_WORKSPACE: folder,
      BASE: "main",
    };
    const script = workflow(folder).jobs.predict.steps.find((step) => step.run !== undefined)?.run ?? "";
    execFileSync("bash", ["-e", "-c", script], { cwd: folder, env, stdio: "pipe" });

    const inputs = given(folder);
    const base = inputs["base"]?.replace("${{ runner.temp }}", temp) ?? "";
    process.chdir(folder);
    const { report, exit } = await run(settingsFrom({ ...inputs, base, "report-dir": join(temp, "out") }), ports());
    expect(report.problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(report.diff?.map(({ direction }) => direction)).toEqual(["breaks"]);
    expect(exit).toBe(1);
  });
});
