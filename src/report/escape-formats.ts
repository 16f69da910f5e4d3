/** Text from outside, made safe for the formats that other programs read: what `escape.ts` is for places that people read. */
import { terminal, terminalLines } from "./escape.js";

/** What no XML 1.0 document may hold, beyond what `terminal` writes out. */
const NO_XML = /[\ufffe\uffff]/gu;
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** One line as text, or as a quoted attribute's value, of XML or HTML. */
export function markup(text: string): string {
  return terminal(text)
    .replace(NO_XML, (character) => `\\u${hex(character)}`)
    .replace(/[&<>"']/gu, (character) => ENTITIES[character] ?? "");
}

/** Several lines of text in XML or HTML. */
export function markupLines(lines: readonly string[]): string {
  return lines.map(markup).join("\n");
}

/** JSON as the text of an HTML script element, which only `<` can end. It reads back as the same value. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<\u2028\u2029]/gu, (character) => `\\u${hex(character)}`);
}

/**
 * A field of CSV by RFC 4180, on one line. A spreadsheet would take a text that starts with `=`, `+`, `-` or `@` for a
 * formula: an apostrophe before it makes it a text.
 */
export function csvField(text: string): string {
  // Most fields of most tables.
  if (/^[a-z\d][\w./:-]*$/iu.test(text)) return text;
  const shown = terminal(text);
  const safe = /^\s*[=+\-@|%＝＋－＠]/u.test(shown) ? `'${shown}` : shown;
  return /[",;\s']/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A label of Mermaid, to be set between double quotes: what is no letter or digit is written as an entity of Mermaid's. */
export function mermaidLabel(text: string): string {
  return terminal(text).replace(/[^\p{L}\p{N} ]/gu, (character) => `#${character.codePointAt(0) ?? 63};`);
}

/** A message of SARIF, where braces are placeholders and brackets are links. */
export function sarifMessage(text: string): string {
  return terminalLines(text)
    .join("\n")
    .replace(/[{}]/gu, "$&$&")
    .replace(/[[\]\\]/gu, "\\$&");
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, "0");
}
