/** Strings as AuthorizationPolicies write them: exact, `prefix*`, `*suffix`, and `*` for any. */

export interface StringMatching {
  readonly ignoreCase?: boolean;
  /** Whether `*` takes an empty string too: it does of HTTP's header fields, which only have to be there. */
  readonly starTakesEmpty?: boolean;
}

/**
 * Whether a string is one of those that the patterns take. A star counts at one end only, that in front before that at the
 * end; any other is an ordinary character.
 *
 * Source: istio, pilot/pkg/security/authz/matcher/string.go:StringMatcherWithPrefix, header.go:HeaderMatcher, HostMatcher.
 */
export function stringMatcher(patterns: readonly string[], how: StringMatching = {}): (value: string) => boolean {
  const { ignoreCase = false, starTakesEmpty = false } = how;
  const exact = new Set<string>();
  const prefixes: string[] = [];
  const suffixes: string[] = [];
  let star = false;
  for (const written of patterns) {
    const pattern = ignoreCase ? written.toLowerCase() : written;
    if (pattern === "*") star = true;
    else if (pattern.startsWith("*")) suffixes.push(pattern.slice(1));
    else if (pattern.endsWith("*")) prefixes.push(pattern.slice(0, -1));
    else exact.add(pattern);
  }
  return (given) => {
    const value = ignoreCase ? given.toLowerCase() : given;
    if (star && (starTakesEmpty || value !== "")) return true;
    return (
      exact.has(value) ||
      prefixes.some((prefix) => value.startsWith(prefix)) ||
      suffixes.some((suffix) => value.endsWith(suffix))
    );
  };
}

/** A regular expression that takes exactly the text. */
export function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
}
