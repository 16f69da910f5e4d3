import type { LiveMesh } from "../../src/mesh/live.js";
import type { KubeObject } from "../../src/ports.js";
import { selects } from "../../src/rules/selectors.js";
import { specOf } from "./case.js";

/**
 * Whether several pods can answer calls to a host, whose outcome may then be another each time. Where a name can lead
 * elsewhere it is followed, without asking whether it does lead there for this client. Pure.
 */
export function severalCanAnswer(
  mesh: Pick<LiveMesh, "pods">,
  objects: readonly KubeObject[],
  host: string,
  clientNamespace: string,
): boolean {
  const [name = "", namespace = clientNamespace] = host.split(".");
  const open = [`${name}.${namespace}`];
  // Names that are followed are put at the end of the list that is gone through.
  for (const at of open) {
    if (podsBehindName(mesh, objects, at) > 1) return true;
    for (const next of leadsTo(objects, at)) if (!open.includes(next)) open.push(next);
  }
  return false;
}

/** The pods of all that goes by a name, `NAME.NAMESPACE`. */
function podsBehindName({ pods }: Pick<LiveMesh, "pods">, objects: readonly KubeObject[], name: string): number {
  const selectors = named(objects, name).map((one) => ({ namespace: one.metadata.namespace, labels: selectorOf(one) }));
  return pods.filter((pod) =>
    selectors.some(
      ({ namespace, labels }) =>
        labels !== undefined && namespace === pod.namespace && selects({ matchLabels: labels }, pod.labels),
    ),
  ).length;
}

function named(objects: readonly KubeObject[], name: string): KubeObject[] {
  return objects.filter(
    (one) =>
      (one.kind === "Service" && `${one.metadata.name}.${one.metadata.namespace ?? ""}` === name) ||
      (one.kind === "ServiceEntry" && textsOf(specOf(one)["hosts"]).some((host) => inShort(host) === name)),
  );
}

function selectorOf(object: KubeObject): Readonly<Record<string, string>> | undefined {
  const spec = specOf(object) as {
    selector?: Record<string, string>;
    workloadSelector?: { labels?: Record<string, string> };
  };
  return object.kind === "Service" ? spec.selector : spec.workloadSelector?.labels;
}

/** The names that ExternalNames, ServiceEntries and VirtualServices can lead to from a name. */
function leadsTo(objects: readonly KubeObject[], name: string): string[] {
  const aliases = named(objects, name).flatMap((one) => {
    const spec = specOf(one) as { externalName?: string; endpoints?: { address: string }[] };
    return [spec.externalName ?? "", ...(spec.endpoints ?? []).map(({ address }) => address)];
  });
  const routes = objects
    .filter(
      (one) => one.kind === "VirtualService" && textsOf(specOf(one)["hosts"]).some((host) => covers(host, one, name)),
    )
    .flatMap((one) => [...JSON.stringify(specOf(one)).matchAll(/"host":"([^"]+)"/gu)].map(([, host = ""]) => host));
  return [...aliases, ...routes].filter((host) => host !== "").map(inShort);
}

function covers(host: string, { metadata }: KubeObject, name: string): boolean {
  if (host.startsWith("*")) return `${name}.svc.cluster.local`.endsWith(host.slice(1));
  return (host.includes(".") ? inShort(host) : `${host}.${metadata.namespace ?? ""}`) === name;
}

function inShort(host: string): string {
  return host.split(".").slice(0, 2).join(".");
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
