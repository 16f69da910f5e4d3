/** A line of a text that was changed: one that stays, one that comes in, one that goes out. */
export interface DiffLine {
  readonly mark: " " | "+" | "-";
  readonly text: string;
}

/** Where a long part in the middle differs, its lines are not paired one by one. */
const MOST_PAIRED = 400;

/**
 * The lines in which two texts differ, with some that stay around each; null stands for lines that were left out.
 *
 * @param context how many lines that stay are shown around one that does not
 */
export function lineDiff(before: readonly string[], after: readonly string[], context: number): (DiffLine | null)[] {
  const start = commonStart(before, after);
  const end = commonStart(before.slice(start).reverse(), after.slice(start).reverse());
  const stay = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ mark: " ", text }));
  const all = [
    ...stay(before.slice(0, start)),
    ...paired(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...stay(before.slice(before.length - end)),
  ];
  return shortened(all, context);
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1;
  return count;
}

/** The longest lines in common stay. */
function paired(before: readonly string[], after: readonly string[]): DiffLine[] {
  const out = before.map((text): DiffLine => ({ mark: "-", text }));
  const come = after.map((text): DiffLine => ({ mark: "+", text }));
  if (before.length === 0 || after.length === 0 || before.length > MOST_PAIRED || after.length > MOST_PAIRED) {
    return [...out, ...come];
  }
  const common = lengths(before, after);
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [was, is] = [before[i], after[j]];
    if (was !== undefined && was === is) {
      lines.push({ mark: " ", text: was });
      i += 1;
      j += 1;
    } else if (was !== undefined && (is === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: "-", text: was });
      i += 1;
    } else {
      lines.push({ mark: "+", text: is ?? "" });
      j += 1;
    }
  }
  return lines;
}

/** How many lines two ends have in common at most, by where they begin. */
function lengths(before: readonly string[], after: readonly string[]): number[][] {
  const table = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const row = table[i];
      if (row === undefined) continue;
      const [down, right, both] = [table[i + 1]?.[j] ?? 0, row[j + 1] ?? 0, table[i + 1]?.[j + 1] ?? 0];
      row[j] = before[i] === after[j] ? both + 1 : Math.max(down, right);
    }
  }
  return table;
}

function shortened(lines: readonly DiffLine[], context: number): (DiffLine | null)[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - context), index + context + 1).some(({ mark }) => mark !== " "),
  );
  return lines.flatMap((line, index) => {
    if (near[index] === true) return [line];
    return index > 0 && near[index - 1] === false ? [] : [null];
  });
}
