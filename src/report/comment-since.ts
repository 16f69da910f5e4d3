/** What changed since the last push: this run's findings beside those that the comment kept. */
import { marksOf, type Ended, type Remembered } from "./comment-state.js";
import type { Findings } from "./findings.js";
import { MARKS } from "./markdown-matrix.js";

/** One sentence, or nothing where there was no run before. */
export function sinceBlocks({ verdict, findings }: Ended, before: Remembered | null): string[] {
  if (before === null) return [];
  const turned = before.verdict === verdict ? "" : `${MARKS[before.verdict]} → ${MARKS[verdict]}, `;
  return [`Since \`${before.commit.slice(0, 12)}\`: ${turned}${findingsText(findings, before)}.`];
}

function findingsText(now: Findings, before: Remembered): string {
  const then = marksOf(before);
  if (now.total === 0 && before.total === 0) return "nothing to tell of, then or now";
  if (now.marks === null || then === null) return `${before.total} findings then, ${now.total} now`;
  const marks = new Set(now.marks);
  const fresh = [...marks].filter((one) => !then.has(one)).length;
  const gone = [...then].filter((one) => !marks.has(one)).length;
  if (fresh === 0 && gone === 0) return "the same findings";
  return [
    ...(fresh === 0 ? [] : [`${fresh} new (🆕)`]),
    ...(gone === 0 ? [] : [`${gone} gone`]),
    `${marks.size - fresh} as before`,
  ].join(", ");
}
