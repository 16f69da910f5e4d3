/** The files that a report is written to beside report.json: a name for each format, and a text that is made when it is asked for. */
import type { Format } from "../settings/settings.js";
import type { Report } from "./document.js";

/** `root` is the folder that the run was started in, `report` where report.json is, `context` the cluster's. */
export interface FormatOptions {
  readonly root: string;
  readonly report: string;
  readonly version: string;
  readonly context?: string;
}

export interface ReportFile {
  readonly name: string;
  readonly text: () => Promise<string>;
}

type Files = (report: Report, options: FormatOptions) => readonly ReportFile[];

/** Each renderer is loaded with the first file that needs it. */
const FILES: Readonly<Record<Format, Files>> = {
  markdown: (report, { context }) => [
    {
      name: "report.md",
      text: async () => {
        const { summaryMarkdown } = await import("./markdown.js");
        return summaryMarkdown(report, { limitBytes: Infinity, ...(context === undefined ? {} : { context }) });
      },
    },
  ],
  html: (report, options) => [
    { name: "report.html", text: async () => (await import("./html.js")).reportHtml(report, options) },
  ],
  junit: (report) => [{ name: "junit.xml", text: async () => (await import("./junit.js")).junitXml(report) }],
  sarif: (report, options) => [
    { name: "report.sarif", text: async () => (await import("./sarif.js")).sarifJson(report, options) },
  ],
  csv: ({ diff, exposure, ...report }) => [
    { name: "calls.csv", text: async () => (await import("./csv.js")).callsCsv(report) },
    ...(diff === undefined
      ? []
      : [{ name: "changes.csv", text: async () => (await import("./csv.js")).changesCsv(diff) }]),
    ...(exposure === undefined
      ? []
      : [{ name: "exposure.csv", text: async () => (await import("./csv.js")).exposureCsv(exposure) }]),
  ],
  mermaid: ({ phases }) =>
    phases.map((phase, index) => ({
      name: phases.length === 1 ? "matrix.mmd" : `matrix-${index + 1}.mmd`,
      text: async () => (await import("./mermaid.js")).mermaidText(phase),
    })),
};

/** The files of some formats, in their order. */
export function reportFiles(report: Report, formats: readonly Format[], options: FormatOptions): ReportFile[] {
  return formats.flatMap((format) => FILES[format](report, options));
}
