/** What people see of five calls of different causes, committed as goldens; `vitest -u` writes them anew. */
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { explanationJson, explanationText } from "../../src/report/explain.js";
import type { Explanation } from "../../src/report/explain.js";
import { explanationOf, istio, meshOf, service, STRICT, WORLD } from "../predict/turn-builders.js";

const FOO = "http://httpbin.foo:8000/ip";

const CALLS: Readonly<Record<string, () => Explanation>> = {
  "strict-no-sidecar": () => explanationOf(meshOf(...WORLD, STRICT), "legacy/sleep", FOO),
  "rule-disable": () =>
    explanationOf(
      meshOf(
        ...WORLD,
        STRICT,
        istio("DestinationRule", "foo/httpbin", "{host: httpbin, trafficPolicy: {tls: {mode: DISABLE}}}"),
      ),
      "bar/sleep",
      FOO,
    ),
  "not-allowed": () =>
    explanationOf(
      meshOf(...WORLD, istio("AuthorizationPolicy", "foo/own", "{rules: [{from: [{source: {namespaces: [foo]}}]}]}")),
      "bar/sleep",
      FOO,
    ),
  "no-route": () =>
    explanationOf(
      meshOf(
        ...WORLD,
        istio(
          "VirtualService",
          "foo/httpbin",
          "{hosts: [httpbin.foo.svc.cluster.local], http: [{match: [{uri: {prefix: /get}}], route: [{destination: {host: httpbin}}]}]}",
        ),
      ),
      "bar/sleep",
      FOO,
    ),
  "arrives-mtls": () => explanationOf(meshOf(...WORLD), "bar/sleep", FOO),
};

describe.each(Object.entries(CALLS))("%s", (name, make) => {
  const explanation = make();
  it("as text", async () => {
    const text = explanationText(explanation, { colour: false });
    await expect(text).toMatchFileSnapshot(`../golden/explain-${name}.txt`);
  });
  it("as JSON, with YAML that is the object", () => {
    const document = JSON.parse(explanationJson(explanation)) as {
      schema: string;
      predicted: unknown;
      chain: string[];
      suggestions: { yaml: string; object: unknown; title: string }[];
    };
    expect(document.schema).toBe("mtls-gate/explanation/v1");
    expect(document.predicted).toEqual(explanation.predicted);
    expect(document.chain.length).toBe(explanation.predicted.because.length);
    expect(document.suggestions.length).toBe(explanation.suggestions.length);
    expect(document.suggestions.length).toBeGreaterThan(0);
    for (const { yaml, object } of document.suggestions) expect(load(yaml)).toEqual(object);
  });
});

describe("in other cases", () => {
  it("says that pods are missing where nothing is behind the Service", () => {
    const text = explanationText(
      explanationOf(meshOf(...WORLD, service("foo/nobody")), "bar/sleep", "http://nobody.foo:8000/"),
      { colour: false },
    );
    expect(text).toContain("It takes pods that answer.");
  });
  it("says where nothing was found", () => {
    const twice = ["one", "two"].map((name) =>
      istio("AuthorizationPolicy", `foo/${name}`, "{action: DENY, rules: [{}]}"),
    );
    const explanation = explanationOf(meshOf(...WORLD, ...twice), "bar/sleep", FOO);
    expect(explanationText(explanation, { colour: false })).toContain("No change of a single object was found");
    expect(JSON.parse(explanationJson(explanation))).toHaveProperty("nothing");
  });
  it("says what cannot be told, and suggests nothing", () => {
    const explanation = {
      ...CALLS["arrives-mtls"]!(),
      predicted: { unknown: "a JWT decides", because: [] },
      suggestions: [],
    };
    const text = explanationText(explanation, { colour: false });
    expect(text).toContain("What comes of it cannot be told: a JWT decides.");
    expect(text).not.toContain("What would change it");
  });
  it("names every outcome where there are several", () => {
    const arrives = { arrives: true, code: "200", exit: 0, transport: "tls" as const };
    const refused = { arrives: false, code: "503", exit: 0, transport: null };
    const explanation = {
      ...CALLS["arrives-mtls"]!(),
      predicted: { anyOf: [arrives, refused], because: [] },
      suggestions: [],
    };
    const text = explanationText(explanation, { colour: false });
    expect(text).toContain("arrives over TLS that is not Istio's (code 200, exit 0), or\n");
    expect(text).toContain(
      "does not arrive: a proxy answers 503 in the server's place (code 503 of the mesh, exit 0).",
    );
  });
  it("shows what would move a cursor, and keeps each text on its line", () => {
    const hostile = "x\u001b[2J\n\u202eevil";
    const calm = CALLS["strict-no-sidecar"]!();
    const [first, ...others] = calm.suggestions;
    const explanation: Explanation = {
      ...calm,
      from: { ...calm.from, workload: hostile },
      predicted: {
        unknown: hostile,
        because: [{ rule: "host", says: hostile, kind: hostile, name: hostile, file: hostile }],
      },
      suggestions: [
        { ...first!, title: hostile, object: { ...first!.object, metadata: { name: hostile } }, restarts: hostile },
        ...others,
      ],
      problems: [
        { severity: "warning", code: "x", message: hostile, where: { file: hostile, line: 1 }, hint: hostile },
      ],
    };
    const told = { ...explanation, predicted: { ...calm.predicted } };
    for (const one of [explanation, told]) {
      const text = explanationText(one, { colour: false });
      expect(text).toContain("\\x1b");
      expect(text).not.toMatch(/[^\P{C}\n]/u);
    }
  });
  it("keeps the headers of the call to itself, and colours only where it may", () => {
    const calm = CALLS["arrives-mtls"]!();
    const withHeaders = { ...calm, to: { ...calm.to, headers: { authorization: "secret" } } };
    expect(explanationJson(withHeaders)).not.toContain("secret");
    expect(explanationText(calm, { colour: true })).toContain("\u001b[1m");
  });
});
