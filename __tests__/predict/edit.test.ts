import { describe, expect, it } from "vitest";
import { edited, listAt, valueAt } from "../../src/predict/edit.js";

const OBJECT = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "a", annotations: { one: "1" } },
  spec: { ports: [{ port: 1 }], policy: { tls: { mode: "X" } } },
};

describe("edited", () => {
  it("makes what is missing on the way, lists where the next step is a number", () => {
    expect(edited(OBJECT, ["spec", "rules", 0, "to", "mode"], "Y")["spec"]).toEqual({
      ...OBJECT.spec,
      rules: [{ to: { mode: "Y" } }],
    });
    expect(edited({ ...OBJECT, spec: null }, ["spec", "a"], 1)["spec"]).toEqual({ a: 1 });
  });
  it("takes a field out, with what is left empty above it, but never the spec", () => {
    expect(edited(OBJECT, ["spec", "policy", "tls"], undefined)["spec"]).toEqual({ ports: [{ port: 1 }] });
    expect(edited(OBJECT, ["metadata", "annotations", "one"], undefined).metadata).toEqual({ name: "a" });
    expect(edited({ ...OBJECT, spec: { a: 1 } }, ["spec", "a"], undefined)["spec"]).toEqual({});
    expect(edited(OBJECT, ["spec", "ports", 0], undefined)["spec"]).toEqual({ policy: OBJECT.spec.policy });
    expect(edited(OBJECT, ["spec", "no", "such"], undefined)).toEqual(OBJECT);
  });
  it("leaves the object and the value as they are", () => {
    const before = structuredClone(OBJECT);
    const value = { list: [1] };
    const after = edited(OBJECT, ["spec", "policy"], value);
    value.list.push(2);
    expect(OBJECT).toEqual(before);
    expect(after["spec"]).toMatchObject({ policy: { list: [1] } });
  });
});

describe("valueAt and listAt", () => {
  it("give what is there, and nothing for what is not", () => {
    expect(valueAt(OBJECT, ["spec", "ports", 0, "port"])).toBe(1);
    expect(valueAt(OBJECT, ["spec", "none", "x"])).toBeUndefined();
    expect(listAt(OBJECT, ["spec", "ports"])).toEqual([{ port: 1 }]);
    expect(listAt(OBJECT, ["spec", "policy"])).toEqual([]);
  });
});
