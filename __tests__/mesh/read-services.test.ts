import { describe, expect, it } from "vitest";
import type { FixedEndpoint, Service } from "../../src/rules/model.js";
import { mesh, object, service, serviceEntry, type Part } from "../predict/builders.js";

/** Services, their endpoints and ServiceEntries → what clients can call. */

function only(...parts: Part[]): Service {
  const { services } = mesh(...parts);
  expect(services).toHaveLength(1);
  return services[0]!;
}

/** `ADDRESS NAME=PORT …`, with `mtls` where clients take it for a sidecar. */
function text({ address, ports, tlsMode }: FixedEndpoint): string {
  return [address, ...[...ports].map(([name, port]) => `${name}=${port}`), ...(tlsMode ? ["mtls"] : [])].join(" ");
}

const endpoints = (...parts: Part[]): string[] => only(...parts).endpoints.map(text);

describe("a Service", () => {
  it("has its full name, ports and selector", () => {
    const ports = [
      { name: "http", port: 8000, targetPort: "web" },
      { port: 9000, appProtocol: "grpc" },
      { name: "dns", port: 53, protocol: "UDP" },
    ];
    expect(only(service("foo/httpbin", { ports, clusterIP: "10.96.0.1" }))).toMatchObject({
      kind: "Service",
      namespace: "foo",
      name: "httpbin",
      hostname: "httpbin.foo.svc.cluster.local",
      ports: [
        { port: 8000, name: "http", protocol: "http", targetPort: "web", index: 0 },
        { port: 9000, name: "", protocol: "grpc", targetPort: 9000, index: 1 },
        { port: 53, name: "dns", protocol: "udp", targetPort: 53, index: 2 },
      ],
      selector: { app: "httpbin" },
      headless: false,
      external: false,
      externalName: null,
      resolution: "STATIC",
      addresses: ["10.96.0.1"],
      exportTo: null,
    });
  });

  it("is headless where its address is None", () => {
    expect(only(service("foo/a", { clusterIP: "None" }))).toMatchObject({ headless: true, addresses: [] });
    expect(only(service("foo/a", { clusterIPs: ["None"] }))).toMatchObject({ headless: true, addresses: [] });
    expect(only(service("foo/a", { clusterIP: "" }))).toMatchObject({ headless: false, addresses: [] });
    expect(only(service("foo/a"))).toMatchObject({ headless: false, addresses: [] });
  });

  it("has all of its addresses", () => {
    const spec = { clusterIP: "10.96.0.1", clusterIPs: ["10.96.0.1", "fd00::1"] };
    expect(only(service("foo/a", spec)).addresses).toEqual(["10.96.0.1", "fd00::1"]);
  });

  it("stands for a name where it is ExternalName, and then has no pods", () => {
    const spec = { type: "ExternalName", externalName: "HTTPBin.bar.svc.cluster.local." };
    expect(only(service("foo/a", spec))).toMatchObject({
      externalName: "httpbin.bar.svc.cluster.local",
      external: true,
      headless: false,
      selector: null,
    });
    expect(only(service("foo/a", { externalName: "ignored" }))).toMatchObject({ externalName: null, external: false });
  });

  it("is exported to whom its annotation says", () => {
    const annotations = { "networking.istio.io/exportTo": "., foo ,bar" };
    expect(only(service("foo/a", {}, { annotations })).exportTo).toEqual([".", "foo", "bar"]);
  });

  it("has no selector where it is empty", () => {
    expect(only(service("foo/a", { selector: {} })).selector).toBeNull();
    expect(only(service("foo/a", { selector: undefined })).selector).toBeNull();
  });
});

describe("addresses that are written down for a Service without selector", () => {
  const bare = service("foo/a", { selector: undefined });
  const slice = (name: string, addresses: string[], of = "a", ready?: boolean, namespace = "foo"): object => ({
    ...object(
      "discovery.k8s.io/v1",
      "EndpointSlice",
      `${namespace}/${name}`,
      {},
      {
        labels: { "kubernetes.io/service-name": of },
      },
    ),
    endpoints: [{ addresses, ...(ready === undefined ? {} : { conditions: { ready } }) }],
    ports: [{ name: "http", port: 8080 }, { name: "none" }],
  });
  const old = {
    ...object("v1", "Endpoints", "foo/a", {}),
    subsets: [{ addresses: [{ ip: "10.0.0.1" }, { ip: "10.0.0.9" }], ports: [{ port: 8081 }] }],
  };

  it("are those of its EndpointSlices", () => {
    expect(endpoints(bare, slice("a-1", ["10.0.0.1"]), slice("a-2", ["10.0.0.2", "10.0.0.3"]))).toEqual([
      "10.0.0.1 http=8080",
      "10.0.0.2 http=8080",
      "10.0.0.3 http=8080",
    ]);
  });

  it("are those of its Endpoints", () => {
    expect(endpoints(bare, old)).toEqual(["10.0.0.1 =8081", "10.0.0.9 =8081"]);
  });

  it("are each there once, of Endpoints and the slices that mirror them", () => {
    expect(endpoints(bare, slice("a-1", ["10.0.0.1"]), old)).toEqual(["10.0.0.1 http=8080", "10.0.0.9 =8081"]);
  });

  it("are none that are not ready", () => {
    expect(endpoints(bare, slice("a-1", ["10.0.0.1"], "a", false))).toEqual([]);
    expect(endpoints(bare, slice("a-1", ["10.0.0.1"], "a", true))).toEqual(["10.0.0.1 http=8080"]);
  });

  it("are none of another Service or namespace", () => {
    expect(endpoints(bare, slice("a-1", ["10.0.0.1"], "b"))).toEqual([]);
    expect(endpoints(bare, slice("a-1", ["10.0.0.1"], "a", true, "bar"))).toEqual([]);
  });

  it("do not count where there is a selector", () => {
    expect(endpoints(service("foo/a"), slice("a-1", ["10.0.0.1"]), old)).toEqual([]);
  });
});

const workloadEntry = (name: string, spec: object, labels: object = {}): object =>
  object("networking.istio.io/v1", "WorkloadEntry", name, spec, { labels });

describe("a WorkloadEntry", () => {
  const TLS = "security.istio.io/tlsMode";
  const entry = (spec: object, labels: object = {}, namespace = "foo"): string[] =>
    endpoints(
      service("foo/a"),
      workloadEntry(`${namespace}/vm`, { address: "1.2.3.4", labels: { app: "a" }, ...spec }, labels),
    );

  it("is an endpoint of a Service that selects it, as its pods are", () => {
    expect(entry({ ports: { http: 8080 } })).toEqual(["1.2.3.4 http=8080"]);
    expect(entry({ labels: { app: "b" } })).toEqual([]);
    expect(entry({}, {}, "bar")).toEqual([]);
  });

  it("is selected by the labels of its metadata, too", () => {
    expect(entry({ labels: undefined }, { app: "a" })).toEqual(["1.2.3.4"]);
  });

  it("takes mTLS where its label says so, else where it has a service account", () => {
    expect(entry({ serviceAccount: "vm" })).toEqual(["1.2.3.4 mtls"]);
    expect(entry({ serviceAccount: "" })).toEqual(["1.2.3.4"]);
    expect(entry({ labels: { app: "a", [TLS]: "istio" } })).toEqual(["1.2.3.4 mtls"]);
    expect(entry({ labels: { app: "a", [TLS]: "disabled" }, serviceAccount: "vm" })).toEqual(["1.2.3.4"]);
  });
});

describe("a ServiceEntry", () => {
  const spec = {
    hosts: ["Example.org", "*.example.org"],
    addresses: ["240.0.0.1"],
    ports: [
      { number: 80, name: "web", protocol: "HTTP", targetPort: 8080 },
      { number: 443, name: "http", protocol: "TLS" },
      { number: 9, name: "http" },
    ],
    resolution: "DNS",
    endpoints: [{ address: "backend.org", ports: { web: 8081 }, serviceAccount: "x" }],
    exportTo: ["."],
  };

  it("is as many Services as it has hosts", () => {
    const { services } = mesh(serviceEntry("foo/a", spec));
    expect(services.map(({ hostname, kind, name }) => `${kind} ${name} ${hostname}`)).toEqual([
      "ServiceEntry a example.org",
      "ServiceEntry a *.example.org",
    ]);
    expect(services[0]).toMatchObject({
      addresses: ["240.0.0.1"],
      external: true,
      resolution: "DNS",
      exportTo: ["."],
      selector: null,
      headless: false,
    });
    expect(services[0]?.endpoints.map(text)).toEqual(["backend.org web=8081 mtls"]);
  });

  it("names the protocols of its ports outright, whatever their names", () => {
    expect(mesh(serviceEntry("foo/a", spec)).services[0]?.ports).toEqual([
      { port: 80, name: "web", protocol: "http", targetPort: 8080, index: 0 },
      { port: 443, name: "http", protocol: "tls", targetPort: 443, index: 1 },
      { port: 9, name: "http", protocol: "auto", targetPort: 9, index: 2 },
    ]);
  });

  it.each<[string | undefined, boolean]>([
    ["MESH_INTERNAL", false],
    ["MESH_EXTERNAL", true],
    [undefined, true],
  ])("of location %s is outside: %s", (location, external) => {
    expect(only(serviceEntry("foo/a", { hosts: ["a.org"], location })).external).toBe(external);
  });

  it("finds its endpoints in no way where it says none", () => {
    expect(only(serviceEntry("foo/a", { hosts: ["a.org"] })).resolution).toBe("NONE");
    expect(only(serviceEntry("foo/a", { hosts: ["a.org"], exportTo: [] })).exportTo).toBeNull();
  });

  it("selects WorkloadEntries and pods", () => {
    const selecting = { hosts: ["a.org"], workloadSelector: { labels: { app: "a" } } };
    const found = only(
      serviceEntry("foo/a", selecting),
      workloadEntry("foo/vm", { address: "1.2.3.4", labels: { app: "a" } }),
      workloadEntry("bar/vm", { address: "1.2.3.5", labels: { app: "a" } }),
    );
    expect(found.selector).toEqual({ app: "a" });
    expect(found.endpoints.map(text)).toEqual(["1.2.3.4"]);
  });
});
