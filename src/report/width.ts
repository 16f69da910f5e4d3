/** How many columns of a terminal a text takes. */

const NO_WIDTH = /\p{M}/u;
/** East Asian wide and full-width forms, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** The columns that a text without control characters takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** The text with blanks after it up to a width, in columns. */
export function padTo(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}

/** The longest start of a text that fits into so many columns. */
export function cutTo(text: string, columns: number): string {
  let width = 0;
  let cut = "";
  for (const character of text) {
    width += textWidth(character);
    if (width > columns) return cut;
    cut += character;
  }
  return cut;
}
