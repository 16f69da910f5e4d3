import { mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { foreignReports } from "../../src/entry/foreign-reports.js";
import { MOST_REPORT_BYTES } from "../../src/github/foreign-report.js";
import type { NamedReport } from "../../src/report/several.js";
import { serialise } from "../../src/report/serialise.js";
import { migration, report } from "../report/builders.js";
import { strictFoo } from "../report/changes.js";

const green = serialise(report(migration(), { planned: 18 }));
const red = serialise(strictFoo());

/** A folder with these files in it, as downloads leave them. */
function folder(files: Readonly<Record<string, string>>): string {
  const made = mkdtempSync(join(tmpdir(), "mtls-gate-artifacts-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(made, path)), { recursive: true });
    writeFileSync(join(made, path), text);
  }
  return made;
}

function several(paths: readonly string[], expected: readonly string[] = []): readonly NamedReport[] {
  const told = foreignReports(paths, expected);
  if (!("reports" in told)) throw new Error("not several");
  return told.reports;
}

/** Each report's name with its verdict, or with why it is none, in the order of the names. */
function shown(reports: readonly NamedReport[]): string[] {
  return reports
    .map((one) => `${one.name}: ${"report" in one ? one.report.verdict : one.wrong}`)
    .toSorted((one, other) => (one < other ? -1 : 1));
}

describe("reports that other jobs have left", () => {
  it("are named by their folders, whether an artifact has a folder of its own or they are merged", () => {
    const own = folder({
      "report-a/report.json": green,
      "report-b/report.json": red,
      "report-b/report.md": "# x",
      "report-b/other.json": "{}",
    });
    expect(shown(several([own]))).toEqual(["report-a: pass", "report-b: mismatch"]);
    const nested = folder({ "artifact-a/a/report.json": green, "artifact-b/b/report.json": red, "report.json": green });
    expect(shown(several([nested, nested]))).toEqual([
      "a: pass",
      "b: mismatch",
      expect.stringMatching(/^mtls-gate-artifacts-\w+: pass$/u),
    ]);
  });

  it("are named by their files where those have names of their own, and by their paths where names are the same", () => {
    const made = folder({ "staging.json": green, "x/eu/report.json": red, "y/eu/report.json": green });
    const [staging, x, y] = ["staging.json", "x", "y"].map((path) => join(made, path)) as [string, string, string];
    expect(shown(several([staging, x, y]))).toEqual(
      [`${join(x, "eu/report.json")}: mismatch`, `${join(y, "eu/report.json")}: pass`, "staging: pass"].toSorted(),
    );
  });

  it("are told as what is missing where they are expected and not there", () => {
    const made = folder({ "a/report.json": green, "b/report.json": red });
    const missing = "it is expected and not there: its job left none, or under another name";
    expect(shown(several([made], ["a", "b", "c"]))).toEqual(["a: pass", "b: mismatch", `c: ${missing}`]);
    expect(shown(several([join(made, "a"), join(made, "a/report.json")], ["a", "d"]))).toEqual([
      "a: pass",
      `d: ${missing}`,
    ]);
    // Nothing at all was left, and no folder made.
    expect(shown(several([join(made, "none")], ["a", "b"]))).toEqual([`a: ${missing}`, `b: ${missing}`]);
    // A single artifact is put into the folder itself, so nobody knows whose it is.
    const flat = folder({ "report.json": green });
    expect(shown(several([flat], ["a", "b"])).slice(0, 2)).toEqual([`a: ${missing}`, `b: ${missing}`]);
    expect(several([flat], ["a", "b"])).toHaveLength(3);
  });

  it("are an error each where they cannot be used", () => {
    const made = folder({
      "a/report.json": green,
      "broken/report.json": "{",
      "other/report.json": red.replace("report/v1", "report/v2"),
      "file/report.json": "",
      "empty/x": "",
    });
    mkdirSync(join(made, "folder", "report.json"), { recursive: true });
    symlinkSync(join(made, "a", "report.json"), join(made, "empty", "report.json"));
    expect(shown(several([made]))).toEqual([
      "a: pass",
      expect.stringMatching(/^broken: .*broken\/report.json cannot be used: it is no JSON/u),
      expect.stringMatching(/^empty: .*is no file$/u),
      expect.stringMatching(/^file: .*it is no JSON/u),
      expect.stringMatching(/^folder: .*is no file$/u),
      expect.stringMatching(/^other: .*it is no report of this version: schema /u),
    ]);
  });

  it("are told as such where a path has none", () => {
    const made = folder({ "a/report.json": green, "empty/x": "" });
    const paths = ["a", "empty", "no-folder", "no-file/report.json"].map((path) => join(made, path));
    expect(shown(several(paths))).toEqual([
      "a: pass",
      expect.stringMatching(/^empty: .*empty has no report.json in it$/u),
      expect.stringMatching(/^no-file: .*cannot be read: ENOENT/u),
      expect.stringMatching(/^no-folder: .*no-folder is not there$/u),
    ]);
  });

  it("are not looked for behind links", () => {
    const made = folder({ "a/report.json": green });
    const outside = folder({ "secret/report.json": red });
    symlinkSync(join(outside, "secret"), join(made, "b"));
    symlinkSync(made, join(made, "a", "loop"));
    expect(foreignReports([made], [])).toEqual(JSON.parse(green));
  });

  it("are read within a limit for all, from the smallest, so that none keeps the others out", () => {
    const made = folder({ "a-large/report.json": "{", "b/report.json": green, "c/report.json": red });
    truncateSync(join(made, "a-large", "report.json"), MOST_REPORT_BYTES);
    expect(shown(several([made]))).toEqual([
      expect.stringMatching(/^a-large: .*is too large$/u),
      "b: pass",
      "c: mismatch",
    ]);
    const many = folder(Object.fromEntries(Array.from({ length: 258 }, (_, at) => [`c${at}/report.json`, "{"])));
    const reports = several([many]);
    expect(reports).toHaveLength(257);
    expect(shown(reports)).toContain("…: 258 reports are too many: 256 of them are read");
  });
});

describe("a report alone", () => {
  it("is told alone, be it named as a file, by its folder, or expected", () => {
    const made = folder({ "eu/report.json": red });
    const alone = JSON.parse(red) as unknown;
    expect(foreignReports([join(made, "eu", "report.json")], [])).toEqual(alone);
    expect(foreignReports([join(made, "eu")], [])).toEqual(alone);
    expect(foreignReports([made], ["eu"])).toEqual(alone);
  });

  it("is none where the file is not there or cannot be used, unless it is expected", () => {
    const made = folder({ "eu/report.json": "{" });
    const path = join(made, "eu", "report.json");
    expect(foreignReports([path], [])).toEqual({ wrong: expect.stringContaining("it is no JSON") as string });
    expect(foreignReports([join(made, "x.json")], [])).toEqual({ wrong: expect.stringContaining("ENOENT") as string });
    expect(shown(several([path], ["eu"]))).toEqual([expect.stringMatching(/^eu: .*it is no JSON/u)]);
  });
});
