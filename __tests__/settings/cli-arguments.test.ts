import { describe, expect, it } from "vitest";
import { problemText } from "../../src/problems.js";
import { readArguments } from "../../src/settings/cli-arguments.js";
import { INPUT_NAMES, specOf } from "../../src/settings/schema.js";
import { settingsFrom } from "../../src/settings/settings-from.js";
import { MODES } from "../../src/settings/settings.js";

const read = (line: string) =>
  readArguments(
    line.split(" ").filter((word) => word !== ""),
    "1.2.3",
  );
const settings = (line: string) => {
  const request = read(line);
  if (request.kind !== "run") throw new Error(JSON.stringify(request));
  return request.settings;
};
const problems = (line: string) => {
  const request = read(line);
  if (request.kind !== "refused") throw new Error(JSON.stringify(request));
  return request.problems.map(problemText);
};
const printed = (line: string) => {
  const request = read(line);
  if (request.kind !== "print") throw new Error(JSON.stringify(request));
  return request;
};

describe("a mode with flags", () => {
  it.each(MODES.filter((mode) => mode !== "policies" && mode !== "predict"))("%s alone is the defaults", (mode) => {
    expect(settings(mode)).toEqual(settingsFrom({ mode }));
  });
  it("takes lists repeated, as several words, and with commas", () => {
    expect(settings("migration --namespaces a b,c --legacy-namespaces d --namespaces=e").namespaces).toEqual([
      "a",
      "b",
      "c",
      "e",
    ]);
    expect(settings("policies --policies p/a.yaml p/b.yaml --plan plan.yaml").policies).toEqual([
      "p/a.yaml",
      "p/b.yaml",
    ]);
  });
  it("takes values with = and as the next word", () => {
    expect(settings("audit --timeout=2m --context a=b --report-dir=x=y")).toMatchObject({
      timeout: 120_000,
      context: "a=b",
      reportDir: "x=y",
    });
  });
  it("takes a boolean with and without a value", () => {
    expect(settings("migration --allow-replace --allow-mesh-wide=true")).toMatchObject({
      allowReplace: true,
      allowMeshWide: true,
    });
    expect(settings("migration --allow-replace false").allowReplace).toBe(false);
  });
  it("takes an empty list", () => {
    const request = readArguments(["migration", "--legacy-namespaces", ""], "1");
    expect(request).toMatchObject({ kind: "run", settings: { legacyNamespaces: [] } });
  });
  it("knows a flag for every input but the mode", () => {
    for (const name of INPUT_NAMES.filter((name) => specOf(name).only !== "action")) {
      const request = read(`audit --${name}=\u0001`);
      expect(request.kind === "refused" && request.problems.map(problemText).join("\n")).not.toContain("is no flag");
    }
  });
  it("takes - for a value", () => {
    expect(settings("policies --policies - --plan x").policies).toEqual(["-"]);
  });
});

describe("what is wrong", () => {
  it.each<[line: string, problems: string[]]>([
    ["migratoin", ['"migratoin" is no mode or helper command (did you mean migration?)']],
    ["explian --from a/b", ['"explian" is no mode or helper command (did you mean explain?)']],
    [
      "frobnicate",
      [
        `"frobnicate" is no mode or helper command (one of: ${MODES.join(", ")}, explain, plan-strict, expect, rbac, init, completion)`,
      ],
    ],
    [
      "predict --plan x --context y",
      [
        "--context has no use in mode predict without --cluster (--cluster current reads the mesh of that cluster)",
        "mode predict needs --manifests or --policies, or --cluster (name the files of the mesh, or the cluster that has it)",
      ],
    ],
    [
      "help nope",
      [
        `"nope" is no mode or helper command (one of: ${MODES.join(", ")}, explain, plan-strict, expect, rbac, init, completion)`,
      ],
    ],
    ["--from a/b explain", ["--from stands before the mode (the mode comes first: mtls-gate <mode> --from …)"]],
    ["--plan x audit", ["--plan stands before the mode (the mode comes first: mtls-gate <mode> --plan …)"]],
    ["--paln=x audit", ['"--paln" is no flag (did you mean --plan?)']],
    [
      "policies --manifests a - --policies - --plan -",
      ["standard input (-) can be read once, and is in --manifests and --policies and --plan (write one to a file)"],
    ],
    ["audit --paln x", ['"--paln" is no flag (did you mean --plan?)']],
    ["audit --xyzzyx", ['"--xyzzyx" is no flag (mtls-gate help <mode> lists the flags)']],
    ["audit --mode=x", ['"--mode" is no flag (the mode is the first word: mtls-gate migration)']],
    ["audit -x", ['"-x" is no flag (mtls-gate help <mode> lists the flags)']],
    ["audit stray", ['"stray" belongs to no flag (mtls-gate help <mode> lists the flags)']],
    ["audit --plan", ["--plan is empty"]],
    ["audit --plan --context x", ["--plan is empty"]],
    ["audit --plan a --plan b", ['--plan is given more than once: "a" and "b"']],
    ["migration --plan x", ["--plan has no use in mode migration (modes policies, audit, predict take it)"]],
    [
      "audit --unknown=x stray",
      [
        '"--unknown" is no flag (mtls-gate help <mode> lists the flags)',
        '"stray" belongs to no flag (mtls-gate help <mode> lists the flags)',
      ],
    ],
    ["migration --namespaces", ["--namespaces is empty: mode migration needs at least one namespace"]],
    ["audit --allow-unsafe-methods maybe", ['--allow-unsafe-methods "maybe" is neither true nor false']],
  ])("%s", (line, expected) => {
    expect(problems(line)).toEqual(expected);
  });
  it("is all told at once, flags and values", () => {
    const told = problems("migration a --naemspaces b c --timeout 5 --policies x --strict-namespace=q -- d").join("\n");
    for (const part of [
      '"a"',
      '"--naemspaces"',
      '"c"',
      '--timeout "5"',
      "--policies has no use",
      "--strict-namespace q",
      '"--"',
    ]) {
      expect(told).toContain(part);
    }
    // The word behind an unknown flag is taken for its value.
    expect(told).not.toContain('"b"');
  });
  it("never throws, whatever the words", () => {
    for (const words of [
      ["--"],
      ["audit", "--", "--plan"],
      ["audit", "--plan="],
      ["audit", "--="],
      ["audit", ""],
      [""],
      ["-"],
    ]) {
      expect(readArguments(words, "1").kind).toBe("refused");
    }
  });
});

describe("help and version", () => {
  it("is printed with exit 2 where there is no word", () => {
    expect(printed("").exit).toBe(2);
    expect(printed("").text).toBe(printed("--help").text);
  });
  it.each(["--help", "-h", "help"])("%s shows all modes, with exit 0", (line) => {
    expect(printed(line).exit).toBe(0);
    for (const mode of MODES) expect(printed(line).text).toContain(`  ${mode}`);
    expect(printed(line).text).toMatch(/^Helper commands:\n {2}explain +\S.*\n {2}plan-strict +\S/m);
  });
  it.each(MODES)("shows the flags of %s and no others, with an example", (mode) => {
    const { text, exit } = printed(`help ${mode}`);
    expect(exit).toBe(0);
    expect(text).toContain(`Usage: mtls-gate ${mode} [flags]`);
    expect(text).toContain(`\n  mtls-gate ${mode}`);
    for (const name of INPUT_NAMES) {
      const shown = new RegExp(`^  --${name} `, "m").test(text);
      expect([name, shown]).toEqual([name, specOf(name).only !== "action" && specOf(name).modes.includes(mode)]);
    }
    expect(printed(`${mode} --help`).text).toBe(text);
    expect(printed(`${mode} --nope -h`).text).toBe(text);
    expect(text).not.toMatch(/preset|undefined/);
  });
  it("shows examples that are right", () => {
    for (const mode of MODES) {
      const examples = printed(`help ${mode}`).text.split("Examples:")[1]!.trim().split("\n");
      for (const example of examples) expect(read(example.trim().replace(/^mtls-gate /, "")).kind).toBe("run");
    }
  });
  it("shows what is the default", () => {
    expect(printed("help audit").text).toMatch(/--probe-timeout <duration> [^]*Default:\s+5s\./);
  });
  it.each(["--version", "-V"])("%s prints the version", (line) => {
    expect(printed(line)).toEqual({ kind: "print", text: "1.2.3\n", exit: 0 });
  });
});
