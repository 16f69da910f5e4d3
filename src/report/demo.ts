/** The lines that the Istio mutual TLS migration task prints: what its readers know by sight. */
import { terminal } from "./escape.js";
import { clientLabel, destinationLabel } from "./matrix.js";
import type { ReportPhase } from "./document.js";
import { shortOutcome } from "./words.js";

/** `sleep.legacy to httpbin.foo: 000` for each call and, where curl failed, the line with which `kubectl exec` says so. */
export function demoLines(phase: Pick<ReportPhase, "calls">): string[] {
  return phase.calls.flatMap(({ from, to, observed }) => {
    const code = observed === null ? "error" : (observed.code ?? shortOutcome(observed));
    const line = terminal(`${clientLabel(from)} to ${destinationLabel(to)}: ${code}`);
    const exit = observed?.exit ?? 0;
    return exit === 0 ? [line] : [line, `command terminated with exit code ${exit}`];
  });
}
