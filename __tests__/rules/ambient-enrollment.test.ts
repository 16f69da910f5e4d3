import { describe, expect, it } from "vitest";
import { enrolled } from "../../src/rules/ambient-enrollment.js";
import { NOWHERE } from "../../src/rules/objects.js";
import type { MeshObject } from "../../src/rules/objects.js";

/** istio-semantics.md, 5, first point. */

const AMBIENT = { "istio.io/dataplane-mode": "ambient" };
const POD = { labels: {}, annotations: {}, hostNetwork: false, hasSidecar: false };

describe("a pod is captured", () => {
  it("by its own label, whatever its namespace says", () => {
    expect(enrolled({}, { ...POD, labels: AMBIENT }).enrolled).toBe(true);
    expect(enrolled({ "istio.io/dataplane-mode": "none" }, { ...POD, labels: AMBIENT }).enrolled).toBe(true);
  });

  it("by its namespace's label, with any own value but none", () => {
    expect(enrolled(AMBIENT, POD).enrolled).toBe(true);
    expect(enrolled(AMBIENT, { ...POD, labels: { "istio.io/dataplane-mode": "sidecar" } }).enrolled).toBe(true);
    expect(enrolled(AMBIENT, { ...POD, labels: { "istio.io/dataplane-mode": "none" } }).enrolled).toBe(false);
  });

  it("by no other value of a label, nor without one", () => {
    expect(enrolled({}, POD).enrolled).toBe(false);
    expect(enrolled({ "istio.io/dataplane-mode": "Ambient" }, POD).enrolled).toBe(false);
    expect(enrolled({ "istio-injection": "enabled" }, POD).enrolled).toBe(false);
  });

  it("never on its host's network", () => {
    expect(enrolled(AMBIENT, { ...POD, labels: AMBIENT, hostNetwork: true }).enrolled).toBe(false);
  });

  it("never with a sidecar, which a cluster's pod says by an annotation", () => {
    expect(enrolled(AMBIENT, { ...POD, labels: AMBIENT, hasSidecar: true }).enrolled).toBe(false);
    expect(enrolled(AMBIENT, { ...POD, annotations: { "sidecar.istio.io/status": "" } }).enrolled).toBe(false);
  });
});

describe("the decision", () => {
  const object: MeshObject = {
    kind: "Deployment",
    namespace: "foo",
    name: "sleep",
    labels: {},
    annotations: {},
    created: 1,
    spec: {},
    at: NOWHERE,
  };

  it("names the pod's label where that decides", () => {
    const path = ["spec", "template"];
    for (const mode of ["ambient", "none"]) {
      const labels = { "istio.io/dataplane-mode": mode };
      expect(enrolled(AMBIENT, { ...POD, labels, object, path }).because).toMatchObject({
        rule: "ambient-enrollment",
        object,
        path: [...path, "metadata", "labels", "istio.io/dataplane-mode"],
      });
    }
  });

  it("says without a place what the namespace, the network or a sidecar decides", () => {
    expect(enrolled(AMBIENT, { ...POD, object }).because.says).toContain("namespace's label");
    expect(enrolled(AMBIENT, { ...POD, object, hostNetwork: true }).because.says).toContain("host's network");
    expect(enrolled(AMBIENT, { ...POD, object, hasSidecar: true }).because.says).toContain("sidecar");
    expect(enrolled({}, { ...POD, object }).because.object).toBeUndefined();
  });
});
