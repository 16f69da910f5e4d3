/** What can stand where on the command line, made from the tables of inputs and helper commands. */
import { COMPLETION, HELPER_COMMANDS, HELPERS, SHELLS, type HelperFlag } from "./helper-commands.js";
import { INPUT_NAMES, MODE_SUMMARIES, specOf, type InputName, type InputSpec } from "./schema.js";
import { MODES } from "./settings.js";

/** What can follow a flag. `list`: several of the values, with commas. */
export type FlagValue =
  | { readonly kind: "words"; readonly words: readonly string[]; readonly list: boolean }
  | { readonly kind: "path" }
  | { readonly kind: "free" };

/** A flag as a shell completes it. */
export interface CompletedFlag {
  /** With its dashes. */
  readonly flag: string;
  readonly description: string;
  readonly value: FlagValue;
}

/** A word that can be the first one, with what can follow it. */
export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  /** What can be the second word. */
  readonly operands: readonly string[];
  readonly flags: readonly CompletedFlag[];
}

const HELP: CompletedFlag = {
  flag: "--help",
  description: "show this help",
  value: { kind: "words", words: [], list: false },
};

/** All commands, in the order of the help. */
export function completedCommands(): CompletedCommand[] {
  const modes = MODES.map((mode) => ({
    name: mode,
    description: MODE_SUMMARIES[mode],
    operands: [],
    flags: [...INPUT_NAMES.filter((name) => isFlagOf(mode, name)).map(inputFlag), HELP],
  }));
  const helpers = HELPERS.map((helper) => {
    const { summary, own, shared } = HELPER_COMMANDS[helper];
    const flags = [...Object.entries(own).map(ownFlag), ...shared.map(inputFlag), HELP];
    return { name: helper, description: summary, operands: helper === "rbac" ? MODES : [], flags };
  });
  return [
    ...modes,
    ...helpers,
    { name: COMPLETION, description: "what a shell needs to complete words", operands: SHELLS, flags: [HELP] },
    { name: "help", description: "the help of a mode or helper command", operands: [...MODES, ...HELPERS], flags: [] },
  ];
}

function isFlagOf(mode: (typeof MODES)[number], name: InputName): boolean {
  const { only, modes } = specOf(name);
  return only !== "action" && modes.includes(mode);
}

function inputFlag(name: InputName): CompletedFlag {
  const spec = specOf(name);
  return { flag: `--${name}`, description: firstSentence(spec.description), value: inputValue(spec) };
}

function inputValue(spec: InputSpec): FlagValue {
  if (spec.path === true) return { kind: "path" };
  if (spec.kind === "enum") return { kind: "words", words: spec.values, list: false };
  if (spec.kind === "boolean") return { kind: "words", words: ["true", "false"], list: false };
  if (spec.kind === "list" && spec.shape?.values !== undefined)
    return { kind: "words", words: spec.shape.values, list: true };
  return { kind: "free" };
}

function ownFlag([name, { placeholder, description, values }]: [string, HelperFlag]): CompletedFlag {
  return {
    flag: `--${name}`,
    description: firstSentence(description),
    value: ["file", "folder"].includes(placeholder)
      ? { kind: "path" }
      : values === undefined
        ? { kind: "free" }
        : { kind: "words", words: values, list: false },
  };
}

/** In plain text: menus have room for a line. */
function firstSentence(text: string): string {
  return (/^.*?[.:;](?= |$)/su.exec(text)?.[0] ?? text).replace(/[.:;]$/u, "").replaceAll("`", "");
}
