/** Istio's StringMatch, as routes use it. */
export interface StringMatch {
  readonly exact?: string;
  readonly prefix?: string;
  readonly regex?: string;
}

export type Certainty = "yes" | "no" | "unknown";

/**
 * Whether a text fits. One that is not there (null) fits nothing; a match without any of its fields, and the regular
 * expression `*`, mean that there is one.
 *
 * Source: istio, pilot/pkg/networking/core/route/route.go:canBeConvertedToPresentMatch, pilot/pkg/networking/util/util.go:ConvertToEnvoyMatch.
 */
export function matchText(how: StringMatch, text: string | null): Certainty {
  if (text === null) return "no";
  if (how.exact !== undefined) return how.exact === text ? "yes" : "no";
  if (how.prefix !== undefined) return text.startsWith(how.prefix) ? "yes" : "no";
  if (how.regex !== undefined && how.regex !== "*") return matchesRegex(how.regex, text);
  return "yes";
}

/** What RE2 reads otherwise than is done here, or not at all. */
const OTHERWISE = /\(\?(?!:)|\\[AaCGKQpPXz1-9]|\\x\{|\[\[:|\[\^?\]/u;
/**
 * Backtracking is what RE2 does not do: a group that is repeated, and has a choice or a repetition in it, could run for
 * ever here.
 */
const RUNS_AWAY = /[|*+?{][^]*\)[*+{]/u;

/** Whether a text as a whole fits a regular expression of RE2; unknown for one that means something else here, or nothing. */
export function matchesRegex(regex: string, text: string): Certainty {
  const flags = /^\(\?([imsU]+)\)/u.exec(regex);
  if (flags?.[1]?.includes("U") === true) return "unknown";
  const rest = flags === null ? regex : regex.slice(flags[0].length);
  if (OTHERWISE.test(rest) || RUNS_AWAY.test(rest.replaceAll("(?:", "("))) return "unknown";
  try {
    return new RegExp(`^(?:${rest})$`, (flags?.[1] ?? "").replace(/[^ims]/gu, "")).test(text) ? "yes" : "no";
  } catch {
    return "unknown";
  }
}
