import { describe, expect, it } from "vitest";
import { runnerLog } from "../../src/github/log.js";
import { HOSTILE } from "../report/builders.js";
import { handClock, recordingRunner } from "./runner.js";

function setUp() {
  const runner = recordingRunner();
  const clock = handClock();
  return { runner, clock, log: runnerLog(runner, clock) };
}

describe("the log of a job", () => {
  it("has groups that end, and say how long they took, whatever happens in them", async () => {
    const { runner, clock, log } = setUp();
    const failing = log.group("apply", async () => {
      clock.pass(4200);
      log.info("one\ntwo");
      return await Promise.reject(new Error("refused"));
    });
    await expect(failing).rejects.toThrow("refused");
    expect(runner.told).toEqual([
      ["startGroup", "apply"],
      ["info", "one"],
      ["info", "two"],
      ["info", "apply: took 4.2 s"],
      ["endGroup"],
    ]);
  });

  it("shows a group inside a group as lines, since the runner cannot", async () => {
    const { runner, log } = setUp();
    expect(await log.group("outer", () => log.group("inner", () => Promise.resolve(7)))).toBe(7);
    expect(runner.told.map(([what]) => what)).toEqual(["startGroup", "info", "info", "info", "endGroup"]);
  });

  it("writes progress at once, then every ten seconds", () => {
    const { runner, clock, log } = setUp();
    for (let second = 0; second <= 25; second += 1) {
      log.progress("waiting for 3 Deployments");
      clock.pass(1000);
    }
    expect(runner.told.map(([, line]) => line)).toEqual([
      "waiting for 3 Deployments",
      "waiting for 3 Deployments (10.0 s)",
      "waiting for 3 Deployments (20.0 s)",
    ]);
  });

  it.each(HOSTILE.map((text) => [text]))("cannot be made to run a command by %j", async (text) => {
    const { runner, log } = setUp();
    log.info(text);
    log.warning(text);
    log.progress(text);
    await log.group(text, () => log.group(text, () => Promise.resolve()));
    for (const [what, line] of runner.told) {
      const shown = typeof line === "string" ? line : "";
      if (what === "info") expect(shown).not.toMatch(/^\s*::|##\[/u);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
    }
  });

  it("takes no annotation for a warning", () => {
    const { runner, log } = setUp();
    log.warning("careful");
    expect(runner.told).toEqual([["info", "Warning: careful"]]);
  });
});
