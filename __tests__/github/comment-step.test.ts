import { describe, expect, it, vi } from "vitest";
import { markerLine } from "../../src/report/comment-state.js";
import { SECONDARY_LIMIT } from "../fixtures/github-server.js";
import { migration, report } from "../report/builders.js";
import { SAMPLES } from "../report/samples.js";
import { ACTIONS, comment, gitHub } from "./comment-world.js";

const green = () => report(migration(), { planned: 18 });
const red = SAMPLES.mismatch;
const OTHER_SHA = "9".repeat(40);
const levels = (told: readonly unknown[][]): unknown[] => told.map(([level]) => level).filter((one) => one !== "info");

describe("the comment of a pull request", () => {
  it("is made when a run fails, updated by the next, and turns green when that passes", async () => {
    await using server = await gitHub();
    const first = await comment(server, red());
    expect(server.comments.map(({ login, body }) => [login, body])).toEqual([[ACTIONS, first.body]]);
    expect(first.body).toContain("## ❌ mtls-gate: mismatch");
    await comment(server, green(), { sha: OTHER_SHA });
    expect(server.comments).toHaveLength(1);
    expect(server.comments[0]!.body).toContain("## ✅ mtls-gate: pass");
    expect(server.comments[0]!.body).toContain("Since `5f0c1d2e3b4a`: ❌ → ✅, 2 gone");
    expect(server.writes()).toEqual([
      "POST /repos/team/mesh/issues/7/comments",
      "PATCH /repos/team/mesh/issues/comments/1001",
    ]);
  });

  it("is left alone where nothing of it changed", async () => {
    await using server = await gitHub();
    await comment(server, red());
    server.comments[0]!.body = server.comments[0]!.body.replaceAll("\n", "\r\n");
    const again = await comment(server, red());
    expect(again.runner.told).toEqual([["info", "comment on pull request 7: unchanged"]]);
    expect(server.writes()).toEqual(["POST /repos/team/mesh/issues/7/comments"]);
  });

  it("is not made by a run that passed, and is with always; with never GitHub is not even asked", async () => {
    await using server = await gitHub();
    await comment(server, green());
    expect(server.comments).toEqual([]);
    const asked = server.seen.length;
    expect((await comment(server, red(), { comment: "never" })).body).toBe("");
    expect(server.seen).toHaveLength(asked);
    await comment(server, green(), { comment: "always" });
    expect(server.comments).toHaveLength(1);
  });

  it("is one for each key", async () => {
    await using server = await gitHub();
    await comment(server, red(), { commentKey: "prod" });
    await comment(server, red(), { commentKey: "prod.eu" });
    await comment(server, red(), { commentKey: "prod" });
    expect(server.comments.map(({ body }) => body.slice(0, 40))).toEqual([
      expect.stringContaining(" prod "),
      expect.stringContaining(" prod.eu "),
    ]);
    expect(server.comments[1]!.body).toContain("## ❌ mtls-gate (`prod.eu`): mismatch");
  });

  it.each([
    ["job", ACTIONS],
    ["app", "mesh-gate[bot]"],
    ["person", "dev"],
  ])("is found again with the token %s, whose comments are by %s", async (githubToken, login) => {
    await using server = await gitHub();
    await comment(server, red(), { githubToken });
    await comment(server, green(), { githubToken, sha: OTHER_SHA });
    expect(server.comments.map((one) => one.login)).toEqual([login]);
  });

  it("is found on the fourth page, and a forged one of another author is not touched", async () => {
    await using server = await gitHub();
    const forged = server.comment("stranger", `${markerLine("mtls-gate", null)}\n\n## ✅ all is well`);
    const quoting = server.comment(ACTIONS, `> ${markerLine("mtls-gate", null)}`);
    for (let index = 0; index < 340; index += 1) server.comment("dev", `chat ${index}`);
    server.comment(ACTIONS, `${markerLine("mtls-gate", null)}\n\nold`);
    const before = [forged.body, quoting.body];
    await comment(server, red());
    expect(server.comments).toHaveLength(343);
    expect(server.comments.at(-1)!.body).toContain("## ❌");
    expect([forged.body, quoting.body]).toEqual(before);
    expect(server.seen.filter(({ method }) => method === "GET")).toHaveLength(4);
  });

  it("is one again after a race has left two", async () => {
    await using server = await gitHub();
    const old = server.comment(ACTIONS, `${markerLine("mtls-gate", null)}\n\nfirst`);
    server.comment(ACTIONS, `${markerLine("mtls-gate", null)}\n\nsecond`);
    server.comment("dev", `${markerLine("mtls-gate", null)}\n\nthird`);
    await comment(server, green());
    expect(server.comments.map(({ login }) => login)).toEqual([ACTIONS, "dev"]);
    expect(old.body).toContain("## ✅");
  });

  it("has nothing of a hostile state in it", async () => {
    await using server = await gitHub();
    const evil = { commit: "abc1234` @everyone", verdict: "pass", total: 1, marks: "" };
    for (const state of [JSON.stringify(evil), "{", "null", '{"total":1e999}', "[".repeat(10_000)]) {
      const there = server.comment(ACTIONS, `<!-- mtls-gate/comment/v1 mtls-gate ${btoa(state)} -->\nx`);
      await comment(server, red());
      expect(there.body).toContain("## ❌");
      expect(there.body).not.toContain("everyone");
      expect(there.body).not.toContain("Since");
      server.comments.length = 0;
    }
  });

  it("works with the paths of a GitHub Enterprise Server", async () => {
    await using server = await gitHub({ enterprise: true });
    await comment(server, red());
    await comment(server, green());
    expect(server.seen[0]!.path).toBe("/api/graphql");
    expect(server.comments[0]!.body).toContain("## ✅");
  });
});

describe("one comment for several reports", () => {
  const clusters = (eu: "red" | "green" | "missing") => ({
    reports: [
      { name: "eu", ...(eu === "missing" ? { wrong: "not there" } : { report: eu === "red" ? red() : green() }) },
      { name: "us", report: green() },
    ],
  });

  it("is made when any of them fails, updated by the next push, and turns green when all pass", async () => {
    await using server = await gitHub();
    await comment(server, clusters("red"));
    expect(server.comments).toHaveLength(1);
    expect(server.comments[0]!.body).toContain("## ❌ mtls-gate: mismatch\n\n2 reports: 1 mismatch, 1 pass.");
    await comment(server, clusters("missing"), { sha: OTHER_SHA });
    expect(server.comments[0]!.body).toContain("Since `5f0c1d2e3b4a`: ❌ → ⚠️, 1 new (🆕), 2 gone, 0 as before.");
    await comment(server, clusters("green"), { sha: "8".repeat(40) });
    expect(server.comments).toHaveLength(1);
    expect(server.comments[0]!.body).toContain("## ✅ mtls-gate: pass\n\n2 reports: 2 pass.");
    expect(server.comments[0]!.body).toContain("Since `999999999999`: ⚠️ → ✅, 1 gone");
    expect(server.writes().map((one) => one.split(" ")[0])).toEqual(["POST", "PATCH", "PATCH"]);
  });

  it("is not made where all pass, and is where one is not there", async () => {
    await using server = await gitHub();
    await comment(server, clusters("green"));
    expect(server.comments).toEqual([]);
    await comment(server, clusters("missing"));
    expect(server.comments[0]!.body).toContain("## ⚠️ mtls-gate: error");
  });

  it("takes the place of the comment of one report, which takes its place again", async () => {
    await using server = await gitHub();
    await comment(server, red());
    await comment(server, clusters("red"));
    await comment(server, green());
    expect(server.comments).toHaveLength(1);
    expect(server.comments[0]!.body).toContain("## ✅ mtls-gate: pass\n\n18 calls");
  });
});

describe("a comment without the right to write it", () => {
  it.each([
    ["read", "fork", "docs/pull-request.md"],
    ["read", "dependabot", "docs/pull-request.md"],
    ["read", "pull_request", "permissions: pull-requests: write"],
    ["nothing", "pull_request", "permissions: pull-requests: write"],
  ] as const)(
    "by the token %s on the event %s is one notice, and the text is there all the same",
    async (githubToken, event, says) => {
      await using server = await gitHub();
      server.private = true;
      const { body, runner } = await comment(server, red(), { githubToken, event });
      expect(levels(runner.told)).toEqual(["notice"]);
      expect(runner.told[0]![1]).toContain("pull-requests: write");
      expect(runner.told[0]![1]).toContain(says);
      expect(body).toContain("## ❌ mtls-gate: mismatch");
      expect(server.comments).toEqual([]);
    },
  );

  it("is no word to anybody where the run passed, and the text is there for who has the right", async () => {
    await using server = await gitHub();
    server.private = true;
    const { body, runner } = await comment(server, green(), { githubToken: "nothing", event: "fork" });
    expect(levels(runner.told)).toEqual([]);
    expect(body).toContain("## ✅");
  });

  it("says so where there is no token", async () => {
    await using server = await gitHub();
    const { runner, body } = await comment(server, red(), { tokenless: true });
    expect(runner.told).toEqual([["notice", expect.stringContaining("there is no github-token")]]);
    expect(body).toContain("## ❌");
    expect(server.seen).toEqual([]);
  });
});

describe("a GitHub that fails", () => {
  const ISSUES = /\/issues\//u;
  const status = (code: number, headers: Record<string, string> = {}, body?: string) =>
    ({ kind: "status", status: code, headers, ...(body === undefined ? {} : { body }) }) as const;

  it.each([500, 502, 503, 504])("with %i for a while is asked again", async (code) => {
    await using server = await gitHub();
    server.fail("GET", ISSUES, status(code, {}, "<html>Unicorn!</html>"), 2);
    const { clock, runner } = await comment(server, red());
    expect(server.comments).toHaveLength(1);
    expect(clock.pauses).toEqual([500, 1000]);
    expect(levels(runner.told)).toEqual([]);
  });

  it.each([
    ["a bad token", "GET", status(401), /Server Error/u],
    ["an error that does not pass", "GET", status(503), /503/u],
    [
      "a locked pull request",
      "POST",
      status(403, {}, '{"message":"Unable to create comment because issue is locked."}'),
      /locked/u,
    ],
    ["a text that is too long", "POST", status(422, {}, '{"message":"Validation Failed"}'), /422: Validation Failed/u],
    [
      "a rate limit that lasts",
      "GET",
      status(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999" }),
      /asks to wait/u,
    ],
    ["a page that is no JSON", "GET", status(200, {}, "<html>"), /no JSON/u],
    ["an answer that is no list", "GET", status(200, {}, "{}"), /no list/u],
    [
      "another server's page",
      "GET",
      status(200, { link: '<http://evil.example/x>; rel="next"' }, "[]"),
      /another server/u,
    ],
    ["a cut connection", "GET", { kind: "cut" } as const, /failed/u],
    ["a cut answer", "GET", { kind: "cut-body" } as const, /failed/u],
  ])("by %s is one warning and changes nothing else", async (_, method, fault, says) => {
    await using server = await gitHub();
    server.fail(method, ISSUES, fault, 10);
    const { body, runner } = await comment(server, red());
    expect(levels(runner.told)).toEqual(["warning"]);
    expect(runner.told[0]![1]).toMatch(says);
    expect(body).toContain("## ❌");
    expect(server.comments).toEqual([]);
  });

  it("waits as long as GitHub asks, where there is time", async () => {
    await using server = await gitHub();
    server.fail("POST", ISSUES, status(403, { "retry-after": "7" }, SECONDARY_LIMIT));
    server.fail("POST", ISSUES, status(429, { "retry-after": "2" }, SECONDARY_LIMIT));
    const { clock } = await comment(server, red());
    expect(clock.pauses).toEqual([7000, 2000]);
    expect(server.comments).toHaveLength(1);
  });

  it("and asks to wait longer than there is time, is not waited for", async () => {
    await using server = await gitHub();
    server.fail("POST", ISSUES, status(403, {}, SECONDARY_LIMIT));
    const { clock, runner } = await comment(server, red());
    expect(clock.pauses).toEqual([]);
    expect(runner.told.at(-1)).toEqual(["warning", expect.stringContaining("asks to wait 60 s")]);
  });

  it("makes no second comment where it has made one and the answer was lost", async () => {
    await using server = await gitHub();
    server.fail("POST", ISSUES, { kind: "cut-after" });
    const { runner } = await comment(server, red());
    expect(server.comments).toHaveLength(1);
    expect(runner.told.at(-1)).toEqual(["info", "comment on pull request 7: unchanged"]);
  });

  it("makes it after all where the answer was lost and so was the comment", async () => {
    await using server = await gitHub();
    server.fail("POST", ISSUES, { kind: "cut" });
    await comment(server, red());
    expect(server.comments).toHaveLength(1);
  });

  it("and never answers is given up in time", async () => {
    await using server = await gitHub();
    server.fail("GET", ISSUES, { kind: "hang" }, 10);
    const start = performance.now();
    const { runner } = await comment(server, red(), { callTimeout: 60, timeout: 500 });
    expect(performance.now() - start).toBeLessThan(3000);
    expect(runner.told.at(-1)).toEqual(["warning", expect.stringContaining("took too long")]);
  });

  it("leaves nothing under way when one of two calls at once has failed", async () => {
    await using server = await gitHub();
    server.fail("POST", /graphql/u, status(401));
    server.fail("GET", ISSUES, { kind: "hang" });
    const start = performance.now();
    const { runner } = await comment(server, red());
    expect(runner.told.at(-1)).toEqual(["warning", expect.stringContaining("401")]);
    await vi.waitFor(() => expect(server.openConnections()).toBe(0));
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it("is not told to whom its words could do harm", async () => {
    await using server = await gitHub();
    server.fail("POST", ISSUES, status(422, {}, JSON.stringify({ message: "no\n::error::owned \u001b[2J" })));
    const { runner } = await comment(server, red());
    expect(runner.told.at(-1)![1]).toContain("no\\n::error::owned \\x1b[2J");
  });
});
