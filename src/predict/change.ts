import type { Client, Destination, Predicted, Reason } from "../mesh/call.js";
import type { Turn } from "./direction.js";

/** A call that is told as an example of others. */
export interface Example {
  readonly from: Client;
  readonly to: Destination;
}

/** Calls that a change turns alike, for one reason: nothing that was asked to tell calls apart differs between them. */
export interface Change extends Turn {
  readonly from: Client;
  readonly to: Destination;
  /** Of `from` and `to`. Null where the call is not there. */
  readonly before: Predicted | null;
  readonly after: Predicted | null;
  readonly because: readonly Reason[];
  readonly count: number;
  readonly examples: readonly Example[];
}

/** As many examples of a change are told. */
export const MOST_EXAMPLES = 10;

/** Calls that turn, put together where they turn alike. */
export class Changes {
  readonly #found = new Map<string, Change>();

  /**
   * @param examples some of the calls, the first being the one that is predicted
   * @param mark calls of different marks are never put together
   */
  add(
    turn: Turn,
    { before, after, because }: Pick<Change, "before" | "after" | "because">,
    count: number,
    examples: readonly Example[],
    mark: string,
  ): void {
    const [first] = examples;
    if (first === undefined) return;
    const key = `${turn.directions.join()} ${turn.unclear} ${mark} ${reasonsKey(because)}`;
    const known = this.#found.get(key);
    if (known === undefined) {
      const { from, to } = first;
      const some = examples.slice(0, MOST_EXAMPLES);
      this.#found.set(key, { ...turn, from, to, before, after, because, count, examples: some });
    } else {
      this.#found.set(key, together(known, { count, examples }));
    }
  }

  get all(): Change[] {
    return [...this.#found.values()];
  }
}

/** A change with the calls of another that turns alike. */
export function together<One extends Pick<Change, "count" | "examples">>(
  one: One,
  { count, examples }: Pick<Change, "count" | "examples">,
): One {
  const some = one.examples.length >= MOST_EXAMPLES ? one.examples : [...one.examples, ...examples];
  return { ...one, count: one.count + count, examples: some.slice(0, MOST_EXAMPLES) };
}

/** Reasons as a text: the same where the same objects say the same, on whatever line they stand. */
export function reasonsKey(because: readonly Reason[]): string {
  return because.map(reasonKey).join("\n");
}

function reasonKey({ rule, says, kind, namespace, name }: Reason): string {
  return JSON.stringify([rule, says, kind, namespace, name]);
}

/**
 * What decides now and did not before. Where everything that decides now did so before, what decided before and no longer
 * does; those reasons say so.
 */
export function newReasons(before: readonly Reason[], after: readonly Reason[]): Reason[] {
  const known = new Set(before.map(reasonKey));
  const fresh = after.filter((one) => !known.has(reasonKey(one)));
  if (fresh.some(({ kind }) => kind !== undefined)) return fresh;
  const still = new Set(after.map(reasonKey));
  const lost = before.filter((one) => one.kind !== undefined && !still.has(reasonKey(one)));
  return [...fresh, ...lost.map((one) => ({ ...one, says: `no longer: ${one.says}` }))];
}
