/** What rules read and what they say: objects of the mesh with the place they stand in, and decisions. */

/** The way from an object's root to a field of it: `["spec", "mtls", "mode"]`. */
export type FieldPath = readonly (string | number)[];

/** Where an object stands. `file` is absent for one that was read from a cluster. */
export interface Located {
  readonly file?: string;
  /** The 1-based line of a field, or of its nearest parent that there is; undefined where there is no file. */
  lineOf(path: FieldPath): number | undefined;
}

/** An object of the mesh as rules read it. `spec` has the shape of the API; what is wrong with it was told before. */
export interface MeshObject<Spec = unknown> {
  readonly kind: string;
  /** Empty for kinds that have none. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. Infinity where there is none yet: newer than all others. */
  readonly created: number;
  readonly spec: Spec;
  readonly at: Located;
}

/**
 * One decision on the way of a call. `rule` is the file name of the rule without its ending; `says` a sentence for a
 * person; `object` and `path` what decided, absent where a default applied.
 */
export interface Decision {
  readonly rule: string;
  readonly says: string;
  readonly object?: MeshObject;
  readonly path?: FieldPath;
}

/** Oldest first, then by name, then by namespace (istio, pilot/pkg/model/config.go:sortConfigByCreationTime, configCompareByCreationTime). */
export function byAge(a: MeshObject, b: MeshObject): number {
  // Two without a time are equally old: Infinity less Infinity is no number.
  const age = a.created === b.created ? 0 : a.created - b.created;
  return age || compare(a.name, b.name) || compare(a.namespace, b.namespace);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** An object read from nowhere, for tests and for objects that are only thought of. */
export const NOWHERE: Located = { lineOf: () => undefined };
