import { describe, expect, it } from "vitest";
import type { Call } from "../../src/mesh/call.js";
import {
  expectedFor,
  matchesClient,
  matchesFrom,
  matchesTo,
  readPlan,
  ruleFor,
  type ExpectRule,
  type Plan,
} from "../../src/settings/plan-file.js";

const plan = (text: string): Plan => readPlan(text, "p.yaml", { allowUnsafeMethods: false }).plan!;
const rule = (text: string): ExpectRule => plan(`expect: [${text}]`).expect![0]!;

const sleep = { namespace: "foo", workload: "sleep", kind: "Deployment", container: "sleep" };
const httpbin = {
  url: "http://httpbin.foo:8000/ip",
  method: "GET",
  host: "httpbin.foo",
  port: 8000,
  namespace: "foo",
  service: "httpbin",
  headers: {},
};
const external = {
  ...httpbin,
  url: "http://example.com/",
  host: "example.com",
  port: 80,
  namespace: null,
  service: null,
};
const call: Call = { from: sleep, to: httpbin };

describe("matchesFrom", () => {
  it.each<[string, Record<string, string>, boolean]>([
    ["{code: 200}", {}, true],
    ["{from: foo}", {}, true],
    ["{from: fo}", {}, false],
    ["{from: fo?}", {}, true],
    ['{from: "*"}', {}, true],
    ["{from: foo/sleep}", {}, true],
    ["{from: foo/s*}", {}, true],
    ["{from: foo/sleepy}", {}, false],
    ["{from: bar/sleep}", {}, false],
    ["{from: {}}", {}, true],
    ["{from: {namespace: foo}}", {}, true],
    ["{from: {namespace: bar}}", {}, false],
    ["{from: {name: sleep}}", {}, true],
    ["{from: {name: x}}", {}, false],
    ["{from: {selector: app=sleep}}", { app: "sleep" }, true],
    ["{from: {selector: app=sleep}}", {}, false],
    ["{from: {namespace: bar, selector: app=sleep}}", { app: "sleep" }, false],
    ["{from: {phase: x}}", {}, true],
  ])("%s with labels %j is %j", (text, labels, matches) => {
    expect(matchesFrom(rule(text), sleep, labels)).toBe(matches);
  });
});

describe("matchesTo", () => {
  it.each<[string, typeof httpbin | typeof external, string, boolean]>([
    ["{code: 200}", httpbin, "p", true],
    ["{to: foo}", httpbin, "p", true],
    ["{to: bar}", httpbin, "p", false],
    ["{to: foo/httpbin}", httpbin, "p", true],
    ["{to: foo/httpbin.foo}", httpbin, "p", false],
    ["{to: foo/http*:8000}", httpbin, "p", true],
    ["{to: foo/httpbin:80*}", httpbin, "p", true],
    ["{to: foo/httpbin:80}", httpbin, "p", false],
    ["{to: {namespace: foo}}", httpbin, "p", true],
    ["{to: {namespace: bar}}", httpbin, "p", false],
    ["{to: {name: x}}", httpbin, "p", false],
    ["{to: {port: 8000}}", httpbin, "p", true],
    ["{to: {port: 800}}", httpbin, "p", false],
    ['{to: {url: "http://httpbin.foo:8000/ip"}}', httpbin, "p", true],
    ['{to: {url: "*/ip"}}', httpbin, "p", true],
    ['{to: {url: "http://httpbin.foo:8000"}}', httpbin, "p", false],
    ["{to: {phase: strict-*}}", httpbin, "strict-mesh", true],
    ["{to: {phase: strict-*}}", httpbin, "permissive", false],
    ["{from: {phase: permissive}}", httpbin, "permissive", true],
    ["{from: {phase: permissive}}", httpbin, "strict-mesh", false],
    ['{from: {phase: "*mesh"}, to: {phase: "strict*"}}', httpbin, "strict-mesh", true],
    ['{from: {phase: "*mesh"}, to: {phase: "strict*"}}', httpbin, "strict-namespace", false],
    ['{to: "*"}', external, "p", true],
    ['{to: "?"}', external, "p", false],
    ['{to: "*/example.com"}', external, "p", true],
    ['{to: "*/example.com:80"}', external, "p", true],
    ["{to: foo}", external, "p", false],
    ["{to: {name: example.com}}", external, "p", true],
  ])("%s on %o in %s is %j", (text, destination, phase, matches) => {
    expect(matchesTo(rule(text), destination, phase)).toBe(matches);
  });
});

describe("expectedFor", () => {
  it("is null without rules", () => {
    expect(expectedFor(plan("{}"), call, "p")).toBeNull();
  });
  it("is the first rule that matches, with null for what it does not state", () => {
    const three = plan(`expect:
  - {from: bar, code: 500}
  - {from: foo, to: {phase: strict-mesh}, code: [000], exit: [52, 56]}
  - {from: foo, code: 2xx, transport: mtls}
  - {code: 404}
`);
    expect(expectedFor(three, call, "strict-mesh")).toEqual({ code: ["000"], exit: [52, 56], transport: null });
    expect(expectedFor(three, call, "permissive")).toEqual({ code: ["2xx"], exit: null, transport: "mtls" });
    expect(ruleFor(three, call, "permissive")?.where).toEqual({ file: "p.yaml", line: 4 });
  });
  it("is unmatched where no rule is about the call", () => {
    expect(expectedFor(plan("expect: [{from: bar, code: 200}]"), call, "p")).toBe("unmatched");
  });
  it("is null where the rule states nothing", () => {
    expect(expectedFor(plan("expect: [{from: foo}, {code: 200}]"), call, "p")).toBeNull();
    expect(expectedFor(plan("expect: [{transport: null}]"), call, "p")).toBeNull();
  });
  it.each([
    ["code: 200", { code: ["200"], exit: null, transport: null }],
    ["exit: 7", { code: null, exit: [7], transport: null }],
    ["transport: tls", { code: null, exit: null, transport: "tls" }],
  ])("is something where only one is stated: %s", (text, expected) => {
    expect(expectedFor(plan(`expect: [{${text}}]`), call, "p")).toEqual(expected);
  });
  it("looks at the labels of the client", () => {
    const one = plan("expect: [{from: {selector: v=2}, code: 200}]");
    expect(expectedFor(one, call, "p", { v: "2" })).toMatchObject({ code: ["200"] });
    expect(expectedFor(one, call, "p")).toBe("unmatched");
  });
});

describe("matchesClient", () => {
  it.each<[string, boolean]>([
    ["{namespace: foo}", true],
    ['{namespace: "*"}', true],
    ["{namespace: bar}", false],
    ["{namespace: foo, workload: sleep}", true],
    ["{namespace: foo, workload: sl*}", true],
    ["{namespace: foo, workload: nap}", false],
    ["{namespace: foo, workload: deployment/sleep}", true],
    ["{namespace: foo, workload: deploy/sleep}", true],
    ["{namespace: foo, workload: statefulset/sleep}", false],
    ["{namespace: foo, selector: app=sleep}", true],
    ["{namespace: foo, selector: app!=sleep}", false],
    ["{namespace: foo, container: other}", true],
  ])("%s is %j", (text, matches) => {
    const pattern = plan(`clients: [${text}]`).clients![0]!;
    expect(matchesClient(pattern, sleep, { app: "sleep" })).toBe(matches);
  });
});
