import { describe, expect, it } from "vitest";
import { listenerProtocol, portProtocol, speaksHttp2 } from "../../src/rules/protocol.js";
import type { PortProtocol } from "../../src/rules/model.js";

describe("a port's protocol by its name", () => {
  it.each<[string, PortProtocol]>([
    ["http", "http"],
    ["http-web", "http"],
    ["HTTP-Web", "http"],
    ["http_proxy", "http"],
    ["http2", "http2"],
    ["http2-api", "http2"],
    ["grpc", "grpc"],
    ["grpc-web", "grpc"],
    ["grpc-web-ui", "grpc"],
    ["GRPC-WEBx", "grpc"],
    ["tcp", "tcp"],
    ["tcp-db", "tcp"],
    ["mongo", "tcp"],
    ["redis-cache", "tcp"],
    ["mysql", "tcp"],
    ["https", "tls"],
    ["https-api", "tls"],
    ["tls-x", "tls"],
    ["udp-dns", "udp"],
    ["", "auto"],
    ["web", "auto"],
    ["web-http", "auto"],
    ["httpx", "auto"],
    ["http3", "auto"],
    ["constructor", "auto"],
  ])("%j is %s", (name, protocol) => {
    expect(portProtocol({ port: 8000, name })).toBe(protocol);
  });

  it("is found out where there is no name", () => expect(portProtocol({ port: 80 })).toBe("auto"));
});

describe("a port's protocol by appProtocol", () => {
  it.each<[string, PortProtocol]>([
    ["kubernetes.io/h2c", "http2"],
    ["kubernetes.io/ws", "http"],
    ["kubernetes.io/wss", "tls"],
    ["tcp", "tcp"],
    ["HTTPS", "tls"],
    ["http-anything", "http"],
    ["kubernetes.io/other", "auto"],
    ["example.com/http", "auto"],
    ["", "auto"],
  ])("%j is %s, whatever the name", (appProtocol, protocol) => {
    expect(portProtocol({ port: 8000, name: "grpc", appProtocol })).toBe(protocol);
  });

  it("is not looked for in the name", () =>
    expect(portProtocol({ port: 8000, name: "kubernetes.io/h2c" })).toBe("auto"));
});

describe("ports on which servers speak first", () => {
  it.each([25, 53, 3306, 27017])("%i is TCP where nothing names a protocol", (port) => {
    expect(portProtocol({ port })).toBe("tcp");
    expect(portProtocol({ port, name: "web" })).toBe("tcp");
    expect(portProtocol({ port, name: "http" })).toBe("http");
  });
  it.each([24, 5432, 6379])("%i is found out", (port) => expect(portProtocol({ port })).toBe("auto"));
});

it("UDP goes before all names", () => {
  expect(portProtocol({ port: 53, name: "http", protocol: "UDP", appProtocol: "grpc" })).toBe("udp");
  expect(portProtocol({ port: 53, name: "http", protocol: "TCP" })).toBe("http");
});

it.each<[PortProtocol, string, boolean]>([
  ["http", "http", false],
  ["http2", "http", true],
  ["grpc", "http", true],
  ["tcp", "tcp", false],
  ["tls", "tcp", false],
  ["udp", "tcp", false],
  ["auto", "auto", false],
])("a listener for %s is for %s", (protocol, listener, http2) => {
  expect(listenerProtocol(protocol)).toBe(listener);
  expect(speaksHttp2(protocol)).toBe(http2);
});
