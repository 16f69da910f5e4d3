/** Istio's objects against the schema of their kinds. */
import type { KubeObject } from "../../ports.js";
import type { Problem } from "../../problems.js";
import { hintFor, nearest } from "../../settings/suggest.js";
import type { Finding, Locate } from "../field.js";
import { doubtful, Field, isMapping, pathName, problemsOf, shown, wrong } from "../field.js";
import { metadataFindings, quotesHint, typeWord } from "../metadata-check.js";
import { crdRuleFindings } from "./crd-rules.js";
import { ISTIO_SCHEMAS } from "./data.js";
import type { KindSchema, Schema } from "./schema.js";

/**
 * What the API server would find wrong with an object of Istio: its version, its fields, their types and values, and the
 * rules that stand in Istio's definitions. Every problem at once; none for an object that is not Istio's. Pure, and bears
 * any JSON.
 *
 * Source: istio, manifests/charts/base/files/crd-all.gen.yaml.
 *
 * @param locate the place of a field of the object
 */
export function checkIstioObject(object: KubeObject, locate: Locate): Problem[] {
  return problemsOf(schemaFindings(object), locate);
}

/** The groups of the kinds above; an object of another group of Istio is none that is known here. */
const GROUPS = [...new Set(Object.values(ISTIO_SCHEMAS.kinds).map(({ group }) => group))];

/** Whether an object is one of Istio's, or was meant to be. */
export function isIstioObject({ apiVersion, kind }: KubeObject): boolean {
  const group = groupOf(apiVersion);
  if (GROUPS.includes(group)) return true;
  const schema = kindSchema(kind);
  // Others have kinds of these names too, in groups that look nothing like Istio's.
  return schema !== undefined && (group === "" || nearest(group, [schema.group]) !== undefined);
}

/** As `checkIstioObject`, before the lines are known. */
export function* schemaFindings(object: KubeObject): Generator<Finding> {
  if (!isIstioObject(object)) return;
  const schema = kindSchema(object.kind);
  const root = new Field(object);
  if (schema === undefined) {
    yield unknownKind(root);
    return;
  }
  yield* versionFindings(root, object.kind, schema);
  for (const [key, field] of root.entries()) {
    if (!["apiVersion", "kind", "metadata", "spec", "status"].includes(key))
      yield wrong(
        "unknown-field",
        field,
        `is no field of ${object.kind}`,
        fieldHint(key, ["spec"], schema.spec, ["spec"]),
      );
  }
  yield* metadataFindings(root.at("metadata"), "subdomain");
  const spec = root.at("spec");
  if (spec.present) yield* valueFindings(spec, schema.spec, schema.spec);
  else if (schema.specRequired) yield wrong("missing-field", spec, "is missing");
}

function kindSchema(kind: string): KindSchema | undefined {
  return Object.hasOwn(ISTIO_SCHEMAS.kinds, kind) ? ISTIO_SCHEMAS.kinds[kind] : undefined;
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.lastIndexOf("/");
  // `security.istio.io` without a version is a group that lacks its version; `v1` is a version without group.
  return slash < 0 && apiVersion.includes(".") ? apiVersion : apiVersion.slice(0, Math.max(slash, 0));
}

function unknownKind(root: Field): Finding {
  const kind = root.at("kind");
  const known = Object.keys(ISTIO_SCHEMAS.kinds);
  const says = `is ${shown(kind.value)}, which Istio has not`;
  const meant = nearest(kind.text, known);
  // A later Istio may have it; a word that is nearly one of today's is a slip.
  if (meant === undefined) return doubtful("api-version", kind, says, `one of: ${known.join(", ")}`);
  return wrong("api-version", kind, says, `did you mean ${meant}?`);
}

function* versionFindings(root: Field, kind: string, { group, versions }: KindSchema): Generator<Finding> {
  const apiVersion = root.at("apiVersion");
  const served = versions.map((version) => `${group}/${version}`);
  if (served.includes(apiVersion.text)) return;
  yield wrong(
    "api-version",
    apiVersion,
    `is ${shown(apiVersion.value)}, which has no ${kind}`,
    `served: ${served.join(", ")}`,
  );
}

/** `whole` is the schema of the spec, in which to look for where a misplaced field belongs. */
function* valueFindings(field: Field, given: Schema, whole: Schema): Generator<Finding> {
  const schema = resolved(given);
  const misfit = typeFinding(field, schema);
  if (misfit !== undefined) {
    yield misfit;
    return;
  }
  yield* scalarFindings(field, schema);
  if (Array.isArray(field.value)) yield* listFindings(field, schema, whole);
  if (isMapping(field.value)) yield* mappingFindings(field, schema, whole);
  for (const rule of schema.rules ?? []) yield* crdRuleFindings(rule, field);
}

function resolved(schema: Schema): Schema {
  return schema.ref === undefined ? schema : (ISTIO_SCHEMAS.shared[schema.ref] ?? {});
}

const TYPES: Readonly<Record<NonNullable<Schema["type"]>, readonly [string, (value: unknown) => boolean]>> = {
  object: ["a mapping", isMapping],
  array: ["a list", Array.isArray],
  string: ["text", (value) => typeof value === "string"],
  integer: ["a whole number", Number.isInteger],
  number: ["a number", (value) => typeof value === "number"],
  boolean: ["true or false", (value) => typeof value === "boolean"],
};

function typeFinding(field: Field, { type, intOrString, nullable }: Schema): Finding | undefined {
  const { value } = field;
  if (value === undefined) return nullable === true ? undefined : wrong("wrong-type", field, "is empty");
  if (intOrString === true) {
    if (Number.isInteger(value) || typeof value === "string") return undefined;
    return wrong("wrong-type", field, `has to be a whole number or text, and is ${typeWord(value)}`);
  }
  if (type === undefined) return undefined;
  const [word, fits] = TYPES[type];
  if (fits(value)) return undefined;
  return wrong("wrong-type", field, `has to be ${word}, and is ${typeWord(value)}`, typeHint(type, field));
}

function typeHint(type: NonNullable<Schema["type"]>, { value }: Field): string | undefined {
  if (type === "string") return quotesHint(value);
  if ((type === "integer" || type === "number") && typeof value === "string" && /^-?\d+$/.test(value))
    return `write it without quotes: ${value}`;
  if (type === "array") return "write it as a list: each item behind a -";
  return undefined;
}

function* scalarFindings(field: Field, schema: Schema): Generator<Finding> {
  const { value } = field;
  if (typeof value === "number") yield* rangeFindings(field, value, schema);
  if (typeof value !== "string") return;
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    const meant = nearest(value, schema.enum);
    const says = `is ${shown(value)}, which is none of ${schema.enum.join(", ")}`;
    yield wrong("invalid-value", field, says, meant === undefined ? undefined : `did you mean ${meant}?`);
  }
  if (value.length < (schema.minLength ?? 0)) yield wrong("invalid-value", field, "is empty");
  if (value.length > (schema.maxLength ?? Infinity))
    yield wrong("invalid-value", field, `is longer than ${String(schema.maxLength)} characters`);
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, "u").test(value))
    yield wrong("invalid-value", field, `is ${shown(value)}`, `it has to fit ${schema.pattern}`);
}

function* rangeFindings(field: Field, value: number, { minimum, maximum }: Schema): Generator<Finding> {
  if (value < (minimum ?? -Infinity))
    yield wrong("out-of-range", field, `is ${value}, and has to be ${String(minimum)} or more`);
  if (value > (maximum ?? Infinity))
    yield wrong("out-of-range", field, `is ${value}, and has to be ${String(maximum)} or less`);
}

function* listFindings(field: Field, schema: Schema, whole: Schema): Generator<Finding> {
  const items = field.items();
  yield* countFindings(field, items.length, schema.minItems, schema.maxItems);
  for (const item of items) if (schema.items !== undefined) yield* valueFindings(item, schema.items, whole);
}

function* countFindings(field: Field, count: number, least = 0, most = Infinity): Generator<Finding> {
  if (count < least)
    yield wrong("missing-field", field, count === 0 ? "is empty" : `has ${count} of at least ${least} entries`);
  if (count > most) yield wrong("out-of-range", field, `has ${count} entries, and may have ${most}`);
}

function* mappingFindings(field: Field, schema: Schema, whole: Schema): Generator<Finding> {
  const entries = field.entries();
  yield* countFindings(field, entries.length, schema.minProperties, schema.maxProperties);
  for (const name of schema.required ?? [])
    if (!field.at(name).present) yield wrong("missing-field", field.at(name), "is missing");
  for (const [key, value] of entries) {
    const known = ownSchema(schema, key);
    if (known !== undefined) yield* valueFindings(value, known, whole);
    else if (schema.open !== true) yield unknownField(field, key, schema, whole);
  }
  for (const names of schema.atMostOne ?? []) yield* exclusiveFindings(field, names);
  for (const names of schema.atLeastOne ?? []) {
    if (names.some((name) => field.at(name).present)) continue;
    const needed = wrong("missing-field", field, `needs ${names.join(" or ")}`);
    yield { ...needed, path: field.at(names[0] ?? "").path };
  }
}

function ownSchema({ properties = {}, additionalProperties }: Schema, key: string): Schema | undefined {
  return Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
}

function* exclusiveFindings(field: Field, names: readonly string[]): Generator<Finding> {
  const [first, ...others] = names.filter((name) => field.at(name).present);
  for (const name of others)
    yield wrong("conflicting-fields", field.at(name), `cannot be set beside ${String(first)}`, "keep one of them");
}

function unknownField(field: Field, key: string, schema: Schema, whole: Schema): Finding {
  const known = Object.keys(schema.properties ?? {});
  return wrong(
    "unknown-field",
    field.at(key),
    `is no field that ${field.name} has`,
    fieldHint(key, known, whole, ["spec"]),
  );
}

/** The field that was meant: one of nearly that name, else the places in which there is one of that name. */
function fieldHint(key: string, known: readonly string[], whole: Schema, path: readonly string[]): string {
  const meant = nearest(key, known);
  if (meant !== undefined) return `did you mean ${meant}?`;
  const places = placesOf(key, whole, path).slice(0, 2);
  return places.length > 0 ? `it stands in ${places.join(" or ")}` : hintFor(key, known);
}

/** Where in a spec a field of that name is, the nearest to the root first. */
function placesOf(key: string, schema: Schema, path: readonly string[]): string[] {
  const found: string[] = [];
  let level: (readonly [Schema, readonly string[]])[] = [[schema, path]];
  // A step of the schema at a time, so that the shortest way is found first.
  while (level.length > 0 && found.length === 0) {
    for (const [one, way] of level) if (Object.hasOwn(resolved(one).properties ?? {}, key)) found.push(pathName(way));
    level = level.flatMap(([one, way]) => stepsOf(resolved(one), way));
  }
  return found;
}

function stepsOf({ properties = {}, items }: Schema, way: readonly string[]): (readonly [Schema, readonly string[]])[] {
  const inside = Object.entries(properties).map(([name, one]) => [one, [...way, name]] as const);
  return items === undefined ? inside : [...inside, [items, way]];
}
