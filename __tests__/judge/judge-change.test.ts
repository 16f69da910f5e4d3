import { describe, expect, it } from "vitest";
import { judgeChanges, judgeExposures, NOTHING_ACCEPTED } from "../../src/judge/judge-change.js";
import type { Predicted } from "../../src/mesh/call.js";
import type { Change } from "../../src/predict/change.js";
import type { ExposureChange } from "../../src/predict/compare-exposure.js";
import { annotationsOf } from "../../src/report/annotations.js";
import { summaryMarkdown } from "../../src/report/markdown.js";
import { terminalReport } from "../../src/report/terminal.js";
import type { Direction } from "../../src/settings/settings.js";
import { client, destination, report, STRICT_FOO } from "../report/builders.js";

const KNOWN: Predicted = { arrives: true, code: "200", exit: 0, transport: "mtls", because: [] };

function change(directions: readonly Direction[], rest: Partial<Change> = {}): Change {
  const [from, to] = [client("legacy"), destination("foo")];
  const sides = { from, to, before: KNOWN, after: { ...KNOWN, because: [STRICT_FOO] }, because: [STRICT_FOO] };
  return { directions, unclear: "no", ...sides, count: 1, examples: [{ from, to }], ...rest };
}

const ACCEPTED = { reason: "moves in March", until: "2026-12-31", file: "plan.yaml", line: 3 };

describe("changes", () => {
  it("fail in the worst of their directions that is to fail", () => {
    const { diff } = judgeChanges([change(["breaks", "to-plaintext"])], ["to-plaintext"], NOTHING_ACCEPTED);
    expect(diff).toMatchObject([{ direction: "to-plaintext", fails: true }]);
    expect(judgeChanges([change(["code"])], ["breaks"], NOTHING_ACCEPTED).diff).toMatchObject([{ fails: false }]);
  });

  it("do not fail where they are accepted, in every direction that would", () => {
    const only = (direction: Direction) => ({
      ...NOTHING_ACCEPTED,
      accepted: (_: Change, asked: Direction) => (asked === direction ? ACCEPTED : null),
    });
    const both = [change(["breaks", "to-plaintext"])];
    expect(judgeChanges(both, ["breaks"], only("breaks")).diff).toMatchObject([{ fails: false, accepted: ACCEPTED }]);
    expect(judgeChanges(both, ["breaks", "to-plaintext"], only("breaks")).diff).toMatchObject([
      { fails: true, direction: "to-plaintext" },
    ]);
  });

  it("are put together where nothing that is told differs, and stand from the worst", () => {
    const { diff } = judgeChanges(
      [change(["new"]), change(["breaks"], { count: 2 }), change(["opens"]), change(["breaks"])],
      ["opens"],
      NOTHING_ACCEPTED,
    );
    expect(diff.map(({ direction, count }) => `${count} ${direction}`)).toEqual(["1 opens", "3 breaks", "1 new"]);
  });

  it("that cannot be told are no failure and no pass", () => {
    const unknown = { unknown: "an authorizer decides", because: [] };
    const unclear = change(["breaks", "code"], { unclear: "one", after: unknown, count: 7 });
    const severity = (failOn: readonly Direction[], accepts = NOTHING_ACCEPTED): string[] =>
      judgeChanges([unclear], failOn, accepts).problems.map(
        (one) => `${one.severity} ${/\d+ calls/u.exec(one.message)?.[0] ?? ""}`,
      );
    expect(severity(["breaks"])).toEqual(["error 7 calls"]);
    expect(severity(["opens"])).toEqual(["warning 7 calls"]);
    expect(severity(["breaks"], { ...NOTHING_ACCEPTED, accepted: () => ACCEPTED })).toEqual([]);
    const neither = judgeChanges([change([], { unclear: "both" })], ["breaks"], NOTHING_ACCEPTED);
    expect([neither.diff, neither.problems.map((one) => one.severity)]).toEqual([[], ["warning"]]);
  });
});

describe("exposures", () => {
  const level = (plaintext: "all" | "some" | "none" | "unknown") => ({
    plaintext,
    says: plaintext,
    because: [],
    written: "",
  });
  const exposure = (
    turn: ExposureChange["turn"],
    before: "all" | "some" | "none" | "unknown",
    after: typeof before,
  ): ExposureChange => ({
    to: { namespace: "foo", service: "httpbin", port: 8000 },
    before: level(before),
    after: level(after),
    turn,
  });
  const judged = (one: ExposureChange, failOn: readonly Direction[]): unknown[] => {
    const found = judgeExposures([one], failOn, NOTHING_ACCEPTED);
    return [found.exposure[0]?.fails, found.problems.map(({ severity }) => severity)];
  };

  it("fail where more can reach a port and that is to fail", () => {
    expect(judged(exposure("more", "none", "all"), ["to-plaintext"])).toEqual([true, []]);
    expect(judged(exposure("more", "none", "all"), ["breaks"])).toEqual([false, []]);
    expect(judged(exposure("less", "all", "none"), ["to-plaintext"])).toEqual([false, []]);
    expect(judged(exposure("unclear", "none", "unknown"), ["to-plaintext"])).toEqual([false, ["error"]]);
    expect(judged(exposure("unclear", "some", "some"), ["to-plaintext"])).toEqual([false, ["warning"]]);
  });
});

describe("very many changes", () => {
  const changes = Array.from({ length: 3000 }, (_, index) => {
    const because = [{ ...STRICT_FOO, name: `policy-${index} | <b>@all</b> ::error::\n`, line: index + 1 }];
    return change(["breaks"], { because, after: { ...KNOWN, because }, count: 100 });
  });
  const { diff } = judgeChanges(changes, ["breaks"], NOTHING_ACCEPTED);
  const comparison = { base: { kind: "git" as const, name: "main" }, diff, exposure: [] };
  const whole = report([], { comparison, mode: "predict" });

  it("keep to every limit, and are counted", () => {
    expect(whole.verdict).toBe("mismatch");
    const annotations = annotationsOf(whole);
    expect(annotations).toHaveLength(10);
    expect(annotations[0]).toMatchObject({ file: STRICT_FOO.file, line: 1 });
    expect(annotations.at(-1)?.message).toMatch(/and \d+ more/u);
    for (const limitBytes of [2 ** 20, 65_536, 8000, 2000]) {
      const text = summaryMarkdown(whole, { limitBytes });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limitBytes);
      expect(text).toContain("300000 calls change (300000 breaks), 300000 of them fail");
      expect(text).not.toContain("<b>@all</b> ::error::\n");
    }
    expect(terminalReport(whole, { width: 80, unicode: true, colour: false })).toContain(
      "2970 more changes are in report.json",
    );
  });
});
