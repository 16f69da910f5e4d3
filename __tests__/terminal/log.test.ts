import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { terminalLog } from "../../src/terminal/log.js";
import { durationText } from "../../src/terminal/progress.js";
import { handClock } from "../github/runner.js";
import { HOSTILE } from "../report/builders.js";

function setUp(options: { isTTY?: boolean; columns?: number; env?: Record<string, string> } = {}) {
  let text = "";
  const { env = {}, ...size } = options;
  const stream = { ...size, write: (part: string) => (text += part) };
  const clock = handClock();
  return { log: terminalLog(stream, clock, env), clock, text: () => text };
}

const CLEAR = "\r\u001b[2K";

describe("the log on a terminal", () => {
  it("draws progress in place, and takes it away before a line", () => {
    const { log, text } = setUp({ isTTY: true, env: { NO_COLOR: "1" } });
    log.progress("one");
    log.progress("two");
    log.info("done");
    log.info("next");
    expect(text()).toBe(`${CLEAR}one${CLEAR}two${CLEAR}done\nnext\n`);
  });

  it("cuts progress to the width, so that it stays one line", () => {
    const { log, text } = setUp({ isTTY: true, columns: 10, env: { NO_COLOR: "1" } });
    log.progress("東京サーバーを待っています");
    expect(text()).toBe(`${CLEAR}東京サー`);
  });

  it("has headings for groups, with the time at the end", async () => {
    const { log, clock, text } = setUp({ isTTY: true, env: { NO_COLOR: "1" } });
    await log.group("apply", async () => {
      log.progress("waiting");
      clock.pass(61_000);
      await log.group("inner", () => {
        log.info("line\nline");
        return Promise.resolve();
      });
    });
    log.info("after");
    expect(text()).toBe(
      `apply\n${CLEAR}  waiting${CLEAR}  inner\n    line\n    line\n    took 0 ms\n  took 1 min 1 s\nafter\n`,
    );
  });

  it("ends a group that fails", async () => {
    const { log, text } = setUp();
    await expect(log.group("apply", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    log.info("after");
    expect(text()).toBe("apply\n  took 0 ms\nafter\n");
  });

  it.each([
    [{ isTTY: true }, true],
    [{ isTTY: true, env: { NO_COLOR: "" } }, true],
    [{ isTTY: true, env: { NO_COLOR: "1" } }, false],
    [{ isTTY: true, env: { TERM: "dumb" } }, false],
    [{ isTTY: false }, false],
    [{}, false],
  ])("with %j has colour: %s", (options, colour) => {
    const { log, text } = setUp(options);
    log.warning("careful");
    expect(text().includes("\u001b[33m")).toBe(colour);
    expect(stripVTControlCharacters(text())).toBe("warning: careful\n");
  });

  it.each([[{}], [{ isTTY: true, env: { TERM: "dumb" } }]])(
    "with %j writes progress as a line every ten seconds",
    (options) => {
      const { log, clock, text } = setUp(options);
      for (let second = 0; second <= 21; second += 1) {
        log.progress("waiting");
        clock.pass(1000);
      }
      expect(text()).toBe("waiting\nwaiting (10.0 s)\nwaiting (20.0 s)\n");
    },
  );

  it("starts the time of progress anew in a group", async () => {
    const { log, clock, text } = setUp();
    log.progress("one");
    clock.pass(3000);
    await log.group("apply", () => {
      log.progress("two");
      return Promise.resolve();
    });
    expect(text()).toBe("one\napply\n  two\n  took 0 ms\n");
  });

  it.each(HOSTILE.map((text) => [text]))("cannot be taken over by %j", (hostile) => {
    const { log, text } = setUp({ isTTY: true, env: { NO_COLOR: "1" } });
    log.progress(hostile);
    log.info(hostile);
    log.warning(hostile);
    expect(text().replaceAll(CLEAR, "").replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
  });
});

describe("a duration", () => {
  it.each([
    [0, "0 ms"],
    [999.4, "999 ms"],
    [999.6, "1.0 s"],
    [59_949, "59.9 s"],
    [59_951, "1 min 0 s"],
    [125_000, "2 min 5 s"],
  ])("of %d ms is %s", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
