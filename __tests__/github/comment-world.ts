/** A GitHub, tokens of each kind, and a run that comments on its pull request 7. */
import {
  commentStep,
  verdictOf,
  type CommentPlace,
  type CommentSettings,
  type Told,
} from "../../src/github/comment-step.js";
import { pullRequestOf } from "../../src/github/pull-request.js";
import { httpTransport } from "../../src/github/transport.js";
import type { Clock } from "../../src/ports.js";
import { EVENTS, HEAD_SHA } from "../fixtures/events.js";
import { GitHubServer } from "../fixtures/github-server.js";
import { recordingRunner, type RecordingRunner } from "./runner.js";

export const ACTIONS = "github-actions[bot]";

/** Time passes only in pauses, and those take no time. `pauses` are their lengths. */
export function quickClock(): Clock & { pauses: number[] } {
  let now = 0;
  const pauses: number[] = [];
  return {
    pauses,
    now: () => now,
    date: () => new Date(),
    sleep: (ms) => {
      pauses.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

export async function gitHub(options: { enterprise?: boolean } = {}): Promise<GitHubServer> {
  const server = await GitHubServer.start(options);
  server.tokens.set("job", { kind: "actions", login: ACTIONS, rights: "write" });
  server.tokens.set("read", { kind: "actions", login: ACTIONS, rights: "read" });
  server.tokens.set("nothing", { kind: "actions", login: ACTIONS, rights: "none" });
  server.tokens.set("app", { kind: "app", login: "mesh-gate[bot]", rights: "write" });
  server.tokens.set("person", { kind: "user", login: "dev", rights: "write" });
  return server;
}

export interface Done {
  readonly body: string;
  readonly runner: RecordingRunner;
  readonly clock: ReturnType<typeof quickClock>;
}

/** Runs the step for a report, or several; `sha` is the head of the pull request. */
export async function comment(
  server: GitHubServer,
  told: Told,
  rest: Partial<CommentSettings> & {
    event?: keyof typeof EVENTS;
    sha?: string;
    failed?: boolean;
    tokenless?: boolean;
    callTimeout?: number;
    timeout?: number;
  } = {},
): Promise<Done> {
  const {
    event = "pull_request",
    sha = HEAD_SHA,
    failed,
    tokenless,
    callTimeout = 5000,
    timeout = 30_000,
    ...settings
  } = rest;
  const pull = pullRequestOf(EVENTS[event], "team/mesh")!;
  const place: CommentPlace = {
    pull: { ...pull, head: { ...pull.head!, commit: sha } },
    server: { web: "https://github.example", api: server.api, graphql: server.graphql },
    runUrl: "https://github.example/team/mesh/actions/runs/42",
  };
  const runner = recordingRunner();
  const clock = quickClock();
  const body = await commentStep(
    told,
    failed ?? verdictOf(told) !== "pass",
    {
      comment: "on-failure",
      commentKey: "mtls-gate",
      ...(tokenless === true ? {} : { githubToken: "job" }),
      ...settings,
    },
    place,
    { runner, clock, transport: httpTransport, callTimeout, timeout },
  );
  return { body, runner, clock };
}
