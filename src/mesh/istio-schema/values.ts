/** A value against a structural schema, as the API server holds them against each other. */
import type { Field, Finding } from "../field.js";
import { isMapping, meantOf, quotesHint, shown, typeWord, wrong } from "../field.js";
import { crdRuleFindings } from "./crd-rules.js";
import type { Schema } from "./schema.js";

/** Where the schemas come from that others refer to, and what is said of a field that a schema has not. */
export interface SchemaContext {
  readonly shared: readonly Schema[];
  readonly unknown: (field: Field, key: string, schema: Schema) => Finding | undefined;
}

/** What a value has against its schema: types, values, ranges, missing and unknown fields, and the rules that it names. */
export function* valueFindings(field: Field, given: Schema, context: SchemaContext): Generator<Finding> {
  const schema = resolved(given, context.shared);
  const misfit = typeFinding(field, schema);
  if (misfit !== undefined) {
    yield misfit;
    return;
  }
  yield* scalarFindings(field, schema);
  if (Array.isArray(field.value)) yield* listFindings(field, schema, context);
  if (isMapping(field.value)) yield* mappingFindings(field, schema, context);
  for (const rule of schema.rules ?? []) yield* crdRuleFindings(rule, field);
}

/** The schema itself where another one is named. */
export function resolved(schema: Schema, shared: readonly Schema[]): Schema {
  return schema.ref === undefined ? schema : (shared[schema.ref] ?? {});
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
    const meant = meantOf(value, schema.enum);
    const says = `is ${shown(value)}, which is none of ${schema.enum.filter((one) => one !== "").join(", ")}`;
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

function* listFindings(field: Field, schema: Schema, context: SchemaContext): Generator<Finding> {
  const items = field.items();
  yield* countFindings(field, items.length, schema.minItems, schema.maxItems);
  for (const item of items) if (schema.items !== undefined) yield* valueFindings(item, schema.items, context);
  if (schema.uniqueBy !== undefined) yield* repeatedFindings(items, schema.uniqueBy);
}

function* repeatedFindings(items: readonly Field[], name: string): Generator<Finding> {
  const seen = new Set<unknown>();
  for (const field of items.map((item) => item.at(name)).filter(({ present }) => present)) {
    if (seen.has(field.value))
      yield wrong("conflicting-fields", field, `is ${shown(field.value)}, which another item has`);
    seen.add(field.value);
  }
}

function* countFindings(field: Field, count: number, least = 0, most = Infinity): Generator<Finding> {
  if (count < least)
    yield wrong("missing-field", field, count === 0 ? "is empty" : `has ${count} of at least ${least} entries`);
  if (count > most) yield wrong("out-of-range", field, `has ${count} entries, and may have ${most}`);
}

function* mappingFindings(field: Field, schema: Schema, context: SchemaContext): Generator<Finding> {
  const entries = field.entries();
  yield* countFindings(field, entries.length, schema.minProperties, schema.maxProperties);
  for (const name of schema.required ?? [])
    if (!field.at(name).present) yield wrong("missing-field", field.at(name), "is missing");
  for (const [key, value] of entries) {
    const known = ownSchema(schema, key);
    if (known !== undefined) yield* valueFindings(value, known, context);
  }
  for (const key of field.keys) {
    if (ownSchema(schema, key) === undefined && schema.open !== true)
      yield* [context.unknown(field, key, schema)].filter((one) => one !== undefined);
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
