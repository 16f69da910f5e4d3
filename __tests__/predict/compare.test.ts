import { describe, expect, it } from "vitest";
import { generateMesh } from "../../bench/mesh-generator.js";
import { askedOf } from "../../src/asked.js";
import type { Inventory } from "../../src/mesh/inventory.js";
import { readInventory } from "../../src/mesh/read-inventory.js";
import type { KubeObject } from "../../src/ports.js";
import type { Change } from "../../src/predict/change.js";
import { compareCalls } from "../../src/predict/compare-calls.js";
import { compareClasses } from "../../src/predict/compare-classes.js";
import { Predictor } from "../../src/predict/predict.js";
import { NOWHERE } from "../../src/rules/objects.js";
import { deployment, INJECTED, mesh, namespace, object, peerAuthentication, service, WORLD } from "./builders.js";

type Way = "one by one" | "as groups";

function compare(before: Inventory, after: Inventory, way: Way = "one by one"): Change[] {
  const side = (inventory: Inventory) => {
    const { asked } = askedOf({ namespaces: [] }, inventory, null);
    const { clients, named, everything } = asked;
    return { predictor: new Predictor(inventory), clients, named, everything: everything!, calls: asked.calls() };
  };
  return (way === "as groups" ? compareClasses : compareCalls)(side(before), side(after));
}

/** `1 breaks sleep.legacy → httpbin.foo: PeerAuthentication foo/default says…` */
function told(changes: readonly Change[]): string[] {
  return changes
    .map(({ count, directions, from, to, because }) => {
      const reasons = because.map(({ kind, namespace: of, name, says }) =>
        kind === undefined ? says : `${kind} ${of === undefined ? "" : `${of}/`}${name ?? ""} ${says}`,
      );
      return `${count} ${directions.join()} ${from.workload}.${from.namespace} → ${to.host}: ${reasons.join("; ")}`;
    })
    .sort();
}

const STRICT = peerAuthentication("foo/default", "STRICT");
const before = mesh(...WORLD);
const strict = mesh(...WORLD, STRICT);

describe.each<Way>(["one by one", "as groups"])("two meshes, compared %s", (way) => {
  const changes = (one: Inventory, other: Inventory): string[] => told(compare(one, other, way));

  it("names what breaks, with the policy that decides now and did not before", () => {
    expect(changes(before, strict)).toEqual([
      "2 breaks httpbin.legacy → httpbin.foo: PeerAuthentication foo/default mode STRICT for the namespace; " +
        "PeerAuthentication foo/default STRICT: plaintext is refused",
    ]);
  });

  it("names what opens, with the policy that no longer decides", () => {
    const [open] = changes(strict, before);
    expect(open).toContain("2 opens httpbin.legacy → httpbin.foo: no PeerAuthentication sets a mode");
    expect(open).toContain("PeerAuthentication foo/default no longer: mode STRICT for the namespace");
  });

  it("names a client that is new, a destination that is gone, and a namespace that is either", () => {
    const more = mesh(...WORLD, deployment("foo/job", { ports: [] }));
    expect(changes(before, more).length).toBeGreaterThan(0);
    expect(changes(before, more).every((one) => one.endsWith("Deployment foo/job the client is new"))).toBe(true);
    const less = mesh(
      ...WORLD.filter(
        (one) => !JSON.stringify(one).includes('"kind":"Service","metadata":{"name":"httpbin","namespace":"foo"'),
      ),
    );
    expect(
      changes(before, less).every(
        (one) => one.includes("gone") && one.endsWith("Service foo/httpbin the destination is gone"),
      ),
    ).toBe(true);
    const none = mesh(...WORLD.filter((one) => !JSON.stringify(one).includes("legacy")));
    const gone = changes(before, none);
    expect(gone.length).toBeGreaterThan(0);
    expect(gone.every((one) => one.endsWith("Namespace legacy the namespace is gone"))).toBe(true);
    expect(changes(none, before).every((one) => one.endsWith("Namespace legacy the namespace is new"))).toBe(true);
  });

  it("takes calls with one reason as one change, and those with another object as another", () => {
    const two = [
      ...WORLD,
      namespace("bar", INJECTED),
      deployment("bar/httpbin"),
      service("bar/httpbin"),
      service("bar/other", { selector: { app: "httpbin" } }),
    ];
    const both = mesh(...two, STRICT, peerAuthentication("bar/default", "STRICT"));
    expect(changes(mesh(...two), both)).toEqual([
      "2 breaks httpbin.legacy → httpbin.foo: PeerAuthentication foo/default mode STRICT for the namespace; " +
        "PeerAuthentication foo/default STRICT: plaintext is refused",
      "4 breaks httpbin.legacy → httpbin.bar: PeerAuthentication bar/default mode STRICT for the namespace; " +
        "PeerAuthentication bar/default STRICT: plaintext is refused",
    ]);
  });

  it("takes a sidecar that goes for the loss of mTLS", () => {
    const bare = mesh(namespace("foo"), ...WORLD.filter((one) => one !== WORLD[0]));
    const found = compare(before, bare, way);
    expect(found.flatMap(({ directions }) => directions)).toContain("to-plaintext");
    expect(JSON.stringify(found.map(({ because }) => because))).toContain('"kind":"Namespace","name":"foo"');
  });

  it("does not pass over what becomes unknown", () => {
    const filter = object("networking.istio.io/v1alpha3", "EnvoyFilter", "foo/any", {
      configPatches: [
        {
          applyTo: "HTTP_FILTER",
          match: { context: "SIDECAR_INBOUND" },
          patch: { operation: "INSERT_BEFORE", value: {} },
        },
      ],
    });
    const found = compare(before, mesh(...WORLD, filter), way);
    expect(found.map(({ unclear, directions }) => [unclear, directions[0]])).toContainEqual(["one", "breaks"]);
  });
});

/** The seeds' meshes have every kind of policy; some of the objects are there on one side only. */
function sides(seed: number): [Inventory, Inventory] {
  const all = generateMesh({ seed, namespaces: 6, workloads: 24, policies: 40, nasty: true });
  const keep = (side: number) => (_: KubeObject, index: number) => (index * 7 + seed) % 11 !== side;
  const read = (objects: readonly KubeObject[]): Inventory =>
    readInventory({ source: "manifests", objects: objects.map((one) => ({ object: one, at: NOWHERE })) });
  return [read(all.filter(keep(0))), read(all.filter(keep(1)))];
}

describe("drawn meshes", () => {
  const seeds = Array.from({ length: 12 }, (_, index) => index + 1);

  it.each(seeds)("mesh %i: nothing turns between it and itself, either way", (seed) => {
    const [one] = sides(seed);
    expect(told(compare(one, one))).toEqual([]);
    expect(told(compare(one, one, "as groups"))).toEqual([]);
  });

  const sums = (changes: readonly Change[]): Record<string, number> => {
    const found: Record<string, number> = {};
    for (const { directions, unclear, count } of changes) {
      // Two unknown outcomes are compared by their reasons, and groups have those of one of their calls.
      if (unclear === "both") continue;
      const key = `${directions.join()} ${unclear}`;
      found[key] = (found[key] ?? 0) + count;
    }
    return found;
  };

  it.each(seeds)("mesh %i: groups say of as many calls what calls say one by one", (seed) => {
    const [one, other] = sides(seed);
    const calls = sums(compare(one, other));
    expect(sums(compare(one, other, "as groups"))).toEqual(calls);
    expect(Object.keys(calls).length).toBeGreaterThan(1);
  });

  it.each(seeds)("mesh %i: the other way round, what breaks opens, and what is new is gone", (seed) => {
    const [one, other] = sides(seed);
    const swapped: Record<string, string> = { breaks: "opens", opens: "breaks", new: "gone", gone: "new" };
    const ofFour = (changes: readonly Change[], name: (direction: string) => string): Record<string, number> => {
      const found: Record<string, number> = {};
      for (const { directions, count } of changes) {
        for (const direction of directions.filter((each) => each in swapped)) {
          found[name(direction)] = (found[name(direction)] ?? 0) + count;
        }
      }
      return found;
    };
    const back = ofFour(compare(other, one), (direction) => swapped[direction]!);
    expect(back).toEqual(ofFour(compare(one, other), (direction) => direction));
  });

  it.each(seeds)("mesh %i: groups name no object that calls do not name one by one", (seed) => {
    const [one, other] = sides(seed);
    const reasons = (way: Way): string[] =>
      [
        ...new Set(
          compare(one, other, way).flatMap(({ directions, because }) =>
            because
              .filter(({ kind }) => kind !== undefined)
              .map((each) => `${directions[0] ?? ""} ${each.kind} ${each.namespace}/${each.name}`),
          ),
        ),
      ].sort();
    const calls = reasons("one by one");
    expect(reasons("as groups").filter((one) => !calls.includes(one))).toEqual([]);
    // Of calls that are alike to the rules, one stands for all, and what did not change can differ between them.
    expect(reasons("as groups").length).toBeGreaterThan(calls.length * 0.9);
  });
});
