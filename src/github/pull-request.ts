/** Which pull request a job is about, by the payload of the event that started it. */

/** `head` is the commit that a reviewer looks at, which is not the merge commit that was checked out. */
export interface PullRequest {
  /** `owner/name` of the repository that it is to be merged into. */
  readonly repository: string;
  readonly number: number;
  readonly head: Head | null;
  /** Its code comes from another repository, so the job's token can only read. */
  readonly fork: boolean;
}

export interface Head {
  readonly repository: string;
  readonly commit: string;
}

/** The run that a `workflow_run` event tells of. All of it is GitHub's word, and none of it the pull request's. */
export interface FinishedRun {
  readonly repository: string;
  readonly head: Head;
  readonly branch: string;
  readonly url: string;
}

/** The payload's pull request; null for the events that have none: push, schedule, merge_group, workflow_dispatch and the like. */
export function pullRequestOf(payload: unknown, repository: string): PullRequest | null {
  const found = at(payload, "pull_request");
  const number = at(found, "number");
  if (!isRepository(repository) || typeof number !== "number" || !Number.isSafeInteger(number) || number < 1)
    return null;
  const head = headOf(at(found, "head", "repo", "full_name"), at(found, "head", "sha"));
  // The head's repository is null where it has been deleted: a fork too.
  return { repository, number, head, fork: at(found, "head", "repo", "full_name") !== repository };
}

/** The run of a `workflow_run` event; null for any other event, and for a run that no pull request started. */
export function finishedRunOf(payload: unknown, repository: string): FinishedRun | null {
  const run = at(payload, "workflow_run");
  const head = headOf(at(run, "head_repository", "full_name"), at(run, "head_sha"));
  const [branch, url, event] = [at(run, "head_branch"), at(run, "html_url"), at(run, "event")];
  if (head === null || !isRepository(repository) || event !== "pull_request") return null;
  if (typeof branch !== "string" || typeof url !== "string" || !/^https?:\/\/[\w.:/-]+$/u.test(url)) return null;
  return { repository, head, branch, url };
}

/** The open pull requests of a list by GitHub's API whose head is this very commit of this very repository. */
export function matchingPullRequests(list: readonly unknown[], { repository, head }: FinishedRun): PullRequest[] {
  const same = (one: unknown): boolean =>
    at(one, "head", "sha") === head.commit &&
    at(one, "head", "repo", "full_name") === head.repository &&
    at(one, "base", "repo", "full_name") === repository &&
    at(one, "state") === "open";
  return list.filter(same).flatMap((one) => pullRequestOf({ pull_request: one }, repository) ?? []);
}

/** Reads what is below the keys; undefined where anything on the way is missing. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

function headOf(repository: unknown, commit: unknown): Head | null {
  if (typeof repository !== "string" || typeof commit !== "string") return null;
  return isRepository(repository) && /^[0-9a-f]{40,64}$/u.test(commit) ? { repository, commit } : null;
}

function isRepository(text: string): boolean {
  return /^[\w.-]+\/[\w.-]+$/u.test(text) && !text.split("/").some((part) => /^\.+$/u.test(part));
}
