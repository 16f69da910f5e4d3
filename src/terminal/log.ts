/** The log of a person's terminal, on standard error: standard output belongs to the report. */
import { styleText } from "node:util";
import type { Clock, Log } from "../ports.js";
import { terminal, terminalLines } from "../report/escape.js";
import { cutTo } from "../report/width.js";
import { durationText, throttle } from "./progress.js";

/** Standard error, or what stands in for it. `columns` is asked for each line: windows change. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const CLEAR = "\r\u001b[2K";
const DEFAULT_COLUMNS = 80;

/**
 * Progress is one line that is drawn again in place; where the stream is no terminal, a line at most every ten seconds
 * with the time that went by. Groups are headings that tell their time at the end. NO_COLOR (not empty) turns colour off.
 */
export function terminalLog(
  stream: TerminalStream,
  clock: Pick<Clock, "now">,
  env: Readonly<Record<string, string | undefined>>,
): Log {
  const { TERM, NO_COLOR } = env;
  const redraw = stream.isTTY === true && TERM !== "dumb";
  const colour = redraw && (NO_COLOR ?? "") === "";
  const paint = (format: "bold" | "dim" | "yellow", text: string): string =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  const throttled = throttle(clock);
  let depth = 0;
  let drawn = false;

  const write = (text: string, format?: "bold" | "dim" | "yellow"): void => {
    const start = drawn ? CLEAR : "";
    drawn = false;
    const lines = terminalLines(text).map((line) => "  ".repeat(depth) + (format ? paint(format, line) : line));
    stream.write(`${start}${lines.join("\n")}\n`);
  };
  const draw = (text: string): void => {
    const room = (stream.columns ?? DEFAULT_COLUMNS) - 1;
    stream.write(CLEAR + paint("dim", cutTo("  ".repeat(depth) + terminal(text), room)));
    drawn = true;
  };
  return {
    info: (text) => write(text),
    warning: (text) => write(`warning: ${text}`, "yellow"),
    progress: (text) => {
      const line = redraw ? null : throttled.line(text);
      if (redraw) draw(text);
      else if (line !== null) write(line);
    },
    group: async (title, work) => {
      const start = clock.now();
      write(title, "bold");
      throttled.restart();
      depth += 1;
      try {
        return await work();
      } finally {
        write(`took ${durationText(clock.now() - start)}`, "dim");
        throttled.restart();
        depth -= 1;
      }
    },
  };
}
