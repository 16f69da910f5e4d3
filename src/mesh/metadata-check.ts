import { nearest } from "../settings/suggest.js";
import { isDnsLabel } from "../settings/values.js";
import type { Field, Finding } from "./field.js";
import { doubtful, isMapping, quotesHint, shown, typeWord, wrong } from "./field.js";
import { isLabelKey, isLabelValue, isSubdomain } from "./names.js";

const KNOWN = [
  "annotations",
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "finalizers",
  "generateName",
  "generation",
  "labels",
  "managedFields",
  "name",
  "namespace",
  "ownerReferences",
  "resourceVersion",
  "selfLink",
  "uid",
];

const READ = ["annotations", "creationTimestamp", "labels", "name", "namespace", "ownerReferences"];

/** What the name of an object has to be: a DNS label, or DNS labels with dots between them. */
export type NameForm = "label" | "subdomain" | "any";

/**
 * What is wrong with an object's metadata, or with that of a pod template (kubernetes,
 * apimachinery/pkg/api/validation/objectmeta.go).
 */
export function* metadataFindings(metadata: Field, form: NameForm): Generator<Finding> {
  if (metadata.present && !isMapping(metadata.value)) {
    yield wrong("wrong-type", metadata, "has to be a mapping");
    return;
  }
  for (const key of metadata.keys) if (!KNOWN.includes(key)) yield unknownKubeField(metadata, key, READ);
  yield* nameFindings(metadata, form);
  yield* textMapFindings(metadata.at("labels"));
  yield* labelFindings(metadata.at("labels"));
  yield* annotationFindings(metadata.at("annotations"));
}

function* nameFindings(metadata: Field, form: NameForm): Generator<Finding> {
  const name = metadata.at("name");
  if (name.text !== "" && !nameFits(name.text, form)) {
    const what = form === "label" ? "a-z, 0-9 and -" : "a-z, 0-9, - and .";
    yield wrong("invalid-value", name, `is ${shown(name.value)}, which is no name of such an object`, `use ${what}`);
  }
  const namespace = metadata.at("namespace");
  if (namespace.text !== "" && !isDnsLabel(namespace.text))
    yield wrong("invalid-value", namespace, `is ${shown(namespace.value)}, which is no name of a namespace`);
}

function nameFits(name: string, form: NameForm): boolean {
  if (form === "any") return true;
  return form === "label" ? isDnsLabel(name) : isSubdomain(name);
}

/** Keys and values of labels that Kubernetes does not take; their types are told elsewhere. */
export function* labelFindings(labels: Field): Generator<Finding> {
  for (const [key, value] of labels.entries()) {
    if (!isLabelKey(key)) yield wrong("invalid-value", value, "is no key of a label", "write NAME or PREFIX/NAME");
    if (!isLabelValue(value.text)) {
      const hint = "up to 63 of a-z, A-Z, 0-9, -, _ and ., the first and the last a letter or digit";
      yield wrong("invalid-value", value, `is ${shown(value.value)}, which is no value of a label`, hint);
    }
  }
}

function* annotationFindings(annotations: Field): Generator<Finding> {
  yield* textMapFindings(annotations);
  for (const [key, value] of annotations.entries())
    if (!isLabelKey(key.toLowerCase())) yield wrong("invalid-value", value, "is no key of an annotation");
}

/** A mapping of texts to texts: YAML takes `1` and `true` for others. */
function* textMapFindings(map: Field): Generator<Finding> {
  if (map.present && !isMapping(map.value)) yield wrong("wrong-type", map, "has to be a mapping of texts");
  for (const [, value] of map.entries()) {
    if (typeof value.value !== "string")
      yield wrong("wrong-type", value, `has to be text, and is ${typeWord(value.value)}`, quotesHint(value.value));
  }
}

/**
 * A field that Kubernetes does not know. One that looks like a field that is read is an error; any other is a warning, for a
 * later Kubernetes may know it.
 */
export function unknownKubeField(at: Field, key: string, read: readonly string[]): Finding {
  const says = `is no field that ${at.name} has`;
  const meant = nearest(key, read);
  if (meant !== undefined) return wrong("unknown-field", at.at(key), says, `did you mean ${meant}?`);
  return doubtful("unknown-field", at.at(key), says, "a server that does not know it refuses the object");
}
