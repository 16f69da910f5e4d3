/** Progress where lines cannot be replaced: not more of them than a person wants to read afterwards. */
import type { Clock } from "../ports.js";

const EVERY_MS = 10_000;

/** Which progress texts become lines. */
export interface Throttle {
  /** The line to write now, with the time that went by since the first one, or null for not now. */
  line(text: string): string | null;
  /** What comes next is progress of something else: its first text is a line at once. */
  restart(): void;
}

/** A line at once, then at most one every ten seconds. */
export function throttle(clock: Pick<Clock, "now">): Throttle {
  let began: number | null = null;
  let written = 0;
  return {
    line: (text) => {
      const now = clock.now();
      if (began === null) began = now;
      else if (now - written < EVERY_MS) return null;
      written = now;
      return now === began ? text : `${text} (${durationText(now - began)})`;
    },
    restart: () => {
      began = null;
    },
  };
}

/** `412 ms`, `4.2 s`, `2 min 5 s` */
export function durationText(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
