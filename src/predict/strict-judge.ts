import type { Outcome } from "../mesh/call.js";
import type { Predictor } from "./predict.js";
import type { Landing } from "./server.js";
import type { StrictCall } from "./strict-calls.js";

/** What becomes of a call at one endpoint, as little of it as tells whether it breaks. */
interface Mark {
  readonly unknown: string | null;
  /** Whether the server's mode has let it in, where what comes after that is unknown. */
  readonly passed: boolean;
  readonly arriving: readonly string[];
  readonly refused: readonly string[];
}

/** What becomes of a call for each pod of the client and each endpoint. */
export type Seen = readonly Mark[];

/** Predicts calls in one mesh; marks that are equal are one, so that a million of them take little room. */
export class Marks {
  readonly #known = new Map<string, Mark>();
  readonly #lists = new Map<string, Seen>();
  readonly #numbers = new Map<Mark, number>();

  see(predictor: Predictor, { client, container, to }: StrictCall): Seen {
    const marks = predictor.landings(client, container, to).map((one) => this.#mark(one));
    const key = marks.map((one) => this.#numbers.get(one)).join(" ");
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    this.#lists.set(key, marks);
    return marks;
  }

  #mark(landing: Landing): Mark {
    const mark = markOf(landing);
    const key = JSON.stringify(mark);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, mark);
    this.#numbers.set(mark, this.#numbers.size);
    return mark;
  }
}

function markOf(landing: Landing): Mark {
  if ("unknown" in landing) {
    const passed = landing.because.some(({ rule }) => rule === "peer-authentication");
    return { unknown: landing.unknown, passed, arriving: [], refused: [] };
  }
  const { outcomes } = landing;
  return {
    unknown: null,
    passed: true,
    arriving: outcomes.filter(({ arrives }) => arrives !== false).map(keyOf),
    refused: outcomes.filter(({ arrives }) => arrives === false).map(keyOf),
  };
}

function keyOf({ code, exit, transport }: Outcome): string {
  return `${code ?? ""} ${exit ?? ""} ${transport ?? ""}`;
}

export type Verdict =
  { readonly is: "unharmed" } | { readonly is: "broken" } | { readonly is: "unknown"; readonly why: string };

/**
 * Whether a call that arrives does so after a change.
 *
 * @param changed whether the change is for a pod behind what is called. Else only what is seen to differ counts: what was
 * unknown, and is so still, has not changed
 */
export function judge(before: Seen, after: Seen, changed: boolean): Verdict {
  if (before === after && before.every(({ unknown }) => unknown === null)) return UNHARMED;
  const pairs = pairsOf(before, after).map(([was, is]) => ofPair(was, is, changed));
  return pairs.find(({ is }) => is === "broken") ?? pairs.find(({ is }) => is === "unknown") ?? UNHARMED;
}

const UNHARMED: Verdict = { is: "unharmed" };

/** Endpoint by endpoint; where there are not equally many, each with each. */
function pairsOf(before: Seen, after: Seen): (readonly [Mark, Mark])[] {
  if (before.length === after.length) {
    return before.flatMap((was, index) => {
      const is = after[index];
      return is === undefined ? [] : [[was, is] as const];
    });
  }
  return before.flatMap((was) => after.map((is) => [was, is] as const));
}

function ofPair(was: Mark, is: Mark, changed: boolean): Verdict {
  const unknown = is.unknown ?? was.unknown;
  if (unknown === null) return losesSome(was, is) ? { is: "broken" } : UNHARMED;
  if (was.unknown === is.unknown && (is.passed || !changed)) return UNHARMED;
  // Whatever it was, it arrives; and what did not arrive cannot break.
  if (is.unknown === null && is.refused.length === 0) return UNHARMED;
  if (was.unknown === null && was.arriving.length === 0) return UNHARMED;
  return { is: "unknown", why: unknown };
}

function losesSome(was: Mark, is: Mark): boolean {
  if (was.arriving.length === 0) return false;
  return is.arriving.length === 0 || is.refused.some((one) => !was.refused.includes(one));
}
