/** What a structural schema of Kubernetes says of a value, without the words. Absent fields ask nothing. */
export interface Schema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  /** Instead of all else: the place of the schema among those that several share. */
  readonly ref?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  /** What the values of any key have to be. */
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  /** Whether null is a value; elsewhere the server takes it for absent, and in a list for wrong. */
  readonly nullable?: true;
  /** Whether fields that are not named are taken (x-kubernetes-preserve-unknown-fields). */
  readonly open?: true;
  readonly intOrString?: true;
  /** Fields that there are too, and that nothing here reads. */
  readonly others?: readonly string[];
  /** The field that tells the items of a list apart: two cannot have the same (x-kubernetes-list-map-keys). */
  readonly uniqueBy?: string;
  /** Groups of fields of which one may be set. */
  readonly atMostOne?: readonly (readonly string[])[];
  /** Groups of fields of which one has to be set. */
  readonly atLeastOne?: readonly (readonly string[])[];
  /** Further rules (x-kubernetes-validations), by our names for them. */
  readonly rules?: readonly CrdRule[];
}

/** The rules in Common Expression Language that Istio's definitions hold; `crd-rules.ts` has what they ask. */
export type CrdRule =
  | "absolute-socket"
  | "cidr-is-static"
  | "duration"
  | "host-without-value"
  | "http-scheme"
  | "http-url"
  | "key-not-empty"
  | "key-without-wildcard"
  | "lone-service-accounts"
  | "no-endpoints-without-resolution"
  | "no-namespace"
  | "no-socket-folder"
  | "no-star"
  | "one-round-robin-endpoint"
  | "port"
  | "port-keys"
  | "port-mtls-needs-selector"
  | "port-names"
  | "remove-without-value"
  | "socket-without-ports"
  | "unique-numbers"
  | "upsert-has-value"
  | "waypoint-context"
  | "wasm-url"
  | "without-wildcard";

/** A kind that Istio defines. */
export interface KindSchema {
  readonly group: string;
  /** The versions that are served, the one to write first. */
  readonly versions: readonly string[];
  readonly specRequired: boolean;
  readonly spec: Schema;
}

/** Istio's kinds, and the schemas that several places in them share. */
export interface SchemaFile {
  readonly kinds: Readonly<Record<string, KindSchema>>;
  readonly shared: readonly Schema[];
}
