/** The commands of the CLI as commander knows them: for reading flags, and for help texts. */
import { Command, Help, Option } from "commander";
import { INPUT_NAMES, MODE_SUMMARIES, specOf, type InputName, type InputSpec } from "./schema.js";
import { MODES, type Mode } from "./settings.js";

const EXAMPLES: Readonly<Record<Mode, readonly string[]>> = {
  migration: [
    "mtls-gate migration",
    "mtls-gate migration --namespaces shop,pay --legacy-namespaces old --cluster current",
  ],
  permissive: ["mtls-gate permissive --cluster current --context staging"],
  "strict-namespace": ["mtls-gate strict-namespace --namespaces foo,bar --strict-namespace bar"],
  "strict-mesh": ["mtls-gate strict-mesh --cluster local --report-dir out"],
  policies: [
    "mtls-gate policies --policies policies/",
    "mtls-gate policies --manifests mesh.yaml,workloads/ --policies policies/*.yaml --plan plan.yaml",
  ],
  audit: ["mtls-gate audit --namespaces shop,pay", "mtls-gate audit --plan plan.yaml --context production"],
  predict: [
    "mtls-gate predict --manifests mesh.yaml,workloads/ --policies policies/*.yaml --plan plan.yaml",
    "mtls-gate predict --policies policies/ --cluster current --context staging",
  ],
};

const PLACEHOLDERS = {
  string: "text",
  list: "list...",
  boolean: "true|false",
  duration: "duration",
  integer: "number",
};

/**
 * The command of one mode. It knows the flags of all modes, so that a flag of another one can be answered better than as
 * unknown; its help shows its own. `take` gets each flag's text as it is read, empty where the value is missing.
 */
export function modeCommand(mode: Mode, take: (name: InputName, text: string) => void): Command {
  const command = new Command(mode).summary(MODE_SUMMARIES[mode]).description(`Mode ${mode}: ${MODE_SUMMARIES[mode]}.`);
  command
    .configureHelp({ helpWidth: 100, optionTerm, optionDescription: (option) => option.description })
    .helpOption("-h, --help", "show this help");
  for (const name of INPUT_NAMES) {
    const spec = specOf(name);
    if (spec.only === "action") continue;
    const option = new Option(`--${name} [${placeholder(spec)}]`, help(spec));
    option.preset(spec.kind === "boolean" ? "true" : "");
    option.argParser((text: string) => take(name, text));
    command.addOption(option.hideHelp(!spec.modes.includes(mode)));
  }
  return command;
}

/** The help of one mode. */
export function modeHelp(mode: Mode): string {
  const command = modeCommand(mode, () => undefined).usage("[flags]");
  program().addCommand(command);
  return `${command.helpInformation()}${examples(EXAMPLES[mode])}`;
}

/** The help of the whole program: its modes, with an example of each. */
export function programHelp(): string {
  const whole = program();
  for (const mode of MODES) whole.addCommand(new Command(mode).summary(MODE_SUMMARIES[mode]).helpOption(false));
  const first = MODES.map((mode) => EXAMPLES[mode].slice(0, 1)).flat();
  return `${whole.helpInformation()}${examples(first)}\nFlags of a mode: mtls-gate help <mode>\n`;
}

function program(): Command {
  return new Command("mtls-gate")
    .description("Proves an Istio mTLS policy by calling through a real mesh.")
    .usage("<mode> [flags]")
    .helpOption("-h, --help", "show this help")
    .version("", "-V, --version", "show the version")
    .helpCommand("help [mode]", "show the help of a mode")
    .configureHelp({ helpWidth: 100, subcommandTerm: (command) => command.name() });
}

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function placeholder(spec: InputSpec): string {
  return spec.kind === "enum" ? spec.values.join("|") : PLACEHOLDERS[spec.kind];
}

function help(spec: InputSpec): string {
  const otherwise = spec.default ?? spec.otherwise;
  const text = otherwise === undefined ? spec.description : `${spec.description} Default: ${otherwise}.`;
  return text.replaceAll("`", "");
}

/** Values may be left out only so that a missing one is told together with everything else: help shows them as needed. */
function optionTerm(option: Option): string {
  const usual = new Help().optionTerm(option);
  return option.presetArg === "true" ? usual : usual.replace(/\[(.*)\]$/, "<$1>");
}
