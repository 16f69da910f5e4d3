/** The log of a GitHub job. Every line that comes from outside is kept from being a workflow command. */
import type { Clock, Log } from "../ports.js";
import { jobLogLines, terminal } from "../report/escape.js";
import { durationText, throttle } from "../terminal/progress.js";
import type { Runner } from "./port.js";

/**
 * Groups fold in the log; a group inside a group is a heading, since the runner does not nest them. Progress is a line at
 * most every ten seconds. Warnings are lines too, and no annotations: the report's problems take the few that GitHub shows.
 */
export function runnerLog(runner: Pick<Runner, "info" | "startGroup" | "endGroup">, clock: Pick<Clock, "now">): Log {
  let depth = 0;
  const throttled = throttle(clock);
  const write = (text: string): void => {
    for (const line of jobLogLines(text)) runner.info(line);
  };
  return {
    info: write,
    warning: (text) => write(`Warning: ${text}`),
    progress: (text) => {
      const line = throttled.line(text);
      if (line !== null) write(line);
    },
    group: async (title, work) => {
      const start = clock.now();
      if (depth === 0) runner.startGroup(terminal(title));
      else write(title);
      throttled.restart();
      depth += 1;
      try {
        return await work();
      } finally {
        throttled.restart();
        depth -= 1;
        write(`${title}: took ${durationText(clock.now() - start)}`);
        if (depth === 0) runner.endGroup();
      }
    },
  };
}
