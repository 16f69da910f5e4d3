/** What tests of comments share: reports that are hostile or large, and a reader that fails where a comment is cut. */
import { expect } from "vitest";
import type { FrameOptions } from "../../src/report/comment-frame.js";
import type { Report } from "../../src/report/document.js";
import type { SourceTree } from "../../src/report/source-link.js";
import { DIRECTIONS } from "../../src/settings/settings.js";
import { client, destination, predict, REFUSED } from "./builders.js";
import { change, exposed, strictFoo } from "./changes.js";
import { readInline, readRow } from "./gfm.js";
import { hostile } from "./samples.js";

export const HEAD = "5f0c1d2e3b4a5968778695a4b3c2d1e0f9e8d7c6";

export function tree(commit: string): SourceTree {
  return { server: "https://github.example", repository: "team/mesh", commit };
}

/** What a comment knows in these tests, whatever it tells. */
export const FRAME: FrameOptions = {
  key: "mtls-gate",
  commit: HEAD,
  head: tree(HEAD),
  runUrl: "https://github.example/team/mesh/actions/runs/42",
  previous: null,
};

export function bytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** Fails where a table, a fold or a code span is cut. Gives back what stands outside of code, without what is the product's own. */
export function soundOutside(markdown: string): string {
  const [marker = "", ...rest] = markdown.split("\n");
  if (markdown !== "") expect(marker).toMatch(/^<!-- mtls-gate\/comment\/v1 \S+ \S+ -->$/u);
  expect(markdown.match(/^<details>/gmu)?.length).toBe(markdown.match(/^<\/details>$/gmu)?.length);
  expect(markdown.isWellFormed()).toBe(true);
  return rest
    .join("\n")
    .split(/\n{2,}/u)
    .flatMap((block) => {
      const lines = block.trim().split("\n");
      if (!block.startsWith("|")) return lines.map((line) => readInline(line).outside);
      const rows = lines.map(readRow);
      expect(new Set(rows.map((row) => row.length)).size).toBe(1);
      return rows.flat().map((cell) => readInline(cell, { cell: true }).outside);
    })
    .join("\n")
    .replaceAll(/<!-- -->|<code><\/code>|<details><summary>[a-zM-]+(?:: \d+ calls?)?<\/summary>|<\/details>/gu, "")
    .replaceAll(/\[\]\(https:\/\/github\.example\/team\/mesh\/[\w/.%-]+(?:#L\d+)?\)/gu, "")
    .replaceAll("[the run](https://github.example/team/mesh/actions/runs/42)", "");
}

/** Every text of a comparison that can come from outside is hostile. */
export function hostileChanges(texts: readonly string[]): Report {
  const because = (text: string) => [
    { rule: text, says: text, kind: text, namespace: text, name: text, file: text, line: 3 },
  ];
  const ends = (text: string) => ({
    from: client(text, text, { kind: text, container: text }),
    to: destination(text, text, { url: `http://x/${text}`, method: text, host: text }),
  });
  return {
    ...hostile(texts),
    mode: "predict",
    base: { kind: "git", name: texts.join(""), commit: texts.join("") },
    diff: DIRECTIONS.flatMap((direction) =>
      texts.map((text) =>
        change({
          direction,
          ...ends(text),
          before: { unknown: text, because: because(text) },
          after: predict({ ...REFUSED, code: text }, ...because(text)),
          because: because(text),
          examples: [ends(text), ends(text)],
          fails: direction === "breaks",
          accepted: { reason: text, until: text, file: text, line: 1 },
        }),
      ),
    ),
    exposure: texts.map((text) =>
      exposed({
        to: { namespace: text, service: text, port: 1 },
        after: { plaintext: "all", says: text, because: because(text) },
      }),
    ),
  };
}

/** What means something to the comment itself, or to GitHub. */
export const HOSTILE_IN_COMMENTS = [
  "-->",
  "<!-- mtls-gate/comment/v1 mtls-gate - -->",
  "@team/security",
  "octo/repo#1 GH-1 #1",
  "](http://evil.example)",
];

/** As many changes and exposures, whose names are those of `text`. */
export function manyChanges(count: number, text: (index: number) => string): Report {
  return strictFoo({
    diff: Array.from({ length: count }, (_, index) =>
      change({
        direction: DIRECTIONS[index % DIRECTIONS.length]!,
        from: client(`ns-${index % 100}`, text(index)),
        fails: index % DIRECTIONS.length < 3,
      }),
    ),
    exposure: Array.from({ length: count }, (_, index) =>
      exposed({ to: { namespace: "a", service: text(index), port: 1 } }),
    ),
  });
}
