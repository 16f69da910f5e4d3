/** The report as SARIF 2.1.0, within what GitHub takes of an upload: rendered again with less, never cut. */
import type { Report } from "./document.js";
import { sarifMessage } from "./escape-formats.js";
import { findingsOf, groupFindings, resultsOf, type Finding } from "./sarif-results.js";
import type { PlaceOptions } from "./sarif-places.js";

/** GitHub takes 25,000 results a run, and 10 MB compressed: a text that is smaller as it stands is so compressed too. */
const MOST_RESULTS = 25_000;
const MOST_BYTES = 10_000_000;
const EXAMPLES = 10;
/** Where even the groups are too many, as with a problem a file of thousands. */
const FEWEST = 1_000;

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

/** `version` is this program's. */
export interface SarifOptions extends PlaceOptions {
  readonly version: string;
}

/** The whole log as JSON text. A notification of its run says what was left out for its size. */
export function sarifJson(report: Report, options: SarifOptions): string {
  const all = findingsOf(report, options);
  const grouped = groupFindings(all, EXAMPLES);
  const levels: readonly { findings: readonly Finding[]; note: string | null }[] = [
    { findings: all, note: null },
    { findings: grouped, note: `${all.length} findings are told as ${grouped.length}, for their number or size` },
    {
      findings: grouped.slice(0, FEWEST),
      note: `only ${FEWEST} of ${grouped.length} groups of findings are told, the worst`,
    },
    { findings: grouped.slice(0, FEWEST / 50).map(shortest), note: "only the worst findings are told, in short" },
  ];
  for (const { findings, note } of levels) {
    if (findings.length > MOST_RESULTS) continue;
    const text = logText(report, findings, note, options);
    if (Buffer.byteLength(text, "utf8") <= MOST_BYTES) return text;
  }
  return logText(report, [], "nothing is told, for its size", options);
}

function shortest(finding: Finding): Finding {
  return { ...finding, lines: finding.lines.slice(0, 1).map((line) => line.slice(0, 10_000).toWellFormed()) };
}

function logText(report: Report, findings: readonly Finding[], note: string | null, { version }: SarifOptions): string {
  const rules = [...new Map(findings.map(({ rule }) => [rule.id, rule])).values()];
  const places = new Map(rules.map(({ id }, index) => [id, index]));
  const left =
    note === null
      ? []
      : [{ level: "warning", message: { text: sarifMessage(`${note}: all of it is in report.json`) } }];
  const log = {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "mtls-gate", semanticVersion: version, rules } },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { "%SRCROOT%": { description: { text: "the folder that the run was started in" } } },
        invocations: [
          {
            executionSuccessful: report.verdict === "pass" || report.verdict === "mismatch",
            ...(left.length === 0 ? {} : { toolExecutionNotifications: left }),
          },
        ],
        results: resultsOf(findings, places),
      },
    ],
  };
  return `${JSON.stringify(log)}\n`;
}
