import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  demoClients,
  demoDestinations,
  demoWorkloads,
  strictMeshPolicy,
  strictNamespacePolicy,
} from "../../src/mesh/demo.js";
import { readObjects, type SourcedObject } from "../../src/mesh/objects.js";
import { parseLocated } from "../../src/yaml/located.js";

const FOLDER = join(import.meta.dirname, "..", "..", "manifests");
const read = (path: string): string => readFileSync(join(FOLDER, path), "utf8");
const SETTINGS = {
  namespaces: ["foo", "bar"],
  legacyNamespaces: ["legacy"],
  strictNamespace: "foo",
  injection: "namespace" as const,
};
const names = (objects: readonly SourcedObject[]): string[] =>
  objects.map(({ object: { kind, metadata } }) => `${kind} ${metadata.namespace ?? "-"}/${metadata.name}`);
const labelsOf = (objects: readonly SourcedObject[], name: string): object =>
  objects.find(({ object }) => object.kind === "Namespace" && object.metadata.name === name)?.object.metadata.labels ??
  {};
const imagesOf = (objects: readonly SourcedObject[]): string[] =>
  objects.flatMap(({ object }) =>
    [...JSON.stringify(object).matchAll(/"image":"([^"]+)"/gu)].map(([, image = ""]) => image),
  );

describe("the manifests", () => {
  it("of foo and bar differ in the namespace alone", () => {
    const [foo, bar] = ["foo", "bar"].map((name) =>
      parseLocated(read(`workloads/${name}.yaml`), name).documents.map(({ value }) => value),
    );
    expect(JSON.parse(JSON.stringify(foo).replaceAll('"foo"', '"bar"'))).toEqual(bar);
    expect(foo?.length).toBeGreaterThan(4);
  });

  it("are what the code makes of them for the namespaces that they were written for", () => {
    const written = ["foo", "bar", "legacy"].flatMap(
      (name) => readObjects(read(`workloads/${name}.yaml`), name).objects,
    );
    expect(demoWorkloads(read, SETTINGS, {}).map(({ object }) => object)).toEqual(written.map(({ object }) => object));
    expect(strictNamespacePolicy(read, SETTINGS).map(({ object }) => object)).toEqual(
      readObjects(read("policies/mtls-ns.yaml"), "x").objects.map(({ object }) => object),
    );
    expect(strictMeshPolicy(read, "istio-system").map(({ object }) => object)).toEqual(
      readObjects(read("policies/mtls-global.yaml"), "x").objects.map(({ object }) => object),
    );
  });

  it("name public images by a fixed version", () => {
    for (const image of imagesOf(demoWorkloads(read, SETTINGS, {})))
      expect(image).toMatch(/^[a-z0-9.]+\/.+:v?\d+\.\d+\.\d+$/u);
  });
});

describe("the demo's workloads", () => {
  it("are made out to other names and counts", () => {
    const objects = demoWorkloads(read, { ...SETTINGS, namespaces: ["a"], legacyNamespaces: ["l1", "l2"] }, {});
    expect(names(objects)).toEqual([
      "Namespace -/a",
      "ServiceAccount a/httpbin",
      "Service a/httpbin",
      "Deployment a/httpbin",
      "ServiceAccount a/sleep",
      "Deployment a/sleep",
      ...["l1", "l2"].flatMap((name) => [
        `Namespace -/${name}`,
        `ServiceAccount ${name}/sleep`,
        `Deployment ${name}/sleep`,
      ]),
    ]);
    expect(JSON.stringify(objects.map(({ object }) => object))).not.toMatch(/"(?:foo|legacy)"/u);
    expect(objects[0]?.place.file).toBe("manifests/workloads/foo.yaml");
  });

  it("may be called as the pattern's workloads are", () => {
    const objects = demoWorkloads(
      read,
      { ...SETTINGS, namespaces: ["sleep", "httpbin"], legacyNamespaces: ["foo"] },
      {},
    );
    expect(names(objects).filter((name) => name.startsWith("Deployment"))).toEqual([
      "Deployment sleep/httpbin",
      "Deployment sleep/sleep",
      "Deployment httpbin/httpbin",
      "Deployment httpbin/sleep",
      "Deployment foo/sleep",
    ]);
  });

  it("have the images of the run, each its own", () => {
    const images = { httpbin: "h:1", client: "c:2" };
    expect(imagesOf(demoWorkloads(read, { ...SETTINGS, namespaces: ["foo"] }, images))).toEqual(["h:1", "c:2", "c:2"]);
    const [httpbin, client] = imagesOf(demoWorkloads(read, SETTINGS, { client: "c:2" }));
    expect([httpbin?.includes("httpbin"), client]).toEqual([true, "c:2"]);
  });

  it("are injected by the namespace's label: of the default revision, of another, or not at all", () => {
    expect(labelsOf(demoWorkloads(read, SETTINGS, {}), "bar")).toEqual({ "istio-injection": "enabled" });
    expect(labelsOf(demoWorkloads(read, { ...SETTINGS, revision: "canary" }, {}), "bar")).toEqual({
      "istio.io/rev": "canary",
    });
    expect(labelsOf(demoWorkloads(read, { ...SETTINGS, injection: "kube-inject" }, {}), "bar")).toEqual({});
    for (const more of [{}, { revision: "canary" }, { injection: "kube-inject" as const }]) {
      expect(labelsOf(demoWorkloads(read, { ...SETTINGS, ...more }, {}), "legacy")).toEqual({});
    }
  });

  it("are told of when the manifests are broken", () => {
    expect(() => demoWorkloads(() => "kind: Namespace", SETTINGS, {})).toThrow(
      "manifests/workloads/foo.yaml is broken",
    );
  });
});

describe("the demo's policies", () => {
  it("are for the namespace and the root namespace of the run", () => {
    expect(names(strictNamespacePolicy(read, { ...SETTINGS, strictNamespace: "bar" }))).toEqual([
      "PeerAuthentication bar/default",
    ]);
    const [mesh] = strictMeshPolicy(read, "mesh-root");
    expect(mesh?.object).toMatchObject({
      metadata: { namespace: "mesh-root", name: "default" },
      spec: { mtls: { mode: "STRICT" } },
    });
  });
});

describe("the demo's matrix", () => {
  it("is of every sleep and every httpbin", () => {
    expect(
      demoClients(SETTINGS).map(({ namespace, workload, container }) => `${namespace}/${workload}/${container}`),
    ).toEqual(["foo/sleep/sleep", "bar/sleep/sleep", "legacy/sleep/sleep"]);
    expect(demoDestinations(SETTINGS)).toMatchObject([
      {
        url: "http://httpbin.foo:8000/ip",
        host: "httpbin.foo",
        namespace: "foo",
        service: "httpbin",
        port: 8000,
        method: "GET",
      },
      { url: "http://httpbin.bar:8000/ip", namespace: "bar" },
    ]);
  });
});
