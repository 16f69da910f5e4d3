import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  jobLog,
  jobLogLines,
  markdownCell,
  markdownCode,
  markdownProse,
  shellQuote,
  shorten,
  terminal,
  terminalLines,
} from "../../src/report/escape.js";
import { HOSTILE } from "./builders.js";
import { readInline, readRow } from "./gfm.js";

/** Texts with what means something somewhere, more often than chance would bring it. */
const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "`",
        "``",
        "|",
        "\\",
        "<",
        "&",
        "@",
        "[",
        "::",
        "##[",
        "\n",
        "\r",
        " ",
        "a",
        "http://",
        "'",
        "\u202e",
        "\u001b[",
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join("")),
);

// eslint-disable-next-line no-control-regex
const UNSHOWABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u00ad]/u;

describe("a terminal", () => {
  it.each([
    ["\u001b[2J", "\\x1b[2J"],
    ["a\tb\r\n", "a\\tb\\r\\n"],
    ["abc\u202egpj", "abc\\u202egpj"],
    ["\u009b31m", "\\x9b31m"],
    ["\u{e0041}", "\\u{e0041}"],
    ["\ud800", "\\ud800"],
    ["\ufff9", "\\ufff9"],
    ["東京 ü 🚀", "東京 ü 🚀"],
  ])("shows %j as %s", (raw, shown) => {
    expect(terminal(raw)).toBe(shown);
  });

  it("gets nothing that moves its cursor or hides", () => {
    fc.assert(
      fc.property(text, (raw) => {
        for (const line of [terminal(raw), ...terminalLines(raw)]) expect(line).not.toMatch(UNSHOWABLE);
      }),
    );
  });

  it("shows what is shown already as it is", () => {
    fc.assert(
      fc.property(text, (raw) => {
        expect(terminal(terminal(raw))).toBe(terminal(raw));
      }),
    );
  });
});

describe("the log of a job", () => {
  it.each([
    ["::error file=a::b", "\\::error file=a::b"],
    ["  \u00a0::debug::x", "  \u00a0\\::debug::x"],
    ["x ##[error]y", "x ## [error]y"],
    ["###[[x", "### [[x"],
    ["foo::bar", "foo::bar"],
  ])("shows %j as %s", (raw, shown) => {
    expect(jobLog(raw)).toBe(shown);
  });

  it("has no line that the runner takes for a command", () => {
    fc.assert(
      fc.property(text, (raw) => {
        for (const line of [jobLog(raw), ...jobLogLines(raw)]) {
          expect(line.trimStart().startsWith("::")).toBe(false);
          expect(line).not.toContain("##[");
          expect(line).not.toMatch(UNSHOWABLE);
        }
      }),
    );
  });

  it("keeps line breaks between lines", () => {
    expect(jobLogLines("one\n::two::\r\nthree")).toEqual(["one", "\\::two::", "three"]);
  });
});

describe("Markdown", () => {
  it.each([
    ["sleep.foo", "`sleep.foo`"],
    ["a`b", "``a`b``"],
    ["`a`", "`` `a` ``"],
    [" a ", "`  a  `"],
    ["a|b", "`a|b`"],
    ["", "<code></code>"],
  ])("code of %j is %s", (raw, shown) => {
    expect(markdownCode(raw)).toBe(shown);
  });

  it("code shows any text as it is, and nothing of it outside of code", () => {
    fc.assert(
      fc.property(text, (raw) => {
        const { code, outside } = readInline(markdownCode(raw));
        expect(code.join("")).toBe(terminal(raw));
        expect(outside.replaceAll("<!-- -->", "").replace("<code></code>", "")).toBe("");
      }),
    );
  });

  it("a cell shows any text as it is and stays one cell", () => {
    fc.assert(
      fc.property(text, text, (raw, next) => {
        const row = readRow(`| ${markdownCell(raw)} | ${markdownCell(next)} |`);
        expect(row).toHaveLength(2);
        expect(readInline(row[0] ?? "", { cell: true }).code.join("")).toBe(terminal(raw));
        expect(markdownCell(raw)).not.toContain("\\\\|");
      }),
    );
  });

  it("prose keeps words plain and sets the rest as code", () => {
    const plain = "STRICT: plaintext is refused, 18 calls (the client's own).";
    expect(markdownProse(plain)).toBe(plain);
    expect(markdownProse("see foo/default and @everyone <b>now</b>")).toBe(
      "see `foo/default` and `@everyone <b>now</b>`",
    );
    expect(markdownProse("1. one")).toBe("`1.` one");
    expect(markdownProse("deadbeef1 #12")).toBe("`deadbeef1 #12`");
  });

  it("prose has nothing outside of code that could mean something", () => {
    fc.assert(
      fc.property(text, (raw) => {
        const outside = readInline(markdownProse(raw)).outside.replaceAll("<!-- -->", "");
        expect(outside).toMatch(/^[\p{Script=Latin}\d ,;:.!?()'’-]*$/u);
        expect(outside).not.toMatch(/^\s*(?:\d+[.)]|[-:])/u);
      }),
    );
  });
});

describe("a shell", () => {
  it.each([
    ["http://httpbin.foo:8000/ip", "http://httpbin.foo:8000/ip"],
    ["%{http_code}\\n", "'%{http_code}\\n'"],
    ["it's", "'it'\\''s'"],
    ["", "''"],
    ["a b", "'a b'"],
    ["~", "'~'"],
  ])("gets %j as %s", (raw, quoted) => {
    expect(shellQuote(raw)).toBe(quoted);
  });

  it("reads any text back as one argument", () => {
    const argument = text.map((raw) => raw.replaceAll("\0", "").toWellFormed());
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 20 }), (raw) => {
        const script = `printf '%s\\0' ${raw.map(shellQuote).join(" ")}`;
        const read = execFileSync("sh", ["-c", script], { encoding: "utf8" });
        expect(read).toBe(raw.map((one) => `${one}\0`).join(""));
      }),
      { numRuns: 50 },
    );
  });
});

describe("shorten", () => {
  it("counts characters and never splits one", () => {
    expect(shorten("🚀🚀🚀", 3)).toBe("🚀🚀🚀");
    expect(shorten("🚀🚀🚀🚀", 3)).toBe("🚀🚀…");
    expect(shorten("abcdef", 5, "...")).toBe("ab...");
  });
});
