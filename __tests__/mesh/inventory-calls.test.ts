import { describe, expect, it } from "vitest";
import {
  inventoryClients,
  inventoryDestinations,
  inventoryNamespaces,
  plannedDestination,
} from "../../src/mesh/inventory-calls.js";
import type { ClientPattern, Plan, PlannedDestination } from "../../src/settings/plan.js";
import { parseSelector } from "../../src/settings/selector.js";
import { deployment, INJECTED, mesh, namespace, object, service, serviceEntry, WORLD } from "../predict/builders.js";

/** Who calls whom where the plan says it, and where it does not. */

const where = { file: "plan.yaml", line: 1 };
const clientText = ({
  client,
}: {
  client: { namespace: string; kind: string; workload: string; container: string };
}): string => `${client.namespace}/${client.kind}/${client.workload}/${client.container}`;

describe("clients without a plan", () => {
  const clients = (inventory: ReturnType<typeof mesh>, ...namespaces: string[]): string[] =>
    inventoryClients(inventory, null, namespaces).clients.map(clientText);

  it("are all workloads of the namespaces, in order", () => {
    expect(clients(mesh(...WORLD), "legacy", "foo")).toEqual([
      "foo/Deployment/httpbin/httpbin",
      "foo/Deployment/sleep/sleep",
      "legacy/Deployment/httpbin/httpbin",
      "legacy/Deployment/sleep/sleep",
    ]);
    expect(clients(mesh(...WORLD), "foo")).toHaveLength(2);
    expect(clients(mesh(...WORLD), "other")).toEqual([]);
  });

  it("are no gateways", () => {
    const annotations = { "inject.istio.io/templates": "gateway" };
    const gateway = mesh(namespace("foo", INJECTED), deployment("foo/gateway", { annotations }), deployment("foo/a"));
    expect(clients(gateway, "foo")).toEqual(["foo/Deployment/a/a"]);
  });
});

describe("clients of a plan", () => {
  const planned = (...patterns: Omit<ClientPattern, "where">[]): { clients: string[]; problems: string[] } => {
    const plan: Plan = { file: "plan.yaml", clients: patterns.map((one) => ({ ...one, where })) };
    const containers = [{ name: "one" }, { name: "two" }];
    const found = inventoryClients(mesh(...WORLD, deployment("foo/both", { containers })), plan, ["legacy"]);
    return { clients: found.clients.map(clientText), problems: found.problems.map(({ code }) => code) };
  };

  it("are those that fit, whatever the namespaces", () => {
    expect(planned({ namespace: "foo", workload: "sl*" })).toEqual({
      clients: ["foo/Deployment/sleep/sleep"],
      problems: [],
    });
    expect(planned({ namespace: "*", kind: "deployment" }).clients).toHaveLength(5);
    const selector = parseSelector("app=sleep") ?? [];
    expect(planned({ namespace: "*", selector }).clients).toEqual([
      "foo/Deployment/sleep/sleep",
      "legacy/Deployment/sleep/sleep",
    ]);
  });

  it("are each there once", () => {
    expect(planned({ namespace: "foo", workload: "sleep" }, { namespace: "foo", workload: "s*" }).clients).toHaveLength(
      1,
    );
  });

  it("call from the container that the plan names", () => {
    const two = planned(
      { namespace: "foo", workload: "both" },
      { namespace: "foo", workload: "both", container: "two" },
    );
    expect(two.clients).toEqual(["foo/Deployment/both/one", "foo/Deployment/both/two"]);
  });

  it("have to be there, and their container", () => {
    expect(planned({ namespace: "foo", workload: "none" })).toEqual({ clients: [], problems: ["no-client"] });
    expect(planned({ namespace: "foo", kind: "statefulset" }).problems).toEqual(["no-client"]);
    expect(planned({ namespace: "foo", workload: "sleep", container: "x" }).problems).toEqual(["no-container"]);
  });
});

describe("destinations without a plan", () => {
  it("are all TCP ports of the namespaces' Services, in order", () => {
    const ports = [
      { name: "http", port: 80 },
      { name: "tcp", port: 90 },
      { name: "dns", port: 53, protocol: "UDP" },
    ];
    const inventory = mesh(
      service("foo/b", { ports }),
      service("foo/a"),
      service("bar/a"),
      serviceEntry("foo/x", { hosts: ["example.org"], ports: [{ number: 80 }] }),
    );
    const urls = (...namespaces: string[]): string[] =>
      inventoryDestinations(inventory, namespaces).map(({ url }) => url);
    expect(urls("foo")).toEqual(["http://a.foo:8000/", "http://b.foo:80/", "http://b.foo:90/"]);
    expect(urls("bar", "foo")[0]).toBe("http://a.bar:8000/");
    expect(inventoryDestinations(inventory, ["bar"])).toEqual([
      {
        url: "http://a.bar:8000/",
        method: "GET",
        host: "a.bar",
        port: 8000,
        namespace: "bar",
        service: "a",
        headers: {},
      },
    ]);
  });
});

describe("the API server's Service", () => {
  const inventory = mesh(service("default/kubernetes"), service("default/a"), service("foo/kubernetes"));
  it("is called only where a plan names it: no workload is behind it", () => {
    const urls = inventoryDestinations(inventory, ["default", "foo"]).map(({ url }) => url);
    expect(urls).toEqual(["http://a.default:8000/", "http://kubernetes.foo:8000/"]);
    const url = "http://kubernetes.default:8000/";
    const host = "kubernetes.default";
    const named = { url, scheme: "http" as const, method: "GET", headers: {}, host, port: 8000, path: "/", where };
    expect(plannedDestination(inventory, named, "foo")).toMatchObject({ namespace: "default", service: "kubernetes" });
  });
});

describe("a destination of the plan", () => {
  const planned = (host: string, rest: Partial<PlannedDestination> = {}): (string | null)[] => {
    const to: PlannedDestination = {
      url: `http://${host}:8000/`,
      scheme: "http",
      method: "GET",
      headers: { a: "1" },
      host,
      port: 8000,
      path: "/",
      where,
      ...rest,
    };
    const found = plannedDestination(mesh(...WORLD, service("foo/ip", { clusterIP: "10.96.0.9" })), to, "foo");
    expect(found.headers).toEqual({ a: "1" });
    return [found.namespace, found.service];
  };

  it.each<[string, string | null, string | null]>([
    ["httpbin", "foo", "httpbin"],
    ["httpbin.legacy", "legacy", "httpbin"],
    ["httpbin.legacy.svc.cluster.local", "legacy", "httpbin"],
    ["10.96.0.9", "foo", "ip"],
    ["none.foo", null, null],
    ["example.org", null, null],
  ])("%s is of namespace %s, Service %s", (host, of, name) => expect(planned(host)).toEqual([of, name]));

  it("is the Service that the plan names", () => {
    expect(planned("anything", { service: { namespace: "legacy", name: "httpbin" } })).toEqual(["legacy", "httpbin"]);
  });
});

it("the namespaces are all that there are, but the root and Kubernetes' own", () => {
  const inventory = mesh(
    namespace("c"),
    namespace("kube-system"),
    namespace("istio-system"),
    deployment("b/x"),
    service("a/x"),
    object("v1", "Secret", "secret/x", {}),
  );
  expect(inventoryNamespaces(inventory)).toEqual(["a", "b", "c"]);
});
