import type { KubeObject, Ref } from "../ports.js";

/** The reference of an object. */
export function refOf(object: KubeObject): Ref {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
    name: object.metadata.name,
  };
}
