/** How long GitHub asks to wait. */
import type { HttpAnswer } from "./transport.js";

/** By its documentation, where it does not say how long. */
const SECONDARY_PAUSE = 60_000;

/** Milliseconds to wait before the same call can succeed; null where waiting does not help: a refusal that is about rights is a 403 too. */
export function pauseFor({ status, headers, text }: HttpAnswer, now: Date): number | null {
  if (status !== 403 && status !== 429) return null;
  const after = Number(headers["retry-after"] ?? NaN);
  if (after >= 0) return after * 1000;
  if (headers["x-ratelimit-remaining"] === "0") {
    const reset = Number(headers["x-ratelimit-reset"] ?? NaN);
    return Number.isNaN(reset) ? SECONDARY_PAUSE : Math.max(1000, reset * 1000 - now.getTime());
  }
  return status === 429 || /secondary rate limit|abuse detection/iu.test(text) ? SECONDARY_PAUSE : null;
}
