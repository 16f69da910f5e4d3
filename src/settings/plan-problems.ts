/** What zod finds wrong with a plan → problems in our words, with lines. */
import type * as z from "zod";
import { errorProblem, type Problem } from "../problems.js";
import type { LocatedDocument } from "../yaml/located.js";
import { hintFor } from "./suggest.js";

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

/** The problems of a plan in the order of their lines. `value` is what was given to zod. */
export function planProblems(issues: readonly Issue[], value: unknown, document: LocatedDocument): Problem[] {
  return issues
    .flatMap((issue) => problemsOf(issue, [], value, document))
    .map((problem, index) => ({ problem, index }))
    .sort((a, b) => lineOf(a.problem) - lineOf(b.problem) || a.index - b.index)
    .map(({ problem }) => problem);
}

/** Whether an issue that is about a value is that there is none. */
function isMissing({ code }: Issue, value: unknown): boolean {
  return value === undefined && ["invalid_union", "invalid_type", "invalid_value"].includes(code);
}

function lineOf(problem: Problem): number {
  return problem.where !== undefined && "line" in problem.where ? (problem.where.line ?? 0) : 0;
}

function problemsOf(issue: Issue, above: Path, value: unknown, document: LocatedDocument): Problem[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))];
  const problem = (message: string, at: Path = path, hint?: string): Problem =>
    errorProblem("invalid-plan", message, { file: document.file, line: document.lineOf(at) }, hint);
  const name = placeName(path);
  if (isMissing(issue, valueAt(value, path))) return [problem(`${name} is missing`)];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) =>
        problem(`${name} has the unknown key ${JSON.stringify(key)}`, [...path, key], keyHint(key, path)),
      );
    case "invalid_union": {
      if (isOurs(issue)) return [problem(`${name} ${issue.message}`)];
      const branch = meantBranch(issue.errors);
      if (branch !== undefined) return branch.flatMap((inner) => problemsOf(inner, path, value, document));
      return [problem(`${name} has to be ${issue.errors.flat().map(kindWanted).join(" or ")}`)];
    }
    case "invalid_type":
      return [problem(`${name} has to be ${kindWanted(issue)}`)];
    case "invalid_value": {
      const choices = issue.values.filter((choice) => choice !== null).map(String);
      const given = valueAt(value, path);
      return [problem(`${name} is ${shown(given)}, which is not known`, path, hintFor(String(given), choices))];
    }
    case "custom":
    case "invalid_element":
    case "invalid_format":
    case "invalid_key":
    case "not_multiple_of":
    case "too_big":
    case "too_small":
      return [problem(`${name} ${issue.message}`)];
  }
}

/** The issues of the alternative that was meant, by the kind of value that was given; undefined where no kind fits. */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const ofItsKind = branches.filter((branch) => !branch.some((issue) => atTop(issue) && issue.code === "invalid_type"));
  // A list fits the alternatives for lists: their issues are about its items.
  return ofItsKind.find((branch) => !branch.some(atTop)) ?? ofItsKind[0];
}

function atTop(issue: Issue): boolean {
  return issue.path.length === 0;
}

/** Whether the message is the schema's own rather than zod's. */
function isOurs(issue: Issue): boolean {
  return !issue.message.startsWith("Invalid input");
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text (in quotes, where YAML takes it for something else)",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  number: "a number",
  boolean: "true or false",
};

function kindWanted(issue: Issue): string {
  if (isOurs(issue)) return issue.message.replace(/^has to be /, "");
  return issue.code === "invalid_type" ? (KINDS[issue.expected] ?? issue.expected) : "something else";
}

const CLIENT_KEYS = ["namespace", "workload", "selector", "container"];
const DESTINATION_KEYS = ["url", "service", "port", "path", "method", "headers"];
const RULE_KEYS = ["from", "to", "code", "exit", "transport"];
const ACCEPT_KEYS = ["direction", "from", "to", "reason", "until"];
const SIDE_KEYS: Readonly<Record<string, readonly string[]>> = {
  from: ["namespace", "name", "selector", "phase"],
  to: ["namespace", "name", "port", "url", "phase"],
};

/** What to do about a key that is not known where it stands. */
function keyHint(key: string, path: Path): string {
  const [list, , side] = path;
  if (list === "accept" && key === "phase") return "a comparison with a base has no phases";
  if (list === "expect" && side === undefined && key === "phase")
    return "it stands in from or to: to: {phase: strict-mesh}";
  if (side === "from" || side === "to") {
    const other = side === "from" ? "to" : "from";
    if (SIDE_KEYS[other]?.includes(key) === true) return `it stands in ${other}`;
  }
  return hintFor(key, knownKeys(path));
}

function knownKeys(path: Path): readonly string[] {
  const [list, , side] = path;
  if (typeof side === "string") return (SIDE_KEYS[side] ?? []).filter((key) => list !== "accept" || key !== "phase");
  if (list === "clients") return CLIENT_KEYS;
  if (list === "destinations") return DESTINATION_KEYS;
  if (list === "accept") return ACCEPT_KEYS;
  return list === "expect" ? RULE_KEYS : ["clients", "destinations", "expect", "accept"];
}

/** `expect[0].from.namespace`; the whole is "the plan". */
function placeName(path: Path): string {
  if (path.length === 0) return "the plan";
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : `${i > 0 ? "." : ""}${step}`)).join("");
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
