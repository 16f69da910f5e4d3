import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adviceFor } from "../../../src/mesh/advice.js";
import { checkManifest } from "../../../src/mesh/check-manifest.js";
import type { Locate } from "../../../src/mesh/field.js";
import { ISTIO_SCHEMAS } from "../../../src/mesh/istio-schema/data.js";
import type { Schema } from "../../../src/mesh/istio-schema/schema.js";
import { KUBE_KINDS } from "../../../src/mesh/kube-schema.js";
import type { KubeObject } from "../../../src/ports.js";
import { NOWHERE } from "../../../src/rules/objects.js";

const locate: Locate = (path) => ({ file: "m.yaml", line: path.length });
const OPTIONS = { rootNamespace: "istio-system" };

const kinds = [
  ...Object.entries(ISTIO_SCHEMAS.kinds).map(([kind, { group, versions }]) => [`${group}/${versions[0]!}`, kind]),
  ...Object.entries(KUBE_KINDS).map(([kind, { apiVersion }]) => [apiVersion, kind]),
] as [string, string][];

/** Values in which the names of real fields come up, so that most get deep into the schema. */
function nearly(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  const { properties, items, additionalProperties, ...rest } =
    schema.ref === undefined ? schema : ISTIO_SCHEMAS.shared[schema.ref]!;
  const junk = fc.jsonValue({ maxDepth: 2 });
  if (depth > 6) return junk;
  const deeper = (one: Schema): fc.Arbitrary<unknown> => nearly(one, depth + 1);
  const fields = Object.fromEntries(Object.entries(properties ?? {}).map(([name, one]) => [name, deeper(one)]));
  const fitting = [
    ...(properties === undefined ? [] : [fc.record(fields, { requiredKeys: [] })]),
    ...(items === undefined ? [] : [fc.array(deeper(items), { maxLength: 3 })]),
    ...(additionalProperties === undefined
      ? []
      : [fc.dictionary(fc.string(), deeper(additionalProperties), { maxKeys: 3 })]),
    ...(rest.enum === undefined ? [] : [fc.constantFrom(...rest.enum)]),
    ...(rest.type === "integer" ? [fc.integer()] : []),
    ...(rest.type === "string"
      ? [fc.constantFrom("", "*", "*.a.com", "a.b", "unix://", "~/", "10.0.0.0/8", "/{**}/x", "-5s")]
      : []),
  ];
  return fitting.length === 0
    ? junk
    : fc.oneof({ weight: 1, arbitrary: junk }, { weight: 9, arbitrary: fc.oneof(...fitting) });
}

describe("any JSON", () => {
  it("is checked without a throw, each problem with its place", () => {
    const metadata = fc.oneof(fc.jsonValue(), fc.constant({ name: "a", namespace: "istio-system" }));
    const ofKind = fc.constantFrom(...kinds).chain(([apiVersion, kind]) => {
      const spec = ISTIO_SCHEMAS.kinds[kind]?.spec ?? KUBE_KINDS[kind]?.schema.properties?.["spec"] ?? {};
      return fc.record({ apiVersion: fc.constant(apiVersion), kind: fc.constant(kind), metadata, spec: nearly(spec) });
    });
    fc.assert(
      fc.property(ofKind, (object) => {
        for (const problem of checkManifest(object as KubeObject, locate, OPTIONS)) {
          expect(problem.where).toHaveProperty("file", "m.yaml");
          expect(problem.message).not.toMatch(/undefined|\[object/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is an object of any kind without a throw", () => {
    const other = fc.record({
      apiVersion: fc.string(),
      kind: fc.string(),
      metadata: fc.jsonValue(),
      spec: fc.jsonValue(),
    });
    fc.assert(
      fc.property(other, (object) => {
        expect(checkManifest(object as unknown as KubeObject, locate, OPTIONS)).toBeInstanceOf(Array);
      }),
    );
  });

  it("is advised on without a throw", () => {
    const policy = fc.jsonValue().map((spec) => ({
      kind: "PeerAuthentication",
      namespace: "foo",
      name: "a",
      labels: {},
      annotations: {},
      created: 0,
      spec,
      at: NOWHERE,
    }));
    fc.assert(
      fc.property(fc.array(policy), (policies) => {
        const mesh = {
          services: [],
          pods: [],
          peerAuthentications: policies,
          destinationRules: policies,
          authorizationPolicies: policies,
        };
        expect(adviceFor(mesh, "istio-system")).toEqual([]);
      }),
    );
  });
});

describe("a field of another name than the schema's", () => {
  it("is told wherever it is, and nothing is told of those that the schema has", () => {
    const found: string[] = [];
    const visit = (given: Schema, path: readonly string[]): void => {
      const schema = given.ref === undefined ? given : ISTIO_SCHEMAS.shared[given.ref]!;
      if (schema.items !== undefined) visit(schema.items, [...path, "[]"]);
      if (schema.properties === undefined || schema.open === true) return;
      found.push(path.join("."));
      for (const [name, one] of Object.entries(schema.properties)) visit(one, [...path, name]);
    };
    const { group, spec } = ISTIO_SCHEMAS.kinds["AuthorizationPolicy"]!;
    visit(spec, []);
    expect(found).toContain("rules.[].from.[].source");
    for (const way of found) {
      const value = way
        .split(".")
        .filter((step) => step !== "")
        .reduceRight<unknown>((inner, step) => (step === "[]" ? [inner] : { [step]: inner }), { zzzzzzz: 1 });
      const object = { apiVersion: `${group}/v1`, kind: "AuthorizationPolicy", metadata: { name: "a" }, spec: value };
      const unknown = checkManifest(object as KubeObject, locate, OPTIONS).filter(
        ({ code }) => code === "unknown-field",
      );
      expect(unknown.map(({ message }) => message)).toEqual([expect.stringContaining("zzzzzzz is no field that spec")]);
    }
  });
});
