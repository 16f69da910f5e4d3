import { describe, expect, it } from "vitest";
import { judge, meets, type CallFacts, type PhaseFacts } from "../../src/judge/judge.js";
import type { Expected, Observed, Outcome, Predicted } from "../../src/mesh/call.js";
import type { ReportCall } from "../../src/report/document.js";
import {
  client,
  destination,
  expect as stated,
  MTLS,
  observe,
  PLAIN,
  predict,
  REFUSED,
  UNSHOWN,
} from "../report/builders.js";

/** The verdict table of the design, row by row and in its order. */

const UNAVAILABLE: Outcome = { arrives: null, code: "503", exit: 0, transport: "unproven" };
const TIMED_OUT: Outcome = { arrives: false, code: "000", exit: 28, transport: null };
const CANNOT_TELL: Predicted = { unknown: "an EnvoyFilter", because: [] };

function facts(rest: Partial<CallFacts> = {}): CallFacts {
  return {
    call: { from: client("foo"), to: { ...destination("foo"), headers: {} } },
    expected: null,
    predicted: null,
    observed: observe(MTLS),
    unsettled: false,
    companionArrived: false,
    ...rest,
  };
}

/** Calls that show that the client and the destination of `facts` are alive. */
const ALIVE: PhaseFacts = { control: true, calls: [facts()] };

function verdicts(phases: readonly PhaseFacts[]): string[][] {
  return judge(phases).map((calls) => calls.map(text));
}

function text({ verdict, cause }: ReportCall): string {
  return cause === null ? verdict : `${verdict} ${cause}`;
}

/** The verdict of one call whose client and destination are known to be alive. */
function verdict(rest: Partial<CallFacts>, control = false): string | undefined {
  return verdicts([ALIVE, { control, calls: [facts(rest)] }])[1]?.[0];
}

describe("the verdict table", () => {
  const rows: [row: string, facts: Partial<CallFacts>, verdict: string][] = [
    ["no result", { observed: null }, "error probe"],
    ["no result, unsettled and expected", { observed: null, unsettled: true, expected: stated(MTLS) }, "error probe"],
    ["still changing", { unsettled: true }, "unproven not-settled"],
    [
      "still changing, though expected and predicted are met",
      { unsettled: true, expected: stated(MTLS), predicted: predict(MTLS) },
      "unproven not-settled",
    ],
    [
      "still changing, though both are contradicted",
      { unsettled: true, expected: stated(REFUSED), predicted: predict(REFUSED) },
      "unproven not-settled",
    ],
    ["met but for the transport", { observed: observe(UNSHOWN), expected: stated(MTLS) }, "unproven transport"],
    [
      "met but for the transport, prediction contradicted",
      { observed: observe(UNSHOWN), expected: stated(MTLS), predicted: predict(REFUSED) },
      "unproven transport",
    ],
    ["met, no prediction", { expected: stated(MTLS) }, "pass"],
    ["met, unknown prediction", { expected: stated(MTLS), predicted: CANNOT_TELL }, "pass"],
    ["met, and the prediction too", { expected: stated(MTLS), predicted: predict(MTLS) }, "pass"],
    ["a met refusal", { observed: observe(REFUSED), expected: stated(REFUSED) }, "pass"],
    ["met, prediction contradicted", { expected: stated(MTLS), predicted: predict(PLAIN) }, "mismatch mesh"],
    ["not met, prediction contradicted", { expected: stated(REFUSED), predicted: predict(REFUSED) }, "mismatch mesh"],
    ["not met, prediction met", { expected: stated(REFUSED), predicted: predict(MTLS) }, "mismatch policy"],
    ["not met, no prediction", { expected: stated(REFUSED) }, "mismatch unknown"],
    ["not met, unknown prediction", { expected: stated(REFUSED), predicted: CANNOT_TELL }, "mismatch unknown"],
    ["nothing expected, prediction met", { predicted: predict(MTLS) }, "pass"],
    ["nothing expected, prediction contradicted", { predicted: predict(REFUSED) }, "mismatch mesh"],
    ["nothing expected, unknown prediction", { predicted: CANNOT_TELL }, "unproven unknown"],
    ["nothing expected, nothing predicted", {}, "unproven unknown"],
  ];
  it.each(rows)("%s", (_, given, wanted) => {
    expect(verdict(given)).toBe(wanted);
  });

  it("lets a control round without a prediction pass as soon as it has a result", () => {
    expect(verdict({}, true)).toBe("pass");
    expect(verdict({ predicted: CANNOT_TELL }, true)).toBe("unproven unknown");
    expect(verdict({ predicted: predict(REFUSED) }, true)).toBe("mismatch mesh");
    expect(verdict({ observed: null }, true)).toBe("error probe");
    expect(verdict({ unsettled: true }, true)).toBe("unproven not-settled");
  });
});

describe("the control of a refused call", () => {
  const refused = facts({ observed: observe(REFUSED), expected: stated(REFUSED) });
  const to = (namespace: string): CallFacts["call"]["to"] => ({ ...destination(namespace), headers: {} });
  const reaches = (from: string, where: string, rest: Partial<CallFacts> = {}): CallFacts =>
    facts({ call: { from: client(from), to: to(where) }, expected: stated(MTLS), ...rest });

  it("does not count a refusal that nothing shows to be one", () => {
    expect(verdicts([{ control: false, calls: [refused] }])).toEqual([["unproven control"]]);
  });

  it("needs the client to have reached something, and something to have reached the destination", () => {
    const alive = [reaches("foo", "bar"), reaches("bar", "foo")];
    expect(verdicts([{ control: false, calls: [refused, ...alive] }])[0]?.[0]).toBe("pass");
    expect(verdicts([{ control: false, calls: [refused, reaches("foo", "bar")] }])[0]?.[0]).toBe("unproven control");
    expect(verdicts([{ control: false, calls: [refused, reaches("bar", "foo")] }])[0]?.[0]).toBe("unproven control");
  });

  it.each([
    ["an earlier control round", true, 0],
    ["an earlier phase", false, 0],
    ["a later phase", false, 1],
  ])("takes it from %s", (_, control, at) => {
    const phases: PhaseFacts[] = [{ control: false, calls: [refused] }];
    phases.splice(at, 0, { control, calls: [reaches("foo", "foo")] });
    expect(verdicts(phases)[1 - at]?.[0]).toBe("pass");
  });

  it("takes a companion's echo for the client, not for the destination", () => {
    const companion = facts({ ...refused, companionArrived: true });
    expect(verdicts([{ control: false, calls: [companion] }])).toEqual([["unproven control"]]);
    expect(verdicts([{ control: false, calls: [companion, reaches("bar", "foo")] }])[0]?.[0]).toBe("pass");
  });

  it("tells clients and destinations apart by all that names them", () => {
    const others: CallFacts[] = [
      facts({ call: { from: client("foo", "sleep", { container: "other" }), to: to("bar") } }),
      facts({ call: { from: client("foo", "sleep", { kind: "StatefulSet" }), to: to("bar") } }),
      facts({ call: { from: client("foo", "other"), to: to("bar") } }),
    ];
    const [first] = verdicts([{ control: false, calls: [refused, reaches("bar", "foo"), ...others] }]);
    expect(first?.[0]).toBe("unproven control");
    const elsewhere: CallFacts[] = [
      facts({ call: { from: client("foo"), to: { ...to("foo"), url: "http://httpbin.foo:8000/headers" } } }),
      facts({ call: { from: client("foo"), to: { ...to("foo"), method: "HEAD" } } }),
    ];
    expect(verdicts([{ control: false, calls: [refused, ...elsewhere] }])[0]?.[0]).toBe("unproven control");
  });

  it("takes an answer that may be the mesh's own for a refusal", () => {
    const unavailable = facts({
      observed: observe(UNAVAILABLE),
      expected: { ...stated(UNAVAILABLE), transport: null },
    });
    expect(verdicts([{ control: false, calls: [unavailable] }])).toEqual([["unproven control"]]);
    expect(verdicts([ALIVE, { control: false, calls: [unavailable] }])[1]).toEqual(["pass"]);
  });

  it("comes before every comparison, and after settling", () => {
    const bare = (rest: Partial<CallFacts>): string | undefined =>
      verdicts([{ control: false, calls: [facts({ observed: observe(REFUSED), ...rest })] }])[0]?.[0];
    expect(bare({ expected: stated(MTLS), predicted: predict(MTLS) })).toBe("unproven control");
    expect(bare({ predicted: predict(REFUSED) })).toBe("unproven control");
    expect(bare({ unsettled: true })).toBe("unproven not-settled");
  });
});

describe("agreement with a prediction", () => {
  const agrees = (predicted: Predicted, observed: Observed): boolean => verdict({ predicted, observed }) === "pass";

  it("is agreement with any one of several outcomes", () => {
    const anyOf: Predicted = { anyOf: [{ ...REFUSED, exit: 52 }, REFUSED], because: [] };
    expect(agrees(anyOf, observe(REFUSED))).toBe(true);
    expect(agrees(anyOf, observe({ ...REFUSED, exit: 52 }))).toBe(true);
    expect(agrees(anyOf, observe(TIMED_OUT))).toBe(false);
    expect(agrees(anyOf, observe(MTLS))).toBe(false);
  });

  it("does not mix the fields of several outcomes", () => {
    const anyOf: Predicted = { anyOf: [MTLS, REFUSED], because: [] };
    expect(agrees(anyOf, observe({ ...MTLS, exit: 56 }))).toBe(false);
  });

  it.each<[string, Outcome]>([
    ["a code that can be the mesh's own", { ...MTLS, code: "503", arrives: null }],
    ["the exit code", { ...MTLS, exit: 18 }],
    ["the transport", { ...MTLS, transport: "plaintext" }],
    ["that it arrives", { ...MTLS, arrives: false }],
  ])("is contradicted by %s", (_, outcome) => {
    expect(agrees(predict(MTLS), observe(outcome))).toBe(false);
  });

  it("takes an application's own answer whatever its code", () => {
    expect(agrees(predict(MTLS), observe({ ...MTLS, code: "404" }))).toBe(true);
    expect(agrees(predict(MTLS), observe({ ...MTLS, code: "404", transport: "plaintext" }))).toBe(false);
  });

  it("compares the code alone where a proxy is to answer: nothing shows who did", () => {
    const notFound: Predicted = { arrives: false, code: "404", exit: 0, transport: null, because: [] };
    expect(agrees(notFound, observe({ ...MTLS, code: "404" }))).toBe(true);
    expect(agrees(notFound, observe(MTLS))).toBe(false);
  });

  it("is not contradicted by what nothing showed, or what is not predicted", () => {
    expect(agrees(predict(MTLS), observe(UNSHOWN))).toBe(true);
    expect(agrees(predict({ ...UNAVAILABLE, arrives: false, transport: null }), observe(UNAVAILABLE))).toBe(true);
    expect(agrees(predict({ arrives: null, code: null, exit: null, transport: "mtls" }), observe(MTLS))).toBe(true);
  });
});

describe("meeting what is expected", () => {
  const any: Expected = { code: null, exit: null, transport: null };

  it.each<[string, Expected, Outcome, ReturnType<typeof meets>]>([
    ["nothing stated", any, REFUSED, "yes"],
    ["a code", { ...any, code: ["200"] }, PLAIN, "yes"],
    ["another code", { ...any, code: ["201"] }, PLAIN, "no"],
    ["one of several codes", { ...any, code: ["403", "200"] }, PLAIN, "yes"],
    ["a class", { ...any, code: ["2xx"] }, { ...PLAIN, code: "204" }, "yes"],
    ["a class in capitals", { ...any, code: ["2XX"] }, { ...PLAIN, code: "204" }, "yes"],
    ["another class", { ...any, code: ["2xx"] }, { ...PLAIN, code: "302" }, "no"],
    ["no answer is in no class", { ...any, code: ["1xx", "2xx", "3xx", "4xx", "5xx"] }, REFUSED, "no"],
    ["a code where the scheme has none", { ...any, code: ["200"] }, { ...PLAIN, code: null }, "no"],
    ["an exit code", { ...any, exit: [52, 56] }, REFUSED, "yes"],
    ["another exit code", { ...any, exit: [52] }, REFUSED, "no"],
    ["the code alone", { ...any, code: ["000"], exit: [28] }, REFUSED, "no"],
    ["the exit code alone", { ...any, code: ["200"], exit: [56] }, REFUSED, "no"],
    ["a transport", { ...any, transport: "mtls" }, MTLS, "yes"],
    ["another transport", { ...any, transport: "mtls" }, PLAIN, "no"],
    ["a transport that nothing showed", { ...any, transport: "mtls" }, UNSHOWN, "but-for-transport"],
    ["a transport where no connection stood", { ...any, transport: "mtls" }, REFUSED, "no"],
    ["a wrong code over a transport that nothing showed", { ...stated(MTLS), code: ["201"] }, UNSHOWN, "no"],
  ])("%s", (_, expected, observed, wanted) => {
    expect(meets(expected, observed)).toBe(wanted);
  });
});

describe("the judged calls", () => {
  it("carry no headers of the request", () => {
    const secret = facts({
      call: { from: client("foo"), to: { ...destination("foo"), headers: { authorization: "Bearer very-secret" } } },
    });
    const [[call] = []] = judge([{ control: false, calls: [secret] }]);
    expect(call?.to).toEqual(destination("foo"));
    expect(JSON.stringify(call)).not.toContain("secret");
  });

  it("keep the order of phases and calls, and the facts as they were", () => {
    const first = facts({ expected: stated(MTLS), predicted: predict(MTLS) });
    const second = facts({ call: { from: client("bar"), to: { ...destination("bar"), headers: {} } }, observed: null });
    const [one, two] = judge([
      { control: true, calls: [first, second] },
      { control: false, calls: [second] },
    ]);
    expect(one?.map(({ from }) => from.namespace)).toEqual(["foo", "bar"]);
    expect(two?.map(({ from }) => from.namespace)).toEqual(["bar"]);
    expect(one?.[0]).toMatchObject({ expected: first.expected, predicted: first.predicted, observed: first.observed });
  });
});
