import { describe, expect, it } from "vitest";
import type { Call } from "../../src/mesh/call.js";
import type { ExecResult } from "../../src/ports.js";
import { probeClient } from "../../src/probe/stream.js";

const SERVED = { namespace: "foo", serviceAccount: "sleep", sidecar: true };
const POD = { target: { namespace: "foo", pod: "sleep-1", container: "sleep" }, identity: SERVED };
const IDENTITY = "spiffe://cluster.local/ns/foo/sa/sleep";

function call(name: string): Call {
  const from = { namespace: "foo", workload: "sleep", kind: "Deployment", container: "sleep" };
  const to = {
    url: `http://${name}:8000/ip`,
    method: "GET",
    host: name,
    port: 8000,
    namespace: "foo",
    service: name,
    headers: {},
  };
  return { from, to };
}

interface Asked {
  readonly nonce: string;
  readonly mark: string;
  readonly ids: readonly string[];
}

/** What a pod answers to a stream: lines, and how the stream ended. */
type Pod = (asked: Asked, attempt: number) => { lines: readonly string[]; end?: ExecResult["end"]; stderr?: string };

async function probe(
  pod: Pod,
  calls: readonly Call[] = [call("a"), call("b")],
  signal = new AbortController().signal,
): Promise<{ results: Awaited<ReturnType<typeof probeClient>>; asked: Asked[] }> {
  const asked: Asked[] = [];
  const clock = { now: () => 0, date: () => new Date(0), sleep: () => Promise.resolve() };
  const kubernetes = {
    exec: (
      _target: unknown,
      command: readonly string[],
      options: { stdin?: string | ((ends: boolean) => string) },
    ): Promise<ExecResult> => {
      const input = typeof options.stdin === "function" ? options.stdin(true) : (options.stdin ?? "");
      const one = {
        nonce: command[4] ?? "",
        mark: /x-mtls-gate-probe: (\w+)/u.exec(input)?.[1] ?? "",
        ids: [...input.matchAll(/^# (\w+)$/gmu)].map(([, id = ""]) => id),
      };
      asked.push(one);
      const { lines, end = { kind: "exit", code: 0 }, stderr = "" } = pod(one, asked.length);
      return Promise.resolve({ stdout: lines.join("\n"), stderr, end });
    },
  };
  const options = { evidencePath: "/headers", probeTimeout: 1000, parallel: 4, ipv4: false, signal };
  return { results: await probeClient({ kubernetes, clock }, POD, calls, options), asked };
}

const hello = ({ nonce }: Asked, curl: string | null = "8.0.0"): string =>
  JSON.stringify({ hello: nonce, curl, scratch: true });
const end = ({ nonce }: Asked): string => JSON.stringify({ end: nonce });
const answer = ({ nonce }: Asked, id: string, code: string, exit = 0, error = ""): string =>
  `${JSON.stringify({ id, nonce, code, exit, seconds: 0.01, remote: "10.0.0.1" })}\t${error}`;
const echo = ({ nonce, mark }: Asked, id: string, xfcc = `By=x;URI=${IDENTITY}`): string[] => [
  JSON.stringify({ body: id, nonce }),
  JSON.stringify({ headers: { "X-Mtls-Gate-Probe": [mark], "X-Forwarded-Client-Cert": [xfcc] } }),
];
const whole = (asked: Asked): string[] => [
  hello(asked),
  ...asked.ids.map((id) => answer(asked, id, "200")),
  ...asked.ids.filter((id) => id.endsWith("e")).flatMap((id) => echo(asked, id)),
  end(asked),
];
const CUT: ExecResult["end"] = { kind: "broken", reason: "the stream closed without a status (1006)", retriable: true };

describe("a stream of one client", () => {
  it("asks for each call and its companion, the companions last, and tells what was seen", async () => {
    const { results, asked } = await probe((one) => ({ lines: whole(one) }));
    expect(asked.map(({ ids }) => ids)).toEqual([["0", "1", "0e", "1e"]]);
    expect(results.map(({ observed }) => observed)).toMatchObject([
      { code: "200", transport: "mtls", identity: IDENTITY, attempts: 1 },
      { code: "200", transport: "mtls", attempts: 1 },
    ]);
  });

  it("opens another for the calls that have no result, and tells how many it took", async () => {
    const { results, asked } = await probe((one, attempt) =>
      attempt === 1
        ? { lines: [hello(one), answer(one, "0", "000", 56, "Recv failure")], end: CUT }
        : { lines: whole(one) },
    );
    expect(asked.map(({ ids }) => ids)).toEqual([
      ["0", "1", "0e", "1e"],
      ["1", "1e"],
    ]);
    expect(results.map(({ observed }) => [observed?.code, observed?.attempts])).toEqual([
      ["000", 1],
      ["200", 2],
    ]);
  });

  it("gives up after three, without a result and with the reason", async () => {
    const { results, asked } = await probe((one) => ({ lines: [hello(one)], end: CUT }));
    expect(asked).toHaveLength(3);
    expect(results).toEqual(
      Array(2).fill({
        observed: null,
        why: "the stream closed without a status (1006)",
        attempts: 3,
        companionArrived: false,
      }),
    );
  });

  it("does not try again where there is no curl, or what the API server forbids", async () => {
    const noCurl = await probe((one) => ({ lines: [hello(one, null), end(one)] }));
    expect(noCurl.asked).toHaveLength(1);
    expect(noCurl.results[0]).toMatchObject({ observed: null, why: "the container has no curl" });
    const forbidden = await probe(() => ({
      lines: [],
      end: { kind: "broken", reason: "403: pods/exec is forbidden", retriable: false },
    }));
    expect(forbidden.asked).toHaveLength(1);
    expect(forbidden.results[0]).toMatchObject({ observed: null, why: "403: pods/exec is forbidden" });
  });

  it("says that there is no shell", async () => {
    const { results } = await probe(() => ({ lines: [], end: { kind: "exit", code: 127 }, stderr: "sh: not found" }));
    expect(results[0]).toMatchObject({
      observed: null,
      why: "the container ran no POSIX shell (exit code 127): sh: not found",
    });
  });

  it.each([2, 23, 26, 43])("takes curl's exit code %i for a failure of the probe, not for an outcome", async (exit) => {
    const { results } = await probe((one) => ({
      lines: [hello(one), ...one.ids.map((id) => answer(one, id, "000", exit)), end(one)],
    }));
    expect(results[0]?.observed).toBe(null);
  });

  it("takes a failed look-up only when it comes again each time", async () => {
    const once = await probe((one, attempt) =>
      attempt === 1
        ? { lines: [hello(one), ...one.ids.map((id) => answer(one, id, "000", 6)), end(one)] }
        : { lines: whole(one) },
    );
    expect(once.results.map(({ observed }) => observed?.code)).toEqual(["200", "200"]);
    const slow = "Resolving timed out after 5000 milliseconds";
    const always = await probe((one) => ({
      lines: [hello(one), ...one.ids.map((id) => answer(one, id, "000", 28, slow)), end(one)],
    }));
    expect(always.asked).toHaveLength(3);
    expect(always.results[0]?.observed).toMatchObject({ code: "000", exit: 28, evidence: "timeout", attempts: 3 });
  });

  it("believes no line that lacks its nonce, and no echo that lacks its mark", async () => {
    const { results } = await probe((one) => ({
      lines: [
        hello(one),
        answer({ ...one, nonce: "other" }, "0", "200"),
        '{"id":"1","nonce":7}',
        end({ ...one, nonce: "other" }),
      ],
    }));
    expect(results.map(({ observed }) => observed)).toEqual([null, null]);
    const forged = await probe((one) => ({
      lines: [
        hello(one),
        ...one.ids.map((id) => answer(one, id, "200")),
        ...echo({ ...one, mark: "guess" }, "0e"),
        end(one),
      ],
    }));
    expect(forged.results[0]?.observed).toMatchObject({ code: "200", transport: "unproven" });
  });

  it("opens no stream once it is stopped", async () => {
    const stop = new AbortController();
    stop.abort();
    const { results, asked } = await probe((one) => ({ lines: whole(one) }), [call("a")], stop.signal);
    expect(asked).toEqual([]);
    expect(results[0]?.observed).toBe(null);
  });
});
