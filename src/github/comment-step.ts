/** The comment as a step of the job. Telling about a run never changes how it ended: what fails here is told in one line. */
import { messageOf } from "../problems.js";
import { commentMarkdown } from "../report/comment.js";
import { commentOfSeveral } from "../report/comment-several.js";
import { hasMarker, readState } from "../report/comment-state.js";
import type { Report, Verdict } from "../report/document.js";
import { shorten, terminal } from "../report/escape.js";
import { worstOf, type NamedReport } from "../report/several.js";
import type { SourceTree } from "../report/source-link.js";
import type { Settings } from "../settings/settings.js";
import { GitHubApi, GitHubError, type ApiOptions } from "./api.js";
import { keepComment } from "./keep-comment.js";
import type { Runner } from "./port.js";
import type { PullRequest } from "./pull-request.js";
import type { GitHubServer } from "./server.js";

/** What is asked for. */
export type CommentSettings = Pick<Settings, "comment" | "commentKey" | "githubToken">;

/** What is told: a report, or several in one comment. */
export type Told = Report | { readonly reports: readonly NamedReport[] };

/** The verdict of what is told: of several the worst. */
export function verdictOf(told: Told): Verdict {
  return "reports" in told ? worstOf(told.reports) : told.verdict;
}

/** What the comment is about, and where it goes. */
export interface CommentPlace {
  readonly pull: PullRequest;
  readonly server: GitHubServer;
  /** The page of the run that made the report. */
  readonly runUrl: string | null;
  /** Whether the report is told on the word of a fork. */
  readonly untrusted?: boolean;
}

/** What it needs of the world. */
export interface CommentPorts extends Pick<ApiOptions, "transport" | "clock" | "callTimeout" | "timeout"> {
  readonly runner: Pick<Runner, "info" | "notice" | "warning">;
}

const TEXT_LENGTH = 300;

/**
 * Makes or updates the comment. Never rejects.
 *
 * @param failed whether the run failed: then a comment is made where there is none, else only with `always`
 * @returns its text, whether it could be written or not; empty where it is not asked for
 */
export async function commentStep(
  told: Told,
  failed: boolean,
  settings: CommentSettings,
  place: CommentPlace,
  ports: CommentPorts,
): Promise<string> {
  if (settings.comment === "never") return "";
  const { commentKey: key, githubToken: token } = settings;
  const texts: string[] = [];
  const textFor = (there: string | null): string => {
    const text = textOf(told, key, place, there);
    texts.push(text);
    return text;
  };
  const create = failed || settings.comment === "always";
  try {
    if (token === undefined) throw new GitHubError(403, "there is no github-token");
    const { transport, clock, callTimeout, timeout } = ports;
    const api = new GitHubApi({ server: place.server, token, transport, clock, callTimeout, timeout });
    const isOurs = (body: string): boolean => hasMarker(body, key);
    try {
      const kept = await keepComment(api, place.pull, { isOurs, text: textFor, create });
      ports.runner.info(`comment on pull request ${place.pull.number}: ${kept}`);
    } finally {
      api.close();
    }
  } catch (thrown) {
    tellFailure(thrown, create, place.pull, ports.runner);
  }
  return texts.at(-1) ?? textFor(null);
}

function textOf(
  told: Told,
  key: string,
  { pull, server, runUrl, untrusted }: CommentPlace,
  there: string | null,
): string {
  const { head, repository } = pull;
  const tree = (of: { repository: string; commit: string } | null): SourceTree | null =>
    of === null ? null : { server: server.web, ...of };
  const baseOf = ({ base }: Report): SourceTree | null => {
    const commit = base?.kind === "git" ? base.commit : undefined;
    return tree(commit === undefined || !/^[0-9a-f]{40,64}$/u.test(commit) ? null : { repository, commit });
  };
  const frame = {
    key,
    commit: head?.commit ?? null,
    head: tree(head),
    runUrl,
    previous: there === null ? null : readState(there),
    ...(untrusted === undefined ? {} : { untrusted }),
  };
  if ("reports" in told) return commentOfSeveral(told.reports, { ...frame, baseOf });
  return commentMarkdown(told, { ...frame, base: baseOf(told) });
}

function tellFailure(thrown: unknown, create: boolean, pull: PullRequest, runner: CommentPorts["runner"]): void {
  const why = shorten(terminal(messageOf(thrown)), TEXT_LENGTH);
  // An issue that is locked takes no comment from anybody: that is no right to give.
  const denied = thrown instanceof GitHubError && [403, 404].includes(thrown.status) && !/locked/iu.test(why);
  if (!denied)
    runner.warning(
      `The pull request's comment could not be kept up to date (${why}). It changes nothing of the verdict.`,
    );
  else if (create) runner.notice(noticeText(why, pull.fork));
  else runner.info(`no right to look for a comment on the pull request (${why})`);
}

function noticeText(why: string, fork: boolean): string {
  const advice = fork
    ? "A pull request from a fork never has the right pull-requests: write; the pair of workflows in docs/pull-request.md posts it in its stead."
    : "Give the job `permissions: pull-requests: write`; a pull request of Dependabot's has it by the pair of workflows in docs/pull-request.md.";
  return `No comment on the pull request, for want of a right (${why}). ${advice} The report is in the job summary.`;
}
