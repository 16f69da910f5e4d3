import type { KubeObject } from "../../src/ports.js";

/** Makes a case smaller for as long as it keeps what it is about. */

/**
 * Leaves out objects, then fields and items of lists, one after the other, for as long as `keeps` says that the rest
 * still shows it.
 *
 * @param budgetMs when it is over, what has been reached is returned
 */
export async function shrink(
  objects: readonly KubeObject[],
  keeps: (objects: readonly KubeObject[]) => Promise<boolean>,
  budgetMs: number,
): Promise<readonly KubeObject[]> {
  const end = performance.now() + budgetMs;
  let smallest = objects;
  for (const kind of new Set(objects.map((one) => one.kind))) {
    const without = smallest.filter((one) => one.kind !== kind);
    if (kind !== "Service" && performance.now() < end && (await keeps(without))) smallest = without;
  }
  for (const object of smallest) {
    const without = smallest.filter((one) => one !== object);
    if (performance.now() < end && (await keeps(without))) smallest = without;
  }
  for (let index = 0; index < smallest.length; index += 1) {
    let tried = 0;
    while (performance.now() < end) {
      const object = smallest[index];
      const path = object === undefined ? undefined : pathsOf(object["spec"])[tried];
      if (object === undefined || path === undefined) break;
      const smaller = { ...object, spec: without(object["spec"], path) };
      const candidate = smallest.with(index, smaller);
      if (await keeps(candidate)) smallest = candidate;
      else tried += 1;
    }
  }
  return smallest;
}

type Path = readonly (string | number)[];

/** The ways to every field and item, outer ones first: to leave out more at once. */
function pathsOf(value: unknown): Path[] {
  const level: { path: Path; value: unknown }[] = [{ path: [], value }];
  const found: Path[] = [];
  for (const { path, value: outer } of level) {
    if (typeof outer !== "object" || outer === null) continue;
    for (const [key, inner] of Object.entries(outer)) {
      const own = [...path, Array.isArray(outer) ? Number(key) : key];
      found.push(own);
      level.push({ path: own, value: inner });
    }
  }
  return found;
}

function without(value: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    return rest.length === 0
      ? items.filter((_, index) => index !== key)
      : items.map((one, index) => (index === key ? without(one, rest) : one));
  }
  if (typeof value !== "object" || value === null || key === undefined) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    rest.length === 0
      ? entries.filter(([name]) => name !== key)
      : entries.map(([name, inner]) => [name, name === key ? without(inner, rest) : inner]),
  );
}
