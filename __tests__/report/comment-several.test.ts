import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COMMENT_LIMIT_BYTES } from "../../src/report/comment-frame.js";
import { commentOfSeveral, type SeveralOptions } from "../../src/report/comment-several.js";
import { hasMarker, readState } from "../../src/report/comment-state.js";
import { worstFirst, worstOf, type NamedReport } from "../../src/report/several.js";
import { client, HOSTILE, migration, report } from "./builders.js";
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

const OTHER = "9".repeat(40);
const OPTIONS: SeveralOptions = { ...FRAME, baseOf: () => tree("0".repeat(40)) };
const green = () => report(migration(), { planned: 18 });
const CLUSTERS: readonly NamedReport[] = [
  { name: "staging", report: green() },
  { name: "prod-eu", report: strictFoo() },
  { name: "prod-us", wrong: "it is expected and not there" },
];
const whole = (reports: readonly NamedReport[], rest: Partial<SeveralOptions> = {}): string =>
  commentOfSeveral(reports, { ...OPTIONS, limitBytes: Infinity, ...rest });
const titles = (text: string): (string | undefined)[] => [...text.matchAll(/^## (.*)$/gmu)].map(([, title]) => title);
/** The lines of the first table, one a report. */
const rows = (text: string): string[] => {
  const table = text.split("\n\n").find((block) => block.startsWith("| report |")) ?? "";
  return table.split("\n").slice(2);
};

describe("the comment of several reports", () => {
  it("tells the worst of all, a line a report, and what each has to say, the worst first", () => {
    const text = whole(CLUSTERS);
    expect(text.split("\n").slice(2, 30).join("\n")).toMatchInlineSnapshot(`
      "## ❌ mtls-gate: mismatch

      3 reports: 1 mismatch, 1 error, 1 pass.

      **1 report is not there or cannot be used, which proves nothing.**

      | report | verdict | calls | pass | mismatch | unproven | error | |
      |---|---|--:|--:|--:|--:|--:|---|
      | \`prod-eu\` | ❌ mismatch | 6 | 6 | 0 | 0 | 0 | 1 call changes in a direction that fails |
      | \`prod-us\` | ⚠️ error | – | – | – | – | – | no report: \`it is expected and not there\` |
      | \`staging\` | ✅ pass | 18 | 18 | 0 | 0 | 0 |  |

      ## ❌ \`prod-eu\`: mismatch

      **1 call changes in a direction that fails.** Of the mesh as it would be: 6 calls, 6 pass, 0 mismatch, 0 unproven, 0 error.

      ### Changes against \`main\`, commit \`0123456789ab\`

      | | direction | calls | |
      |---|---|--:|---|
      | ❌ | \`breaks\` | 1 | arrived, and no longer do or may not |
      |  | \`to-mtls\` | 12 | go on arriving, and gain mTLS |

      #### breaks

      - ❌ \`sleep.legacy\` → \`httpbin.foo:8000\`: \`200 plain\` → \`000/56\`
        - because [\`PeerAuthentication foo/default (manifests/policies/mtls-ns.yaml:7)\`](https://github.example/team/mesh/blob/5f0c1d2e3b4a5968778695a4b3c2d1e0f9e8d7c6/manifests/policies/mtls-ns.yaml#L7): STRICT: plaintext is refused
      "
    `);
    expect(titles(text)).toEqual(["❌ mtls-gate: mismatch", "❌ `prod-eu`: mismatch", "✅ `staging`: pass"]);
    expect(text.trimEnd().split("\n").at(-1)).toBe(
      "_Commit `5f0c1d2e3b4a`. The whole reports are in the summaries and the files of [the run](https://github.example/team/mesh/actions/runs/42)._",
    );
    expect(text.match(/^<!-- mtls-gate/gmu)).toHaveLength(1);
    expect(hasMarker(text, "mtls-gate")).toBe(true);
    soundOutside(text);
  });

  it("is no pass where a report is not there, nor where there is none at all", () => {
    const missing = { name: "prod-us", wrong: "not there" };
    expect(worstOf([{ name: "a", report: green() }, missing])).toBe("error");
    expect(whole([{ name: "a", report: green() }, missing])).toContain("## ⚠️ mtls-gate: error");
    expect(whole([missing])).toContain("| `prod-us` | ⚠️ error | – | – | – | – | – | no report: `not there` |");
    expect(whole([])).toContain("## ⚠️ mtls-gate: error\n\n0 reports.");
  });

  it("is green when all pass", () => {
    const text = whole([
      { name: "b", report: green() },
      { name: "a", report: green() },
    ]);
    expect(titles(text)).toEqual(["✅ mtls-gate: pass", "✅ `a`: pass", "✅ `b`: pass"]);
    expect(text).toContain("\n\n2 reports: 2 pass.\n\n|");
    expect(rows(text)).toEqual([
      "| `a` | ✅ pass | 18 | 18 | 0 | 0 | 0 |  |",
      "| `b` | ✅ pass | 18 | 18 | 0 | 0 | 0 |  |",
    ]);
  });

  it("orders by verdict, then by name", () => {
    const all: NamedReport[] = [
      { name: "z", report: green() },
      { name: "unproven", report: SAMPLES["not-settled"]() },
      { name: "b", report: SAMPLES.mismatch() },
      { name: "a", report: SAMPLES.mismatch() },
      { name: "gone", wrong: "x" },
    ];
    expect(worstFirst(all).map(({ name }) => name)).toEqual(["a", "b", "gone", "unproven", "z"]);
  });

  it("says what is new since the last push in each report for itself", () => {
    const first = whole(CLUSTERS);
    const added = change({ from: client("jobs", "nightly") });
    const { diff = [] } = strictFoo();
    const next: NamedReport[] = [
      { name: "staging", report: strictFoo({ diff: diff.slice(0, 1), exposure: [] }) },
      { name: "prod-eu", report: strictFoo({ diff: [...diff.slice(0, 1), added] }) },
      { name: "prod-ap", wrong: "not there" },
    ];
    const second = whole(next, { commit: OTHER, previous: readState(first) });
    // Gone are what prod-eu gained of mTLS, and prod-us; staging has for the first time what prod-eu had already.
    expect(second).toContain("Since `5f0c1d2e3b4a`: 3 new (🆕), 2 gone, 2 as before.");
    expect(second.match(/^.*🆕(?: \|)?$/gmu)).toEqual([
      expect.stringContaining("`prod-ap`"),
      expect.stringContaining("`nightly.jobs`"),
      expect.stringContaining("`sleep.legacy`"),
    ]);
    expect(whole(next, { commit: OTHER, previous: readState(second) })).toBe(second);
    const third = whole([{ name: "prod-eu", report: green() }], { commit: HEAD, previous: readState(second) });
    expect(third).toContain("Since `999999999999`: ❌ → ✅, 5 gone, 0 as before.");
  });

  it("counts findings and does not tell them apart where they are too many to keep", () => {
    const many = (name: string): NamedReport => ({ name, report: manyChanges(200, (index) => `w${index}`) });
    const first = whole([many("a"), many("b")]);
    expect(readState(first)).toMatchObject({ total: 800, marks: null });
    const second = whole([many("a")], { commit: OTHER, previous: readState(first) });
    expect(second).toContain("Since `5f0c1d2e3b4a`: 800 findings then, 400 now.");
    expect(second).not.toContain("🆕");
  });

  it("links the files of each base where that base has them", () => {
    const because = [{ rule: "r", says: "s", kind: "K", name: "n", file: "main:old.yaml", line: 3 }];
    const diff = [change({ direction: "gone", after: null, because })];
    const text = whole(
      [
        { name: "a", report: strictFoo({ diff, exposure: [] }) },
        {
          name: "b",
          report: strictFoo({ diff, exposure: [], base: { kind: "git", name: "main", commit: "1".repeat(40) } }),
        },
      ],
      { baseOf: ({ base }) => tree(base?.commit ?? "") },
    );
    expect([...text.matchAll(/blob\/(\w+)\/old\.yaml#L3/gu)].map(([, commit]) => commit)).toEqual([
      "0123456789abcdef0123456789abcdef01234567",
      "1".repeat(40),
    ]);
  });
});

describe("a comment of several reports on hostile names", () => {
  const ALL = [...HOSTILE, ...HOSTILE_IN_COMMENTS, "a | b", "## ✅ mtls-gate: pass", "x\n| y | ✅ pass |"];

  it("lets none of them out of its code, be it a report's name or why there is none", () => {
    for (const text of ALL) {
      const made = whole([
        { name: text, report: hostileChanges([text]) },
        { name: text, wrong: text },
      ]);
      expect(soundOutside(made)).not.toMatch(/[<>[\]\\@$`]|evil|owned|::|onerror|GH-1|-->/u);
      expect(titles(made)).toEqual(["❌ mtls-gate: mismatch", expect.stringMatching(/^❌ .*: mismatch$/u)]);
      expect(rows(made)).toHaveLength(2);
    }
  });

  it("is sound for any text, in any size", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text, fc.boolean()), { minLength: 1, maxLength: 4 }),
        fc.nat(60_000),
        (given, limitBytes) => {
          const reports = given.map(([name, said, there]): NamedReport =>
            there ? { name, report: hostileChanges([said]) } : { name, wrong: said },
          );
          const made = commentOfSeveral(reports, { ...OPTIONS, limitBytes });
          expect(bytes(made)).toBeLessThanOrEqual(limitBytes);
          expect(soundOutside(made)).not.toMatch(/[<>[\]\\@$`]/u);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("shows secrets to nobody", () => {
    const text = whole([{ name: "password=hunter2", wrong: "authorization: Bearer abcdefghijkl" }]);
    expect(text).not.toMatch(/hunter2|abcdefghijkl/u);
  });
});

describe("a comment of several reports that would be too large", () => {
  const large = (count: number): NamedReport[] =>
    Array.from({ length: count }, (_, index) => ({
      name: `cluster-${String(index).padStart(3, "0")}`,
      report: manyChanges(300, (at) => `w${at}`),
    }));
  const passing: NamedReport = { name: "a-passing-one", report: green() };

  it.each([2, 10, 40, 256])("for %i reports with hundreds of changes each stays under the limit, whole", (count) => {
    const text = commentOfSeveral([...large(count), passing], OPTIONS);
    expect(bytes(text)).toBeLessThanOrEqual(COMMENT_LIMIT_BYTES);
    expect(bytes(text)).toBeGreaterThan(COMMENT_LIMIT_BYTES * 0.6);
    expect(rows(text)).toHaveLength(count + 1);
    soundOutside(text);
  });

  it("tells less and less, the verdict to the last, and the worst in more detail than the others", () => {
    const reports = [...large(4), passing];
    const sizes = new Set<number>();
    for (let limitBytes = bytes(whole(reports)); limitBytes > 600; limitBytes = Math.floor(limitBytes * 0.7)) {
      const text = commentOfSeveral(reports, { ...OPTIONS, limitBytes });
      expect(bytes(text)).toBeLessThanOrEqual(limitBytes);
      expect(text).toContain("## ❌ mtls-gate: mismatch\n\n5 reports: 4 mismatch, 1 pass.");
      soundOutside(text);
      sizes.add(bytes(text));
      const sections = text.split(/^(?=## [^ ]+ `)/gmu).slice(1);
      const told = sections.filter((one) => one.includes("`cluster-")).map((one) => one.match(/^- /gmu)?.length ?? 0);
      expect(told.toSorted((one, other) => other - one)).toEqual(told);
      // No report has a section while a worse one has none.
      expect(titles(text).slice(1)).toEqual(titles(whole(reports)).slice(1, sections.length + 1));
    }
    expect(sizes.size).toBeGreaterThan(6);
    expect(commentOfSeveral(reports, { ...OPTIONS, limitBytes: 10 })).toBe("");
  });

  it("says how many reports have no section, and how many no line, where there is no room for them", () => {
    const text = commentOfSeveral(large(40), { ...OPTIONS, limitBytes: 12_000 });
    const sections = titles(text).length - 1;
    expect(sections).toBeGreaterThan(0);
    expect(text).toContain(
      `_Left out for its size: what ${40 - sections} reports say. All of it is in \`report.json\`._`,
    );
    const narrow = commentOfSeveral([...large(40), passing], { ...OPTIONS, limitBytes: 3000 });
    const told = rows(narrow).length;
    expect(told).toBeGreaterThan(0);
    expect(narrow).toContain(
      `_Left out for its size: the lines of ${41 - told} reports: ${40 - told} mismatch, 1 pass.`,
    );
    expect(narrow).toContain("41 reports: 40 mismatch, 1 pass.");
  });
});
