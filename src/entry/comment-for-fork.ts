import { lstatSync, readFileSync } from "node:fs";
import { GitHubApi } from "../github/api.js";
import { commentStep, type CommentSettings } from "../github/comment-step.js";
import { fail, readInput, runner } from "../github/core.js";
import { foreignReport, MOST_REPORT_BYTES } from "../github/foreign-report.js";
import { finishedRunOf, matchingPullRequests, type FinishedRun, type PullRequest } from "../github/pull-request.js";
import { serverOf } from "../github/server.js";
import { messageOf, problemText, Refusal } from "../problems.js";
import type { Report } from "../report/document.js";
import { shorten, terminal } from "../report/escape.js";
import { actionInputs } from "../settings/action-inputs.js";
import { settingsFrom } from "../settings/settings-from.js";
import { commentPorts, eventPayload } from "./comment-in-job.js";

const DEFAULT_REPORT = "mtls-gate-report/report.json";
const TEXT_LENGTH = 300;

/**
 * The action `comment`: after a run of a fork's pull request has ended, a job with the right to write comments in its stead.
 * The report is read as hostile, and rendered here: nothing in it can choose the pull request, the comment, or a word outside
 * of code. The pull request is the one whose head is the commit of the run, by GitHub's word.
 */
export async function commentForFork(): Promise<void> {
  const { env } = process;
  const settings = ownSettings();
  if (settings === null || settings.comment === "never") return;
  const run = finishedRunOf(eventPayload(env), env["GITHUB_REPOSITORY"] ?? "");
  if (run === null) {
    fail("mtls-gate: this is for the event workflow_run, after a run that a pull_request started");
    return;
  }
  const read = reportFile(readInput("report"));
  const pull = "report" in read ? await pullOf(run, settings) : null;
  if ("wrong" in read) runner.warning(`mtls-gate: ${shown(read.wrong)}`);
  else if (pull !== null) {
    const server = serverOf(env);
    const { report } = read;
    const place = { pull, server, runUrl: run.url, untrusted: pull.fork };
    await commentStep(report, report.verdict !== "pass", settings, place, commentPorts);
  }
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

function reportFile(given: string): { readonly report: Report } | { readonly wrong: string } {
  const path = given === "" ? DEFAULT_REPORT : given;
  try {
    const file = lstatSync(path);
    if (!file.isFile()) return { wrong: `${path} is no file` };
    if (file.size > MOST_REPORT_BYTES) return { wrong: `${path} is too large` };
    const read = foreignReport(readFileSync(path, "utf8"));
    return "wrong" in read ? { wrong: `${path} cannot be used: ${read.wrong}` } : read;
  } catch (thrown) {
    return { wrong: `${path} cannot be read: ${messageOf(thrown)}` };
  }
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
