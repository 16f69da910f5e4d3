import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { reportHtml } from "../../src/report/html.js";
import { scriptJson } from "../../src/report/escape-formats.js";
import { CELL_FIELDS, pageData, PAGE_VERDICTS, type PageData } from "../../src/report/page-data.js";
import { Matrix, type Filter } from "../../src/report/page/model.js";
import { client, destination, grid, LET_THROUGH, MTLS, phase, PLAIN, predict, report } from "./builders.js";
import { comparison, HOSTILE_NAMES } from "./comparison.js";
import { hostile, SAMPLES } from "./samples.js";
import fc from "fast-check";

const part = (html: string, pattern: RegExp): string => pattern.exec(html)?.[1] ?? "";
const dataOf = (html: string): PageData =>
  JSON.parse(part(html, /<script type="application\/json" id="data">([^<]*)<\/script>/u)) as PageData;

describe("the page", () => {
  it("lets no script run and no style hold but its own, and loads nothing", () => {
    const html = reportHtml(SAMPLES.mismatch());
    const policy = part(html, /Content-Security-Policy" content="([^"]*)"/u);
    const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src ${hash(part(html, /<script>([\s\S]*?)<\/script>/u))};`);
    expect(policy).toContain(`style-src ${hash(part(html, /<style>([\s\S]*?)<\/style>/u))};`);
    expect(html).not.toMatch(/\b(?:src|href)=|@import|url\(/u);
  });

  it("holds hostile names as data only", () => {
    const html = reportHtml(hostile(HOSTILE_NAMES));
    expect(html.match(/<script\b/giu)).toHaveLength(2);
    expect(html.match(/<\/script>/giu)).toHaveLength(2);
    expect(html).not.toMatch(/<img|<!--|<\/details/iu);
    expect(dataOf(html).clients.map(({ workload }) => workload.toWellFormed())).toEqual(
      [...new Set(HOSTILE_NAMES)].map((name) => name.toWellFormed()),
    );
  });

  it("carries nothing that the report does not name", () => {
    const made = report([
      phase("audit", [
        { ...grid(1, 1)[0]!, to: { ...destination("foo"), headers: { authorization: "secret" } } as never },
      ]),
    ]);
    expect(reportHtml(made)).not.toContain("secret");
  });

  it("has its verdict and its counts without a script", () => {
    const html = reportHtml(comparison()).replace(/<script[\s\S]*?<\/script>/gu, "");
    expect(html).toContain("At least one change fails the run");
    expect(html).toContain("<bdi>origin/main (0a1b2c3d4e5f)</bdi>");
  });
});

describe("JSON in a script", () => {
  it("reads back, and cannot end its element", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...HOSTILE_NAMES), (value, name) => {
        const text = scriptJson([value, name]);
        expect(text).not.toMatch(/[<\u2028\u2029]/u);
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify([value, name]));
      }),
    );
  });
});

const ALL: Filter = { from: "", to: "", verdicts: new Set(PAGE_VERDICTS), direction: "", search: "" };
const matrixOf = (data: PageData, at = 0): Matrix => new Matrix(data, data.phases[at]!);

describe("the page's data", () => {
  it("has each call in its cell with its three values", () => {
    const cell = matrixOf(pageData(SAMPLES.mismatch()), 1).cell(2, 0);
    expect(cell?.values).toEqual(["000/56", "000/56", "200 plain"]);
    expect(cell?.kinds).toEqual(["refused", "refused", "plaintext"]);
    expect([cell?.from, cell?.to, cell?.verdict, cell?.cause]).toEqual([
      "sleep.legacy",
      "httpbin.foo",
      "mismatch",
      "mesh",
    ]);
    expect(cell?.observed?.ms).toBe(6);
  });

  it("says of a call that a change names what it was before", () => {
    const matrix = matrixOf(pageData(comparison()));
    expect(matrix.cell(2, 0)?.before).toBe("200 plain");
    expect(matrix.cell(0, 0)?.before).toBeNull();
  });

  it("has groups as rows and columns where a prediction has classes", () => {
    const groups = {
      clients: [[client("foo"), client("bar")], [client("legacy")]],
      destinations: [[destination("foo"), destination("bar")]],
    };
    const rest = { to: 0, verdict: "pass", cause: null, expected: null } as const;
    const classes = [
      { from: "0", count: 4, predicted: predict(MTLS), ...rest },
      { from: "1", count: 2, predicted: predict(PLAIN), ...rest },
    ];
    const matrix = matrixOf(
      pageData(report([phase("predict", [], { groups, classes, rounds: 0 })], { mode: "predict" })),
    );
    expect(matrix.cell(0, 0)).toMatchObject({
      from: "sleep.foo +1",
      to: "httpbin.foo:8000 +1",
      count: 4,
      kind: "mtls",
    });
    expect(matrix.match({ ...ALL, from: "bar" }).calls).toBe(1);
  });

  it("tells 40,000 calls in a few numbers each", () => {
    const data = pageData(report([phase("policies", grid(200, 200))]));
    expect(data.phases[0]?.cells).toHaveLength(40_000 * CELL_FIELDS);
    expect([data.clients.length, data.destinations.length, data.observed.length]).toEqual([200, 200, 1]);
  });
});

describe("a filter", () => {
  const data = pageData(
    report([
      phase(
        "policies",
        grid(20, 10, (row, column) => (row === 3 && column === 4 ? LET_THROUGH : {})),
      ),
    ]),
  );
  it.each<[string, Partial<Filter>, number]>([
    ["nothing", {}, 200],
    ["a verdict", { verdicts: new Set(["mismatch"]) }, 1],
    ["no verdict", { verdicts: new Set() }, 0],
    ["the namespace of clients", { from: "load" }, 200],
    ["another namespace", { from: "shop" }, 0],
    ["the namespace of destinations", { to: "shop" }, 200],
    ["a client's name", { search: "CLIENT-20" }, 10],
    ["a client's and a destination's name", { search: "client-20 service-7" }, 1],
    ["a direction of which there is none", { direction: "breaks" }, 0],
  ])("by %s finds its cells", (_, filter, calls) => {
    expect(matrixOf(data).match({ ...ALL, ...filter }).calls).toBe(calls);
  });

  it("by direction finds the calls that the change names", () => {
    const matrix = matrixOf(pageData(comparison()));
    expect([...matrix.match({ ...ALL, direction: "breaks" }).rows]).toEqual([2]);
  });
});
