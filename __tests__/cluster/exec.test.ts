import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { ExecResult } from "../../src/ports.js";
import { ApiError, answers, type ExecHandler, type Fault } from "../fixtures/kube-api/index.js";
import { pod } from "../mesh/builders.js";
import { connected, type Connected } from "./connected.js";

const TARGET = { namespace: "foo", pod: "sleep", container: "sleep" };

async function withPod(exec: ExecHandler): Promise<Connected> {
  const here = await connected({ exec });
  here.api.store.put({ ...pod("sleep") });
  return here;
}

async function ended(exec: ExecHandler, fault?: Fault, signal = AbortSignal.timeout(10_000)): Promise<ExecResult> {
  await using here = await withPod(exec);
  if (fault !== undefined) here.api.faults.add(fault);
  return await here.kubernetes.exec(TARGET, ["true"], { signal });
}

const hello: ExecHandler = (_target, _command, _stdin, out) => {
  out.stdout.write("hello");
  out.stderr.write("oh");
  return 3;
};

describe("a command", () => {
  it("gets its words and standard input as they are, and gives its output and exit code", async () => {
    await using here = await withPod(async (target, command, stdin, out) => {
      out.stdout.write(JSON.stringify([target.namespace, target.pod, target.container, command, await text(stdin)]));
      out.stderr.write("ärger");
      return 7;
    });
    const command = ["sh", "-c", 'echo "$1" &\n', "a=b&c=d", "ü"];
    const result = await here.kubernetes.exec(TARGET, command, { stdin: "in\nput", signal: here.signal });
    expect(result).toEqual({
      stdout: JSON.stringify(["foo", "sleep", "sleep", command, "in\nput"]),
      stderr: "ärger",
      end: { kind: "exit", code: 7 },
    });
  });

  it("is told whether its input can be ended", async () => {
    await using here = await withPod(async (_target, _command, stdin, out) => void out.stdout.write(await text(stdin)));
    const { stdout } = await here.kubernetes.exec(TARGET, ["cat"], {
      stdin: (ends) => `ends: ${ends}`,
      signal: here.signal,
    });
    expect(stdout).toBe("ends: true");
  });

  it("has no standard input unless there is some", async () => {
    await using here = await withPod(hello);
    await here.kubernetes.exec(TARGET, ["true"], { signal: here.signal });
    const [request] = here.api.requestsOf("GET", /exec$/u);
    expect(Object.fromEntries(request!.query)).toMatchObject({ stdin: "false", stdout: "true", stderr: "true" });
  });

  it("may say much, in pieces that cut through letters", async () => {
    const much = "äöü€\n".repeat(100_000);
    const bytes = Buffer.from(much);
    const result = await ended((_target, _command, _stdin, out) => {
      for (let at = 0; at < bytes.length; at += 7_777) out.stdout.write(bytes.subarray(at, at + 7_777));
    });
    expect(result.stdout === much).toBe(true);
  });

  it("that floods us is stopped, and not tried again", async () => {
    const piece = Buffer.alloc(2 ** 20, "x");
    const result = await ended(async (_target, _command, _stdin, out, gone) => {
      while (!gone.aborted) {
        if (!out.stdout.write(piece)) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    });
    expect(result.end).toEqual({ kind: "broken", reason: "the container sent more than 64 MiB", retriable: false });
  });

  it("that succeeds has exit code 0", async () => {
    expect((await ended(() => 0)).end).toEqual({ kind: "exit", code: 0 });
  });
});

describe("a stream that does not open", () => {
  it.each<[string, Fault, string, boolean]>([
    ["forbidden", { ...answers.forbidden("pods/exec", "no exec for you") }, "403: pods/exec .*no exec for you", false],
    ["throttled", { ...answers.tooManyRequests() }, "429", true],
    ["unavailable", { ...answers.unavailable() }, "503: the server is currently unable", true],
    ["refused by something that is no API server", { status: 502, body: "<html>Bad gateway" }, "HTTP 502", true],
    ["cut", { destroy: "before-headers" }, "the stream broke: socket hang up", true],
  ])("because it is %s says why", async (_, fault, reason, retriable) => {
    const { end } = await ended(hello, { path: /exec$/u, ...fault });
    expect(end).toMatchObject({ kind: "broken", retriable });
    expect(end.kind === "broken" ? end.reason : "").toMatch(new RegExp(reason, "u"));
  });

  it("because there is no such pod or container says so, and is not tried again", async () => {
    await using here = await withPod(hello);
    const none = await here.kubernetes.exec({ ...TARGET, pod: "gone" }, ["true"], { signal: here.signal });
    expect(none.end).toMatchObject({
      kind: "broken",
      reason: expect.stringContaining('pods "gone" not found') as string,
      retriable: false,
    });
    const other = await here.kubernetes.exec({ ...TARGET, container: "x" }, ["true"], { signal: here.signal });
    expect(other.end).toMatchObject({
      kind: "broken",
      reason: expect.stringContaining("container x is not valid") as string,
      retriable: false,
    });
  });
});

describe("a stream that breaks", () => {
  it.each<[string, NonNullable<Fault["exec"]>, string]>([
    ["is cut after some bytes", { cutAfterStdoutBytes: 3 }, "the stream closed without a status (1006)"],
    ["is cut instead of its status", { withoutStatus: "cut" }, "the stream closed without a status (1006)"],
    [
      "is closed in order, but without a status",
      { withoutStatus: "close" },
      "the stream closed without a status (1000)",
    ],
    [
      "is closed for a reason",
      { withoutStatus: "close", closeCode: 1011 },
      "the stream closed without a status (1011)",
    ],
    ["has a status that is no JSON", { garbageStatus: "}{" }, "the status of the stream cannot be read"],
    ["has a status that says nothing", { garbageStatus: "{}" }, "the stream ended with no reason"],
    ["has an empty status", { garbageStatus: "" }, "the status of the stream cannot be read"],
  ])("because it %s is no exit", async (_, exec, reason) => {
    const { end } = await ended(hello, { path: /exec$/u, exec });
    expect(end).toEqual({ kind: "broken", reason, retriable: reason !== "the stream ended with no reason" });
  });

  it("keeps what had come", async () => {
    expect(await ended(hello, { path: /exec$/u, exec: { cutAfterStdoutBytes: 3 } })).toMatchObject({ stdout: "hel" });
  });

  it.each([
    ["null", true],
    ['{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":5}}', true],
    ['{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[null]}}', true],
    ['{"status":"Failure","reason":"NonZeroExitCode"}', false],
    [
      '{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"1; rm"}]}}',
      false,
    ],
    ['{"status":"Failure","message":"no","details":{"causes":null}}', false],
    ['"Success"', false],
    ['{"message":{"a":1}}', false],
    ['{"status":"Failure","reason":"InternalError","message":"timed out"}', true],
    [
      '{"status":"Failure","reason":"InternalError","message":"exec: \\"sh\\": executable file not found in $PATH"}',
      false,
    ],
  ])("by the status %s is no exit", async (garbageStatus, retriable) => {
    const { end } = await ended(hello, { path: /exec$/u, exec: { garbageStatus } });
    expect(end).toMatchObject({ kind: "broken", retriable });
  });

  it("because of the runtime says so", async () => {
    const result = await ended((_target, _command, _stdin, out) => {
      out.fail(new ApiError(500, "InternalError", "Internal error occurred: no runtime"));
    });
    expect(result.end).toEqual({ kind: "broken", reason: "Internal error occurred: no runtime", retriable: true });
  });
});

describe("an abort", () => {
  it("ends a stream that hangs, with its reason, and is not tried again", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 50);
    const { end } = await ended(() => new Promise(() => undefined), undefined, stop.signal);
    expect(end).toEqual({ kind: "broken", reason: "enough", retriable: false });
  });

  it("ends a stream that does not open", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 50);
    const { end } = await ended(hello, { path: /exec$/u, delayMs: 5_000 }, stop.signal);
    expect(end).toEqual({ kind: "broken", reason: "enough", retriable: false });
  });

  it("before it begins opens no stream", async () => {
    await using here = await withPod(hello);
    const { end } = await here.kubernetes.exec(TARGET, ["true"], { signal: AbortSignal.abort(new Error("enough")) });
    expect(end).toEqual({ kind: "broken", reason: "enough", retriable: false });
    expect(here.api.requests).toEqual([]);
  });

  it("leaves no listener behind a stream that has ended", async () => {
    await using here = await withPod(hello);
    const stop = new AbortController();
    let listeners = 0;
    const add = stop.signal.addEventListener.bind(stop.signal);
    const remove = stop.signal.removeEventListener.bind(stop.signal);
    stop.signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    stop.signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    await here.kubernetes.exec(TARGET, ["true"], { signal: stop.signal });
    expect(listeners).toBe(0);
  });
});
