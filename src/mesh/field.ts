/** A value somewhere in an object of a file, with the way to it; and what is found wrong there. */
import type { FilePlace, Problem } from "../problems.js";
import { errorProblem, warningProblem } from "../problems.js";
import type { FieldPath } from "../rules/objects.js";
import { nearest } from "../settings/suggest.js";

/** The line of a field, or of its nearest parent that there is. */
export type Locate = (path: FieldPath) => FilePlace;

/**
 * A field that may be there or not, and may hold anything. Null counts as absent, as the API server has it for fields, and
 * what has another type than is asked for reads as absent too: its type is told elsewhere.
 */
export class Field {
  readonly path: FieldPath;
  readonly value: unknown;

  constructor(value: unknown, path: FieldPath = []) {
    this.value = value ?? undefined;
    this.path = path;
  }

  /** Whether there is anything. */
  get present(): boolean {
    return this.value !== undefined;
  }

  /** The field of a mapping, or the item of a list. */
  at(key: string | number): Field {
    const { value } = this;
    const path = [...this.path, key];
    if (typeof key === "number") return new Field(Array.isArray(value) ? value[key] : undefined, path);
    return new Field(isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined, path);
  }

  /** The names of a mapping's fields, those without a value too. */
  get keys(): string[] {
    return isMapping(this.value) ? Object.keys(this.value) : [];
  }

  /** The fields of a mapping by name, those without a value left out. */
  entries(): [key: string, field: Field][] {
    if (!isMapping(this.value)) return [];
    const all = Object.entries(this.value).map(([key, value]): [string, Field] => [
      key,
      new Field(value, [...this.path, key]),
    ]);
    return all.filter(([, field]) => field.present);
  }

  /** The items of a list. */
  items(): Field[] {
    if (!Array.isArray(this.value)) return [];
    return this.value.map((item: unknown, index) => new Field(item, [...this.path, index]));
  }

  /** The texts of a list of texts. */
  texts(): string[] {
    return this.items().flatMap(({ value }) => (typeof value === "string" ? [value] : []));
  }

  /** A text; "" where there is none, which to Istio is the same. */
  get text(): string {
    return typeof this.value === "string" ? this.value : "";
  }

  get number(): number | undefined {
    return typeof this.value === "number" ? this.value : undefined;
  }

  /** `spec.rules[0].from`; the object itself is "the object". */
  get name(): string {
    return pathName(this.path);
  }
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `spec.rules[0].from`, with keys that are no plain words in quotes. */
export function pathName(path: FieldPath): string {
  if (path.length === 0) return "the object";
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^\w[-\w]*$/.test(step)) return `[${shown(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}

/** Any value as text for a message, cut where it is long. */
export function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** What a value is, for a message. */
export function typeWord(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return `the text ${shown(value)}`;
  return typeof value === "boolean" ? String(value) : `the number ${shown(value)}`;
}

/** How to make text of what YAML takes for a number or the like. */
export function quotesHint(value: unknown): string | undefined {
  const simple = typeof value === "number" || typeof value === "boolean";
  return simple ? `write it in quotes: ${JSON.stringify(String(value))}` : undefined;
}

/** The one of several words that was meant: the nearest, else one that the word is a part of or that is a part of it. */
export function meantOf(word: string, candidates: readonly string[]): string | undefined {
  const near = nearest(word, candidates);
  if (near !== undefined || word.length < 4) return near;
  const low = word.toLowerCase();
  return candidates
    .map((one) => [one, one.toLowerCase()] as const)
    .find(([, one]) => one.includes(low) || low.includes(one))?.[0];
}

/** What kind of problem there is. */
export type FindingCode =
  | "api-version"
  | "conflicting-fields"
  | "invalid-value"
  | "missing-field"
  | "no-effect"
  | "out-of-range"
  | "unknown-field"
  | "unmeant"
  | "wrong-type";

/** One thing wrong with a field, before its line is known. */
export interface Finding {
  readonly severity: Problem["severity"];
  readonly code: FindingCode;
  readonly path: FieldPath;
  readonly message: string;
  readonly hint: string | undefined;
}

/** An error: the name of the field, then what it says. */
export function wrong(code: FindingCode, field: Field, says: string, hint?: string): Finding {
  return { severity: "error", code, path: field.path, message: `${field.name} ${says}`, hint };
}

/** As `wrong`, for what a server takes. */
export function doubtful(code: FindingCode, field: Field, says: string, hint?: string): Finding {
  return { ...wrong(code, field, says, hint), severity: "warning" };
}

/** Findings with their lines. */
export function problemsOf(findings: Iterable<Finding>, locate: Locate): Problem[] {
  return Array.from(findings, ({ severity, code, path, message, hint }) =>
    (severity === "error" ? errorProblem : warningProblem)(code, message, locate(path), hint),
  );
}
