/** The texts of inputs read as values: lists, durations, booleans, integers. Each reader gives the value or what is wrong. */

/** A value, or one sentence that says what is wrong with the text and what would be right. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly wrong: string };

function right<T>(value: T): Read<T> {
  return { ok: true, value };
}

function wrong(text: string): { readonly ok: false; readonly wrong: string } {
  return { ok: false, wrong: text };
}

/** The items of a list text, split at commas, spaces and newlines, in order, each once. An empty text is the empty list. */
export function readList(texts: string | readonly string[]): string[] {
  const items = [texts].flat().flatMap((text) => text.split(/[\s,]+/));
  return [...new Set(items.filter((item) => item !== ""))];
}

const UNITS = [
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

const DURATION = /^(?:(\d{1,9})h)?(?:(\d{1,9})m(?!s))?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/;

/** A duration such as `5s`, `2m`, `500ms` or `1m30s` (whole numbers, larger units first) in milliseconds. */
export function readDuration(text: string): Read<number> {
  const parts = DURATION.exec(text);
  if (parts === null || text === "") {
    const unitMissing = /^\d{1,9}$/.test(text);
    return wrong(
      unitMissing ? `has no unit: ${text}s or ${text}ms` : "is not a duration: write it as 5s, 2m, 500ms or 1m30s",
    );
  }
  return right(UNITS.reduce((sum, [, factor], index) => sum + Number(parts[index + 1] ?? 0) * factor, 0));
}

/** Milliseconds in the shortest text that readDuration reads back as the same number. */
export function durationText(ms: number): string {
  let rest = ms;
  let text = "";
  for (const [unit, factor] of UNITS) {
    const count = Math.floor(rest / factor);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * factor;
  }
  return text === "" ? "0s" : text;
}

/** The booleans that YAML 1.2's core schema and `getBooleanInput` of the Actions toolkit know. */
export function readBoolean(text: string): Read<boolean> {
  if (["true", "True", "TRUE"].includes(text)) return right(true);
  if (["false", "False", "FALSE"].includes(text)) return right(false);
  return wrong("is neither true nor false");
}

/** A whole number in decimal digits. */
export function readInteger(text: string): Read<number> {
  return /^\d{1,9}$/.test(text) ? right(Number(text)) : wrong("is not a whole number");
}

const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Whether the text can be a namespace's name: a DNS-1123 label. */
export function isDnsLabel(text: string): boolean {
  return DNS_LABEL.test(text);
}

/** Whether the text has a control character, which no input has a use for and a log or a shell could be led astray by. */
export function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** Whether the text is a day of the calendar, as 2026-12-31. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
