import { describe, expect, it } from "vitest";
import { listenerAtPod } from "../../src/predict/pod-listeners.js";
import { MeshView } from "../../src/predict/view.js";
import {
  deployment,
  INJECTED,
  mesh,
  namespace,
  object,
  outcomeOf,
  peerAuthentication,
  service,
  sidecar,
  workloadOf,
} from "./builders.js";

/** What a client's proxy has for the very address and port of a pod. */

const SERVER = {
  ...object(
    "v1",
    "Pod",
    "foo/server",
    { containers: [{ name: "app" }, { name: "istio-proxy" }] },
    { labels: { app: "server", "security.istio.io/tlsMode": "istio" } },
  ),
  status: { podIP: "10.0.0.1" },
};
const BASE = [namespace("foo", INJECTED), namespace("bar", INJECTED), deployment("foo/sleep"), SERVER];

interface Parts {
  readonly spec?: object;
  readonly metadata?: object;
  readonly name?: string;
}

/** A Service of the server without an address of its own, with port 8080. */
function headless(protocol: string, year: number, { spec = {}, metadata = {}, name = protocol }: Parts = {}): object {
  const ports = [{ name: protocol, port: 8080 }];
  const creationTimestamp = `${year}-01-01T00:00:00Z`;
  return service(
    `foo/${name}`,
    { selector: { app: "server" }, clusterIP: "None", ports, ...spec },
    { creationTimestamp, ...metadata },
  );
}

function listener(http: boolean, port: number, ...parts: object[]): string | null {
  const inventory = mesh(...BASE, ...parts);
  const client = workloadOf(inventory, "foo/sleep").pods[0]!;
  const pod = workloadOf(inventory, "foo/server").pods[0]!;
  return listenerAtPod(new MeshView(inventory), client, pod, port, http)?.service.name ?? null;
}

describe("a listener at a pod's address", () => {
  it.each<[string, object, string | null]>([
    ["TCP", headless("tcp", 2020), "tcp"],
    ["a protocol that is found out", headless("web", 2020), "web"],
    ["TLS", headless("tls", 2020), "tls"],
    ["HTTP, which has one for all addresses", headless("http", 2020), null],
    ["gRPC, as HTTP", headless("grpc", 2020), null],
    ["a Service with an address", headless("tcp", 2020, { spec: { clusterIP: "10.96.0.1" } }), null],
    ["a Service of other pods", headless("tcp", 2020, { spec: { selector: { app: "other" } } }), null],
    ["UDP", headless("tcp", 2020, { spec: { ports: [{ port: 8080, protocol: "UDP" }] } }), null],
    [
      "a Service that the client cannot see",
      headless("tcp", 2020, { metadata: { annotations: { "networking.istio.io/exportTo": "bar" } } }),
      null,
    ],
  ])("for %s", (_, one, name) => {
    expect(listener(false, 8080, one)).toBe(name);
    expect(listener(true, 8080, one)).toBe(name);
  });

  it("is for the Service's own port", () => expect(listener(false, 8081, headless("tcp", 2020))).toBeNull());

  it("is the oldest Service's, but HTTP follows the oldest that is found out", () => {
    const all = [headless("web", 2022), headless("tcp", 2020), headless("app", 2021)];
    expect(listener(false, 8080, ...all)).toBe("tcp");
    expect(listener(true, 8080, ...all)).toBe("app");
    expect(listener(true, 8080, headless("tcp", 2021, { name: "new" }), headless("tcp", 2020))).toBe("tcp");
  });

  it("is none where the client's Sidecar leaves the Service out", () => {
    const narrow = sidecar("foo/a", { egress: [{ hosts: ["bar/*"] }] });
    expect(listener(false, 8080, headless("tcp", 2020), narrow)).toBeNull();
  });
});

describe("a call of a pod's address", () => {
  const called = (...parts: object[]): string =>
    outcomeOf(mesh(...BASE, ...parts), "foo/sleep", "http://10.0.0.1:8080/");
  const STRICT = peerAuthentication("foo/a", "STRICT");

  it("is plaintext where the proxy knows nobody there", () => {
    expect(called()).toBe("200 plaintext");
    expect(called(STRICT)).toBe("000/52 | 000/56");
  });
  it("is that of the Service whose listener takes it", () => {
    expect(called(headless("web", 2020))).toBe("200 mtls");
    expect(called(headless("web", 2020), STRICT)).toBe("200 mtls");
  });
  it("is a stranger's where only HTTP Services lead there, whose listener answers for it", () => {
    expect(called(headless("http", 2020))).toBe("200 plaintext");
    expect(called(headless("http", 2020), STRICT)).toBe("(503)");
  });
});
