import { refOf } from "./cluster/ref.js";
import { readLiveObjects, unreadableProblems } from "./mesh/live-objects.js";
import type { LiveScope } from "./mesh/live-objects.js";
import type { SourcedObject } from "./mesh/objects.js";
import { overlay, readInventory } from "./mesh/read-inventory.js";
import type { InventoryInput } from "./mesh/read-inventory.js";
import type { Kubernetes } from "./ports.js";
import type { Problem } from "./problems.js";
import { Predictor } from "./predict/predict.js";

/** The mesh of a run as the rules see it, kept up to date with what the run applies. */
export interface KnownMesh {
  readonly problems: readonly Problem[];
  predictor(): Predictor;
  /** Reads again what was just applied: with its age, and with what it has become at the server. */
  renew(applied: readonly SourcedObject[], signal: AbortSignal): Promise<void>;
}

/** Reads a cluster's mesh, whole, once. */
export async function liveMesh(kubernetes: Kubernetes, scope: LiveScope, signal: AbortSignal): Promise<KnownMesh> {
  const live = await readLiveObjects(kubernetes, scope, signal);
  let objects: InventoryInput["objects"] = live.objects;
  let predictor: Predictor | null = null;
  return {
    problems: unreadableProblems(live),
    predictor: () => {
      const { rootNamespace } = scope;
      const { unreadable } = live;
      return (predictor ??= new Predictor(readInventory({ source: "cluster", objects, rootNamespace, unreadable })));
    },
    renew: async (applied, signalOfPhase) => {
      if (applied.length === 0) return;
      const found = await Promise.all(
        applied.map(async ({ object, at }) => {
          const there = await kubernetes.get(refOf(object), signalOfPhase);
          return there === undefined
            ? null
            : { object: { ...there, kind: object.kind, apiVersion: object.apiVersion }, at };
        }),
      );
      objects = overlay(
        objects,
        found.filter((one) => one !== null),
      );
      predictor = null;
    },
  };
}
