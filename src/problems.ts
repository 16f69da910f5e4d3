/**
 * What is wrong, where, and what to do about it: the one form in which every step tells a person about a problem,
 * and the two errors that end a run early. Every problem of an input is collected before either is thrown.
 */

/** A line of a file that the user wrote, or an object of the cluster. `namespace` is absent for cluster-scoped kinds. */
export type Place = FilePlace | ObjectPlace;
export interface FilePlace {
  readonly file: string;
  readonly line?: number;
}
export interface ObjectPlace {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** One problem. `code` is stable and kebab-case; `hint` says what to do. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
  readonly where?: Place;
  readonly hint?: string;
}

/** Whether a place is a line of a file rather than an object. */
export function isFilePlace(place: Place): place is FilePlace {
  return "file" in place;
}

/** `file:line`, or `Kind namespace/name`. */
export function placeText(place: Place): string {
  if (isFilePlace(place)) return place.line === undefined ? place.file : `${place.file}:${place.line}`;
  return `${place.kind} ${place.namespace === undefined ? "" : `${place.namespace}/`}${place.name}`;
}

/** One problem on one line: `where: message (hint)`. Not escaped for any place: renderers do that. */
export function problemText(problem: Problem): string {
  const where = problem.where === undefined ? "" : `${placeText(problem.where)}: `;
  const hint = problem.hint === undefined ? "" : ` (${problem.hint})`;
  return `${where}${problem.message}${hint}`;
}

abstract class ProblemsError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map(problemText).join("\n"), options);
    this.name = new.target.name;
    this.problems = problems;
  }
}

/** The input, the policies or the state of the cluster do not allow the run: nothing was probed. Exit 2. */
export class Refusal extends ProblemsError {}

/** The run could not come to a result: the cluster failed, or time ran out. Exit 3. */
export class Failure extends ProblemsError {}

/** Builds an error-severity problem; `where` and `hint` may be left out. */
export function errorProblem(code: string, message: string, where?: Place, hint?: string): Problem {
  return {
    severity: "error",
    code,
    message,
    ...(where === undefined ? {} : { where }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Builds a warning-severity problem; `where` and `hint` may be left out. */
export function warningProblem(code: string, message: string, where?: Place, hint?: string): Problem {
  return { ...errorProblem(code, message, where, hint), severity: "warning" };
}

/** The text of anything thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) {
    const cause = thrown.cause instanceof Error ? `: ${thrown.cause.message}` : "";
    return `${thrown.message}${cause}`;
  }
  return String(thrown);
}
