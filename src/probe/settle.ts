import type { Observed } from "../mesh/call.js";
import type { Clock } from "../ports.js";
import type { CallResult } from "./stream.js";

/** Whether the proxies hold the policies that the API server has: `unknown` where nothing could be asked. */
export type Held =
  | { readonly answer: "yes" }
  | { readonly answer: "no"; readonly why: string }
  | { readonly answer: "unknown"; readonly why: string };

export interface SettleOptions {
  /** Milliseconds. */
  readonly settleTimeout: number;
  readonly signal: AbortSignal;
  /** Whether the run has changed nothing so far: there is nothing of its own to wait for, only what was there to confirm. */
  readonly undisturbed: boolean;
  /** Asks the proxies. Asked again until it says yes. */
  readonly held: () => Promise<Held>;
  /** Whether an outcome is not what is predicted: then it may be one of before, and has to stay longer to be believed. */
  readonly contradicts?: (observed: Observed, index: number) => boolean;
  /** Told after each round, for the log. */
  readonly onRound?: (round: number, unsettled: number, held: Held) => void;
}

export interface Settled {
  readonly results: readonly CallResult[];
  /** Milliseconds from the start to the first of the rounds that agreed; null when the deadline came first. */
  readonly settledMs: number | null;
  readonly rounds: number;
  /** By call: whether it was still changing, or the proxies did not hold the policies, at the deadline. */
  readonly unsettled: readonly boolean[];
  readonly held: Held;
}

/** So many rounds running must agree. Two were seen to be wrong now and then on a real mesh. */
const AGREEING_ROUNDS = 3;
/** In a mesh that nobody has just changed, a second look is enough to tell a call that comes and goes. */
const CONFIRMING_ROUNDS = 2;
/** Where the proxies cannot be asked, outcomes must have been the same for so long: istiod gathers changes, then pushes. */
const BLIND_MS = 3_000;
/** So long must an outcome stay that the rules contradict: connections of before drain, some calls keep their old outcome. */
const CONTRADICTED_MS = 5_000;
const LONGEST_PAUSE_MS = 500;

/**
 * Makes round after round until every call had the same outcome several times running and the proxies hold the
 * policies, or the deadline passes.
 */
export async function settle(
  clock: Clock,
  round: () => Promise<CallResult[]>,
  options: SettleOptions,
): Promise<Settled> {
  const start = clock.now();
  const wanted = options.undisturbed ? CONFIRMING_ROUNDS : AGREEING_ROUNDS;
  let before: readonly CallResult[] = [];
  let since: { signature: string; rounds: number; at: number }[] = [];
  let held: Held | undefined;
  for (let rounds = 1; ; rounds += 1) {
    // Asked before the round, and rounds before a yes do not count: their calls may have met the old policies.
    const question = held?.answer === "yes" ? Promise.resolve(held) : options.held();
    // It may fail while the round is still under way: whoever waits for it below hears of it.
    question.catch(() => undefined);
    if (!options.undisturbed) await question;
    const at = clock.now() - start;
    const results = withMostAttempts(await round(), before);
    held = await question;
    const counts = held.answer === "no" ? 0 : 1;
    before = results;
    since = results.map((result, index) => {
      const signature = signatureOf(result);
      const last = since[index];
      const same = counts > 0 && last?.signature === signature && last.rounds > 0;
      return same ? { ...last, rounds: last.rounds + 1 } : { signature, rounds: counts, at };
    });
    const asked = held;
    const elapsed = clock.now() - start;
    const stable = since.map((one, index) => {
      const { observed } = results[index] ?? { observed: null };
      const doubted = observed !== null && options.contradicts?.(observed, index) === true;
      const least = Math.max(asked.answer === "unknown" ? BLIND_MS : 0, doubted ? CONTRADICTED_MS : 0);
      return one.rounds >= wanted && elapsed - one.at >= least;
    });
    options.onRound?.(rounds, stable.filter((one) => !one).length, asked);
    if (stable.every(Boolean)) {
      return {
        results,
        settledMs: Math.max(0, ...since.map((one) => one.at)),
        rounds,
        unsettled: stable.map(() => false),
        held: asked,
      };
    }
    if (elapsed >= options.settleTimeout || options.signal.aborted) {
      return { results, settledMs: null, rounds, unsettled: stable.map((one) => !one), held: asked };
    }
    if (rounds >= wanted) {
      const pause = Math.min(LONGEST_PAUSE_MS, 25 * 2 ** (rounds - wanted), options.settleTimeout - elapsed);
      await clock.sleep(pause, options.signal).catch(() => undefined);
    }
  }
}

/** A stream that broke in an earlier round stays told: each result carries the most attempts that its call took in a round. */
function withMostAttempts(results: readonly CallResult[], earlier: readonly CallResult[]): CallResult[] {
  return results.map((result, index) => {
    const attempts = Math.max(attemptsOf(result), attemptsOf(earlier[index]));
    return result.observed === null
      ? { ...result, attempts }
      : { ...result, observed: { ...result.observed, attempts } };
  });
}

function attemptsOf(result: CallResult | undefined): number {
  if (result === undefined) return 0;
  return result.observed === null ? result.attempts : result.observed.attempts;
}

/**
 * What makes two results of a call the same. A connection that a proxy closes ends in curl's 52, 55 or 56, one or the
 * other under the same policy, as seen on a real mesh: they are one outcome here.
 */
function signatureOf(result: CallResult): string {
  if (result.observed === null) return "none";
  const { code, exit, transport } = result.observed;
  const end = exit !== null && [52, 55, 56].includes(exit) ? "closed" : String(exit);
  return `${code ?? ""} ${end} ${transport ?? ""}`;
}
