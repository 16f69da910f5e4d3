import { MOST_EXAMPLES } from "./change.js";
import type { Member } from "./compare-groups.js";

/** Clients or destinations that are of one group on each side. Undefined where they are not there. */
export interface Piece<One> {
  readonly before: Member<One> | undefined;
  readonly after: Member<One> | undefined;
  readonly mark: string;
  readonly count: number;
  readonly some: readonly One[];
}

/** Cuts the groups of both sides with each other. */
export function cut<One>(had: ReadonlyMap<string, Member<One>>, has: ReadonlyMap<string, Member<One>>): Piece<One>[] {
  const pieces = new Map<string, Omit<Piece<One>, "count" | "some"> & { readonly members: One[] }>();
  for (const key of new Set([...has.keys(), ...had.keys()])) {
    const [before, after] = [had.get(key), has.get(key)];
    const one = (after ?? before)?.one;
    if (one === undefined) continue;
    const mark = `${before?.mark ?? "-"} ${after?.mark ?? "-"}`;
    const place = `${groupOf(before)} ${groupOf(after)} ${mark}`;
    const piece = pieces.get(place) ?? { before, after, mark, members: [] };
    piece.members.push(one);
    pieces.set(place, piece);
  }
  return [...pieces.values()].map(({ members, ...piece }) => ({
    ...piece,
    count: members.length,
    some: members.slice(0, MOST_EXAMPLES),
  }));
}

function groupOf(member: Member<unknown> | undefined): number {
  return member?.group ?? -1;
}
