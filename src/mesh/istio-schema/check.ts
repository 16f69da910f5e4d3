/** Istio's objects against the schema of their kinds. */
import type { KubeObject } from "../../ports.js";
import type { Problem } from "../../problems.js";
import { hintFor, nearest } from "../../settings/suggest.js";
import type { Finding, Locate } from "../field.js";
import { doubtful, Field, meantOf, pathName, problemsOf, shown, wrong } from "../field.js";
import { metadataFindings } from "../metadata-check.js";
import { ISTIO_SCHEMAS } from "./data.js";
import type { KindSchema, Schema } from "./schema.js";
import type { SchemaContext } from "./values.js";
import { resolved, valueFindings } from "./values.js";

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
  for (const key of root.keys) {
    if (!["apiVersion", "kind", "metadata", "spec", "status"].includes(key))
      yield wrong(
        "unknown-field",
        root.at(key),
        `is no field of ${object.kind}`,
        fieldHint(key, ["spec"], schema.spec, ["spec"]),
      );
  }
  yield* metadataFindings(root.at("metadata"), "subdomain");
  const spec = root.at("spec");
  if (spec.present) yield* valueFindings(spec, schema.spec, contextOf(schema.spec));
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

function contextOf(spec: Schema): SchemaContext {
  return { shared: ISTIO_SCHEMAS.shared, unknown: (field, key, schema) => unknownField(field, key, schema, spec) };
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
  const meant = meantOf(key, known);
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
    for (const [one, way] of level)
      if (Object.hasOwn(resolved(one, ISTIO_SCHEMAS.shared).properties ?? {}, key)) found.push(pathName(way));
    level = level.flatMap(([one, way]) => stepsOf(resolved(one, ISTIO_SCHEMAS.shared), way));
  }
  return found;
}

function stepsOf({ properties = {}, items }: Schema, way: readonly string[]): (readonly [Schema, readonly string[]])[] {
  const inside = Object.entries(properties).map(([name, one]) => [one, [...way, name]] as const);
  return items === undefined ? inside : [...inside, [items, way]];
}
