/** Globs of two signs: `*` stands for any text, also none; `?` for one character. Everything else stands for itself. */

/**
 * Whether the whole of `text` matches `pattern`. Time is at most the product of the two lengths whatever they hold, so a
 * pattern may come from anyone.
 */
export function globMatches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  // The last star and where in the text it was tried from: on a mismatch that star takes one character more. Earlier
  // stars need no second try, since the shortest match of what stands before the last one leaves it the most room.
  let star = -1;
  let starText = 0;
  while (t < text.length) {
    if (pattern[p] === "*") {
      star = p++;
      starText = t;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++starText;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Whether the text has a sign that globMatches gives a meaning of its own. */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}
