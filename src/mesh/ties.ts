import type { Place, Problem } from "../problems.js";
import { placeText, warningProblem } from "../problems.js";
import { fullHost } from "../rules/hosts.js";
import { byAge } from "../rules/objects.js";
import type { MeshObject } from "../rules/objects.js";
import { hasSelector } from "../rules/peer-authentication.js";
import { selects } from "../rules/selectors.js";
import type { Inventory } from "./inventory.js";

/**
 * Policies of one level between which nothing but their names decides, because they are equally old or no file says how old
 * they are: in a cluster the older one counts, and which that will be is not known.
 *
 * Source: istio, pilot/pkg/model/config.go:configCompareByCreationTime.
 */
export function tieProblems(inventory: Inventory): Problem[] {
  const { rootNamespace, domain } = inventory.settings;
  const general = inventory.peerAuthentications.filter((one) => !hasSelector(one));
  const rules = inventory.destinationRules.filter(({ spec }) => spec.trafficPolicy !== undefined);
  const sidecars = inventory.sidecars.filter(({ spec }) => spec.workloadSelector === undefined);
  return [
    ...grouped(general, ({ namespace }) => namespace).flatMap((group) =>
      tieAmong(group, group[0]?.namespace === rootNamespace ? "the mesh" : `namespace ${group[0]?.namespace ?? ""}`),
    ),
    ...workloadTies(inventory),
    ...grouped(rules, (one) => {
      const host = fullHost(one.spec.host ?? "", one.namespace, domain);
      return JSON.stringify([one.namespace, host, one.spec.exportTo ?? [], one.spec.workloadSelector ?? null]);
    }).flatMap((group) => tieAmong(group, `host ${group[0]?.spec.host ?? ""}`)),
    ...grouped(sidecars, ({ namespace }) => namespace).flatMap((group) =>
      tieAmong(group, `namespace ${group[0]?.namespace ?? ""}`),
    ),
  ];
}

function grouped<One>(all: readonly One[], key: (one: One) => string): One[][] {
  return [...Map.groupBy(all, key).values()];
}

/** PeerAuthentications that select one pod. Each pair is told once, however many pods it is about. */
function workloadTies({ peerAuthentications, workloads }: Inventory): Problem[] {
  const selecting = peerAuthentications.filter(hasSelector);
  if (selecting.length < 2) return [];
  const told = new Set<string>();
  return workloads.flatMap(({ kind, namespace, name, pods }) =>
    pods.flatMap((pod) => {
      const group = selecting.filter(
        (one) => one.namespace === namespace && selects(one.spec.selector ?? {}, pod.labels),
      );
      const found = tieAmong(group, `${kind} ${namespace}/${name}`);
      const key = [...group]
        .sort(byAge)
        .slice(0, 2)
        .map((one) => one.name)
        .join("/");
      if (found.length === 0 || told.has(`${namespace} ${key}`)) return [];
      told.add(`${namespace} ${key}`);
      return found;
    }),
  );
}

function tieAmong(group: readonly MeshObject[], what: string): Problem[] {
  const [first, second] = [...group].sort(byAge);
  if (first === undefined || first.created !== second?.created) return [];
  return [
    warningProblem(
      "tie",
      `${textOf(first)} and ${textOf(second)} are both for ${what}, and nothing says which is older: ${first.name} is taken, by its name`,
      placeOf(second),
      "leave one of them out, or write metadata.creationTimestamp as the cluster has it",
    ),
  ];
}

function textOf(one: MeshObject): string {
  const name = `${one.kind} ${one.namespace}/${one.name}`;
  return one.at.file === undefined ? name : `${name} (${placeText(placeOf(one))})`;
}

function placeOf(one: MeshObject): Place {
  const { file } = one.at;
  const line = one.at.lineOf(["metadata"]);
  if (file === undefined) return { kind: one.kind, namespace: one.namespace, name: one.name };
  return line === undefined ? { file } : { file, line };
}
