/**
 * What a comment keeps for the next run, in an HTML comment at its top, which nobody sees. It is read back as hostile: who
 * can edit the comment can write anything there, so nothing of it is shown but a commit and numbers, of their form.
 */
import * as z from "zod";
import type { Verdict } from "./document.js";
import { MARK_LENGTH, MOST_MARKS, type Findings } from "./findings.js";

const PREFIX = "<!-- mtls-gate/comment/v1";
const MOST_STATE_BYTES = 32 * 1024;

const remembered = z.strictObject({
  commit: z.string().regex(/^[0-9a-f]{7,64}$/u),
  verdict: z.enum(["pass", "mismatch", "unproven", "error"]),
  total: z.int().min(0),
  /** The marks of the findings, one after the other. */
  marks: z
    .string()
    .regex(/^[A-Za-z0-9+/]*$/u)
    .max(MARK_LENGTH * MOST_MARKS)
    .refine((text) => text.length % MARK_LENGTH === 0)
    .nullable(),
});
const state = remembered.extend({ before: remembered.optional() });

/** One run, as far as the next one needs it. */
export type Remembered = Readonly<z.infer<typeof remembered>>;

/** The run that the comment tells of, and the one before it that had another commit. */
export type CommentState = Readonly<z.infer<typeof state>>;

/** How what a comment tells of has ended. */
export interface Ended {
  readonly verdict: Verdict;
  readonly findings: Findings;
}

/** What this run leaves: nothing where its commit is not known. A second run of one commit is compared with what the first was compared with. */
export function stateOf(ended: Ended, commit: string | null, previous: CommentState | null): CommentState | null {
  if (commit === null) return null;
  const { total, marks } = ended.findings;
  const before = comparedWith(commit, previous);
  return {
    commit,
    verdict: ended.verdict,
    total,
    marks: marks?.join("") ?? null,
    ...(before === null ? {} : { before }),
  };
}

/** The run that a run of this commit is compared with: the last one of another commit. */
export function comparedWith(commit: string | null, previous: CommentState | null): Remembered | null {
  if (previous === null) return null;
  if (previous.commit === commit) return previous.before ?? null;
  const { commit: last, verdict, total, marks } = previous;
  return { commit: last, verdict, total, marks };
}

/** The marks that a run left; null where it had too many to keep. */
export function marksOf({ marks }: Pick<Remembered, "marks">): ReadonlySet<string> | null {
  return marks === null ? null : new Set(marks.match(new RegExp(`.{${MARK_LENGTH}}`, "gu")));
}

/** The first line of the comment with this key. Keys hold no blank and no `>`: see the table of inputs. */
export function markerLine(key: string, kept: CommentState | null): string {
  const text = kept === null ? "-" : Buffer.from(JSON.stringify(kept)).toString("base64");
  return `${PREFIX} ${key} ${text} -->`;
}

/** Whether a comment's text starts with the marker of this key. Anybody can write one: it says nothing of who did. */
export function hasMarker(body: string, key: string): boolean {
  return body.startsWith(`${PREFIX} ${key} `);
}

/** What the comment keeps; null where there is nothing that can be read. */
export function readState(body: string): CommentState | null {
  const line = body.slice(0, MOST_STATE_BYTES).split(/\r?\n/u, 1)[0] ?? "";
  const text = /^<!-- mtls-gate\/comment\/v1 \S+ ([A-Za-z0-9+/]+={0,2}) -->$/u.exec(line)?.[1];
  if (text === undefined) return null;
  try {
    const parsed = state.safeParse(JSON.parse(Buffer.from(text, "base64").toString("utf8")));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
