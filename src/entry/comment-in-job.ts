import { readFileSync } from "node:fs";
import { commentStep, type CommentPorts, type CommentSettings } from "../github/comment-step.js";
import { runner } from "../github/core.js";
import { pullRequestOf } from "../github/pull-request.js";
import { runUrl, serverOf } from "../github/server.js";
import { httpTransport } from "../github/transport.js";
import type { Report } from "../report/document.js";
import { clock } from "./world.js";

/** The real ports of the comment. The job waits for GitHub no longer than a minute, whatever happens. */
export const commentPorts: CommentPorts = {
  runner,
  clock,
  transport: httpTransport,
  callTimeout: 10_000,
  timeout: 60_000,
};

/**
 * Comments on the pull request of this job, where it is of one. Never rejects.
 *
 * @returns the comment's text, "" where there is nothing to say
 */
export async function commentInJob(report: Report, failed: boolean, settings: CommentSettings): Promise<string> {
  const { env } = process;
  const pull = pullRequestOf(eventPayload(env), env["GITHUB_REPOSITORY"] ?? "");
  if (pull === null || settings.comment === "never") return "";
  const server = serverOf(env);
  return await commentStep(report, failed, settings, { pull, server, runUrl: runUrl(server, env) }, commentPorts);
}

/** What GitHub says of the event that started the job; null where it says nothing that can be read. */
export function eventPayload(env: NodeJS.ProcessEnv): unknown {
  try {
    return JSON.parse(readFileSync(env["GITHUB_EVENT_PATH"] ?? "", "utf8")) as unknown;
  } catch {
    return null;
  }
}
