import type { ExplainOptions } from "../settings/helper-commands.js";

/** Explains one call: what is predicted of it, and by which rules. Gives the exit code. */
export function explainInTerminal(options: ExplainOptions): Promise<number> {
  process.stderr.write(`mtls-gate: explain is not there yet (--output ${options.output})\n`);
  return Promise.resolve(2);
}
