import { reachTarget } from "./cluster/target.js";
import type { Target } from "./cluster/target.js";
import { adviceFor } from "./mesh/advice.js";
import type { Inventory } from "./mesh/inventory.js";
import { readLiveObjects, unreadableProblems } from "./mesh/live-objects.js";
import type { LiveObjects } from "./mesh/live-objects.js";
import type { SourcedObject } from "./mesh/objects.js";
import { overlay, readInventory } from "./mesh/read-inventory.js";
import type { InventoryInput } from "./mesh/read-inventory.js";
import { tieProblems } from "./mesh/ties.js";
import type { Clock, Commands, Kubernetes, Log } from "./ports.js";
import type { Problem } from "./problems.js";
import { warningProblem } from "./problems.js";
import type { UserFiles } from "./scenario.js";
import type { ManifestFiles } from "./settings/manifest-paths.js";
import type { Settings } from "./settings/settings.js";
import { readUserFiles } from "./user-files.js";

/** What it takes to gather a mesh. */
export interface GatherPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly commands: Commands;
  readonly files: ManifestFiles;
  readonly connect: (target: Target) => Promise<Kubernetes>;
  readonly root: string;
}

/** A mesh to predict, with the files that it, or a part of it, came from. */
export interface Gathered {
  readonly inventory: Inventory;
  /** What the inventory was read from. */
  readonly objects: InventoryInput["objects"];
  readonly files: UserFiles;
  /** What the cluster has without the files; null where there is none. */
  readonly live: { readonly objects: InventoryInput["objects"]; readonly context: string } | null;
  readonly kubernetes: string | null;
  readonly istio: string | null;
  /** Warnings alone: what is wrong enough to stop has been thrown. */
  readonly problems: readonly Problem[];
}

/**
 * Gathers the mesh of mode predict and its helper commands: from files, from a cluster, or from a cluster with the files'
 * objects in the place of its own. `outside`: with the objects of a cluster that show who calls from outside the mesh.
 *
 * @throws Refusal with everything that is wrong with any file
 */
export async function gather(
  settings: Settings,
  ports: GatherPorts,
  signal: AbortSignal,
  { outside = false }: { readonly outside?: boolean } = {},
): Promise<Gathered> {
  const files = await readUserFiles(settings, ports.files);
  const gathered = await gatherFrom(files, settings, ports, outside, signal);
  tellIgnored(gathered.inventory, ports.log);
  return gathered;
}

/** Kinds that decide no call are passed over, and counted. */
function tellIgnored({ ignored }: Inventory, log: Log): void {
  const total = [...ignored.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return;
  const kinds = [...ignored].map(([kind, count]) => `${count} ${kind}`);
  log.info(`passed over ${total} objects of kinds that decide no call: ${kinds.join(", ")}`);
}

async function gatherFrom(
  files: UserFiles,
  settings: Settings,
  ports: GatherPorts,
  outside: boolean,
  signal: AbortSignal,
): Promise<Gathered> {
  const own = [...files.manifests, ...files.policies];
  const { rootNamespace } = settings;
  if (settings.cluster === "none") {
    const inventory = readInventory({ source: "manifests", objects: own, rootNamespace });
    const problems = [
      ...files.warnings,
      ...undeclared(own, inventory),
      ...advice(inventory),
      ...tieProblems(inventory),
    ];
    return { inventory, objects: own, files, live: null, kubernetes: null, istio: null, problems };
  }
  const { live, context } = await readCluster(settings, ports, outside, signal);
  const objects = overlay(live.objects, own);
  const inventory = readInventory({ source: "cluster", objects, rootNamespace, unreadable: live.unreadable });
  const problems = [...files.warnings, ...unreadableProblems(live)];
  const { kubernetes, istio } = live;
  return { inventory, objects, files, live: { objects: live.objects, context }, kubernetes, istio, problems };
}

async function readCluster(
  settings: Settings,
  ports: GatherPorts,
  outside: boolean,
  signal: AbortSignal,
): Promise<{ live: LiveObjects; context: string }> {
  const { rootNamespace, namespaces } = settings;
  const target = await reachTarget(ports, settings, ports.root, signal);
  const kubernetes = await ports.connect(target);
  const live = await readLiveObjects(kubernetes, { rootNamespace, namespaces, outside }, signal);
  return { live, context: kubernetes.context };
}

/** What Istio takes and what surely was not meant. */
function advice(inventory: Inventory): Problem[] {
  const pods = inventory.workloads.flatMap((one) => one.pods);
  return adviceFor({ ...inventory, pods }, inventory.settings.rootNamespace);
}

/** A namespace without a Namespace object has no labels that could ask for sidecars. The root namespace needs none. */
function undeclared(objects: readonly SourcedObject[], { namespaces, settings }: Inventory): Problem[] {
  const first = new Map<string, SourcedObject>();
  for (const one of objects) {
    const { namespace } = one.object.metadata;
    if (namespace !== undefined && !first.has(namespace)) first.set(namespace, one);
  }
  return [...first]
    .filter(([name]) => !namespaces.has(name) && name !== settings.rootNamespace)
    .map(([name, { place }]) =>
      warningProblem(
        "namespace-undeclared",
        `no file has Namespace ${name}, so it is taken to have no labels`,
        place,
        "add its Namespace to the manifests, so that it is known whether its pods get a sidecar",
      ),
    );
}
