import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { demoExpectation, type Strict } from "../../src/judge/demo-expectations.js";
import { client, destination, expect as stated, MTLS, PLAIN, REFUSED } from "../report/builders.js";

const LEGACY = ["legacy"];
const of = (from: string, to: string | null, strict: Strict): ReturnType<typeof demoExpectation> => {
  const target = { ...destination(to ?? "foo"), namespace: to, headers: {} };
  return demoExpectation({ from: client(from), to: target }, strict, LEGACY);
};

describe("what Istio's migration task says", () => {
  it.each<[from: string, to: string, strict: Strict, outcome: ReturnType<typeof stated>]>([
    ["foo", "bar", "none", stated(MTLS)],
    ["legacy", "foo", "none", stated(PLAIN)],
    ["foo", "foo", { namespaces: ["foo"] }, stated(MTLS)],
    ["bar", "foo", { namespaces: ["foo"] }, stated(MTLS)],
    ["legacy", "foo", { namespaces: ["foo"] }, stated(REFUSED)],
    ["legacy", "bar", { namespaces: ["foo"] }, stated(PLAIN)],
    ["legacy", "bar", "mesh", stated(REFUSED)],
    ["foo", "bar", "mesh", stated(MTLS)],
  ])("%s to %s with %j STRICT", (from, to, strict, outcome) => {
    expect(of(from, to, strict)).toEqual(outcome);
  });

  it("takes a host that is no Service for STRICT only where the mesh is", () => {
    expect(of("legacy", null, { namespaces: ["foo"] })).toEqual(stated(PLAIN));
    expect(of("legacy", null, "mesh")).toEqual(stated(REFUSED));
  });

  it("refuses as many calls as there are pairs of a legacy client and a STRICT namespace, whatever their numbers", () => {
    const counts = fc.record({ mesh: fc.integer({ min: 1, max: 12 }), legacy: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 12 }), ({ mesh, legacy }, many) => {
        const meshes = Array.from({ length: mesh }, (_, index) => `mesh-${index}`);
        const outside = Array.from({ length: legacy }, (_, index) => `legacy-${index}`);
        const strict = meshes.slice(0, many);
        const refused = (which: Strict): number =>
          [...meshes, ...outside].flatMap((from) =>
            meshes.filter((to) => {
              const call = { from: client(from), to: { ...destination(to), headers: {} } };
              return demoExpectation(call, which, outside).code?.[0] === "000";
            }),
          ).length;
        expect(refused("none")).toBe(0);
        expect(refused({ namespaces: strict })).toBe(legacy * strict.length);
        expect(refused("mesh")).toBe(legacy * mesh);
      }),
    );
  });
});
