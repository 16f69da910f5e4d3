/** The one file that touches @actions/core. */
import * as core from "@actions/core";
import type { Runner } from "./port.js";

/** The runner of this job. */
export const runner: Runner = {
  info: (line) => core.info(line),
  error: (message, place) => core.error(message, { ...place }),
  warning: (message, place) => core.warning(message, { ...place }),
  notice: (message) => core.notice(message),
  mask: (secret) => core.setSecret(secret),
  startGroup: (title) => core.startGroup(title),
  endGroup: () => core.endGroup(),
  setOutput: (name, value) => core.setOutput(name, value),
  saveState: (name, value) => core.saveState(name, value),
  getState: (name) => core.getState(name),
  appendSummary: async (markdown) => {
    await core.summary.addRaw(markdown).write();
  },
};

/** An input of the action as its text, "" where it was not given. */
export function readInput(name: string): string {
  return core.getInput(name);
}

/** Fails the step, with the message as its error. */
export function fail(message: string): void {
  core.setFailed(message);
}
