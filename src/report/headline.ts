/** How a run ended, in one clause. */
import type { Report, Verdict } from "./document.js";

const WORDS: Readonly<Record<Verdict, string>> = {
  pass: "every call did what it should",
  mismatch: "at least one call did not do what it should",
  unproven: "nothing was found to be wrong, but not everything was proven",
  error: "the run could not tell",
};

/** The end of a sentence that starts with the counts. A prediction has seen no call; and a comparison can fail although every call does what it should. */
export function headline({ verdict, mode, counts, diff = [], exposure = [] }: Report): string {
  if (mode === "predict" && verdict === "pass") return "every call is predicted to do what it should";
  if (verdict !== "mismatch" || counts.mismatch > 0) return WORDS[verdict];
  if (diff.some(({ fails }) => fails)) return "at least one change fails the run";
  return exposure.some(({ fails }) => fails) ? "a Service port is open to more in plaintext" : WORDS.mismatch;
}
