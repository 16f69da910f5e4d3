/** One call that is not a pass, in full, as Markdown. */
import type { ReportCall } from "./document.js";
import { markdownCode, markdownProse, shorten, terminal } from "./escape.js";
import { MARKS } from "./markdown-matrix.js";
import type { CallLabels } from "./matrix.js";
import { reproduceCommand, type ReproduceOptions } from "./reproduce.js";
import { causeText, expectedText, isPredictedOnly, observedText, predictedText, reasonSource } from "./words.js";

/** An error text of curl is a line; a page of text in its place would hide the rest. */
const ERROR_LENGTH = 500;

/** A heading, a list of what was expected, predicted and observed, and the command that makes the call again. */
export function callMarkdown(call: ReportCall, labels: CallLabels, options: ReproduceOptions): string {
  const { to, expected, predicted, observed, verdict, cause } = call;
  const only = isPredictedOnly(call);
  const command = only ? null : reproduceCommand(call, options);
  const error = observed?.error ?? null;
  const items = [
    `- call: ${markdownCode(`${to.method} ${to.url}`)}`,
    `- expected: ${markdownProse(expectedText(expected))}`,
    ...(predicted === null
      ? []
      : [
          `- predicted: ${markdownProse(predictedText(predicted))}`,
          ...predicted.because.map(
            (reason) => `  - because ${markdownCode(reasonSource(reason))}: ${markdownProse(reason.says)}`,
          ),
        ]),
    ...(only ? [] : [`- observed: ${observed === null ? "no result" : markdownProse(observedText(observed))}`]),
    ...(error === null ? [] : [`  - ${markdownCode(shorten(error, ERROR_LENGTH))}`]),
  ];
  return [
    `#### ${MARKS[verdict]} ${markdownCode(labels.from)} → ${markdownCode(labels.to)}`,
    `${verdict}${cause === null ? "" : ` (${cause})`}: ${causeText(verdict, cause)}.`,
    items.join("\n"),
    ...(command === null ? [] : [`\`\`\`sh\n${terminal(command)}\n\`\`\``]),
  ].join("\n\n");
}
