import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFilePlace, problemText } from "../../src/problems.js";
import {
  acceptedBy,
  acceptFor,
  acceptMarkOfClient,
  acceptMarkOfDestination,
  acceptProblems,
  dayOf,
  type ChangedCall,
} from "../../src/settings/accept.js";
import { readPlan, type AcceptEntry, type Plan } from "../../src/settings/plan-file.js";
import { DIRECTIONS } from "../../src/settings/settings.js";

const OPTIONS = { allowUnsafeMethods: false };
const told = (entry: string): string[] =>
  readPlan(`accept:\n  - ${entry}\n`, "p.yaml", OPTIONS).problems.map(problemText);
const plan = (...entries: string[]): Plan => {
  const read = readPlan(`accept:\n${entries.map((one) => `  - ${one}\n`).join("")}`, "p.yaml", OPTIONS);
  expect(read.problems.map(problemText)).toEqual([]);
  return read.plan!;
};

const REST = 'reason: "moves in June", until: 2026-06-30';
const TODAY = "2026-06-01";
const to = { url: "http://httpbin.foo:8000/", host: "httpbin.foo", port: 8000, namespace: "foo", service: "httpbin" };
const call: ChangedCall = { from: { namespace: "legacy", workload: "sleep" }, to };

describe("an accept entry as it is read", () => {
  it("has the line that it stands in, and its reason on one line", () => {
    expect(
      plan(
        `{direction: breaks, from: legacy, to: foo/httpbin, ${REST}}`,
        '{direction: [opens, code], to: {port: 8000}, reason: "a\\n  b ", until: 2028-02-29}',
      ).accept,
    ).toEqual([
      {
        directions: ["breaks"],
        from: { namespace: "legacy" },
        to: { namespace: "foo", name: "httpbin" },
        reason: "moves in June",
        until: "2026-06-30",
        where: { file: "p.yaml", line: 2 },
      },
      {
        directions: ["opens", "code"],
        from: {},
        to: { port: "8000" },
        reason: "a b",
        until: "2028-02-29",
        where: { file: "p.yaml", line: 3 },
      },
    ]);
  });
  it.each<[string, string[]]>([
    ["{from: legacy}", ["accept[0].direction is missing", "accept[0].reason is missing", "accept[0].until is missing"]],
    [`{direction: braeks, ${REST}}`, ['accept[0].direction is "braeks", which is not known (did you mean breaks?)']],
    [`{direction: [], ${REST}}`, ["accept[0].direction is empty: leave it out, or fill it"]],
    ['{direction: opens, reason: " ", until: 2026-06-30}', ["accept[0].reason is empty: say why it is accepted"]],
    ['{direction: opens, reason: "a\\e[1mb", until: 2026-06-30}', ["accept[0].reason has a control character"]],
    ...["2026-02-29", "2026-6-30", "30.06.2026", '"2026-06-30T00:00:00Z"', "tomorrow"].map(
      (until): [string, string[]] => [
        `{direction: opens, reason: x, until: ${until}}`,
        ["accept[0].until has to be a day as in 2026-12-31"],
      ],
    ),
    [`{direction: opens, from: foo/a:80, ${REST}}`, ["accept[0].from has a port, which a client has not"]],
    [
      `{direction: opens, to: {phase: predict}, ${REST}}`,
      ['accept[0].to has the unknown key "phase" (a comparison with a base has no phases)'],
    ],
    [
      `{directions: opens, direction: opens, ${REST}}`,
      ['accept[0] has the unknown key "directions" (did you mean direction?)'],
    ],
    [`{direction: opens, code: 200, ${REST}}`, ['accept[0] has the unknown key "code"']],
  ])("%s", (entry, problems) => {
    const found = told(entry);
    expect(found).toHaveLength(problems.length);
    found.forEach((text, index) => expect(text).toContain(`p.yaml:2: ${problems[index]!}`));
  });
});

describe("acceptFor", () => {
  it.each<[string, boolean]>([
    ["direction: breaks", true],
    ["direction: [opens, breaks]", true],
    ["direction: opens", false],
    ["direction: breaks, from: legacy, to: foo", true],
    ["direction: breaks, from: bar", false],
    ["direction: breaks, from: {selector: app=sleep}", true],
    ["direction: breaks, from: {selector: app=other}", false],
    ["direction: breaks, to: foo/httpbin:80*", true],
    ["direction: breaks, to: foo/httpbin:80", false],
    ['direction: breaks, to: {url: "*.foo:8000/"}', true],
  ])("{%s} takes it: %j", (text, takes) => {
    const one = plan(`{${text}, ${REST}}`);
    expect(acceptFor(one, "breaks", call, TODAY, { app: "sleep" })).toBe(takes ? one.accept![0] : undefined);
  });
  it("holds on its last day, and not on the day after", () => {
    const one = plan(`{direction: breaks, ${REST}}`);
    expect(acceptFor(one, "breaks", call, "2026-06-30")).toBe(one.accept![0]);
    expect(acceptFor(one, "breaks", call, "2026-07-01")).toBeUndefined();
  });
  it("passes over an entry that has run out for a later one that holds", () => {
    const one = plan("{direction: breaks, reason: old, until: 2026-05-01}", `{direction: breaks, ${REST}}`);
    expect(acceptedBy(acceptFor(one, "breaks", call, TODAY)!)).toEqual({
      reason: "moves in June",
      until: "2026-06-30",
      file: "p.yaml",
      line: 3,
    });
  });
  it.each<[string, boolean]>([
    ["to: foo/httpbin", true],
    ['from: "*", to: foo', true],
    ["from: legacy, to: foo", false],
    ["from: {selector: app=sleep}, to: foo", false],
    ["to: bar", false],
  ])("of an exposure, {%s} takes it: %j", (text, takes) => {
    const one = plan(`{direction: to-plaintext, ${text}, ${REST}}`);
    expect(acceptFor(one, "to-plaintext", { from: null, to }, TODAY) !== undefined).toBe(takes);
  });
  it("takes nothing without a plan, and without entries", () => {
    expect(acceptFor(null, "breaks", call, TODAY)).toBeUndefined();
    expect(acceptFor({ file: "p.yaml" }, "breaks", call, TODAY)).toBeUndefined();
    expect(acceptProblems(null, TODAY, new Set())).toEqual([]);
  });
});

describe("what is to be told of the entries", () => {
  const one = plan(
    '{direction: breaks, from: {namespace: legacy, selector: a=b}, to: {port: 80, url: "http://x/"}, reason: old, until: 2026-05-31}',
    `{direction: [opens, code], from: foo/a, to: bar/b:8000, ${REST}}`,
    `{direction: gone, ${REST}}`,
  );
  const [, second, third] = one.accept as [AcceptEntry, AcceptEntry, AcceptEntry];

  it("names one that has run out and one that is not used, with its line", () => {
    expect(acceptProblems(one, TODAY, new Set()).map((each) => [each.severity, problemText(each)])).toEqual([
      [
        "error",
        "p.yaml:2: the accept entry for breaks from legacy with its selector to */*:80 http://x/ ended with 2026-05-31: old (mend what it accepts and take it out, or have it accepted anew with a later until)",
      ],
      [
        "warning",
        "p.yaml:3: the accept entry for opens, code from foo/a to bar/b:8000 fits no change (take it out: it would let through what nobody has looked at)",
      ],
      [
        "warning",
        "p.yaml:4: the accept entry for gone fits no change (take it out: it would let through what nobody has looked at)",
      ],
    ]);
  });
  it("says nothing of those that hold and are used", () => {
    const problems = acceptProblems(one, TODAY, new Set([second, third]));
    expect(problems.map(({ code, where }) => [code, where && isFilePlace(where) && where.line])).toEqual([
      ["accept-expired", 2],
    ]);
  });
});

const glob = fc.constantFrom("*", "a", "b", "a*", "?");
const word = fc.constantFrom("a", "b", "ab");

describe("marks", () => {
  it("are the same only for calls of one answer", () => {
    const entry = fc
      .record({ from: glob, name: glob, to: glob, day: fc.constantFrom("2026-05-31", "2026-06-30") })
      .map(
        ({ from, name, to: into, day }) =>
          `{direction: breaks, from: ${from}/${name}, to: "${into}", reason: x, until: ${day}}`,
      )
      .map((text) => text.replace(/from: ([^,]+)/, 'from: "$1"'));
    const side = fc.tuple(word, word);
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 5 }), side, side, side, side, (entries, a, b, c, d) => {
        const one = plan(...entries);
        const of = ([namespace, workload]: [string, string], [target, service]: [string, string]): ChangedCall => ({
          from: { namespace, workload },
          to: { ...to, namespace: target, service },
        });
        const [first, second] = [of(a, c), of(b, d)];
        const mark = ({ from, to: into }: ChangedCall): string =>
          `${acceptMarkOfClient(one, from!, {})} ${acceptMarkOfDestination(one, into)}`;
        if (mark(first) !== mark(second)) return;
        for (const direction of DIRECTIONS) {
          expect(acceptFor(one, direction, first, TODAY)).toBe(acceptFor(one, direction, second, TODAY));
        }
      }),
    );
  });
});

it("takes the day of a moment in UTC", () => {
  expect(dayOf(new Date("2026-06-30T23:59:59.999Z"))).toBe("2026-06-30");
  expect(dayOf(new Date("2026-06-30T23:59:59.999-02:00"))).toBe("2026-07-01");
});
