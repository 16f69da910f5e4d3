import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../problems.js";
import type { Report } from "../report/document.js";
import { serialise } from "../report/serialise.js";
import type { Settings } from "../settings/settings.js";
import { version } from "./version.js";

/** What was written of a report. `path` is report.json's, null where that failed; a failure is a sentence each. */
export interface WrittenReport {
  readonly path: string | null;
  readonly failures: readonly string[];
}

/** Writes report.json, then the report in each of the formats. One that fails does not keep the others from being written. */
export async function writeReport(
  report: Report,
  { reportDir, formats }: Pick<Settings, "reportDir" | "formats">,
  context?: string,
): Promise<WrittenReport> {
  const path = join(reportDir, "report.json");
  const failures: string[] = [];
  const write = async (target: string, text: () => Promise<string>): Promise<void> => {
    try {
      await mkdir(reportDir, { recursive: true });
      await writeFile(target, await text());
    } catch (thrown) {
      failures.push(`${target} could not be written: ${messageOf(thrown)}`);
    }
  };
  await write(path, () => Promise.resolve(serialise(report)));
  const written = failures.length === 0;
  if (formats.length > 0) {
    const { reportFiles } = await import("../report/formats.js");
    const options = {
      root: process.cwd(),
      version: version(),
      report: path,
      ...(context === undefined ? {} : { context }),
    };
    for (const { name, text } of reportFiles(report, formats, options)) await write(join(reportDir, name), text);
  }
  return { path: written ? path : null, failures };
}
