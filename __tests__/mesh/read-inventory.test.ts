import { describe, expect, it } from "vitest";
import type { Inventory } from "../../src/mesh/inventory.js";
import { overlay } from "../../src/mesh/read-inventory.js";
import { NOWHERE } from "../../src/rules/objects.js";
import {
  AMBIENT,
  deployment,
  mesh,
  meshWith,
  namespace,
  object,
  objectsOf,
  peerAuthentication,
  service,
} from "../predict/builders.js";

/** Objects → a mesh. */

describe("what an inventory is made of", () => {
  it.each<[string, string, keyof Inventory]>([
    ["security.istio.io/v1beta1", "PeerAuthentication", "peerAuthentications"],
    ["networking.istio.io/v1alpha3", "DestinationRule", "destinationRules"],
    ["security.istio.io/v1", "AuthorizationPolicy", "authorizationPolicies"],
    ["security.istio.io/v1", "RequestAuthentication", "requestAuthentications"],
    ["networking.istio.io/v1", "Sidecar", "sidecars"],
    ["networking.istio.io/v1", "VirtualService", "virtualServices"],
    ["gateway.networking.k8s.io/v1", "Gateway", "gateways"],
    ["networking.istio.io/v1alpha3", "EnvoyFilter", "envoyFilters"],
    ["extensions.istio.io/v1alpha1", "WasmPlugin", "wasmPlugins"],
    ["extensions.istio.io/v1alpha1", "TrafficExtension", "wasmPlugins"],
    ["networking.k8s.io/v1", "NetworkPolicy", "networkPolicies"],
    ["gateway.networking.k8s.io/v1", "HTTPRoute", "gatewayRoutes"],
    ["gateway.networking.k8s.io/v1", "GRPCRoute", "gatewayRoutes"],
    ["gateway.networking.k8s.io/v1alpha2", "TLSRoute", "gatewayRoutes"],
    ["networking.istio.io/v1", "Gateway", "outside"],
    ["networking.k8s.io/v1", "Ingress", "outside"],
  ])("%s %s is among %s", (apiVersion, kind, list) => {
    const inventory = mesh(object(apiVersion, kind, "foo/a", { some: "thing" }));
    expect(inventory[list]).toMatchObject([{ kind, namespace: "foo", name: "a", spec: { some: "thing" } }]);
    expect([...inventory.ignored]).toEqual([]);
  });

  it("counts kinds that decide no call", () => {
    const of = (apiVersion: string, kind: string, name: string): object => object(apiVersion, kind, `foo/${name}`, {});
    const { ignored } = mesh(
      of("v1", "Secret", "a"),
      of("v1", "Secret", "b"),
      of("example.com/v1", "PeerAuthentication", "a"),
      of("v1", "ServiceAccount", "a"),
      of("v1", "ConfigMap", "a"),
      deployment("foo/a"),
      service("foo/a"),
      namespace("foo"),
    );
    expect([...ignored]).toEqual([
      ["Secret", 2],
      ["PeerAuthentication", 1],
    ]);
  });

  it("keeps the content of what has it beside spec", () => {
    const webhooks = [{ name: "a" }];
    const one = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: "a" },
      webhooks,
    };
    expect(mesh(one).outside).toMatchObject([{ spec: { webhooks } }]);
  });

  it("knows the labels of namespaces", () => {
    expect(mesh(namespace("foo", { a: "1" }), namespace("bar")).namespaces).toEqual(
      new Map([
        ["foo", { a: "1" }],
        ["bar", {}],
      ]),
    );
  });

  it("is ambient where ztunnel captures a pod, whatever the settings say", () => {
    expect(mesh(namespace("foo", AMBIENT), deployment("foo/a")).settings.ambient).toBe(true);
    expect(mesh(namespace("foo", AMBIENT)).settings.ambient).toBe(false);
  });

  it("hands on what could not be read", () => {
    const unreadable = [{ kind: "Sidecar", why: "no rights" }];
    expect(meshWith({ unreadable, source: "cluster" })).toMatchObject({ unreadable, source: "cluster" });
    expect(mesh().unreadable).toEqual([]);
  });

  it("knows how old an object is, and takes one without a time for the newest", () => {
    const at = (creationTimestamp: unknown): number | undefined =>
      mesh(peerAuthentication("foo/a", "STRICT", {}, { creationTimestamp })).peerAuthentications[0]?.created;
    expect(at("2026-01-01T00:00:00Z")).toBe(Date.UTC(2026, 0, 1));
    expect(at(undefined)).toBe(Infinity);
    expect(at(null)).toBe(Infinity);
    expect(at("soon")).toBe(Infinity);
  });
});

describe("files laid over a cluster", () => {
  type Placed = Parameters<typeof overlay>[0][number];
  const OLD = { creationTimestamp: "2026-01-01T00:00:00Z" };
  const live = (...parts: object[]): Placed[] => parts.map((one) => ({ object: one as Placed["object"], at: NOWHERE }));

  /** `MODE FILE CREATED` of every PeerAuthentication. */
  const texts = (all: readonly Placed[]): string[] =>
    all.map(({ object: { metadata, spec }, at }) => {
      const mode = (spec as { mtls?: { mode?: string } }).mtls?.mode ?? "";
      return `${metadata.namespace ?? ""}/${metadata.name} ${mode} ${at.file ?? "cluster"} ${metadata.creationTimestamp ?? ""}`.trim();
    });

  it("replace what has their name, and keep its age", () => {
    const there = live(peerAuthentication("foo/a", "STRICT", {}, OLD), peerAuthentication("foo/b", "STRICT", {}, OLD));
    expect(texts(overlay(there, objectsOf([peerAuthentication("foo/a", "DISABLE")])))).toEqual([
      `foo/b STRICT cluster ${OLD.creationTimestamp}`,
      `foo/a DISABLE mesh.yaml ${OLD.creationTimestamp}`,
    ]);
  });

  it("have an age of their own where they say one, or are new", () => {
    const there = live(peerAuthentication("foo/a", "STRICT", {}, OLD));
    const files = [
      peerAuthentication("foo/a", "DISABLE", {}, { creationTimestamp: "2027-01-01T00:00:00Z" }),
      peerAuthentication("foo/new", "DISABLE"),
    ];
    expect(texts(overlay(there, objectsOf(files)))).toEqual([
      "foo/a DISABLE mesh.yaml 2027-01-01T00:00:00Z",
      "foo/new DISABLE mesh.yaml",
    ]);
  });

  it("replace one of another version, and none of another namespace, kind or group", () => {
    const there = live(
      { ...peerAuthentication("foo/a", "STRICT"), apiVersion: "security.istio.io/v1beta1" },
      peerAuthentication("bar/a", "STRICT"),
      service("foo/a"),
      { ...peerAuthentication("foo/a", "STRICT"), apiVersion: "example.com/v1" },
    );
    expect(
      overlay(there, objectsOf([peerAuthentication("foo/a", "DISABLE")])).map(({ object: one }) => one.apiVersion),
    ).toEqual(["security.istio.io/v1", "v1", "example.com/v1", "security.istio.io/v1"]);
  });
});
