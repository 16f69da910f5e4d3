/** The adapter of the real @actions/core, as the runner would see it: files that it reads, and lines on standard output. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runner } from "../../src/github/core.js";

let dir: string;
let printed: string;
const file = (name: string): string => join(dir, name);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "core-"));
  printed = "";
  for (const name of ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_STATE"]) {
    writeFileSync(file(name), "");
    vi.stubEnv(name, file(name));
  }
  vi.stubEnv("STATE_mtls-gate", "saved");
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

describe("the real runner", () => {
  it("gets commands in which nothing can break out", () => {
    runner.error("one\ntwo ::x", { title: "a:b,c", file: "a.yaml", startLine: 3 });
    runner.warning("careful");
    runner.startGroup("apply");
    runner.endGroup();
    runner.info("line");
    expect(printed.split("\n").filter((line) => line !== "")).toEqual([
      "::error title=a%3Ab%2Cc,file=a.yaml,line=3::one%0Atwo ::x",
      "::warning::careful",
      "::group::apply",
      "::endgroup::",
      "line",
    ]);
  });

  it("gets the summary, the outputs and the state by files", async () => {
    await runner.appendSummary("## title\n");
    await runner.appendSummary("more\n");
    runner.setOutput("verdict", "pass");
    runner.saveState("mtls-gate", "{}");
    expect(readFileSync(file("GITHUB_STEP_SUMMARY"), "utf8")).toBe("## title\nmore\n");
    expect(readFileSync(file("GITHUB_OUTPUT"), "utf8")).toMatch(/^verdict<<(\S+)\npass\n\1\n$/u);
    expect(readFileSync(file("GITHUB_STATE"), "utf8")).toMatch(/^mtls-gate<<(\S+)\n\{\}\n\1\n$/u);
    expect(runner.getState("mtls-gate")).toBe("saved");
    expect(runner.getState("other")).toBe("");
  });
});
