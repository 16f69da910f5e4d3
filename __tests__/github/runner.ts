/** A runner that writes down what it is told. */
import type { Runner } from "../../src/github/port.js";

export interface RecordingRunner extends Runner {
  readonly told: unknown[][];
}

/** `summary` is what writing the summary does; by default it works. */
export function recordingRunner(summary: () => Promise<void> = () => Promise.resolve()): RecordingRunner {
  const told: unknown[][] = [];
  const state = new Map<string, string>();
  const tell =
    (what: string) =>
    (...rest: unknown[]): void => {
      told.push([what, ...rest]);
    };
  return {
    told,
    info: tell("info"),
    error: tell("error"),
    warning: tell("warning"),
    notice: tell("notice"),
    mask: tell("mask"),
    startGroup: tell("startGroup"),
    endGroup: tell("endGroup"),
    setOutput: tell("setOutput"),
    saveState: (name, value) => void state.set(name, value),
    getState: (name) => state.get(name) ?? "",
    appendSummary: async (markdown) => {
      told.push(["summary", markdown]);
      await summary();
    },
  };
}

/** A clock that stands still until it is told otherwise. */
export function handClock(): { now: () => number; pass: (ms: number) => void } {
  let now = 1000;
  return { now: () => now, pass: (ms) => void (now += ms) };
}
