/** The one comment of a key on a pull request: made once, then kept up to date. */
import { type GitHubApi, GitHubError } from "./api.js";
import { authorOf, createComment, deleteComment, listComments, updateComment, type Comment } from "./comments.js";
import type { PullRequest } from "./pull-request.js";

export interface WantedComment {
  /** Whether a text is a comment of this key. Anybody can write one that is, so its author counts too. */
  readonly isOurs: (body: string) => boolean;
  /** The text, by that of the comment that is there; null where there is none. */
  readonly text: (there: string | null) => string;
  /** Whether it is made where there is none. */
  readonly create: boolean;
}

export type Kept = "created" | "updated" | "unchanged" | "not there";

/** A comment whose making was cut is looked for again, before it is made again. */
const MOST_TRIES = 3;
const PAUSE = 1000;

/**
 * Makes, updates or leaves the comment; comments of the same key that a race has left beside it are removed. Rejects with
 * GitHubError.
 */
export async function keepComment(api: GitHubApi, pull: PullRequest, wanted: WantedComment): Promise<Kept> {
  const [me, before] = await Promise.all([authorOf(api), listComments(api, pull)]);
  let all = before;
  for (let tried = 1; ; tried += 1) {
    const ours = all.filter((one) => sameLogin(one.author, me) && wanted.isOurs(one.body));
    const [first, ...others] = ours;
    if (first !== undefined) return await update(api, pull, wanted, first, others);
    if (!wanted.create) return "not there";
    try {
      await createComment(api, pull, wanted.text(null));
      return "created";
    } catch (thrown) {
      const unclear = thrown instanceof GitHubError && (thrown.status === 0 || thrown.status >= 500);
      if (!unclear || tried === MOST_TRIES) throw thrown;
      await api.pause(PAUSE);
      all = await listComments(api, pull);
    }
  }
}

async function update(
  api: GitHubApi,
  pull: PullRequest,
  wanted: WantedComment,
  first: Comment,
  others: readonly Comment[],
): Promise<Kept> {
  const text = wanted.text(first.body);
  const same = asStored(first.body) === asStored(text);
  if (!same) await updateComment(api, pull, first.id, text);
  for (const other of others) await deleteComment(api, pull, other.id);
  return same ? "unchanged" : "updated";
}

/** GitHub ends lines in its own way where a person has saved a comment. */
function asStored(text: string): string {
  return text.replaceAll("\r\n", "\n").trimEnd();
}

function sameLogin(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
