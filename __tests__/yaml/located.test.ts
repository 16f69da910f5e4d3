import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLocated } from "../../src/yaml/located.js";

const one = (text: string) => {
  const { documents, problems } = parseLocated(text, "f.yaml");
  expect(problems).toEqual([]);
  expect(documents).toHaveLength(1);
  return documents[0]!;
};
const told = (text: string) =>
  parseLocated(text, "f.yaml").problems.map((p) => {
    const line = p.where && "line" in p.where ? p.where.line : undefined;
    return [p.code, line, p.message];
  });
const values = (text: string) => parseLocated(text, "f.yaml").documents.map((d) => d.value);

describe("documents", () => {
  it("reads several, and leaves out those without content", () => {
    expect(values("---\n---\n# only a comment\n---\na: 1\n...\n---\nb: 2\n")).toEqual([{ a: 1 }, { b: 2 }]);
  });
  it.each(["", "\n\n", "# nothing\n", "---\n", "\uFEFF"])("has none in %j", (text) => {
    expect(parseLocated(text, "f")).toMatchObject({ documents: [], problems: [] });
  });
  it("keeps a document that is null by what is written", () => {
    expect(values("--- ~\n--- !!str\n")).toEqual([null, ""]);
  });
  it("reads JSON, with tabs and escapes", () => {
    const document = one('{\n\t"a": "x\\u0041\\n\\/\\ud83d\\ude00",\n\t"b": [\n\t\t1,\n\t\tnull\n\t]\n}\n');
    expect(document.value).toEqual({ a: "xA\n/😀", b: [1, null] });
    expect(document.lineOf(["a"])).toBe(2);
    expect(document.lineOf(["b", 1])).toBe(5);
  });
  it("passes over a byte order mark", () => {
    expect(one("\uFEFFa: 1\nb: 2\n").value).toEqual({ a: 1, b: 2 });
    expect(one("\uFEFFa: 1\nb: 2\n").lineOf(["b"])).toBe(2);
  });
  it("counts lines over all documents", () => {
    const { documents } = parseLocated("a: 1\n---\n\nb: 2\n", "f");
    expect(documents.map((d) => d.lineOf([]))).toEqual([1, 4]);
  });
  it("names the file", () => {
    expect(one("a: 1").file).toBe("f.yaml");
  });
});

describe("lineOf", () => {
  const text = [
    "# comment",
    "apiVersion: v1", // 2
    "metadata:", // 3
    "  name: a", // 4
    "  labels: {x: y,", // 5
    "    z: w}", // 6
    "spec:", // 7
    "- one", // 8
    "-", // 9
    "  two: |", // 10
    "    text", // 11
    "  three: >-", // 12
    "", // 13
    "    folded", // 14
    "- |", // 15
    "  block", // 16
    "- 'quoted", // 17
    "  over lines'", // 18
    "empty:", // 19
    "? long", // 20
    ": value", // 21
    "tagged: !!str &anchor 5", // 22
    "alias: *anchor", // 23
  ].join("\n");
  it.each<[path: (string | number)[], line: number]>([
    [[], 2],
    [["apiVersion"], 2],
    [["metadata"], 3],
    [["metadata", "name"], 4],
    [["metadata", "labels"], 5],
    [["metadata", "labels", "x"], 5],
    [["metadata", "labels", "z"], 6],
    [["spec"], 7],
    [["spec", 0], 8],
    [["spec", 1], 10],
    [["spec", 1, "two"], 10],
    [["spec", 1, "three"], 12],
    [["spec", 2], 15],
    [["spec", 3], 17],
    [["empty"], 19],
    [["long"], 20],
    [["tagged"], 22],
    [["alias"], 23],
    // What is not there has the line of its nearest parent.
    [["metadata", "namespace"], 3],
    [["metadata", "labels", "q", "r"], 5],
    [["spec", 9], 7],
    [["apiVersion", "x"], 2],
    [["nothing"], 2],
  ])("%j", (path, line) => {
    expect(one(text).lineOf(path)).toBe(line);
    expect(one(text.replaceAll("\n", "\r\n")).lineOf(path)).toBe(line);
    expect(one(text.replaceAll("\n", "\r")).lineOf(path)).toBe(line);
  });
  it("leads into what an alias stands for, where it is written", () => {
    const document = one("base: &b\n  x: 1\nuse: *b\nlist:\n- *b\n");
    expect(document.lineOf(["use"])).toBe(3);
    expect(document.lineOf(["use", "x"])).toBe(2);
    expect(document.lineOf(["list", 0, "x"])).toBe(2);
  });
  it("does not take names that every object has for keys", () => {
    const document = one("a:\n  b: 1\n");
    expect(document.lineOf(["a", "constructor"])).toBe(1);
    expect(document.textOf(["a", "toString"])).toBeUndefined();
  });
});

describe("textOf", () => {
  it.each<[path: (string | number)[], text: string | undefined]>([
    [["code"], "000"],
    [["quoted"], "0\t00"],
    [["list", 0], "0x10"],
    [["list", 1], "2xx"],
    [["nothing"], ""],
    [["word"], "No"],
    [["list"], undefined],
    [[], undefined],
    [["missing"], undefined],
    [["code", 0], undefined],
    [["alias"], "000"],
  ])("%j", (path, text) => {
    const source = 'code: &c 000\nquoted: "0\\t00"\nlist: [0x10, 2xx]\nnothing:\nword: No\nalias: *c\n';
    expect(one(source).textOf(path)).toBe(text);
  });
});

describe("tags", () => {
  it("may be written short, whole, or by a handle of the document's own", () => {
    const text = "%TAG !k! tag:yaml.org,2002:\n---\na: !!str 5\nb: !<tag:yaml.org,2002:str> 6\nc: !k!str 7\n";
    expect(one(text).value).toEqual({ a: "5", b: "6", c: "7" });
    expect(one(text).lineOf(["c"])).toBe(5);
  });
  it("of one document's handles are not those of the next", () => {
    expect(values("%TAG !k! tag:yaml.org,2002:\n---\na: !k!int 5\n...\n---\nb: !!int 6\n")).toEqual([
      { a: 5 },
      { b: 6 },
    ]);
  });
});

describe("merge keys, as kubectl merges", () => {
  // Each value was taken from `kubectl label --local -o json`.
  it.each<[string, unknown]>([
    ["m: &m {a: 1, b: 2}\no: {<<: *m, b: 3}", { a: 1, b: 3 }],
    ["m: &m {a: 1, b: 2}\no: {b: 3, <<: *m}", { a: 1, b: 2 }],
    ["m: &m {a: 1, b: 2}\no: {<<: [*m, {c: 4, a: 5}]}", { a: 1, b: 2, c: 4 }],
    ['m: &m {a: 1}\no: {"<<": *m}', { "<<": { a: 1 } }],
    ["m: &m {a: 1}\nn: &n {b: 2}\no: {<<: *m, <<: *n}", { a: 1, b: 2 }],
    ["o: {<<: {a: {b: 1}}, a: {c: 2}}", { a: { c: 2 } }],
    ["m: &m {a: 1}\no: {!!merge <<: *m}", { a: 1 }],
    ["m: &m {a: 1}\no: {!!str <<: *m}", { "<<": { a: 1 } }],
  ])("%s", (text, value) => {
    expect(one(text).value).toMatchObject({ o: value });
    expect((one(text).value as { o: unknown }).o).toEqual(value);
  });
  it("keeps the line that a merged key is written on", () => {
    const document = one("base: &b\n  x: 1\nuse:\n  <<: *b\n  z: 2\n");
    expect(document.lineOf(["use", "x"])).toBe(2);
    expect(document.lineOf(["use", "z"])).toBe(5);
  });
  it("merges nothing but mappings", () => {
    expect(told("a:\n  <<: 5\n")).toEqual([
      ["yaml-merge", 2, "what << merges has to be a mapping or a list of mappings"],
    ]);
    expect(told("a:\n  <<: [{b: 1}, c]\n")).toHaveLength(1);
  });
});

describe("aliases", () => {
  it("shares nothing between the places where one is used", () => {
    const { a, b } = one("a: &x {l: [1]}\nb: *x\n").value as { a: { l: number[] }; b: { l: number[] } };
    a.l.push(2);
    expect(b).toEqual({ l: [1] });
  });
  it("does not reach from one document into the next", () => {
    expect(told("a: &x 1\n---\nb: *x\n")).toEqual([["yaml-alias", 3, "there is no anchor &x before the alias *x"]]);
  });
  it("refuses one that stands for what contains it", () => {
    expect(told("a: &x\n  b: *x\n")).toEqual([["yaml-alias", 2, "the alias *x stands for what contains it"]]);
  });
  it("takes the anchor that stands last before it", () => {
    expect(one("a: &x 1\nb: *x\nc: &x 2\nd: *x\n").value).toEqual({ a: 1, b: 1, c: 2, d: 2 });
  });
  it("bounds what a few lines can stand for", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    const started = performance.now();
    expect(told(lines.join("\n"))).toEqual([["yaml-alias", 5, expect.stringContaining("more than 200000 values")]]);
    expect(performance.now() - started).toBeLessThan(2000);
  });
  it("bounds many uses of one anchor like one large one", () => {
    const text = `a: &a [${Array(1000).fill("x").join(", ")}]\nb:\n${"- *a\n".repeat(300)}`;
    expect(told(text)).toHaveLength(1);
    expect(told(text.replace("300", "100"))).toHaveLength(1);
    expect(told(`a: &a [${Array(1000).fill("x").join(", ")}]\nb:\n${"- *a\n".repeat(150)}`)).toEqual([]);
  });
  it("bounds a depth that is made of aliases", () => {
    const lines = ["a0: &a0 x"];
    for (let i = 1; i < 5000; i++) lines.push(`a${i}: &a${i} [[[*a${i - 1}]]]`);
    expect(told(lines.join("\n"))).toEqual([["yaml-alias", expect.any(Number), expect.stringContaining("500 levels")]]);
  });
  it("does not bound a large text that has no aliases", () => {
    expect(told(`- 1\n`.repeat(250_000))).toEqual([]);
  });
});

describe("what is wrong", () => {
  it.each<[name: string, text: string, problems: [code: string, line: number][]]>([
    ["duplicate keys", "a: 1\nb: 2\na: 3\n", [["yaml-duplicate-key", 3]]],
    ["duplicate keys by value", "8: 1\n010: 2\n", [["yaml-duplicate-key", 2]]],
    ["duplicate keys in JSON", '{"a": 1,\n"a": 2}', [["yaml-duplicate-key", 2]]],
    [
      "all of several mistakes of content",
      "a: 1\na: 2\nb: .inf\nc: {d: 1, d: 2}\ne: *none\n",
      [
        ["yaml-duplicate-key", 2],
        ["yaml-value", 3],
        ["yaml-duplicate-key", 4],
        ["yaml-alias", 5],
      ],
    ],
    ["a tab for indentation", "a:\n\tb: 1\n", [["yaml-syntax", 2]]],
    ["a bracket that is not closed", "a: 1\nb: [1, 2\n", [["yaml-syntax", 2]]],
    ["a quote that is not closed", 'a: "x\nb: 1\n', [["yaml-syntax", 2]]],
    ["a colon too many", "a: 1\nb: c: d\n", [["yaml-syntax", 2]]],
    ["wrong indentation", "a:\n    b: 1\n  c: 2\n", [["yaml-syntax", 3]]],
    ["a reserved sign", "a: 1\nb: @x\n", [["yaml-syntax", 2]]],
    ["a null byte", "a: 1\nb: \0\n", [["yaml-syntax", 2]]],
    ["a list as key", "a: 1\n? [b]\n: c\n", [["yaml-key", 2]]],
    ["a mapping as key", "{a: b}: c\n", [["yaml-key", 1]]],
    ["null as key", "a: 1\n~: x\n", [["yaml-key", 2]]],
    ["nesting without end", "[".repeat(5000), [["yaml-syntax", 1]]],
    [
      "a mistake in each of two documents, around one that is well formed",
      "a: [\n---\nb: 1\n---\nc: 1\nd: ]\n",
      [
        ["yaml-syntax", 1],
        ["yaml-syntax", 6],
      ],
    ],
    [
      "a mistake of content behind one of syntax",
      "a: [\n--- # next\nb: 1\nb: 2\n",
      [
        ["yaml-syntax", 1],
        ["yaml-duplicate-key", 4],
      ],
    ],
  ])("%s", (_, text, problems) => {
    expect(told(text).map(([code, line]) => [code, line])).toEqual(problems);
    const all = parseLocated(text, "f.yaml").problems;
    expect(all.every((p) => p.where && "file" in p.where && p.where.file === "f.yaml")).toBe(true);
    expect(all.every((p) => p.message.length > 10 && !p.message.includes("\n"))).toBe(true);
  });
  it("names the line of the key that is there already", () => {
    expect(told("a: 1\nb: 2\na: 3\n")[0]?.[2]).toBe('the key "a" is there already, on line 1');
  });
  it("keeps the documents that are well formed", () => {
    expect(values("a: [\n---\nb: 1\n")).toEqual([{ b: 1 }]);
    const { documents } = parseLocated("a: [\n---\nb: 1\n", "f");
    expect(documents[0]?.lineOf(["b"])).toBe(3);
  });
});

describe("keys that objects have of their own", () => {
  it("are keys like others", () => {
    const value = one("__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}\n").value as object;
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
  it("do not come in by merging", () => {
    const value = one("m: &m {__proto__: {polluted: 1}}\no: {<<: *m}\n").value as { o: { polluted?: number } };
    expect(value.o.polluted).toBeUndefined();
    expect(Object.hasOwn(value.o, "__proto__")).toBe(true);
  });
});

describe("properties", () => {
  const json = fc.jsonValue({ maxDepth: 4, noUnicodeString: false }).map((value) => noNegativeZero(value));
  it("reads back every JSON text", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 2, "\t"), (value, indent) => {
        const { documents, problems } = parseLocated(JSON.stringify({ value }, null, indent), "f");
        const unsafe = problems.every((p) => p.message.endsWith("too large to be kept exactly"));
        expect(unsafe).toBe(true);
        if (problems.length === 0) expect(documents[0]?.value).toEqual({ value });
      }),
    );
  });
  it("finds the line of each key and item, however the text is spread over lines", () => {
    const line = fc.record({ blank: fc.nat(3), comment: fc.boolean(), list: fc.boolean() });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), fc.constantFrom("\n", "\r\n"), (lines, eol) => {
        const text: string[] = [];
        const expected: [path: (string | number)[], line: number][] = [];
        lines.forEach(({ blank, comment, list }, i) => {
          for (let k = 0; k < blank; k++) text.push("");
          if (comment) text.push("  # x: y");
          text.push(list ? `k${i}:` : `k${i}: ${i}`);
          expected.push([[`k${i}`], text.length]);
          if (!list) return;
          text.push(`- a`);
          expected.push([[`k${i}`, 0], text.length]);
          text.push(`- {b: 1,`);
          expected.push([[`k${i}`, 1], text.length]);
          text.push(`   c: 2}`);
          expected.push([[`k${i}`, 1, "c"], text.length]);
        });
        const document = one(text.join(eol));
        for (const [path, at] of expected) expect([path, document.lineOf(path)]).toEqual([path, at]);
      }),
    );
  });
  it("never throws, and always tells where", () => {
    const piece = fc.constantFrom(
      "a",
      ":",
      " ",
      "\n",
      "- ",
      "[",
      "]",
      "{",
      "}",
      "&x ",
      "*x",
      "!",
      "!!int ",
      "<<: ",
      "|",
      ">",
      "'",
      '"',
      "#",
      "---\n",
      "\t",
      "? ",
      "%TAG",
      "0",
      ".",
      "\r",
      "\\",
      ",",
      "~",
      "é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        const lines = text.split(/\r\n?|\n/).length;
        for (const problem of parseLocated(text, "f").problems) {
          const line = problem.where && "line" in problem.where ? (problem.where.line ?? 0) : 0;
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** JSON has -0, and kubectl makes 0 of it. */
function noNegativeZero(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
