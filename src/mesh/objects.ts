import type { KubeObject } from "../ports.js";
import type { FilePlace, Problem } from "../problems.js";
import { errorProblem } from "../problems.js";
import type { Located } from "../rules/objects.js";
import type { LocatedDocument, YamlPath } from "../yaml/located.js";
import { parseLocated } from "../yaml/located.js";

/** A Kubernetes object of a file, with where it stands there. */
export interface SourcedObject {
  readonly object: KubeObject;
  /** The object's first line, that of its `kind`. */
  readonly place: Required<FilePlace>;
  /** The line of every field. */
  readonly at: Located;
}

/** An object's name, with the place that it was written in. */
export interface AppliedName {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/**
 * Reads the Kubernetes objects of a YAML or JSON text; the items of a `kind: List` count as objects of their own.
 *
 * @returns the objects that are some, in order, and what is wrong with the rest
 */
export function readObjects(text: string, file: string): { objects: SourcedObject[]; problems: Problem[] } {
  const { documents, problems } = parseLocated(text, file);
  const objects: SourcedObject[] = [];
  const found = [...problems];
  for (const document of documents) {
    for (const { value, path } of unlisted(document.value)) {
      const place = { file, line: document.lineOf([...path, "kind"]) };
      const wrong = whatIsWrong(value, document, path);
      const at: Located = { file, lineOf: (field) => document.lineOf([...path, ...field]) };
      if (wrong === null) objects.push({ object: value as KubeObject, place, at });
      else found.push(wrong);
    }
  }
  return { objects, problems: found };
}

function unlisted(value: unknown): { value: unknown; path: YamlPath }[] {
  if (!isRecord(value) || typeof value["kind"] !== "string" || !value["kind"].endsWith("List"))
    return [{ value, path: [] }];
  const items = value["items"];
  if (!Array.isArray(items)) return [{ value, path: [] }];
  return items.map((item: unknown, index) => ({ value: item, path: ["items", index] }));
}

function whatIsWrong(value: unknown, document: LocatedDocument, path: YamlPath): Problem | null {
  const place = (field: YamlPath): FilePlace => ({ file: document.file, line: document.lineOf([...path, ...field]) });
  if (!isRecord(value))
    return errorProblem(
      "manifest-object",
      "this is no Kubernetes object",
      place([]),
      "write apiVersion, kind and metadata.name",
    );
  const metadata = isRecord(value["metadata"]) ? value["metadata"] : {};
  const missing = [
    ...(isText(value["apiVersion"]) ? [] : ["apiVersion"]),
    ...(isText(value["kind"]) ? [] : ["kind"]),
    ...(isText(metadata["name"]) ? [] : ["metadata.name"]),
  ];
  if (missing.length > 0) {
    return errorProblem(
      "manifest-object",
      `the object has no ${missing.join(", no ")}`,
      place(["kind"]),
      `write ${missing.join(" and ")} as text`,
    );
  }
  if (metadata["namespace"] !== undefined && !isText(metadata["namespace"])) {
    return errorProblem(
      "manifest-object",
      "metadata.namespace is not text",
      place(["metadata", "namespace"]),
      "write the name in quotes",
    );
  }
  return null;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object as reports name what a phase applied. */
export function appliedObject({ object, place }: SourcedObject): AppliedName {
  const { kind, metadata } = object;
  return {
    kind,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    name: metadata.name,
    file: place.file,
    line: place.line,
  };
}
