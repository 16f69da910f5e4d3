import { describe, expect, it } from "vitest";
import type { DestinationRequest, Predicted } from "../../src/mesh/call.js";
import { errorProblem } from "../../src/problems.js";
import type { Report } from "../../src/report/document.js";
import { serialise } from "../../src/report/serialise.js";
import { call, client, destination, migration, MTLS, observe, phase, REFUSED, report, STRICT_FOO } from "./builders.js";
import { SAMPLES } from "./samples.js";

/** The same value with every object's keys the other way round, and a key that is in no contract. */
function scrambled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(scrambled);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, scrambled(inner)]);
  return Object.fromEntries([
    ...entries.toReversed(),
    ["zz", "extra"],
    ["headers", { authorization: "Bearer s3cret" }],
  ]);
}

describe("report.json", () => {
  it("has the keys in the contract's order", () => {
    const made = report(
      [
        phase("p", [call(client("legacy"), destination("foo"), REFUSED)], {
          applied: [{ line: 1, file: "a.yaml", name: "default", namespace: "foo", kind: "PeerAuthentication" }],
        }),
      ],
      { problems: [errorProblem("x", "message", { line: 3, file: "b.yaml" }, "hint")] },
    );
    const order = ["schema", "mode", "verdict", "counts", "calls", "pass", "mismatch", "unproven", "error"]
      .concat(["mesh", "source", "rootNamespace", "istio", "kubernetes"])
      .concat([
        "phases",
        "name",
        "control",
        "applied",
        "kind",
        "namespace",
        "name",
        "file",
        "line",
        "settledMs",
        "rounds",
        "calls",
      ])
      .concat([
        "from",
        "namespace",
        "workload",
        "kind",
        "container",
        "to",
        "url",
        "method",
        "host",
        "port",
        "namespace",
        "service",
      ])
      .concat(["expected", "code", "exit", "transport", "predicted", "arrives", "code", "exit", "transport"])
      .concat(["because", "rule", "says", "kind", "namespace", "name", "file", "line"])
      .concat([
        "observed",
        "arrives",
        "code",
        "exit",
        "transport",
        "evidence",
        "error",
        "attempts",
        "ms",
        "verdict",
        "cause",
      ])
      .concat(["problems", "severity", "code", "message", "where", "file", "line", "hint"]);
    expect([...serialise(made).matchAll(/^ *"(\w+)":/gmu)].map(([, key]) => key)).toEqual(order);
  });

  it.each(Object.entries(SAMPLES))("is the same whatever built %s, and drops what no contract names", (_, sample) => {
    const made = sample();
    expect(serialise(scrambled(made) as Report)).toBe(serialise(made));
  });

  it("never has a destination's headers", () => {
    const to: DestinationRequest = { ...destination("foo"), headers: { authorization: "Bearer s3cret" } };
    expect(serialise(report([phase("p", [call(client("foo"), to, MTLS)])]))).not.toMatch(
      /s3cret|authorization|headers/u,
    );
  });

  it("reads back as what it was", () => {
    const made = report(migration(), { planned: 18 });
    expect(JSON.parse(serialise(made))).toEqual(made);
  });

  it.each<Predicted>([
    { anyOf: [MTLS, { ...REFUSED, exit: 52 }], because: [STRICT_FOO] },
    { unknown: "a selector without pods", because: [] },
  ])("keeps the form of the prediction %j", (predicted) => {
    const made = report([
      phase("p", [call(client("foo"), destination("foo"), MTLS, { predicted, observed: null, expected: null })]),
    ]);
    const read = JSON.parse(serialise(made)) as Report;
    expect(read.phases[0]?.calls[0]).toMatchObject({ predicted, observed: null, expected: null });
    expect(Object.keys(read.phases[0]!.calls[0]!.predicted!)).toEqual(Object.keys(predicted));
  });

  it("is JSON of two spaces that ends with a newline and leaves absent fields out", () => {
    const text = serialise(
      report([phase("p", [call(client("foo"), destination("foo"), MTLS, { observed: observe(REFUSED) })])]),
    );
    expect(text).toMatch(/^\{\n {2}"schema": "mtls-gate\/report\/v1",\n/u);
    expect(text.endsWith("}\n")).toBe(true);
    expect(text).not.toContain("identity");
  });
});
