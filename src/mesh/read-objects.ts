import type { KubeObject } from "../ports.js";
import type { Located } from "../rules/objects.js";

/** An object on its way into an inventory: where it stands, and its kind in one word. */
export interface ReadObject {
  readonly object: KubeObject;
  readonly at: Located;
  /** `group/Kind`: `/Pod`, `apps/Deployment`; the version says nothing of what the object means. */
  readonly key: string;
}

export function readObject(object: KubeObject, at: Located): ReadObject {
  const slash = object.apiVersion.indexOf("/");
  const group = slash < 0 ? "" : object.apiVersion.slice(0, slash);
  return { object, at, key: `${group}/${object.kind}` };
}
