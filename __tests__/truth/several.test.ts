import { describe, expect, it } from "vitest";
import { severalCanAnswer } from "../../e2e/truth/several.js";
import type { KubeObject } from "../../src/ports.js";

const pod = (namespace: string, labels: Record<string, string>) => ({
  namespace,
  labels,
  workload: { kind: "Deployment", name: "any" },
  pod: { apiVersion: "v1", kind: "Pod", metadata: { name: "any", namespace } },
});
const mesh = { pods: [pod("a", { app: "one" }), pod("b", { app: "two" }), pod("b", { app: "two", version: "v2" })] };
const object = (kind: string, namespace: string, name: string, spec: object): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace },
  spec,
});
const one = object("Service", "a", "one", { selector: { app: "one" } });
const two = object("Service", "b", "two", { selector: { app: "two" } });

describe("severalCanAnswer", () => {
  it("counts the pods of the Service that is called, in the client's namespace where the host names none", () => {
    expect(severalCanAnswer(mesh, [one, two], "one.a", "b")).toBe(false);
    expect(severalCanAnswer(mesh, [one, two], "two.b.svc.cluster.local", "a")).toBe(true);
    expect(severalCanAnswer(mesh, [one, two], "two", "b")).toBe(true);
    expect(severalCanAnswer(mesh, [one, two], "two", "a")).toBe(false);
  });

  it.each([
    ["a host in full", "a", "one.a.svc.cluster.local"],
    ["a short host", "a", "one"],
    ["a wildcard", "b", "*.a.svc.cluster.local"],
  ])("follows a VirtualService with %s", (_, namespace, host) => {
    const route = { http: [{ route: [{ destination: { host: "two.b.svc.cluster.local" } }] }] };

    expect(
      severalCanAnswer(
        mesh,
        [one, two, object("VirtualService", namespace, "r", { hosts: [host], ...route })],
        "one.a",
        "a",
      ),
    ).toBe(true);
    expect(
      severalCanAnswer(
        mesh,
        [one, two, object("VirtualService", "b", "r", { hosts: ["one"], ...route })],
        "one.a",
        "a",
      ),
    ).toBe(false);
  });

  it("follows an ExternalName and the endpoints of a ServiceEntry, and ends where they go round", () => {
    const alias = object("Service", "a", "alias", { type: "ExternalName", externalName: "entry.a.svc.cluster.local" });
    const entry = object("ServiceEntry", "a", "any", {
      hosts: ["entry.a.svc.cluster.local"],
      endpoints: [{ address: "alias.a.svc.cluster.local" }, { address: "two.b.svc.cluster.local" }],
    });

    expect(severalCanAnswer(mesh, [one, two, alias, entry], "alias.a", "a")).toBe(true);
    expect(severalCanAnswer(mesh, [one, alias, entry], "alias.a", "a")).toBe(false);
  });
});
