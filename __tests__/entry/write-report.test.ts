import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeReport } from "../../src/entry/write-report.js";
import { FORMATS } from "../../src/settings/settings.js";
import { comparison } from "../report/comparison.js";
import { SAMPLES } from "../report/samples.js";

const folder = (): string => mkdtempSync(join(tmpdir(), "mtls-gate-formats-"));

describe("the files of a report", () => {
  it("are report.json alone where no format is asked for", async () => {
    const reportDir = join(folder(), "new", "folder");
    expect(await writeReport(SAMPLES.mismatch(), { reportDir, formats: [] })).toEqual({
      path: join(reportDir, "report.json"),
      failures: [],
    });
    expect(readdirSync(reportDir)).toEqual(["report.json"]);
  });

  it("are one a format, and the tables of a comparison", async () => {
    const reportDir = folder();
    await writeReport(comparison(), { reportDir, formats: FORMATS });
    expect(readdirSync(reportDir).sort()).toEqual([
      "calls.csv",
      "changes.csv",
      "exposure.csv",
      "junit.xml",
      "matrix.mmd",
      "report.html",
      "report.json",
      "report.md",
      "report.sarif",
    ]);
  });

  it("have a diagram a phase", async () => {
    const reportDir = folder();
    await writeReport(SAMPLES.mismatch(), { reportDir, formats: ["mermaid"] });
    expect(readdirSync(reportDir).sort()).toEqual(["matrix-1.mmd", "matrix-2.mmd", "matrix-3.mmd", "report.json"]);
  });

  it("have the cluster's context in their commands", async () => {
    const reportDir = folder();
    await writeReport(SAMPLES.mismatch(), { reportDir, formats: ["markdown"] }, "kind-gate");
    expect(readFileSync(join(reportDir, "report.md"), "utf8")).toContain("kubectl --context kind-gate -n legacy");
  });

  it("are written as far as they can be, and each that cannot is named", async () => {
    const reportDir = folder();
    mkdirSync(join(reportDir, "report.html"));
    const { path, failures } = await writeReport(SAMPLES.mismatch(), { reportDir, formats: ["html", "junit"] });
    expect(path).toBe(join(reportDir, "report.json"));
    expect(failures).toEqual([expect.stringMatching(/report\.html could not be written: EISDIR/u)]);
    expect(readdirSync(reportDir)).toContain("junit.xml");
  });

  it("are none where the folder is a file", async () => {
    const reportDir = join(folder(), "file");
    writeFileSync(reportDir, "");
    const { path, failures } = await writeReport(SAMPLES.mismatch(), { reportDir, formats: ["csv"] });
    expect(path).toBeNull();
    expect(failures).toHaveLength(2);
  });
});
