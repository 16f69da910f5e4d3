/** The commands of the CLI as commander knows them: for reading flags, and for help texts. */
import { Command, Help, Option } from "commander";
import { COMPLETION, HELPER_COMMANDS, HELPERS, SHELLS, type Helper } from "./helper-commands.js";
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

/** Gets each flag's text as it is read, empty where the value is missing. */
type Take<Name extends string> = (name: Name, text: string) => void;

/**
 * The command of one mode. It knows the flags of all modes, so that a flag of another one can be answered better than as
 * unknown; its help shows its own.
 */
export function modeCommand(mode: Mode, take: Take<InputName>): Command {
  const command = flagCommand(mode, MODE_SUMMARIES[mode]).description(`Mode ${mode}: ${MODE_SUMMARIES[mode]}.`);
  addInputs(command, (spec) => spec.modes.includes(mode), take);
  return command;
}

/** The command of one helper: its own flags, and those of all modes, of which its help shows those that it takes. */
export function helperCommand(helper: Helper, take: Take<string>): Command {
  const { summary, own, shared } = HELPER_COMMANDS[helper];
  const command = flagCommand(helper, summary).description(`Helper command ${helper}: ${summary}.`);
  for (const [name, flag] of Object.entries(own)) {
    const text = flag.default === undefined ? flag.description : `${flag.description} Default: ${flag.default}.`;
    const option = new Option(`--${name} [${flag.placeholder}]`, text).preset(
      flag.placeholder === "true|false" ? "true" : "",
    );
    command.addOption(option.argParser((value: string) => take(name, value)));
  }
  addInputs(command, (_, name) => shared.includes(name), take, Object.keys(own));
  return command;
}

function flagCommand(name: string, summary: string): Command {
  return new Command(name)
    .summary(summary)
    .configureHelp({ helpWidth: 100, optionTerm, optionDescription: (option) => option.description })
    .helpOption("-h, --help", "show this help");
}

function addInputs(
  command: Command,
  taken: (spec: InputSpec, name: InputName) => boolean,
  take: Take<InputName>,
  own: readonly string[] = [],
): void {
  for (const name of INPUT_NAMES) {
    const spec = specOf(name);
    if (spec.only === "action" || own.includes(name)) continue;
    const option = new Option(`--${name} [${placeholder(spec)}]`, help(spec));
    option.preset(spec.kind === "boolean" ? "true" : "");
    option.argParser((text: string) => take(name, text));
    command.addOption(option.hideHelp(!taken(spec, name)));
  }
}

/** The help of one mode. */
export function modeHelp(mode: Mode): string {
  return helpOf(
    modeCommand(mode, () => undefined),
    "[flags]",
    EXAMPLES[mode],
  );
}

/** The help of one helper command. */
export function helperHelp(helper: Helper): string {
  const spec = HELPER_COMMANDS[helper];
  return helpOf(
    helperCommand(helper, () => undefined),
    spec.usage,
    spec.examples,
  );
}

const COMPLETION_SUMMARY = "what a shell needs to complete modes, flags and their values";
/** Where each shell finds it from its next start on. */
const COMPLETION_EXAMPLES = [
  "source <(mtls-gate completion bash)",
  "mtls-gate completion bash > ~/.local/share/bash-completion/completions/mtls-gate",
  'mtls-gate completion zsh > "${fpath[1]}/_mtls-gate"',
  "mtls-gate completion fish > ~/.config/fish/completions/mtls-gate.fish",
];

/** The help of `completion`. */
export function completionHelp(): string {
  const command = flagCommand(COMPLETION, COMPLETION_SUMMARY).description(
    `Helper command ${COMPLETION}: ${COMPLETION_SUMMARY}.`,
  );
  return helpOf(command, SHELLS.join("|"), COMPLETION_EXAMPLES);
}

function helpOf(command: Command, usage: string, lines: readonly string[]): string {
  program().addCommand(command.usage(usage));
  return `${command.helpInformation()}${examples(lines)}`;
}

/** The help of the whole program: its modes and helper commands, with an example of each. */
export function programHelp(): string {
  const whole = program();
  for (const mode of MODES) whole.addCommand(listed(mode, MODE_SUMMARIES[mode], "Modes:"));
  for (const helper of HELPERS) whole.addCommand(listed(helper, HELPER_COMMANDS[helper].summary, "Helper commands:"));
  whole.addCommand(listed(COMPLETION, COMPLETION_SUMMARY, "Helper commands:"));
  const all = [
    ...MODES.map((mode) => EXAMPLES[mode]),
    ...HELPERS.map((helper) => HELPER_COMMANDS[helper].examples),
    COMPLETION_EXAMPLES,
  ];
  const first = all.flatMap((lines) => lines.slice(0, 1));
  return `${whole.helpInformation()}${examples(first)}\nFlags of a mode or helper command: mtls-gate help <mode>\n`;
}

function listed(name: string, summary: string, group: string): Command {
  return new Command(name).summary(summary).helpOption(false).helpGroup(group);
}

function program(): Command {
  return new Command("mtls-gate")
    .description("Proves an Istio mTLS policy by calling through a real mesh.")
    .usage("<mode> [flags]")
    .helpOption("-h, --help", "show this help")
    .version("", "-V, --version", "show the version")
    .helpCommand("help [mode]", "show the help of a mode or helper command")
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
