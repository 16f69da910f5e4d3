/**
 * Writes what is made from the table of inputs and the schema of the plan: action.yml, comment/action.yml, docs/inputs.md,
 * docs/plan.schema.json, and the tables of README.md between its markers. Run: node scripts/generate-docs.ts
 */
import { readFile, writeFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import { format, resolveConfig } from "prettier";
import type { InputSpec } from "../src/settings/schema.ts";

type Input = InputSpec & { readonly name: string };
type Outputs = Readonly<Record<string, string>>;

const START = "<!-- inputs:start -->";
const END = "<!-- inputs:end -->";

/**
 * Every generated file by its path from the root of the repository, as it has to be. `readme` is the README's text now; it
 * is among the files only where it has the markers.
 */
export async function generatedFiles(readme: string | null): Promise<Map<string, string>> {
  const { INPUT_NAMES, OUTPUTS, specOf } = await import("../src/settings/schema.ts");
  const { MODES } = await import("../src/settings/settings.ts");
  const { planJsonSchema } = await import("../src/settings/plan-schema.ts");
  const inputs = INPUT_NAMES.map((name): Input => ({ name, ...specOf(name) })).filter(({ only }) => only !== "cli");
  const tables = inputTable(inputs, MODES) + "\n" + outputTable(OUTPUTS);
  const files = new Map([
    ["action.yml", await formatted("action.yml", actionYml(inputs, OUTPUTS))],
    ["comment/action.yml", await formatted("comment/action.yml", commentActionYml(inputs))],
    ["docs/inputs.md", INPUTS_PAGE + tables],
    ["docs/plan.schema.json", await formatted("docs/plan.schema.json", JSON.stringify(planJsonSchema()))],
  ]);
  const filled = readme === null ? null : withTables(readme, tables);
  if (filled !== null) files.set("README.md", filled);
  return files;
}

async function formatted(path: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

function actionYml(inputs: readonly Input[], outputs: Outputs): string {
  return [
    "# Made by scripts/generate-docs.ts from src/settings/schema.ts.",
    "name: mtls-gate",
    "description: Proves an Istio mTLS policy by calling through a real mesh",
    "author: mtls-gate contributors",
    "branding:",
    "  icon: lock",
    "  color: blue",
    "",
    "inputs:",
    ...inputs.flatMap(actionInput),
    "",
    "outputs:",
    ...Object.entries(outputs).flatMap(([name, text]) => [`  ${name}:`, `    description: ${JSON.stringify(text)}`]),
    "",
    "runs:",
    "  using: node24",
    "  main: dist/action/index.js",
    "  post: dist/post/index.js",
    "",
  ].join("\n");
}

const COMMENT_INPUTS = ["comment", "comment-key", "github-token"];

/** What only that action has: its reports are those of others. */
const OWN_COMMENT_INPUTS = [
  {
    name: "report",
    description:
      "What the runs have left as artifacts, one path a line: files, or folders, in which each `report.json` counts, with " +
      "those in the folders below. Several are told in one comment, each by the name of its folder. They are read as hostile.",
    default: "mtls-gate-report/report.json",
  },
  {
    name: "expected-reports",
    description:
      "The names of the reports that have to be there. One that is not is told as an error; without this, nobody can " +
      "tell that it is missing.",
    otherwise: "whatever is there counts",
  },
] as const;

/** The action that writes a comment for runs that have not the right to, or for several together. */
function commentActionYml(inputs: readonly Input[]): string {
  return [
    "# Made by scripts/generate-docs.ts from src/settings/schema.ts.",
    "name: mtls-gate-comment",
    "description: Writes the comment on a pull request for other runs or jobs of mtls-gate, one for all of them",
    "author: mtls-gate contributors",
    "",
    "inputs:",
    ...OWN_COMMENT_INPUTS.flatMap(actionInput),
    ...inputs.filter(({ name }) => COMMENT_INPUTS.includes(name)).flatMap(actionInput),
    "",
    "runs:",
    "  using: node24",
    "  main: ../dist/comment/index.js",
    "",
  ].join("\n");
}

/** A default that depends on the mode stands in the description: the runner would hand it on as if it had been given. */
function actionInput(input: Pick<Input, "name" | "description" | "default" | "expression" | "otherwise">): string[] {
  const told = input.otherwise === undefined ? "" : ` Default: ${input.otherwise}.`;
  return [
    `  ${input.name}:`,
    `    description: ${JSON.stringify(input.description + told)}`,
    "    required: false",
    ...defaultLine(input.default ?? input.expression),
  ];
}

function defaultLine(text: string | undefined): string[] {
  return text === undefined ? [] : [`    default: ${JSON.stringify(text)}`];
}

const INPUTS_PAGE = `# Inputs and outputs

The command line has the same inputs as flags, \`--NAME\`, behind the mode as its first word. Lists take commas, spaces or
newlines; on the command line a list's flag may be repeated and takes several words. Durations are whole numbers with
units, the larger one first: \`500ms\`, \`5s\`, \`1m30s\`, \`2h\`. An input that its mode does not take is refused, unless it says what holds anyway. Globs know
\`*\`, \`?\` and \`**\`; of a folder, its \`*.yaml\`, \`*.yml\` and \`*.json\` count, with those of the folders in it. On the command line \`-\` is standard input,
for one of \`manifests\`, \`policies\` and \`plan\`: \`kubectl kustomize . | mtls-gate predict --manifests -\`.

`;

function inputTable(inputs: readonly Input[], modes: readonly string[]): string {
  const rows = inputs.map((input) => [
    `\`${input.name}\``,
    input.description,
    input.kind === "enum" ? input.values.map((value) => `\`${value}\``).join(", ") : input.kind,
    defaultText(input),
    modesText(input, modes),
  ]);
  return table(["Input", "What it does", "Value", "Default", "Modes"], rows);
}

function outputTable(outputs: Outputs): string {
  return table(
    ["Output", "What it says"],
    Object.entries(outputs).map(([name, text]) => [`\`${name}\``, text]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}

function defaultText(input: Input): string {
  const text = input.default ?? input.expression;
  return text === undefined ? (input.otherwise ?? "") : `\`${text}\``;
}

function modesText(input: Input, modes: readonly string[]): string {
  const missing = modes.filter((mode) => !input.modes.some((taken) => taken === mode));
  if (missing.length === 0) return "all";
  return missing.length <= 2 ? `all but ${missing.join(", ")}` : input.modes.join(", ");
}

/** The README with the tables between its markers; null where it has none. */
function withTables(readme: string, tables: string): string | null {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END);
  if (start < 0 || end < start) return null;
  return `${readme.slice(0, start + START.length)}\n\n${tables}\n${readme.slice(end)}`;
}

async function main(): Promise<void> {
  const root = new URL("../", import.meta.url);
  const readme = await readFile(new URL("README.md", root), "utf8").catch(() => null);
  for (const [path, text] of await generatedFiles(readme)) await writeFile(new URL(path, root), text);
}

if (import.meta.main) {
  // The sources name each other by the .js that the compiler makes of them; run as they are, they are .ts.
  registerHooks({
    resolve: (specifier, context, next) => {
      const isSource = context.parentURL?.includes("/src/") === true && specifier.startsWith(".");
      return next(isSource ? specifier.replace(/\.js$/, ".ts") : specifier, context);
    },
  });
  await main();
}
