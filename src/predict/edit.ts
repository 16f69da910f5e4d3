import type { KubeObject } from "../ports.js";
import type { FieldPath } from "../rules/objects.js";

/**
 * An object with another value at a path; what is missing on the way is made. `undefined` takes the field out, and what
 * is left empty above it, up to the object's own first level. The object that comes in stays as it is.
 */
export function edited(object: KubeObject, path: FieldPath, value: unknown): KubeObject {
  const copy = structuredClone(object);
  if (value === undefined) remove(copy, path);
  else set(copy, path, structuredClone(value));
  return copy;
}

type Container = Record<string | number, unknown>;

function set(object: Container, path: FieldPath, value: unknown): void {
  let at = object;
  path.slice(0, -1).forEach((step, index) => {
    if (!isContainer(at[step])) at[step] = typeof path[index + 1] === "number" ? [] : {};
    at = at[step] as Container;
  });
  const last = path.at(-1);
  if (last !== undefined) at[last] = value;
}

function remove(object: Container, path: FieldPath): void {
  const parent = valueAt(object, path.slice(0, -1));
  const last = path.at(-1);
  if (!isContainer(parent) || last === undefined) return;
  if (Array.isArray(parent) && typeof last === "number") parent.splice(last, 1);
  else Reflect.deleteProperty(parent, last);
  const above = path.slice(0, -1);
  if (above.length > 1 && Object.keys(parent).length === 0) remove(object, above);
}

/** The value at a path; undefined where there is none. */
export function valueAt(object: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((at, step) => (isContainer(at) ? at[step] : undefined), object);
}

/** The list at a path; empty where there is none. */
export function listAt(object: unknown, path: FieldPath): readonly unknown[] {
  const found = valueAt(object, path);
  return Array.isArray(found) ? found : [];
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}
