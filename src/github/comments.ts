/** The comments of a pull request, as GitHub's API has them: those of an issue. */
import { type GitHubApi, GitHubError } from "./api.js";
import { at, type PullRequest } from "./pull-request.js";

export interface Comment {
  readonly id: number;
  readonly author: string;
  readonly body: string;
}

/**
 * Whom the comments of this token are by. GraphQL tells it of every kind of token without a right of its own: a person's,
 * an app's (`name[bot]`), and the job's (`github-actions[bot]`); `GET /user` refuses the last two.
 */
export async function authorOf(api: GitHubApi): Promise<string> {
  const login = at(await api.query("query { viewer { login } }"), "viewer", "login");
  if (typeof login !== "string" || login === "")
    throw new GitHubError(0, "GitHub's API does not say whose the token is");
  return login;
}

/** All comments, from the oldest. */
export async function listComments(api: GitHubApi, { repository, number }: PullRequest): Promise<Comment[]> {
  const all = await api.list(`/repos/${repository}/issues/${number}/comments?per_page=100`);
  return all.flatMap((one) => {
    const [id, author, body] = [at(one, "id"), at(one, "user", "login"), at(one, "body")];
    return typeof id === "number" && typeof author === "string" && typeof body === "string"
      ? [{ id, author, body }]
      : [];
  });
}

export async function createComment(api: GitHubApi, pull: PullRequest, body: string): Promise<void> {
  await api.post(`/repos/${pull.repository}/issues/${pull.number}/comments`, { body });
}

export async function updateComment(api: GitHubApi, pull: PullRequest, id: number, body: string): Promise<void> {
  await api.patch(`/repos/${pull.repository}/issues/comments/${id}`, { body });
}

export async function deleteComment(api: GitHubApi, pull: PullRequest, id: number): Promise<void> {
  await api.delete(`/repos/${pull.repository}/issues/comments/${id}`);
}
