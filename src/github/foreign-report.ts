/** A report that another run has made, and that anybody can have written: read as hostile. */
import { messageOf } from "../problems.js";
import type { Report, ReportPhase } from "../report/document.js";
import { reportSchema } from "../report/schema.js";

/** A larger one is not read. One of 10^5 calls has about 100 MB at most. */
export const MOST_REPORT_BYTES = 128 * 1024 * 1024;

/** The report that the text holds, or why it is none. */
export function foreignReport(text: string): { readonly report: Report } | { readonly wrong: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    return { wrong: `it is no JSON: ${messageOf(thrown)}` };
  }
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { wrong: `it is no report of this version: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}` };
  }
  const report = parsed.data as Report;
  return report.phases.every(rangesHold) ? { report } : { wrong: "a class names clients that are not in its groups" };
}

/** A short text can name a range of any length, and a reader would make a list of it. */
function rangesHold({ classes = [], groups }: ReportPhase): boolean {
  const clients = groups?.clients.length ?? 0;
  return classes.every(({ from }) => {
    const places = from.split(/[,-]/u).map(Number);
    return places.length <= 2 * clients && places.every((place) => Number.isInteger(place) && place < clients);
  });
}
