/** The report as tables by RFC 4180: one of the calls, and one each of changes and exposures where there was a base. */
import type { Observed } from "../mesh/call.js";
import { acceptedText, exposureReasons, exposureText } from "./change-words.js";
import { classRows } from "./classes.js";
import type { Report, ReportCall, ReportChange, ReportExposure, ReportPhase } from "./document.js";
import { csvField } from "./escape-formats.js";
import { clientLabel, destinationLabel } from "./matrix.js";
import { expectedText, outcomesText, outcomeText, reasonText } from "./words.js";

const CALL_COLUMNS = [
  "phase",
  "control",
  "calls",
  "from_namespace",
  "from_workload",
  "from_kind",
  "from_container",
  "method",
  "url",
  "to_namespace",
  "to_service",
  "to_port",
  "expected",
  "predicted",
  "observed",
  "evidence",
  "identity",
  "error",
  "attempts",
  "ms",
  "verdict",
  "cause",
  "because",
] as const;

type Row = Partial<Record<(typeof CALL_COLUMNS)[number], string | number | boolean | null>>;

/** A row a call. A class of calls is one row, whose `calls` says how many it stands for. */
export function callsCsv({ phases }: Report): string {
  const rows = phases.flatMap((phase) => [
    ...phase.calls.map((call) => callRow(phase, call)),
    ...classRows(phase, Infinity).rows.map(({ shown, count, from, to, verdict }): Row => ({
      phase: phase.name,
      control: phase.control,
      calls: count,
      from_workload: from,
      to_service: to,
      expected: shown.expected === null ? null : expectedText(shown.expected),
      predicted: outcomesText(shown.predicted),
      verdict,
      cause: shown.cause,
      because: shown.predicted.because.map(reasonText).join("; "),
    })),
  ]);
  return table(
    CALL_COLUMNS,
    rows.map((row) => CALL_COLUMNS.map((column) => row[column] ?? null)),
  );
}

/** A row a change; those of many calls are one, as in the report. */
export function changesCsv(diff: readonly ReportChange[]): string {
  const columns = ["direction", "calls", "from", "to", "url", "before", "after", "fails", "accepted", "because"];
  return table(
    columns,
    diff.map(({ direction, count, from, to, before, after, fails, accepted, because }) => [
      direction,
      count,
      clientLabel(from),
      destinationLabel(to),
      to.url,
      before === null ? null : outcomesText(before),
      after === null ? null : outcomesText(after),
      fails,
      accepted === undefined ? null : acceptedText(accepted),
      because.map(reasonText).join("; "),
    ]),
  );
}

/** A row a Service port whose exposure changed. */
export function exposureCsv(exposure: readonly ReportExposure[]): string {
  return table(
    [
      "namespace",
      "service",
      "port",
      "plaintext_before",
      "plaintext_after",
      "before",
      "after",
      "fails",
      "accepted",
      "because",
    ],
    exposure.map((one) => [
      one.to.namespace,
      one.to.service,
      one.to.port,
      one.before?.plaintext ?? null,
      one.after?.plaintext ?? null,
      exposureText(one.before),
      exposureText(one.after),
      one.fails,
      one.accepted === undefined ? null : acceptedText(one.accepted),
      exposureReasons(one).map(reasonText).join("; "),
    ]),
  );
}

function callRow(phase: ReportPhase, { from, to, expected, predicted, observed, verdict, cause }: ReportCall): Row {
  return {
    phase: phase.name,
    control: phase.control,
    calls: 1,
    from_namespace: from.namespace,
    from_workload: from.workload,
    from_kind: from.kind,
    from_container: from.container,
    method: to.method,
    url: to.url,
    to_namespace: to.namespace,
    to_service: to.service,
    to_port: to.port,
    expected: expected === null ? null : expectedText(expected),
    predicted: predicted === null ? null : outcomesText(predicted),
    ...(observed === null ? {} : observedRow(observed)),
    verdict,
    cause,
    because: predicted?.because.map(reasonText).join("; ") ?? null,
  };
}

function observedRow(observed: Observed): Row {
  const { evidence, identity, error, attempts, ms } = observed;
  return { observed: outcomeText(observed), evidence, identity: identity ?? null, error, attempts, ms };
}

type Value = string | number | boolean | null;

function table(columns: readonly string[], rows: readonly (readonly Value[])[]): string {
  const line = (values: readonly Value[]): string =>
    values.map((value) => (typeof value === "string" ? csvField(value) : (value ?? "").toString())).join(",");
  return [columns, ...rows].map((values) => `${line(values)}\r\n`).join("");
}
