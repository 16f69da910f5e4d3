import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commands } from "../../src/entry/commands.js";

const signal = new AbortController().signal;
const folder = (): string => mkdtempSync(join(tmpdir(), "mtls-gate-commands-"));

describe.each([true, false])("a program (stops: %s)", (stops) => {
  it("gets its arguments as they are, its input and its variables, and is told of whole", async () => {
    const lines: string[] = [];
    const script = 'cat; printf "%s|%s" "$1" "$GATE"; printf "one\\ntwo\\n" >&2; exit 3';
    const ended = await commands.run("sh", ["-c", script, "sh", "a 'b' $(c)"], {
      stdin: "in,",
      env: { GATE: "x" },
      signal,
      stops,
      onStderrLine: (line) => lines.push(line),
    });
    expect(ended).toEqual({ code: 3, stdout: "in,a 'b' $(c)|x", stderr: "one\ntwo\n" });
    expect(lines).toEqual(["one", "two"]);
  });

  it("that is not there rejects", async () => {
    await expect(commands.run("/no/such program", [], { signal, stops })).rejects.toThrow(/no\/such program/u);
  });

  it("is not started after the end", async () => {
    const file = join(folder(), "started");
    const over = AbortSignal.abort(new Error("over"));
    await expect(commands.run("touch", [file], { signal: over, stops })).rejects.toThrow("over");
    expect(existsSync(file)).toBe(false);
  });
});

describe("a program that is to stop", () => {
  it("is ended with all that it started, before it rejects", async () => {
    const file = join(folder(), "pids");
    const stop = new AbortController();
    const started = commands.run("sh", ["-c", `sleep 60 & echo $! > ${file}; echo ready >&2; wait`], {
      signal: stop.signal,
      stops: true,
      onStderrLine: () => stop.abort(new Error("enough")),
    });
    await expect(started).rejects.toThrow("enough");
    const child = Number(readFileSync(file, "utf8"));
    // A process that nobody waits for any more may still have a number, and runs no longer.
    const state = (): string => {
      try {
        return /State:\s+(\S)/u.exec(readFileSync(`/proc/${child}/status`, "utf8"))?.[1] ?? "gone";
      } catch {
        return "gone";
      }
    };
    await expect.poll(state).toMatch(/gone|Z|X/u);
  });

  it("and does not hear of it is killed", { timeout: 20_000 }, async () => {
    const stop = new AbortController();
    const started = commands.run("sh", ["-c", 'trap "" TERM; echo ready >&2; while :; do sleep 1; done'], {
      signal: stop.signal,
      stops: true,
      onStderrLine: () => stop.abort(new Error("enough")),
    });
    await expect(started).rejects.toThrow("enough");
  });

  it("that ends by a signal of another's rejects", async () => {
    await expect(commands.run("sh", ["-c", "kill -9 $$"], { signal, stops: true })).rejects.toThrow("SIGKILL");
  });
});
