import { GitHubApi } from "../github/api.js";
import { commentStep, verdictOf, type CommentPlace, type CommentSettings, type Told } from "../github/comment-step.js";
import { fail, readInput, runner } from "../github/core.js";
import {
  at,
  finishedRunOf,
  matchingPullRequests,
  pullRequestOf,
  type FinishedRun,
  type PullRequest,
} from "../github/pull-request.js";
import { runUrl, serverOf } from "../github/server.js";
import { messageOf, problemText, Refusal } from "../problems.js";
import { shorten, terminal } from "../report/escape.js";
import { actionInputs } from "../settings/action-inputs.js";
import { settingsFrom } from "../settings/settings-from.js";
import { readList } from "../settings/values.js";
import { commentPorts, eventPayload } from "./comment-in-job.js";
import { foreignReports } from "./foreign-reports.js";

const DEFAULT_REPORT = "mtls-gate-report/report.json";
const TEXT_LENGTH = 300;

/**
 * The action `comment`: a job with the right to write comments tells what others have found. After a run of a fork's pull
 * request has ended it does so in that run's stead; in a run of a pull request, for the jobs of a matrix together. Reports
 * are read as hostile, and rendered here: nothing in them can choose the pull request, the comment, or a word outside of
 * code. The pull request is that of the event, or the one whose head is the commit of the run, by GitHub's word.
 */
export async function commentOfReports(): Promise<void> {
  const { env } = process;
  const settings = ownSettings();
  if (settings === null || settings.comment === "never") return;
  const about = aboutOf(eventPayload(env), env["GITHUB_REPOSITORY"] ?? "");
  if (about === null) {
    fail(
      "mtls-gate: this is for a run that a pull_request started, or for the event workflow_run after such a run has ended",
    );
    return;
  }
  const told = foreignReports(pathsOf(readInput("report")), readList(readInput("expected-reports")));
  if ("wrong" in told) {
    runner.warning(`mtls-gate: ${shown(told.wrong)}`);
    return;
  }
  warnOf(told);
  const place = await placeOf(about, settings);
  if (place !== null) await commentStep(told, verdictOf(told) !== "pass", settings, place, commentPorts);
}

type About = { readonly run: FinishedRun } | { readonly pull: PullRequest };

/** What the event is about. One that tells of another run is never about a pull request of its own. */
function aboutOf(payload: unknown, repository: string): About | null {
  if (at(payload, "workflow_run") !== undefined) {
    const run = finishedRunOf(payload, repository);
    return run === null ? null : { run };
  }
  const pull = pullRequestOf(payload, repository);
  return pull === null ? null : { pull };
}

function ownSettings(): CommentSettings | null {
  const names = ["comment", "comment-key", "github-token"];
  const inputs = Object.entries(actionInputs((name) => (names.includes(name) ? readInput(name) : "")));
  try {
    const settings = settingsFrom(Object.fromEntries(inputs));
    if (settings.githubToken !== undefined) runner.mask(settings.githubToken);
    return settings;
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    fail(`mtls-gate: the inputs are not right:\n${thrown.problems.map(problemText).join("\n")}`);
    return null;
  }
}

/** One a line: a path may hold blanks and commas. */
function pathsOf(given: string): string[] {
  const lines = given.split(/\r?\n/u).map((line) => line.trim());
  const paths = lines.filter((line) => line !== "");
  return paths.length === 0 ? [DEFAULT_REPORT] : paths;
}

function warnOf(told: Told): void {
  if (!("reports" in told)) return;
  for (const one of told.reports)
    if ("wrong" in one) runner.warning(`mtls-gate: no report ${shown(one.name)}: ${shown(one.wrong)}`);
}

async function placeOf(about: About, settings: CommentSettings): Promise<CommentPlace | null> {
  const { env } = process;
  const server = serverOf(env);
  if ("pull" in about) {
    const { pull } = about;
    return { pull, server, runUrl: runUrl(server, env), untrusted: pull.fork };
  }
  const pull = await pullOf(about.run, settings);
  return pull === null ? null : { pull, server, runUrl: about.run.url, untrusted: pull.fork };
}

/** The pull request of the run; null, told, where there is none any more, or more than one. */
async function pullOf(run: FinishedRun, settings: CommentSettings): Promise<PullRequest | null> {
  const { transport, clock, callTimeout, timeout } = commentPorts;
  const token = settings.githubToken ?? "";
  const api = new GitHubApi({ server: serverOf(process.env), token, transport, clock, callTimeout, timeout });
  const owner = run.head.repository.split("/")[0] ?? "";
  const query = new URLSearchParams({ state: "open", head: `${owner}:${run.branch}`, per_page: "100" });
  try {
    const found = matchingPullRequests(await api.list(`/repos/${run.repository}/pulls?${query.toString()}`), run);
    const [first, ...others] = found;
    if (first === undefined)
      runner.info("no open pull request has the commit of the run as its head: it is closed, or has moved on");
    else if (others.length > 0)
      runner.warning(
        `mtls-gate: the run's commit is the head of several pull requests (${found.map(({ number }) => number).join(", ")}), so none is commented`,
      );
    return others.length > 0 ? null : (first ?? null);
  } catch (thrown) {
    runner.warning(`mtls-gate: the pull request of the run cannot be found: ${shown(messageOf(thrown))}`);
    return null;
  }
}

function shown(text: string): string {
  return shorten(terminal(text), TEXT_LENGTH);
}
