import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { describe, expect, it } from "vitest";
import { drawCase } from "../../e2e/truth/draw.js";
import type { Outcome, Predicted } from "../../src/mesh/call.js";
import { checkManifest } from "../../src/mesh/check-manifest.js";
import { readInventory } from "../../src/mesh/read-inventory.js";
import { readObjects } from "../../src/mesh/objects.js";
import type { KubeObject } from "../../src/ports.js";
import { Predictor } from "../../src/predict/predict.js";
import { suggestions } from "../../src/predict/turn.js";
import { NOWHERE } from "../../src/rules/objects.js";
import { withYaml } from "./turn-builders.js";

/** Meshes that nobody thought of: whatever their policies are, what is suggested turns the call. */

const WORLD = readObjects(readFileSync(join(import.meta.dirname, "..", "truth", "world.yaml"), "utf8"), "world.yaml");
const CASES = 60;
const SEED = "turn";

const kindOf = (predicted: Predicted): string => {
  if ("unknown" in predicted) return "unknown";
  const all: readonly Outcome[] = "anyOf" in predicted ? predicted.anyOf : [predicted];
  if (all.every(({ arrives }) => arrives === true)) {
    return all.every(({ transport }) => transport === "mtls") ? "mtls" : "plain";
  }
  return all.every(({ arrives }) => arrives === false) ? "refused" : "mixed";
};

const errors = (object: KubeObject): number =>
  checkManifest(object, () => ({ file: "" }), { rootNamespace: "istio-system" }).filter(
    ({ severity }) => severity === "error",
  ).length;

describe("meshes that are drawn", () => {
  it(`each suggestion turns its call (seed ${SEED})`, { timeout: 600_000 }, () => {
    let [refused, turned, made] = [0, 0, 0];
    for (let index = 0; index < CASES; index += 1) {
      const { objects, plan } = drawCase(SEED, index, 0);
      // As on a cluster, what is there is older than what is suggested.
      const aged = objects.map((one) => ({
        ...one,
        metadata: { ...one.metadata, creationTimestamp: "2026-01-01T00:00:00Z" },
      }));
      const placed = [...WORLD.objects, ...aged.map((object) => ({ object, at: NOWHERE }))];
      const mesh = { source: "manifests" as const, objects: placed };
      const predictor = new Predictor(readInventory(mesh));
      for (const { namespace, workload } of plan.clients) {
        const { url, method = "GET", headers = {} } = plan.destinations[index % plan.destinations.length]!;
        const find = ({ view }: Predictor) =>
          view.inventory.workloads.find((one) => one.namespace === namespace && one.name === workload)!;
        const client = find(predictor);
        const to = { url, method, headers };
        const before = predictor.predict(client, "sleep", to);
        const found = suggestions(mesh, { client, container: "sleep", to }, before);
        if (kindOf(before) === "refused") {
          refused += 1;
          if (found.length > 0) turned += 1;
        }
        for (const one of found) {
          made += 1;
          const after = new Predictor(readInventory(withYaml(mesh, dump(one.object))));
          const now = kindOf(after.predict(find(after), "sleep", to));
          expect(now, `${index} ${namespace}/${workload} ${url}\n${dump(one.object)}`).not.toBe(kindOf(before));
          expect(now).toBe({ "arrives-mtls": "mtls", refused: "refused" }[one.achieves as string] ?? "plain");
          // Some of what is drawn is what Istio refuses, and that is not for the suggestion to mend.
          expect(errors(one.object)).toBeLessThanOrEqual(one.before === undefined ? 0 : errors(one.before));
        }
      }
    }
    expect(made).toBeGreaterThan(CASES);
    expect(turned).toBeGreaterThan(refused / 2);
  });
});
