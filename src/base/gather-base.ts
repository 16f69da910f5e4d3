import type { Gathered, GatherPorts } from "../gather.js";
import type { Inventory } from "../mesh/inventory.js";
import type { SourcedObject } from "../mesh/objects.js";
import { objectKey, overlay, readInventory } from "../mesh/read-inventory.js";
import type { InventoryInput } from "../mesh/read-inventory.js";
import type { Problem } from "../problems.js";
import type { ReportBase } from "../report/document.js";
import type { Base, Settings } from "../settings/settings.js";
import { readBaseFiles } from "./read-base.js";

/** The mesh before a change, and the one after it. */
export interface GatheredBase {
  readonly base: ReportBase;
  readonly before: Inventory;
  /** The gathered mesh, without what the change takes out of a cluster. */
  readonly after: Inventory;
  /** Warnings alone. */
  readonly problems: readonly Problem[];
}

/**
 * Gathers the mesh of a base: the cluster as it is, or the files of the base, laid over the cluster where there is one. Over a
 * cluster, what the base's files have and the others have not is taken out of it: that is what the change does.
 *
 * @throws Refusal where there is no such base, or with everything that is wrong with its files
 */
export async function gatherBase(
  base: Base,
  settings: Settings,
  gathered: Gathered,
  ports: Pick<GatherPorts, "files" | "commands">,
  signal: AbortSignal,
): Promise<GatheredBase> {
  const { inventory, live } = gathered;
  const { rootNamespace } = settings;
  const read = (objects: InventoryInput["objects"]): Inventory => {
    const { source, unreadable } = inventory;
    return readInventory({ source, objects, rootNamespace, unreadable });
  };
  if (base.kind === "cluster") {
    const name = live?.context ?? "";
    return { base: { kind: "cluster", name }, before: read(live?.objects ?? []), after: inventory, problems: [] };
  }
  const files = await readBaseFiles(base, settings, ports, signal);
  const had = [...files.manifests, ...files.policies];
  if (live === null) return { base: files.base, before: read(had), after: inventory, problems: files.problems };
  const gone = removed(had, [...gathered.files.manifests, ...gathered.files.policies]);
  const after = gone.size === 0 ? inventory : read(gathered.objects.filter((one) => !gone.has(objectKey(one.object))));
  return { base: files.base, before: read(overlay(live.objects, had)), after, problems: files.problems };
}

function removed(had: readonly SourcedObject[], has: readonly SourcedObject[]): Set<string> {
  const kept = new Set(has.map(({ object }) => objectKey(object)));
  return new Set(had.map(({ object }) => objectKey(object)).filter((key) => !kept.has(key)));
}
