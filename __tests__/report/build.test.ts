import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorProblem, warningProblem } from "../../src/problems.js";
import { exitCode } from "../../src/report/build.js";
import type { Verdict } from "../../src/report/document.js";
import { call, client, destination, migration, MTLS, phase, report } from "./builders.js";

const judged = (...verdicts: Verdict[]) =>
  phase(
    "p",
    verdicts.map((verdict) => call(client("foo"), destination("foo"), MTLS, { verdict })),
  );

describe("the verdict of a run", () => {
  it.each<[Verdict, Verdict[]]>([
    ["pass", ["pass", "pass"]],
    ["unproven", ["pass", "unproven"]],
    ["error", ["unproven", "error", "pass"]],
    ["mismatch", ["error", "mismatch", "unproven"]],
  ])("is %s for %j", (verdict, verdicts) => {
    expect(report([judged(...verdicts)]).verdict).toBe(verdict);
  });

  it("counts control rounds as phases like any other", () => {
    const control = { ...judged("mismatch"), control: true };
    expect(report([control, judged("pass")])).toMatchObject({
      verdict: "mismatch",
      counts: { calls: 2, pass: 1, mismatch: 1 },
    });
  });

  it("is an error where a problem is one, though every call passed", () => {
    expect(report([judged("pass")], { problems: [errorProblem("timeout", "time ran out")] }).verdict).toBe("error");
    expect(report([judged("unproven")], { problems: [errorProblem("timeout", "time ran out")] }).verdict).toBe("error");
    expect(report([judged("mismatch")], { problems: [errorProblem("timeout", "time ran out")] }).verdict).toBe(
      "mismatch",
    );
  });

  it("is not changed by warnings", () => {
    expect(report([judged("pass")], { problems: [warningProblem("tie", "two policies")] }).verdict).toBe("pass");
  });

  it("is an error with a problem where calls are missing", () => {
    const short = report([judged("pass", "pass")], { planned: 3 });
    expect(short.verdict).toBe("error");
    expect(short.problems).toEqual([errorProblem("calls-missing", "2 of 3 planned calls were judged")]);
  });

  it("is an error where there was no call at all, and says so once", () => {
    expect(report([]).problems.map(({ code }) => code)).toEqual(["no-calls"]);
    expect(report([]).verdict).toBe("error");
    const refused = report([], { problems: [errorProblem("plan", "a plan without clients")] });
    expect(refused.problems.map(({ code }) => code)).toEqual(["plan"]);
    expect(refused.verdict).toBe("error");
  });

  it("is never pass but for calls that all passed, as many as planned, without an error", () => {
    const verdict = fc.constantFrom<Verdict>("pass", "pass", "pass", "mismatch", "unproven", "error");
    const run = fc.record({
      phases: fc.array(fc.array(verdict, { maxLength: 3 }), { maxLength: 3 }),
      planned: fc.nat(6),
      broken: fc.boolean(),
    });
    fc.assert(
      fc.property(run, ({ phases, planned, broken }) => {
        const verdicts = phases.flat();
        const made = report(
          phases.map((verdicts) => judged(...verdicts)),
          { planned, problems: broken ? [errorProblem("x", "x")] : [] },
        );
        const clean =
          verdicts.length > 0 && verdicts.every((one) => one === "pass") && verdicts.length >= planned && !broken;
        expect(made.verdict === "pass").toBe(clean);
        expect(made.verdict === "mismatch").toBe(verdicts.includes("mismatch"));
        expect(exitCode(made) === 0).toBe(clean);
        expect(made.counts.calls).toBe(verdicts.length);
      }),
    );
  });
});

describe("the exit code", () => {
  it.each([
    ["pass", 0],
    ["mismatch", 1],
    ["unproven", 3],
    ["error", 3],
  ] as const)("of %s is %i", (verdict, code) => {
    expect(exitCode({ verdict })).toBe(code);
  });

  it("of the demo is 0", () => {
    expect(exitCode(report(migration(), { planned: 18 }))).toBe(0);
  });
});
