import { describe, expect, it } from "vitest";
import { plannedCalls } from "../../src/mesh/planned.js";
import { readPlan } from "../../src/settings/plan-file.js";
import type { Plan } from "../../src/settings/plan.js";
import { livePod, mesh, service } from "./builders.js";

function plan(text: string): Plan {
  const { plan, problems } = readPlan(text, "plan.yaml", { allowUnsafeMethods: false });
  if (plan === null) throw new Error(problems.map(({ message }) => message).join());
  return plan;
}

const SLEEP = livePod("sleep-1", "Deployment/sleep", { labels: { app: "sleep" } });
const WEB = livePod("web-1", "StatefulSet/web", { labels: { app: "web" }, containers: [{ name: "web" }] });
const LEGACY = livePod("sleep-2", "Deployment/sleep", { namespace: "legacy", labels: { app: "sleep" } });
const SERVICES = [service("httpbin"), service("httpbin", { namespace: "bar", clusterIPs: ["10.96.0.2", "fd00::2"] })];
const MESH = mesh([LEGACY, WEB, SLEEP], SERVICES);

const clientsOf = (text: string | null, of = MESH): string[] => {
  const { calls } = plannedCalls(of, text === null ? null : plan(text));
  return [
    ...new Set(calls.map(({ call: { from } }) => `${from.namespace}/${from.kind}/${from.workload}:${from.container}`)),
  ];
};
const ONE = 'destinations: [{url: "http://httpbin.foo:8000/ip"}]\n';

describe("the calls of no plan", () => {
  it("are every client's to every Service port, in a stable order", () => {
    const { calls, problems } = plannedCalls(MESH, null);
    expect(problems).toEqual([]);
    expect(calls.map(({ call: { from, to } }) => `${from.namespace}/${from.workload} ${to.url}`)).toEqual([
      "foo/sleep http://httpbin.bar:8000/",
      "foo/sleep http://httpbin.foo:8000/",
      "foo/web http://httpbin.bar:8000/",
      "foo/web http://httpbin.foo:8000/",
      "legacy/sleep http://httpbin.bar:8000/",
      "legacy/sleep http://httpbin.foo:8000/",
    ]);
    expect(plannedCalls(mesh([SLEEP, LEGACY, WEB], [...SERVICES].reverse()), null).calls).toEqual(calls);
    expect(calls[0]?.call.to).toEqual({
      url: "http://httpbin.bar:8000/",
      method: "GET",
      host: "httpbin.bar",
      port: 8000,
      namespace: "bar",
      service: "httpbin",
      headers: {},
    });
    expect(calls.every(({ from }) => !from.named && from.why === null)).toBe(true);
  });

  it("leave out ports that are not TCP", () => {
    const dns = service("dns", { ports: [{ port: 53, protocol: "UDP" }, { port: 53, protocol: "TCP" }, { port: 54 }] });
    const { calls } = plannedCalls(mesh([SLEEP], [dns]), null);
    expect(calls.map(({ call }) => call.to.port)).toEqual([53, 54]);
  });

  it("leave out the API server, which a plan can name", () => {
    const of = mesh([SLEEP], [...SERVICES, service("kubernetes", { namespace: "default" })]);
    expect(plannedCalls(of, null).calls).toEqual(plannedCalls(mesh([SLEEP], SERVICES), null).calls);
    const named = plannedCalls(of, plan("destinations: [{service: default/kubernetes, port: 8000}]\n"));
    expect(named.calls.map(({ call }) => call.to.url)).toEqual(["http://kubernetes.default:8000/"]);
  });
});

describe("the clients of a plan", () => {
  it.each([
    ["workload: sleep", ["foo/Deployment/sleep:sleep"]],
    ["workload: deployment/sleep", ["foo/Deployment/sleep:sleep"]],
    ["workload: statefulset/*", ["foo/StatefulSet/web:web"]],
    ["selector: app=web", ["foo/StatefulSet/web:web"]],
    ['workload: "*"', ["foo/Deployment/sleep:sleep", "foo/StatefulSet/web:web"]],
  ])("by {namespace: foo, %s} are %j", (text, names) => {
    expect(clientsOf(`clients: [{namespace: foo, ${text}}]\n${ONE}`)).toEqual(names);
  });

  it("by a glob of namespaces are those of all that fit", () => {
    expect(clientsOf(`clients: [{namespace: "*", workload: sleep}]\n${ONE}`)).toEqual([
      "foo/Deployment/sleep:sleep",
      "legacy/Deployment/sleep:sleep",
    ]);
  });

  it("count once, though two lines name them", () => {
    const text = `clients: [{namespace: foo, workload: sleep}, {namespace: foo, selector: app=sleep}]\n${ONE}`;
    expect(clientsOf(text)).toEqual(["foo/Deployment/sleep:sleep"]);
  });

  it("call from the container that the plan names", () => {
    const two = livePod("two-1", "Deployment/two", { containers: [{ name: "a" }, { name: "b" }] });
    const text = `clients: [{namespace: foo, workload: two, container: b}]\n${ONE}`;
    expect(clientsOf(text, mesh([two], SERVICES))).toEqual(["foo/Deployment/two:b"]);
    const { calls } = plannedCalls(mesh([two], SERVICES), plan(text.replace("b}", "c}")));
    expect(calls[0]?.from.why).toBe("Pod two-1 has no container c");
  });

  it("that are patterns and fit nothing are a problem of their line", () => {
    const text = `clients:\n  - {namespace: foo, selector: app=none}\n  - {namespace: nowhere, workload: "*"}\n${ONE}`;
    expect(plannedCalls(MESH, plan(text)).problems).toMatchObject([
      { code: "no-client", where: { file: "plan.yaml", line: 2 } },
      { code: "no-client", where: { file: "plan.yaml", line: 3 } },
    ]);
  });

  it("that are named outright and have no pod are calls without a result", () => {
    const text = `clients: [{namespace: foo, workload: statefulset/gone}]\n${ONE}`;
    const { calls, problems } = plannedCalls(MESH, plan(text));
    expect(problems).toEqual([]);
    expect(calls).toMatchObject([
      { from: { pod: null, why: "StatefulSet foo/gone has no pod", named: true, client: { kind: "StatefulSet" } } },
    ]);
  });
});

describe("the pod that stands for a client", () => {
  const unready = { phase: "Running", conditions: [{ type: "Ready", status: "False", message: "not yet" }] };
  const failed = livePod("sleep-0", "Deployment/sleep", { status: { phase: "Failed", reason: "Evicted" } });

  it("is the first that is ready", () => {
    const { calls } = plannedCalls(mesh([failed, SLEEP], SERVICES), null);
    expect(calls[0]?.from).toMatchObject({ why: null, pod: { pod: { metadata: { name: "sleep-1" } } } });
  });

  it("else is the first, with what keeps it from being so", () => {
    const slow = livePod("sleep-3", "Deployment/sleep", { status: unready });
    const { calls } = plannedCalls(mesh([slow, failed], SERVICES), null);
    expect(calls[0]?.from.why).toBe("Pod sleep-3: it is not ready: not yet");
  });

  const annotated = (name: string): Record<string, string> => ({ "kubectl.kubernetes.io/default-container": name });
  it.each<[string, object[], Record<string, string>, string]>([
    ["the first container", [{ name: "a" }, { name: "b" }], {}, "a"],
    ["the first that is not the proxy", [{ name: "istio-proxy" }, { name: "a" }], {}, "a"],
    ["the annotated one", [{ name: "a" }, { name: "b" }], annotated("b"), "b"],
    ["not an annotated proxy", [{ name: "istio-proxy" }, { name: "b" }], annotated("istio-proxy"), "b"],
    ["not an annotated one that is not there", [{ name: "a" }], annotated("x"), "a"],
    ["the proxy where there is no other", [{ name: "istio-proxy" }], {}, "istio-proxy"],
  ])("calls from %s", (_, containers, annotations, container) => {
    const one = livePod("x-1", "Deployment/x", { containers, annotations });
    expect(clientsOf(null, mesh([one], SERVICES))).toEqual([`foo/Deployment/x:${container}`]);
  });
});

describe("the Service of a destination", () => {
  it.each([
    ["http://httpbin:8000/", "foo/httpbin"],
    ["http://HTTPBIN:8000/", "foo/httpbin"],
    ["http://httpbin.bar:8000/", "bar/httpbin"],
    ["http://httpbin.bar.svc:8000/", "bar/httpbin"],
    ["http://httpbin.bar.svc.cluster.local:8000/", "bar/httpbin"],
    ["http://httpbin.nowhere:8000/", null],
    ["http://httpbin.bar.example.com/", null],
    ["http://10.96.0.1:8000/", "foo/httpbin"],
    ["http://10.96.0.2:8000/", "bar/httpbin"],
    ["http://[fd00::2]:8000/", "bar/httpbin"],
    ["http://10.96.0.3:8000/", null],
    ["http://other:8000/", null],
  ])("%s is %s", (url, name) => {
    const text = `clients: [{namespace: foo, workload: sleep}]\ndestinations: [{url: "${url}"}]\n`;
    const to = plannedCalls(MESH, plan(text)).calls[0]?.call.to;
    expect(to?.service ? `${to.namespace}/${to.service}` : null).toBe(name);
  });

  it("of a short name is the one in the client's own namespace", () => {
    const { calls } = plannedCalls(
      mesh([SLEEP, livePod("s", "Deployment/sleep", { namespace: "bar" })], SERVICES),
      plan('clients: [{namespace: "*", workload: sleep}]\ndestinations: [{url: "http://httpbin:8000/"}]\n'),
    );
    expect(calls.map(({ call: { from, to } }) => `${from.namespace} ${to.namespace}`)).toEqual(["bar bar", "foo foo"]);
  });

  it("may be named by the plan, with headers and a method", () => {
    const text = "destinations: [{service: bar/httpbin, port: 8000, path: /get, method: HEAD, headers: {x: y}}]\n";
    expect(plannedCalls(MESH, plan(text)).calls[0]?.call.to).toEqual({
      url: "http://httpbin.bar:8000/get",
      method: "HEAD",
      host: "httpbin.bar",
      port: 8000,
      namespace: "bar",
      service: "httpbin",
      headers: { x: "y" },
    });
  });
});
