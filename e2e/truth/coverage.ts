import type { KubeObject } from "../../src/ports.js";

/** Which kinds and fields cases have, for the table at the end of a run. Pure. */

/** Maps whose keys are names rather than fields. */
const FREE_KEYS = new Set(["matchLabels", "labels", "selector", "annotations", "headers", "portLevelMtls", "ports"]);
/** Fields whose value is a word of the API: each value counts for itself. */
const WORDS = new Set(["mode", "action", "resolution", "location", "simple", "clusterIP", "type"]);

/** The fields of an object: `PeerAuthentication.mtls.mode=STRICT`. List places and free keys are left out. */
export function fieldsOf(object: KubeObject): Set<string> {
  const found = new Set<string>([object.kind]);
  const root = object.metadata.namespace === "istio-system" ? " in the root namespace" : "";
  if (root !== "") found.add(`${object.kind}${root}`);
  if (object.metadata.annotations !== undefined) found.add(`${object.kind} with exportTo annotation`);
  walk(object["spec"], object.kind, found);
  return found;
}

function walk(value: unknown, path: string, found: Set<string>, inList = false): void {
  if (Array.isArray(value)) {
    for (const one of value) walk(one, path, found, true);
  } else if (typeof value === "object" && value !== null) {
    const free = !inList && FREE_KEYS.has(path.split(".").at(-1) ?? "");
    for (const [key, inner] of Object.entries(value)) {
      const at = free ? path : `${path}.${key}`;
      found.add(WORDS.has(key) && typeof inner === "string" ? `${at}=${inner}` : at);
      walk(inner, at, found);
    }
  }
}

/** How many cases have each field, fields in alphabetical order. */
export function coverage(cases: readonly (readonly KubeObject[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const objects of cases) {
    const own = new Set(objects.flatMap((object) => [...fieldsOf(object)]));
    for (const field of own) counts.set(field, (counts.get(field) ?? 0) + 1);
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function coverageTable(counts: ReadonlyMap<string, number>): string {
  const width = Math.max(...[...counts.keys()].map((field) => field.length));
  return [...counts].map(([field, count]) => `  ${field.padEnd(width)} ${String(count).padStart(4)}`).join("\n");
}
