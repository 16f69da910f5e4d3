import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mermaidLabel } from "../../src/report/escape-formats.js";
import { mermaidText } from "../../src/report/mermaid.js";
import { call, client, destination, grid, LET_THROUGH, MTLS, observe, phase, PLAIN, predict } from "./builders.js";
import { HOSTILE_NAMES } from "./comparison.js";
import { hostile, SAMPLES } from "./samples.js";

const edges = (text: string): string[] => text.split("\n").filter((line) => /[-=]{2}>/u.test(line));

describe("a diagram", () => {
  it("joins clients and destinations that behave alike", () => {
    const [, strict] = SAMPLES["all-pass-migration"]().phases;
    expect(mermaidText(strict!)).toMatchInlineSnapshot(`
      "flowchart LR
        subgraph phase["strict#45;namespace"]
          c0["sleep#46;foo#44; sleep#46;bar"]
          c1["sleep#46;legacy"]
          d0(["httpbin#46;foo"])
          d1(["httpbin#46;bar"])
        end
        c0 -->|"#10003; 200 mtls #215;2"| d0
        c0 -->|"#10003; 200 mtls #215;2"| d1
        c1 -->|"#10003; 000#47;56"| d0
        c1 -->|"#10003; 200 plain"| d1
        linkStyle 0,1,2,3 stroke:#2f855a
      "
    `);
  });

  it("has an arrow a call where all of them differ, and a thick one where it is no pass", () => {
    const calls = grid(5, 5, (row, column) => ({
      observed: observe(MTLS, { code: String(200 + row * 5 + column) }),
      ...(row === 2 && column === 3 ? LET_THROUGH : {}),
    }));
    const found = edges(mermaidText(phase("policies", calls)));
    expect(found).toHaveLength(25);
    expect(found.filter((line) => line.includes("==>"))).toHaveLength(1);
  });

  it("goes by namespaces where there is too much to draw, and counts what an arrow stands for", () => {
    const calls = grid(30, 30, (row, column) =>
      row % 7 === column % 5
        ? LET_THROUGH
        : { observed: observe(MTLS, { code: String(100 + ((row * column) % 800)) }) },
    );
    const text = mermaidText(phase("policies", calls));
    expect(text).toContain("grouped by namespace");
    expect(edges(text).length).toBeLessThanOrEqual(400);
    expect(text.length).toBeLessThan(50_000);
    const counted = edges(text).reduce((sum, line) => sum + Number(/#215;(\d+)"/u.exec(line)?.[1] ?? 1), 0);
    expect(counted).toBe(900);
  });

  it("stays within what Mermaid draws whatever there is", () => {
    const calls = Array.from({ length: 700 }, (_, index) =>
      call(client(`n${index}`, "x".repeat(250)), destination(`d${index}`, "y".repeat(250)), MTLS, {
        observed: observe(MTLS, { code: String(index) }),
      }),
    );
    const text = mermaidText(phase("policies", calls));
    expect(edges(text).length).toBeLessThanOrEqual(500);
    expect(text.length).toBeLessThan(50_000);
  });

  it("draws the classes of a large prediction as they are", () => {
    const groups = {
      clients: [[client("foo"), client("bar")], [client("legacy")]],
      destinations: [[destination("foo")]],
    };
    const rest = { verdict: "pass", cause: null, expected: null } as const;
    const classes = [
      { from: "0", to: 0, count: 2, predicted: predict(MTLS), ...rest },
      { from: "1", to: 0, count: 1, predicted: predict(PLAIN), ...rest },
    ];
    expect(edges(mermaidText(phase("predict", [], { groups, classes })))).toHaveLength(2);
  });

  it("holds no text of a name outside a label", () => {
    for (const line of mermaidText(hostile(HOSTILE_NAMES).phases[0]!).split("\n")) {
      expect(line.replace(/"[\p{L}\p{N} #;]*"/gu, '""')).toMatch(
        /^(?:flowchart LR| {2}subgraph phase\[""\]| {2}end| {4}c\d+\[""\]| {4}d\d+\(\[""\]\)| {2}c\d+ (?:-->|==>)\|""\| d\d+| {2}linkStyle [\d,]+ stroke:#\w{6}|)$/u,
      );
    }
  });
});

describe("a label", () => {
  it("is letters, digits, blanks and entities, and reads back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const label = mermaidLabel(text);
        expect(label).toMatch(/^[\p{L}\p{N} #;]*$/u);
        const back = label.replace(/#(\d+);/gu, (_, point: string) => String.fromCodePoint(Number(point)));
        expect(mermaidLabel(back)).toBe(label);
      }),
    );
  });
});
