import { describe, expect, it } from "vitest";
import { hidesMtls } from "../../src/predict/hides-mtls.js";
import { MeshView } from "../../src/predict/view.js";
import { mesh, object, service, sidecar, virtualService, WORLD, type Part } from "./builders.js";

/** Whether a call can be mTLS and leave no mark of it at the destination. */

const port = (name: string, number: number, rest: object = {}): object => ({
  name,
  port: number,
  targetPort: 8080,
  ...rest,
});
const hides = (host: string, number: number, ...parts: Part[]): boolean =>
  hidesMtls(new MeshView(mesh(...WORLD, ...parts)), "foo", host, number);
const other = (...ports: object[]): object => service("foo/other", { selector: { app: "httpbin" }, ports });

/** WORLD's own Service for HTTP is the oldest that leads to 8080: another port is not its. */
const apart = (name: string, number = 9000, rest: object = {}): object => ({
  name,
  port: number,
  targetPort: 9090,
  ...rest,
});

describe("a Service's port", () => {
  it.each<[string, boolean]>([
    ["http", false],
    ["grpc", false],
    ["web", false],
    ["tcp", true],
    ["https", true],
    ["mysql", true],
  ])("named %s: %s", (name, hidden) => expect(hides("other.foo", 9000, other(apart(name)))).toBe(hidden));

  it("counts as the server's sidecar takes it: as the oldest Service has it", () => {
    const old = { metadata: { creationTimestamp: "2020-01-01T00:00:00Z" } };
    expect(hides("other.foo", 9000, other(port("tcp", 9000)))).toBe(false);
    const first = service("foo/other", { selector: { app: "httpbin" }, ports: [port("tcp", 9000)] }, old.metadata);
    expect(hides("httpbin.foo", 8000, first)).toBe(true);
  });

  it("is one of its own: others of the Service do not matter", () => {
    const two = other(apart("tcp"), { name: "http", port: 7000, targetPort: 7070 });
    expect(hides("other.foo", 9000, two)).toBe(true);
    expect(hides("other.foo", 7000, two)).toBe(false);
  });

  it("of pods without a sidecar hides nothing", () => {
    const legacy = service("legacy/other", { selector: { app: "httpbin" }, ports: [apart("tcp")] });
    expect(hides("other.legacy", 9000, legacy)).toBe(false);
  });

  it("of a headless Service is that of the pods", () => {
    const ports = [{ name: "tcp", port: 9090 }];
    const headless = service("foo/other", { selector: { app: "httpbin" }, clusterIP: "None", ports });
    expect(hides("other.foo", 9090, headless)).toBe(true);
  });

  it("is what the Sidecar's ingress says where there is one", () => {
    const ingress = [{ port: { number: 8080, protocol: "TCP", name: "tcp" }, defaultEndpoint: "127.0.0.1:8080" }];
    expect(hides("httpbin.foo", 8000, sidecar("foo/a", { ingress }))).toBe(true);
  });
});

describe("routes", () => {
  const tcp = other(apart("tcp"));
  const route = [{ destination: { host: "other", port: { number: 9000 } } }];

  it("that lead to a Service whose only port is TCP hide it, taken or not", () => {
    expect(hides("httpbin.foo", 8000, tcp)).toBe(false);
    expect(hides("httpbin.foo", 8000, tcp, virtualService("foo/a", { hosts: ["httpbin"], http: [{ route }] }))).toBe(
      true,
    );
    expect(hides("httpbin.foo", 8000, tcp, virtualService("foo/a", { hosts: ["*"], tcp: [{ route }] }))).toBe(true);
    expect(hides("httpbin.foo", 8000, tcp, virtualService("foo/a", { hosts: ["none"], http: [{ route }] }))).toBe(
      false,
    );
  });
});

describe("what is no Service", () => {
  const running = (name: string, ip: string, ...more: object[]): object => ({
    ...object("v1", "Pod", `foo/${name}`, { containers: [{ name: "app" }, ...more] }, { labels: { app: "pod" } }),
    status: { podIP: ip },
  });
  const tcp = service("foo/pods", { selector: { app: "pod" }, ports: [{ name: "tcp", port: 9090 }] });

  it("a pod's address is as its sidecar takes it", () => {
    const pods = [running("a", "10.0.0.1", { name: "istio-proxy" }), running("b", "10.0.0.2"), tcp];
    expect(hides("10.0.0.1", 9090, ...pods)).toBe(true);
    expect(hides("10.0.0.1", 9091, ...pods)).toBe(false);
    expect(hides("10.0.0.2", 9090, ...pods)).toBe(false);
  });

  it("a name or address that is nobody's can hide it", () => {
    expect(hides("none.foo", 8000)).toBe(true);
    expect(hides("example.org", 80)).toBe(true);
    expect(hides("10.9.9.9", 80)).toBe(true);
  });
});
