import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EVENTS, HEAD_SHA, pullRequest, workflowRun } from "../fixtures/events.js";
import type { GitHubServer } from "../fixtures/github-server.js";
import { ACTIONS, gitHub } from "../github/comment-world.js";
import { serialise } from "../../src/report/serialise.js";
import { migration, report } from "../report/builders.js";
import { strictFoo } from "../report/changes.js";
import { ROOT, step, type Job } from "./runner.js";

/** What is committed under dist/, with a GitHub that answers. */

/** The demo's mesh and policies, and a plan that the policies meet or do not. */
function mesh(policies: "permissive" | "strict"): string {
  const folder = mkdtempSync(join(tmpdir(), "mtls-gate-mesh-"));
  cpSync(join(ROOT, "manifests", "workloads"), join(folder, "workloads"), { recursive: true });
  if (policies === "strict") {
    const policy =
      "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: foo}\n";
    writeFileSync(join(folder, "workloads", "strict.yaml"), `${policy}spec: {mtls: {mode: STRICT}}\n`);
  }
  writeFileSync(
    join(folder, "plan.yaml"),
    'clients: [{namespace: legacy, workload: sleep}]\ndestinations: [{service: foo/httpbin, port: 8000}]\nexpect: [{from: "*", to: "*", code: 200}]\n',
  );
  return folder;
}

interface Asked {
  readonly event: keyof typeof EVENTS | "none";
  readonly policies?: "permissive" | "strict";
  readonly token?: string;
  readonly inputs?: Record<string, string>;
  readonly env?: NodeJS.ProcessEnv;
}

async function predict(
  server: GitHubServer,
  { event, policies = "strict", token = "job", inputs, env }: Asked,
): Promise<Job> {
  const folder = mesh(policies);
  const payload = join(folder, "event.json");
  if (event !== "none") writeFileSync(payload, JSON.stringify(EVENTS[event]));
  const given = {
    mode: "predict",
    manifests: join(folder, "workloads"),
    plan: join(folder, "plan.yaml"),
    "report-dir": join(folder, "out"),
    "github-token": token,
    ...inputs,
  };
  return await step("action", given, { env: { ...addresses(server), GITHUB_EVENT_PATH: payload, ...env } });
}

function addresses(server: GitHubServer): NodeJS.ProcessEnv {
  return { GITHUB_API_URL: server.api, GITHUB_GRAPHQL_URL: server.graphql };
}

const count = (text: string, what: string): number => text.split("\n").filter((line) => line.startsWith(what)).length;

describe("the action on a pull request", () => {
  it("comments when the run fails, and turns the comment green when it passes", async () => {
    await using server = await gitHub();
    const red = await predict(server, { event: "pull_request" });
    expect(red.exit).toBe(1);
    expect(server.comments.map(({ login }) => login)).toEqual([ACTIONS]);
    expect(server.comments[0]!.body).toContain("## ❌ mtls-gate: mismatch");
    expect(red.outputs["comment-body"]!.trimEnd()).toBe(server.comments[0]!.body.trimEnd());
    expect(red.stdout).toContain("::add-mask::job");
    expect(red.summary).toContain("mismatch");
    const green = await predict(server, { event: "pull_request", policies: "permissive" });
    expect(green.exit).toBe(0);
    expect(server.comments).toHaveLength(1);
    expect(server.comments[0]!.body).toContain("## ✅ mtls-gate: pass");
    expect(green.stdout).not.toMatch(/^::(?:warning|notice)/mu);
  }, 60_000);

  it("does not leave it green when the inputs are refused, or the files are", async () => {
    await using server = await gitHub();
    await predict(server, { event: "pull_request", policies: "permissive", inputs: { comment: "always" } });
    expect(server.comments[0]!.body).toContain("## ✅");
    const refused = await predict(server, { event: "pull_request", inputs: { mode: "predictt" } });
    expect(refused.exit).toBe(1);
    expect(server.comments[0]!.body).toContain("## ⚠️ mtls-gate: error");
    await predict(server, { event: "pull_request", policies: "permissive" });
    expect(server.comments[0]!.body).toContain("## ✅");
    await predict(server, { event: "pull_request", inputs: { manifests: "/nowhere/at/all.yaml" } });
    expect(server.comments[0]!.body).toContain("## ⚠️ mtls-gate: error");
    expect(server.comments).toHaveLength(1);
  }, 90_000);

  it.each(["fork", "dependabot"] as const)(
    "of %s has the summary, one notice, and the text as an output",
    async (event) => {
      await using server = await gitHub();
      const job = await predict(server, { event, token: "read" });
      expect(job.exit).toBe(1);
      expect(count(job.stdout, "::notice")).toBe(1);
      expect(job.stdout).toMatch(/^::notice::.*pull-requests: write/mu);
      expect(count(job.stdout, "::warning")).toBe(0);
      expect(job.summary).toContain("mismatch");
      expect(job.outputs["comment-body"]).toContain("## ❌ mtls-gate: mismatch");
      expect(server.comments).toEqual([]);
    },
    60_000,
  );

  it.each(["push", "schedule", "workflow_dispatch", "merge_group", "none"] as const)(
    "is silent on %s, and asks GitHub nothing",
    async (event) => {
      await using server = await gitHub();
      const job = await predict(server, { event });
      expect(job.exit).toBe(1);
      expect(server.seen).toEqual([]);
      expect(job.stdout).not.toMatch(/^::(?:warning|notice)/mu);
      expect(job.outputs["comment-body"]).toBe("");
    },
    60_000,
  );

  it.each(["pass", "mismatch"] as const)(
    "ends with %s as it would have, whatever GitHub does",
    async (verdict) => {
      await using server = await gitHub();
      server.fail("POST", /graphql/u, { kind: "cut" }, 99);
      const job = await predict(server, {
        event: "pull_request",
        policies: verdict === "pass" ? "permissive" : "strict",
      });
      expect([job.exit, job.outputs["verdict"]]).toEqual([verdict === "pass" ? 0 : 1, verdict]);
      expect(count(job.stdout, "::warning")).toBe(1);
      expect(job.stdout).toMatch(/^::warning::The pull request's comment could not be kept up to date/mu);
    },
    60_000,
  );

  it("finds a GitHub Enterprise Server by the environment, through no proxy that it is not to go through", async () => {
    await using server = await gitHub({ enterprise: true });
    const env = {
      GITHUB_GRAPHQL_URL: undefined,
      HTTP_PROXY: "http://127.0.0.1:9",
      http_proxy: "http://127.0.0.1:9",
      no_proxy: "127.0.0.1",
    };
    await predict(server, { event: "pull_request", env });
    expect(server.comments).toHaveLength(1);
    expect(server.seen.map(({ path }) => path)).toContain("/api/graphql");
    expect(server.comments[0]!.body).toContain("(https://github.example/team/mesh/actions/runs/42)");
  }, 60_000);
});

describe("the action comment, after the run of a fork", () => {
  const fork = "stranger/mesh";
  const folderWith = (report: string): string => {
    const folder = mkdtempSync(join(tmpdir(), "mtls-gate-artifact-"));
    writeFileSync(join(folder, "report.json"), report);
    return folder;
  };
  const post = async (server: GitHubServer, event: object, report: string): Promise<Job> => {
    const folder = folderWith(report);
    const payload = join(folder, "event.json");
    writeFileSync(payload, JSON.stringify(event));
    const inputs = { report: join(folder, "report.json"), "github-token": "job" };
    return await step("comment", inputs, { env: { ...addresses(server), GITHUB_EVENT_PATH: payload } });
  };
  const good = JSON.stringify(strictFoo());

  it("comments on the pull request whose head is the commit of the run", async () => {
    await using server = await gitHub();
    server.pulls = [
      pullRequest({ number: 3, from: fork, sha: "1".repeat(40) }),
      pullRequest({ number: 9, from: fork }),
    ];
    const job = await post(server, workflowRun(), good);
    expect([job.exit, job.stderr]).toEqual([0, ""]);
    expect(server.comments.map(({ issue, login }) => [issue, login])).toEqual([[9, ACTIONS]]);
    expect(server.comments[0]!.body).toContain("| ❌ | `breaks` | 1 |");
    expect(server.comments[0]!.body).toContain("The run is a fork's, and this is what it reported.");
    expect(server.comments[0]!.body).toContain("(https://github.example/team/mesh/actions/runs/77)");
  }, 60_000);

  it.each([
    ["has moved on", pullRequest({ from: fork, sha: "1".repeat(40) })],
    ["is closed", pullRequest({ from: fork, state: "closed" })],
    ["is of another repository with the same commit", pullRequest({ from: "other/mesh", sha: HEAD_SHA })],
  ])(
    "does nothing where the pull request %s",
    async (_, pull) => {
      await using server = await gitHub();
      server.pulls = [pull];
      const job = await post(server, workflowRun(), good);
      expect(job.exit).toBe(0);
      expect(server.writes()).toEqual([]);
    },
    60_000,
  );

  it("takes nothing but a report, and nothing of it but a report's fields", async () => {
    await using server = await gitHub();
    server.pulls = [pullRequest({ from: fork })];
    const report = JSON.parse(good) as { phases: object[] };
    const classes = [
      {
        from: "0-999999999",
        to: 0,
        count: 1,
        expected: null,
        predicted: { unknown: "x", because: [] },
        verdict: "pass",
        cause: null,
      },
    ];
    const bad = [
      "{",
      JSON.stringify({ ...report, body: "@everyone" }),
      JSON.stringify({
        ...report,
        phases: [{ ...report.phases[0], groups: { clients: [[]], destinations: [[]] }, classes }],
      }),
    ];
    for (const text of bad) {
      const job = await post(server, workflowRun(), text);
      expect(job.exit).toBe(0);
      expect(count(job.stdout, "::warning")).toBe(1);
    }
    expect(server.writes()).toEqual([]);
  }, 90_000);

  it("is for no run but a pull request's, and never for a pull request that is named beside another run", async () => {
    await using server = await gitHub();
    const { pull_request } = EVENTS.pull_request;
    const push = workflowRun({ event: "push" });
    for (const event of [EVENTS.push, EVENTS.merge_group, push, { ...push, pull_request }]) {
      const job = await post(server, event, good);
      expect(job.exit).toBe(1);
      expect(job.stdout).toMatch(/^::error::mtls-gate: this is for a run that a pull_request started/mu);
    }
    expect(server.seen).toEqual([]);
  }, 60_000);
});

describe("the action comment, for several clusters", () => {
  const green = serialise(report(migration(), { planned: 18 }));
  const red = serialise(strictFoo());
  /** The downloads of a matrix, a folder a cluster, and the job that tells of them. */
  const post = async (
    server: GitHubServer,
    reports: Readonly<Record<string, string>>,
    rest: { event?: object; token?: string; inputs?: Record<string, string> } = {},
  ): Promise<Job> => {
    const { event = EVENTS.pull_request, token = "job", inputs = { "expected-reports": "staging, eu, us" } } = rest;
    const folder = mkdtempSync(join(tmpdir(), "mtls-gate-artifacts-"));
    for (const [name, text] of Object.entries(reports)) {
      mkdirSync(join(folder, "reports", name), { recursive: true });
      writeFileSync(join(folder, "reports", name, "report.json"), text);
    }
    const payload = join(folder, "event.json");
    writeFileSync(payload, JSON.stringify(event));
    const given = { report: join(folder, "reports"), "github-token": token, ...inputs };
    return await step("comment", given, { env: { ...addresses(server), GITHUB_EVENT_PATH: payload } });
  };
  const event = (sha: string): object => ({ ...EVENTS.pull_request, pull_request: pullRequest({ sha }) });

  it("comments once in the pull request's own run, and turns green when all pass", async () => {
    await using server = await gitHub();
    const job = await post(server, { staging: green, eu: red, us: green });
    expect([job.exit, job.stderr]).toEqual([0, ""]);
    expect(job.stdout).not.toMatch(/^::(?:warning|notice|error)/mu);
    expect(server.comments.map(({ issue, login }) => [issue, login])).toEqual([[7, ACTIONS]]);
    const [comment] = server.comments;
    expect(comment!.body).toContain("## ❌ mtls-gate: mismatch\n\n3 reports: 1 mismatch, 2 pass.");
    expect(comment!.body.match(/^## .*$/gmu)).toEqual([
      "## ❌ mtls-gate: mismatch",
      "## ❌ `eu`: mismatch",
      "## ✅ `staging`: pass",
      "## ✅ `us`: pass",
    ]);
    expect(comment!.body).toContain("[the run](https://github.example/team/mesh/actions/runs/42)");
    expect(comment!.body).not.toContain("fork");
    await post(server, { staging: green, eu: green, us: green }, { event: event("9".repeat(40)) });
    expect(server.comments).toHaveLength(1);
    expect(comment!.body).toContain("## ✅ mtls-gate: pass\n\n3 reports: 3 pass.");
    expect(comment!.body).toMatch(/Since `5f0c1d2e3b4a`: ❌ → ✅, \d gone/u);
  }, 60_000);

  it("does not stay green where reports are missing, broken or of another version", async () => {
    await using server = await gitHub();
    await post(
      server,
      { staging: green, eu: green, us: green },
      { inputs: { comment: "always", "expected-reports": "staging eu us" } },
    );
    expect(server.comments[0]!.body).toContain("## ✅");
    const broken = { staging: green, eu: red.replace("report/v1", "report/v9") };
    const job = await post(server, broken, { event: event("9".repeat(40)) });
    expect(job.exit).toBe(0);
    expect(count(job.stdout, "::warning::mtls-gate: no report ")).toBe(2);
    const { body } = server.comments[0]!;
    expect(body).toContain("## ⚠️ mtls-gate: error\n\n3 reports: 2 error, 1 pass.");
    expect(body).toMatch(
      /^\| `eu` \| ⚠️ error \|.* no report: `.*it is no report of this version: schema .*` 🆕 \|$/mu,
    );
    expect(body).toMatch(/^\| `us` \| ⚠️ error \|.* no report: `it is expected and not there/mu);
    // Not one of them left anything.
    await post(server, {});
    expect(server.comments[0]!.body).toContain("3 reports: 3 error.");
    expect(server.comments).toHaveLength(1);
  }, 60_000);

  it("gives the comment of one report where there is one alone", async () => {
    const bodies: string[] = [];
    for (const inputs of [{}, { "expected-reports": "eu" }]) {
      await using server = await gitHub();
      await post(server, { eu: red }, { inputs });
      bodies.push(server.comments[0]!.body);
    }
    expect(bodies[0]).toContain("## ❌ mtls-gate: mismatch\n\n**1 call changes in a direction that fails.**");
    expect(bodies[0]).not.toContain("`eu`");
    expect(bodies[1]).toBe(bodies[0]);
  }, 60_000);

  it("comments after the run of a fork on the pull request that GitHub names, whatever folders and files are called", async () => {
    await using server = await gitHub();
    server.pulls = [pullRequest({ from: "stranger/mesh", number: 9 })];
    const names = ["@team #1 `x` <b>", "pull_request=8", "a|b\n## ✅ mtls-gate: pass"];
    const reports = Object.fromEntries(names.map((name) => [name, red]));
    const job = await post(server, reports, { event: workflowRun() });
    expect([job.exit, job.stderr]).toEqual([0, ""]);
    expect(server.comments.map(({ issue }) => issue)).toEqual([9]);
    const { body } = server.comments[0]!;
    expect(body).toContain("6 reports: 3 mismatch, 3 error.");
    expect(body).toContain("The run is a fork's, and this is what it reported.");
    expect(body).not.toMatch(/^## ✅/mu);
    expect(body).toContain("| ``@team #1 `x` <b>`` | ❌ mismatch |");
    expect(job.stdout).not.toMatch(/^## ✅/mu);
  }, 60_000);

  it("of a fork's own run has one notice, for its token cannot write", async () => {
    await using server = await gitHub();
    const job = await post(server, { staging: green, eu: red, us: green }, { event: EVENTS.fork, token: "read" });
    expect(job.exit).toBe(0);
    expect(count(job.stdout, "::notice")).toBe(1);
    expect(server.comments).toEqual([]);
  }, 60_000);
});

describe("the action comment's metadata", () => {
  it("names the file that is there", () => {
    const text = readFileSync(join(ROOT, "comment", "action.yml"), "utf8");
    const main = /main: (\S+)/u.exec(text)?.[1] ?? "";
    expect(readFileSync(join(ROOT, "comment", main), "utf8").length).toBeGreaterThan(0);
  });
});
