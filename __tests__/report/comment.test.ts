import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorProblem } from "../../src/problems.js";
import { commentMarkdown, type CommentOptions } from "../../src/report/comment.js";
import { COMMENT_LIMIT_BYTES } from "../../src/report/comment-frame.js";
import { hasMarker, readState } from "../../src/report/comment-state.js";
import type { Report } from "../../src/report/document.js";
import { client, HOSTILE, migration, predict, REFUSED, report } from "./builders.js";
import { change, strictFoo } from "./changes.js";
import {
  bytes,
  FRAME,
  HEAD,
  hostileChanges,
  HOSTILE_IN_COMMENTS,
  manyChanges,
  soundOutside,
  tree,
} from "./comment-world.js";
import { SAMPLES } from "./samples.js";

const OPTIONS: CommentOptions = { ...FRAME, base: tree("0".repeat(40)) };
const whole = (made: Report, rest: Partial<CommentOptions> = {}): string =>
  commentMarkdown(made, { ...OPTIONS, limitBytes: Infinity, ...rest });

describe("the comment", () => {
  it("tells which calls break, why, and at which line, and folds away what nobody fails on", () => {
    expect(whole(strictFoo()).split("\n").slice(2).join("\n")).toMatchInlineSnapshot(`
      "## ❌ mtls-gate: mismatch

      **1 call changes in a direction that fails.** Of the mesh as it would be: 6 calls, 6 pass, 0 mismatch, 0 unproven, 0 error.

      ### Changes against \`main\`, commit \`0123456789ab\`

      | | direction | calls | |
      |---|---|--:|---|
      | ❌ | \`breaks\` | 1 | arrived, and no longer do or may not |
      |  | \`to-mtls\` | 12 | go on arriving, and gain mTLS |

      #### breaks

      - ❌ \`sleep.legacy\` → \`httpbin.foo:8000\`: \`200 plain\` → \`000/56\`
        - because [\`PeerAuthentication foo/default (manifests/policies/mtls-ns.yaml:7)\`](https://github.example/team/mesh/blob/5f0c1d2e3b4a5968778695a4b3c2d1e0f9e8d7c6/manifests/policies/mtls-ns.yaml#L7): STRICT: plaintext is refused

      <details><summary>to-mtls: 12 calls</summary>

      - \`sleep.bar\` → \`httpbin.foo:8000\` and 11 calls more like it: \`200 plain\` → \`200 mtls\`
        - because [\`PeerAuthentication foo/default (manifests/policies/mtls-ns.yaml:7)\`](https://github.example/team/mesh/blob/5f0c1d2e3b4a5968778695a4b3c2d1e0f9e8d7c6/manifests/policies/mtls-ns.yaml#L7): STRICT: plaintext is refused
        - also \`web.bar\` → \`httpbin.foo:8000\`

      </details>

      ### Who can reach what in plaintext

      - \`httpbin.foo:8000\`: whoever reaches it → **nobody**
        - because [\`PeerAuthentication foo/default (manifests/policies/mtls-ns.yaml:7)\`](https://github.example/team/mesh/blob/5f0c1d2e3b4a5968778695a4b3c2d1e0f9e8d7c6/manifests/policies/mtls-ns.yaml#L7): STRICT: plaintext is refused

      ### permissive

      <details><summary>Matrix</summary>

      | from, to → | \`httpbin.foo\` | \`httpbin.bar\` |
      | --- | --- | --- |
      | \`sleep.foo\` | ✅ \`200 mtls\` | ✅ \`200 mtls\` |
      | \`sleep.bar\` | ✅ \`200 mtls\` | ✅ \`200 mtls\` |
      | \`sleep.legacy\` | ✅ \`200 plain\` | ✅ \`200 plain\` |

      </details>

      _Commit \`5f0c1d2e3b4a\`. The whole report is in the summary and the files of [the run](https://github.example/team/mesh/actions/runs/42)._
      "
    `);
  });

  it("starts with a marker of its key, and keeps what the next run is compared with", () => {
    const text = whole(strictFoo(), { key: "a.b" });
    expect(hasMarker(text, "a.b")).toBe(true);
    expect(hasMarker(text, "a")).toBe(false);
    expect(readState(text)).toMatchObject({ commit: HEAD, verdict: "mismatch", total: 3 });
  });

  it("marks what is new since the last push, and the same again when that commit runs once more", () => {
    const first = whole(strictFoo());
    const added = change({ from: client("jobs", "nightly") });
    const next = strictFoo({ diff: [added, ...strictFoo().diff!.slice(0, 1)], exposure: [] });
    const OTHER = "9".repeat(40);
    const second = whole(next, { commit: OTHER, previous: readState(first) });
    expect(second).toContain("Since `5f0c1d2e3b4a`: 1 new (🆕), 2 gone, 1 as before.");
    expect(second.match(/^.*🆕$/gmu)).toEqual([expect.stringContaining("nightly.jobs")]);
    expect(whole(next, { commit: OTHER, previous: readState(second) })).toBe(second);
    const third = whole(next, { commit: "8".repeat(40), previous: readState(second) });
    expect(third).toContain("Since `999999999999`: the same findings.");
  });

  it("links lines of the repository's files only, those of what no longer decides and of a gone call at the base", () => {
    const because = (file: string) => [{ rule: "r", says: "s", kind: "K", name: "n", file, line: 3 }];
    const files = ["a b/(c)#d.yaml", "/etc/x.yaml", "../x.yaml", "-", "mesh/ü.yaml"];
    const diff = [
      ...files.map((file) => change({ because: because(file), after: predict(REFUSED, ...because(file)) })),
      change({ because: because("0123456789ab:loosened.yaml") }),
      change({ direction: "gone", after: null, because: because("main:old.yaml") }),
    ];
    const links = [...whole(strictFoo({ diff, exposure: [] })).matchAll(/\]\(([^)]*\/blob\/[^)]*)\)/gu)].map(
      ([, to]) => to,
    );
    expect(links).toEqual([
      `https://github.example/team/mesh/blob/${HEAD}/a%20b/%28c%29%23d.yaml#L3`,
      `https://github.example/team/mesh/blob/${HEAD}/mesh/%C3%BC.yaml#L3`,
      `https://github.example/team/mesh/blob/${"0".repeat(40)}/loosened.yaml#L3`,
      `https://github.example/team/mesh/blob/${"0".repeat(40)}/old.yaml#L3`,
    ]);
    // The demo's files are the action's.
    expect(whole(SAMPLES.mismatch())).not.toContain("/blob/");
  });

  it("says who accepts a change, and until when", () => {
    const accepted = { reason: "until the jobs have sidecars", until: "2026-12-31", file: "plan.yaml", line: 9 };
    const text = whole(strictFoo({ diff: [change({ fails: false, accepted })] }));
    expect(text).toContain("| accepted | `breaks` | 1 |");
    expect(text).toContain("accepted until `2026-12-31` by [`plan.yaml:9`]");
  });

  it("shows secrets to nobody", () => {
    const diff = [change({ because: [{ rule: "x", says: "header authorization: Bearer abcdefghijkl" }] })];
    const text = whole(strictFoo({ diff, problems: [errorProblem("x", "password=hunter2 is wrong")] }));
    expect(text).not.toMatch(/abcdefghijkl|hunter2/u);
  });
});

describe("a comment on hostile names", () => {
  it("lets none of them out of its code", () => {
    for (const text of [...HOSTILE, ...HOSTILE_IN_COMMENTS]) {
      const outside = soundOutside(whole(hostileChanges([text])));
      expect(outside).not.toMatch(/[<>[\]\\@$`]|evil|owned|::|onerror|GH-1|-->/u);
    }
  });

  it("is sound for any text, in any size", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 3 }),
        fc.nat(60_000),
        (texts, limitBytes) => {
          const text = commentMarkdown(hostileChanges(texts), { ...OPTIONS, limitBytes });
          expect(bytes(text)).toBeLessThanOrEqual(limitBytes);
          expect(soundOutside(text)).not.toMatch(/[<>[\]\\@$`]/u);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("a comment that would be too large", () => {
  it.each([
    ["short names", (index: number) => `w${index}`],
    ["long names", (index: number) => `${index}${"w".repeat(240)}`],
    ["names of four bytes a character", (index: number) => `${index}${"🚀".repeat(100)}`],
    ["backticks", (index: number) => `${index}${"`".repeat(200)}`],
  ])("for 10^5 changes with %s stays under the limit, whole, within a second", (_, text) => {
    const made = manyChanges(100_000, text);
    const start = performance.now();
    const body = commentMarkdown(made, OPTIONS);
    const took = performance.now() - start;
    expect(bytes(body)).toBeLessThanOrEqual(COMMENT_LIMIT_BYTES);
    expect(bytes(body)).toBeGreaterThan(2000);
    expect(body).toContain("| ❌ | `breaks` | 14286 |");
    soundOutside(body);
    // Measured: 0.3 to 0.6 s, and more on a machine that has other things to do.
    expect(took).toBeLessThan(5000);
  });

  it("tells less and less, and the verdict to the last", () => {
    const made = { ...manyChanges(300, (index) => `w${index}`), phases: migration() };
    const sizes = new Set<number>();
    for (let limit = bytes(whole(made)); limit > 2000; limit = Math.floor(limit * 0.7)) {
      const text = whole(made, { limitBytes: limit });
      expect(bytes(text)).toBeLessThanOrEqual(limit);
      expect(text).toContain("## ❌ mtls-gate: mismatch");
      soundOutside(text);
      sizes.add(bytes(text));
    }
    expect(sizes.size).toBeGreaterThan(4);
    expect(whole(made, { limitBytes: 10 })).toBe("");
  });

  it("is whole for every way in which a run can end", () => {
    for (const sample of [...Object.values(SAMPLES).map((make) => make()), report([])]) {
      const text = whole(sample);
      expect(text).toContain(`mtls-gate: ${sample.verdict}`);
      soundOutside(text);
    }
  });
});
