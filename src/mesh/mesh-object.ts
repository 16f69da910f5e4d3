import type { KubeObject } from "../ports.js";
import type { Located, MeshObject } from "../rules/objects.js";
import { NOWHERE } from "../rules/objects.js";

/** An object of the API as rules read it; `at` says where it stands, and is absent for one of a cluster. */
export function meshObject<Spec>(object: KubeObject, at: Located = NOWHERE): MeshObject<Spec> {
  const { kind, metadata } = object;
  const created = Date.parse(metadata.creationTimestamp ?? "");
  return {
    kind,
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    created: Number.isNaN(created) ? Infinity : created,
    spec: (object["spec"] ?? {}) as Spec,
    at,
  };
}
