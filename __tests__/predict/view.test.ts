import { describe, expect, it } from "vitest";
import {
  authorizationPolicy,
  mesh,
  namespace,
  INJECTED,
  deployment,
  outcomeOf,
  service,
  serviceEntry,
} from "./builders.js";

/** A Service and a ServiceEntry lead to one port of a pod; the denial shows which of them gives it its protocol. */
function shared(host: string, created: { readonly service?: string; readonly entry?: string } = {}): string {
  const entry = {
    hosts: [host],
    location: "MESH_INTERNAL",
    resolution: "STATIC",
    workloadSelector: { labels: { app: "web" } },
    ports: [{ number: 8000, name: "tcp", protocol: "TCP", targetPort: 8080 }],
  };
  const at = (creationTimestamp: string | undefined): { metadata: object } => ({ metadata: { creationTimestamp } });
  const world = mesh(
    namespace("foo", INJECTED),
    deployment("foo/sleep", { ports: [] }),
    deployment("foo/web"),
    merged(service("foo/web"), at(created.service)),
    merged(serviceEntry("foo/a", entry), at(created.entry)),
    authorizationPolicy("foo/nobody", {}),
  );
  return outcomeOf(world, "foo/sleep", "http://web.foo:8000/ip");
}

function merged(whole: object, { metadata }: { readonly metadata?: object }): object {
  return { ...whole, metadata: { ...(whole as { metadata: object }).metadata, ...metadata } };
}

const HTTP = "(403) mtls";
const EARLY = "2026-01-01T00:00:00Z";
const LATE = "2026-01-01T00:00:01Z";

describe("the protocol of a port that several lead to", () => {
  it("is the oldest's", () => {
    expect(shared("web.foo.svc.cluster.local", { service: EARLY, entry: LATE })).toBe(HTTP);
    expect(shared("web.foo.svc.cluster.local", { service: LATE, entry: EARLY })).not.toBe(HTTP);
  });

  it("is the one's whose host name comes first where they are as old as each other", () => {
    expect(shared("a.example.org", { service: EARLY, entry: EARLY })).not.toBe(HTTP);
    expect(shared("z.example.org", { service: EARLY, entry: EARLY })).toBe(HTTP);
  });

  it("is the Service's where both have one host name: truth seed 3c039df4, case 86", () => {
    expect(shared("web.foo.svc.cluster.local", { service: EARLY, entry: EARLY })).toBe(HTTP);
  });
});
