/**
 * Writes src/mesh/istio-schema/data.ts from the CustomResourceDefinitions of an Istio release: the fields of its kinds and
 * what may stand in them, without the descriptions.
 *
 *     node scripts/generate-istio-schema.ts PATH_TO/manifests/charts/base/files/crd-all.gen.yaml
 */
import { readFile, writeFile } from "node:fs/promises";
import { loadAll } from "js-yaml";
import { format, resolveConfig } from "prettier";
import type { CrdRule, KindSchema, Schema, SchemaFile } from "../src/mesh/istio-schema/schema.ts";

const KINDS = [
  "AuthorizationPolicy",
  "DestinationRule",
  "EnvoyFilter",
  "Gateway",
  "PeerAuthentication",
  "ProxyConfig",
  "RequestAuthentication",
  "ServiceEntry",
  "Sidecar",
  "Telemetry",
  "TrafficExtension",
  "VirtualService",
  "WasmPlugin",
  "WorkloadEntry",
  "WorkloadGroup",
];

const TARGET = "src/mesh/istio-schema/data.ts";

/** A schema as a definition has it. */
interface OpenApiSchema {
  type?: Schema["type"];
  format?: string;
  properties?: Record<string, OpenApiSchema>;
  additionalProperties?: OpenApiSchema | boolean;
  items?: OpenApiSchema;
  enum?: string[];
  required?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  nullable?: boolean;
  oneOf?: Branch[];
  allOf?: { oneOf?: Branch[] }[];
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-validations"?: { rule: string }[];
}

/** `oneOf` has one branch for each field, and one for none of them. */
interface Branch {
  required?: string[];
  not?: object;
}

interface Definition {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; served: boolean; schema: { openAPIV3Schema: OpenApiSchema } }[];
  };
}

/** What each rule in Common Expression Language is, by what is in its text. All that are met have to be here. */
const RULES: readonly (readonly [RegExp, CrdRule])[] = [
  [/^duration\(self\) >= duration\('1ms'\)$/, "duration"],
  [/key\.size\(\) != 0/, "key-not-empty"],
  [/!key\.contains\("\*"\)/, "key-without-wildcard"],
  [/^!self\.contains\("\*"\)$/, "without-wildcard"],
  [/^self\.size\(\) == 0$/, "no-namespace"],
  [/^0 < self && self <= 65535$/, "port"],
  [/0 < int\(key\) && int\(key\) <= 65535/, "port-keys"],
  [/has\(self\.portLevelMtls\)/, "port-mtls-needs-selector"],
  [/startsWith\("unix:\/\/"\).* !has\(self\.ports\)/s, "socket-without-ports"],
  [/self\.substring\(7, 8\)/, "absolute-socket"],
  [/!self\.endsWith\("\/"\)/, "no-socket-folder"],
  [/size\(key\) < 63/, "port-names"],
  [/contains\("\/"\).*"STATIC", "NONE"/s, "cidr-is-static"],
  [/== "NONE"\) \?\s+!has\(self\.endpoints\)/, "no-endpoints-without-resolution"],
  [/"DNS_ROUND_ROBIN"/, "one-round-robin-endpoint"],
  [/^self != "\*"$/, "no-star"],
  [/l1\.number == l2\.number/, "unique-numbers"],
  [/has\(self\.serviceAccounts\)/, "lone-service-accounts"],
  [/"UPSERT"/, "upsert-has-value"],
  [/"REMOVE"/, "remove-without-value"],
  [/isURL\(self\)/, "wasm-url"],
  [/"HOST"/, "host-without-value"],
  [/^url\(self\)\.getScheme\(\) in \["http", "https"\]$/, "http-url"],
  [/^self in \["", "HTTP", "HTTPS"\]$/, "http-scheme"],
  [/"WAYPOINT"/, "waypoint-context"],
];

const AT_MOST_ONE = /^(?:\(has\(self\.\w+\) \? 1 : 0\)(?: \+ )?)+ <= 1$/;
const AT_LEAST_ONE = /^has\(self\.\w+\)(?: (?:\|\||!=) has\(self\.\w+\))+$/;

/** The text of data.ts for the text of the definitions. */
export async function schemaModule(definitions: string): Promise<string> {
  const found = (loadAll(definitions) as (Definition | null)[]).filter((one) => one !== null);
  const kinds = KINDS.map((kind): [string, KindSchema] => {
    const definition = found.find(({ spec }) => spec.names.kind === kind);
    if (definition === undefined) throw new Error(`no definition of ${kind}`);
    return [kind, kindSchema(definition)];
  });
  const file = share(Object.fromEntries(kinds));
  const lines = [
    "/**",
    " * Istio's kinds and their fields. Made by scripts/generate-istio-schema.ts from the CustomResourceDefinitions of Istio",
    " * (manifests/charts/base/files/crd-all.gen.yaml): do not edit.",
    " */",
    'import type { SchemaFile } from "./schema.js";',
    "",
    `export const ISTIO_SCHEMAS: SchemaFile = ${JSON.stringify(file)};`,
  ];
  return format(lines.join("\n"), { ...(await resolveConfig(TARGET)), filepath: TARGET });
}

function kindSchema({ spec }: Definition): KindSchema {
  const served = spec.versions.filter((version) => version.served);
  const [first, ...others] = served.map((version) => version.schema.openAPIV3Schema);
  const ofSpec = first?.properties?.["spec"];
  if (ofSpec === undefined) throw new Error(`${spec.names.kind} has no spec`);
  // One schema is kept a kind: a release whose versions differ asks for more than that.
  const differs = others.some((one) => JSON.stringify(one.properties?.["spec"]) !== JSON.stringify(ofSpec));
  if (differs) throw new Error(`the versions of ${spec.names.kind} differ`);
  return {
    group: spec.group,
    versions: served.map(({ name }) => name).sort(byStability),
    specRequired: first?.required?.includes("spec") === true,
    spec: compact(ofSpec),
  };
}

/** v1, v1beta1, v1alpha3: the order in which to offer them. */
function byStability(a: string, b: string): number {
  const rank = (version: string): number => (version.includes("alpha") ? 2 : version.includes("beta") ? 1 : 0);
  return rank(a) - rank(b);
}

const SAME = [
  "enum",
  "required",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
] as const;

const INT32 = { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };

function compact(given: OpenApiSchema): Schema {
  const rules = (given["x-kubernetes-validations"] ?? []).map(({ rule }) => rule.replace(/\s+/g, " ").trim());
  const named = rules.filter((rule) => !AT_MOST_ONE.test(rule) && !AT_LEAST_ONE.test(rule)).map(ruleName);
  const oneOf = [given.oneOf, ...(given.allOf ?? []).map((one) => one.oneOf)].filter((one) => one !== undefined);
  const groups = [...oneOf.map(fieldsOf), ...rules.filter((rule) => AT_MOST_ONE.test(rule)).map(hasFields)];
  const atMostOne = groups.filter((fields) => fields.length > 1);
  const atLeastOne = rules.filter((rule) => AT_LEAST_ONE.test(rule)).map(hasFields);
  const { properties, additionalProperties: values, items, "x-kubernetes-list-map-keys": keys = [] } = given;
  if (keys.length > 1) throw new Error(`a list with several keys: ${keys.join(", ")}`);
  return {
    ...(given.type === undefined ? {} : { type: given.type }),
    ...(given.format === "int32" ? INT32 : {}),
    ...Object.fromEntries(SAME.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]]]))),
    ...flags(given),
    ...(keys.length > 0 ? { uniqueBy: keys.join("") } : {}),
    ...(atMostOne.length > 0 ? { atMostOne } : {}),
    ...(atLeastOne.length > 0 ? { atLeastOne } : {}),
    ...(named.length > 0 ? { rules: named } : {}),
    ...(items === undefined ? {} : { items: compact(items) }),
    ...(typeof values === "object" ? { additionalProperties: compact(values) } : {}),
    ...(properties === undefined ? {} : { properties: compactAll(properties) }),
  };
}

function flags(given: OpenApiSchema): Schema {
  return {
    ...(given.nullable === true ? { nullable: true } : {}),
    ...(given["x-kubernetes-preserve-unknown-fields"] === true ? { open: true } : {}),
    ...(given["x-kubernetes-int-or-string"] === true ? { intOrString: true } : {}),
  };
}

function compactAll(properties: Record<string, OpenApiSchema>): Record<string, Schema> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, compact(schema)]));
}

function ruleName(rule: string): CrdRule {
  const found = RULES.find(([pattern]) => pattern.test(rule));
  if (found === undefined) throw new Error(`a rule that is not known: ${rule}`);
  return found[1];
}

function fieldsOf(branches: readonly Branch[]): string[] {
  const fields = branches.flatMap((branch) => branch.required ?? []);
  // One field in each branch, and one branch for none: what else there may be is not understood here.
  const alone = branches.every(({ required, not }) => (not === undefined) === (required?.length === 1));
  if (!alone) throw new Error(`oneOf is not understood: ${JSON.stringify(branches)}`);
  return fields;
}

function hasFields(rule: string): string[] {
  return [...rule.matchAll(/has\(self\.(\w+)\)/g)].map((match) => match[1] ?? "");
}

/** Shorter ones stay where they are. */
const SHORTEST_SHARED = 80;

/** Keeps each schema that is there more than once in one place. */
function share(kinds: Record<string, KindSchema>): SchemaFile {
  const uses = new Map<string, number>();
  const count = (schema: Schema): void => {
    const text = JSON.stringify(schema);
    const before = uses.get(text) ?? 0;
    uses.set(text, before + 1);
    // What is within one that is shared is written once.
    if (before === 0) for (const one of within(schema)) count(one);
  };
  for (const { spec } of Object.values(kinds)) count(spec);
  const shared: Schema[] = [];
  const places = new Map<string, number>();
  const fold = (schema: Schema): Schema => {
    const text = JSON.stringify(schema);
    if (text.length < SHORTEST_SHARED || uses.get(text) === 1) return folded(schema, fold);
    const place = places.get(text) ?? shared.push(folded(schema, fold)) - 1;
    places.set(text, place);
    return { ref: place };
  };
  const withRefs = Object.entries(kinds).map(([kind, one]) => [kind, { ...one, spec: fold(one.spec) }] as const);
  return { kinds: Object.fromEntries(withRefs), shared };
}

function within({ properties, items, additionalProperties }: Schema): Schema[] {
  return [...Object.values(properties ?? {}), items, additionalProperties].filter((one) => one !== undefined);
}

function folded(schema: Schema, fold: (schema: Schema) => Schema): Schema {
  const { properties, items, additionalProperties, ...rest } = schema;
  return {
    ...rest,
    ...(items === undefined ? {} : { items: fold(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: fold(additionalProperties) }),
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, fold(one)])) }),
  };
}

async function main(path: string | undefined): Promise<void> {
  if (path === undefined) throw new Error("name the file of Istio's CustomResourceDefinitions");
  const text = await schemaModule(await readFile(path, "utf8"));
  await writeFile(new URL(`../${TARGET}`, import.meta.url), text);
}

if (import.meta.main) await main(process.argv[2]);
