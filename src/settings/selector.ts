/** Label selectors as kubectl writes them: `app=sleep,tier!=db,env in (a, b),!legacy`. */

export interface Requirement {
  readonly key: string;
  readonly operator: "in" | "notin" | "exists" | "absent";
  /** Empty for `exists` and `absent`. */
  readonly values: readonly string[];
}

/** All of them have to hold. */
export type Selector = readonly Requirement[];

const KEY = String.raw`(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;
const VALUE = String.raw`(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?`;
const EQUALITY = new RegExp(`^(${KEY})\\s*(=|==|!=)\\s*(${VALUE})$`);
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const PRESENCE = new RegExp(`^(!?)\\s*(${KEY})$`);
const ONE_VALUE = new RegExp(`^${VALUE}$`);

/** The selector that a text stands for, or null where it is not one. An empty text is not one: it would mean everything. */
export function parseSelector(text: string): Selector | null {
  const requirements = splitOutsideParentheses(text).map(parseRequirement);
  return requirements.every((requirement) => requirement !== null) ? requirements : null;
}

/** Whether labels satisfy a selector, by Kubernetes' rules: `!=` and `notin` hold also where the label is missing. */
export function matchesSelector(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  return selector.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "exists":
        return value !== undefined;
      case "absent":
        return value === undefined;
      case "in":
        return value !== undefined && values.includes(value);
      case "notin":
        return value === undefined || !values.includes(value);
    }
  });
}

function parseRequirement(text: string): Requirement | null {
  const equality = EQUALITY.exec(text);
  if (equality !== null) {
    const [, key = "", sign, value = ""] = equality;
    return { key, operator: sign === "!=" ? "notin" : "in", values: [value] };
  }
  const set = SET.exec(text);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    if (!values.every((value) => ONE_VALUE.test(value))) return null;
    return { key, operator: operator === "in" ? "in" : "notin", values };
  }
  const presence = PRESENCE.exec(text);
  if (presence === null) return null;
  const [, not, key = ""] = presence;
  return { key, operator: not === "!" ? "absent" : "exists", values: [] };
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")") depth--;
    else if (text[i] === "," && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}
