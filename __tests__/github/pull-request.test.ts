import { describe, expect, it } from "vitest";
import { finishedRunOf, matchingPullRequests, pullRequestOf } from "../../src/github/pull-request.js";
import { pauseFor } from "../../src/github/rate-limit.js";
import { runUrl, serverOf } from "../../src/github/server.js";
import { EVENTS, HEAD_SHA, pullRequest, workflowRun } from "../fixtures/events.js";

describe("the pull request of a job", () => {
  it.each([
    ["pull_request", { repository: "team/mesh", commit: HEAD_SHA }, false],
    ["dependabot", { repository: "team/mesh", commit: HEAD_SHA }, false],
    ["fork", { repository: "stranger/mesh", commit: HEAD_SHA }, true],
  ] as const)("is in the payload of %s", (event, head, fork) => {
    expect(pullRequestOf(EVENTS[event], "team/mesh")).toEqual({ repository: "team/mesh", number: 7, head, fork });
  });

  it.each(["push", "schedule", "workflow_dispatch", "merge_group"] as const)("is none on %s", (event) => {
    expect(pullRequestOf(EVENTS[event], "team/mesh")).toBeNull();
  });

  it.each([
    null,
    "x",
    { pull_request: null },
    { pull_request: { number: "7" } },
    { pull_request: { number: 7.5 } },
    { pull_request: { number: -1 } },
  ])("is none in %j", (payload) => {
    expect(pullRequestOf(payload, "team/mesh")).toBeNull();
  });

  it.each(["", "team", "team/mesh/x", "../..", "team/mesh?x"])("is none of a repository %j", (repository) => {
    expect(pullRequestOf(EVENTS.pull_request, repository)).toBeNull();
  });

  it("has no head where the fork has been deleted, or the commit is none", () => {
    const deleted = { pull_request: { number: 7, head: { sha: HEAD_SHA, repo: null } } };
    expect(pullRequestOf(deleted, "team/mesh")).toMatchObject({ head: null, fork: true });
    const odd = { pull_request: { number: 7, head: { sha: "main)", repo: { full_name: "team/mesh" } } } };
    expect(pullRequestOf(odd, "team/mesh")).toMatchObject({ head: null, fork: false });
  });
});

describe("the run that a workflow_run event tells of", () => {
  const run = finishedRunOf(workflowRun(), "team/mesh")!;

  it("is one that a pull request started", () => {
    expect(run).toMatchObject({ branch: "strict-foo", head: { repository: "stranger/mesh", commit: HEAD_SHA } });
    expect(finishedRunOf(workflowRun({ event: "push" }), "team/mesh")).toBeNull();
    expect(finishedRunOf(workflowRun({ sha: "x" }), "team/mesh")).toBeNull();
    expect(finishedRunOf(EVENTS.pull_request, "team/mesh")).toBeNull();
  });

  it("has the open pull requests whose head it is", () => {
    const list = [
      pullRequest({ number: 1, from: "stranger/mesh" }),
      pullRequest({ number: 2, from: "stranger/mesh", sha: "1".repeat(40) }),
      pullRequest({ number: 3, from: "other/mesh" }),
      pullRequest({ number: 4, from: "stranger/mesh", state: "closed" }),
      { ...pullRequest({ number: 5, from: "stranger/mesh" }), base: { repo: { full_name: "stranger/mesh" } } },
    ];
    expect(matchingPullRequests(list, run).map(({ number }) => number)).toEqual([1]);
  });
});

describe("GitHub's addresses", () => {
  it("are those of the environment, or github.com's", () => {
    expect(serverOf({})).toEqual({
      web: "https://github.com",
      api: "https://api.github.com",
      graphql: "https://api.github.com/graphql",
    });
    const env = { GITHUB_API_URL: "https://ghe.example/api/v3/", GITHUB_SERVER_URL: "https://ghe.example/" };
    expect(serverOf(env)).toEqual({
      web: "https://ghe.example",
      api: "https://ghe.example/api/v3",
      graphql: "https://ghe.example/api/graphql",
    });
    const run = { ...env, GITHUB_REPOSITORY: "team/mesh", GITHUB_RUN_ID: "42" };
    expect(runUrl(serverOf(env), run)).toBe("https://ghe.example/team/mesh/actions/runs/42");
    expect(runUrl(serverOf(env), {})).toBeNull();
  });
});

describe("the pause that GitHub asks for", () => {
  const now = new Date("2026-11-28T12:00:00Z");
  const answer = (status: number, headers: Record<string, string> = {}, text = "") => ({ status, headers, text });

  it.each([
    [answer(403, { "retry-after": "3" }), 3000],
    [answer(429, { "retry-after": "0" }), 0],
    [answer(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now.getTime() / 1000 + 9) }), 9000],
    [answer(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "5" }), 1000],
    [answer(403, { "x-ratelimit-remaining": "0" }), 60_000],
    [answer(429), 60_000],
    [answer(403, {}, "You have exceeded a secondary rate limit"), 60_000],
    [answer(403, { "x-ratelimit-remaining": "9" }, "Resource not accessible by integration"), null],
    [answer(503, { "retry-after": "3" }), null],
    [answer(200), null],
  ])("by %j is %j", (given, pause) => {
    expect(pauseFor(given, now)).toBe(pause);
  });
});
