import { describe, expect, it } from "vitest";
import type { Clock } from "../../src/ports.js";
import { settle } from "../../src/probe/settle.js";
import type { Held, SettleOptions } from "../../src/probe/settle.js";
import type { CallResult } from "../../src/probe/stream.js";

/** A clock that moves only when somebody waits or a round takes its time. */
function fakeClock(): Clock & { pass: (ms: number) => void } {
  let now = 0;
  return {
    now: () => now,
    date: () => new Date(now),
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
    pass: (ms) => {
      now += ms;
    },
  };
}

function result(code: string, exit = 0, attempts = 1): CallResult {
  const observed = {
    arrives: code === "200",
    code,
    exit,
    transport: null,
    evidence: null,
    error: null,
    attempts,
    ms: 1,
  };
  return { observed, companionArrived: false };
}

const YES: Held = { answer: "yes" };
const NO: Held = { answer: "no", why: "not yet" };
const UNKNOWN: Held = { answer: "unknown", why: "not allowed" };

/** Settles rounds that go through `rounds` and then repeat the last; each takes 100 ms. */
async function settled(
  rounds: readonly (readonly CallResult[])[],
  helds: readonly Held[],
  more: Partial<SettleOptions> = {},
): ReturnType<typeof settle> {
  const clock = fakeClock();
  let round = 0;
  let asked = 0;
  return await settle(
    clock,
    () => {
      clock.pass(100);
      round += 1;
      return Promise.resolve([...(rounds[Math.min(round, rounds.length) - 1] ?? [])]);
    },
    {
      settleTimeout: 10_000,
      signal: new AbortController().signal,
      undisturbed: false,
      held: () => {
        asked += 1;
        return Promise.resolve(helds[Math.min(asked, helds.length) - 1] ?? YES);
      },
      ...more,
    },
  );
}

describe("settling", () => {
  it("takes three rounds that agree, and two where nothing was changed", async () => {
    expect(await settled([[result("200")]], [YES])).toMatchObject({ rounds: 3, settledMs: 0, unsettled: [false] });
    expect(await settled([[result("200")]], [YES], { undisturbed: true })).toMatchObject({ rounds: 2, settledMs: 0 });
  });

  it("counts no round that began before the proxies held the policies, though its outcomes agree", async () => {
    const found = await settled(
      [[result("200")], [result("200")], [result("200")], [result("000", 56)]],
      [NO, NO, NO, YES],
    );
    expect(found).toMatchObject({ rounds: 6, unsettled: [false] });
    expect(found.results[0]?.observed?.code).toBe("000");
  });

  it("starts anew when an outcome changes, and tells the time of the first that stayed", async () => {
    const found = await settled(
      [
        [result("200"), result("200")],
        [result("200"), result("200")],
        [result("200"), result("403")],
      ],
      [YES],
    );
    expect(found).toMatchObject({ rounds: 5, settledMs: 200 });
  });

  it("takes curl's 52, 55 and 56 for one outcome: which of them comes is chance", async () => {
    const found = await settled([[result("000", 56)], [result("000", 52)], [result("000", 55)]], [YES]);
    expect(found).toMatchObject({ rounds: 3, unsettled: [false] });
  });

  it("tells another exit code, code or missing result for a change", async () => {
    const none: CallResult = { observed: null, why: "broken", attempts: 3, companionArrived: false };
    for (const other of [result("000", 28), result("503"), none]) {
      expect((await settled([[result("000", 56)], [result("000", 56)], [other]], [YES])).rounds).toBe(5);
    }
  });

  it("leaves every call unsettled when the proxies never held the policies", async () => {
    const found = await settled([[result("200"), result("200")]], [NO]);
    expect(found).toMatchObject({ settledMs: null, unsettled: [true, true], held: NO });
  });

  it("leaves the calls unsettled that never stayed, and no others", async () => {
    const flapping = Array.from({ length: 200 }, (_, index) => [
      result("200"),
      result(index % 2 === 0 ? "200" : "503"),
    ]);
    expect(await settled(flapping, [YES])).toMatchObject({ settledMs: null, unsettled: [false, true] });
  });

  it("looks for some seconds where the proxies cannot be asked", async () => {
    const found = await settled([[result("200")]], [UNKNOWN]);
    expect(found.unsettled).toEqual([false]);
    expect(found.rounds).toBeGreaterThan(3);
    const late = await settled([...Array.from({ length: 5 }, () => [result("200")]), [result("000", 56)]], [UNKNOWN]);
    expect(late.results[0]?.observed?.code).toBe("000");
  });

  it("keeps the most streams that a call took in a round", async () => {
    const found = await settled([[result("200", 0, 2)], [result("200")]], [YES]);
    expect(found.results[0]?.observed?.attempts).toBe(2);
  });

  it("ends when it is stopped", async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await settled([[result("200")], [result("503")]], [YES], { signal: stop.signal })).toMatchObject({
      rounds: 1,
      settledMs: null,
    });
  });
});

describe("asking the proxies", () => {
  it("fails the run, and nothing beside it, when it fails while a round is under way", async () => {
    const slow = async (): Promise<CallResult[]> => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return [result("200")];
    };
    const refused = settle(fakeClock(), slow, {
      settleTimeout: 1000,
      signal: new AbortController().signal,
      undisturbed: true,
      held: () => Promise.reject(new Error("the API server is gone")),
    });
    await expect(refused).rejects.toThrow("the API server is gone");
  });

  it("drops the rounds from before it said no, though nothing could be said of them then", async () => {
    expect(await settled([[result("200")]], [UNKNOWN, UNKNOWN, NO, YES])).toMatchObject({ rounds: 6, settledMs: 325 });
  });

  it("is done again after unknown, and not after yes", async () => {
    const answers: Held[] = [UNKNOWN, YES];
    let asked = 0;
    const held = (): Promise<Held> => {
      asked += 1;
      return Promise.resolve(answers[Math.min(asked, 2) - 1] ?? YES);
    };
    expect(await settled([[result("200")]], [], { held })).toMatchObject({ rounds: 3, held: YES });
    expect(asked).toBe(2);
  });

  it("is told of after each round", async () => {
    const told: string[] = [];
    await settled([[result("200"), result("503")]], [NO, YES], {
      onRound: (round, unsettled, held) => void told.push(`${round} ${unsettled} ${held.answer}`),
    });
    expect(told).toEqual(["1 2 no", "2 2 yes", "3 2 yes", "4 0 yes"]);
  });
});

describe("the deadline", () => {
  it("is kept by what is waited between rounds, and is passed by no more than a round", async () => {
    const clock = fakeClock();
    const flapping = [0, 1].map((index) => [result(index === 0 ? "200" : "503")]);
    let round = 0;
    const found = await settle(
      clock,
      () => {
        clock.pass(100);
        round += 1;
        return Promise.resolve(flapping[round % 2] ?? []);
      },
      {
        settleTimeout: 2_000,
        signal: new AbortController().signal,
        undisturbed: false,
        held: () => Promise.resolve(YES),
      },
    );
    expect(found).toMatchObject({ settledMs: null, unsettled: [true] });
    expect(clock.now()).toBeGreaterThanOrEqual(2_000);
    expect(clock.now()).toBeLessThanOrEqual(2_100);
  });

  it("settles a matrix without calls at once", async () => {
    expect(await settled([[]], [YES])).toMatchObject({ rounds: 1, settledMs: 0, unsettled: [] });
  });
});
