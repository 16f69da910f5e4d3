/** The command line `mtls-gate <mode> [--flags]` → what was asked for. Prints nothing and ends nothing. */
import { errorProblem, Refusal, type Problem } from "../problems.js";
import { modeCommand, modeHelp, programHelp } from "./cli-help.js";
import { INPUT_NAMES, isInputName, specOf, type InputName } from "./schema.js";
import { settingsFrom } from "./settings-from.js";
import { MODES, type Mode, type Settings } from "./settings.js";
import { hintFor, nearest } from "./suggest.js";

/** What the entry point is to do. `print`: to stdout where `exit` is 0, else to stderr. `refused` ends with exit 2. */
export type CliRequest =
  | { readonly kind: "run"; readonly settings: Settings }
  | { readonly kind: "print"; readonly text: string; readonly exit: 0 | 2 }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] };

/** Reads the words behind the program's name. Never throws for what they say. */
export function readArguments(words: readonly string[], version: string): CliRequest {
  const [first, ...rest] = words;
  if (first === undefined) return { kind: "print", text: programHelp(), exit: 2 };
  if (first === "--version" || first === "-V") return { kind: "print", text: `${version}\n`, exit: 0 };
  if (first === "--help" || first === "-h") return { kind: "print", text: programHelp(), exit: 0 };
  if (first === "help") return help(rest);
  if (!isMode(first)) return { kind: "refused", problems: [noMode(first)] };
  return readMode(first, rest);
}

function help(words: readonly string[]): CliRequest {
  const [mode] = words;
  if (mode === undefined) return { kind: "print", text: programHelp(), exit: 0 };
  if (!isMode(mode)) return { kind: "refused", problems: [noMode(mode)] };
  return { kind: "print", text: modeHelp(mode), exit: 0 };
}

function isMode(word: string): word is Mode {
  return MODES.some((mode) => mode === word);
}

function noMode(word: string): Problem {
  if (word.startsWith("-")) {
    const flag = word.replace(/=.*$/s, "");
    if (flags().includes(flag)) {
      return problem(`${flag} stands before the mode`, `the mode comes first: mtls-gate <mode> ${flag} …`);
    }
    return unknownFlag(flag);
  }
  return problem(`${JSON.stringify(word)} is no mode`, hintFor(word, MODES));
}

function readMode(mode: Mode, words: readonly string[]): CliRequest {
  const raw: Partial<Record<InputName, string[]>> = {};
  const command = modeCommand(mode, (name, text) => {
    (raw[name] ??= []).push(text);
  });
  // Asked for anywhere, help is all that is wanted.
  const { operands, unknown } = command.parseOptions([...words]);
  if (unknown.some((word) => word === "--help" || word === "-h")) {
    return { kind: "print", text: modeHelp(mode), exit: 0 };
  }
  const problems = [...operands.map(strayWord), ...unknownWords(unknown)];
  try {
    const settings = settingsFrom({ ...raw, mode }, { spelling: flagOf, stdin: true });
    return problems.length === 0 ? { kind: "run", settings } : { kind: "refused", problems };
  } catch (thrown) {
    if (thrown instanceof Refusal) return { kind: "refused", problems: [...problems, ...thrown.problems] };
    throw thrown;
  }
}

/** What follows an unknown flag can be its value or a word too many: told once, as a part of the flag. */
function unknownWords(words: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  let valueMayFollow = false;
  for (const word of words) {
    if (word.startsWith("-")) {
      problems.push(unknownFlag(word.replace(/=.*$/s, "")));
      valueMayFollow = !word.includes("=");
    } else {
      if (!valueMayFollow) problems.push(strayWord(word));
      valueMayFollow = false;
    }
  }
  return problems;
}

function unknownFlag(flag: string): Problem {
  const meant = nearest(flag, [...flags(), "--help"]);
  let hint = meant === undefined ? "mtls-gate help <mode> lists the flags" : `did you mean ${meant}?`;
  if (flag === "--mode") hint = "the mode is the first word: mtls-gate migration";
  return problem(`${JSON.stringify(flag)} is no flag`, hint);
}

function strayWord(word: string): Problem {
  return problem(`${JSON.stringify(word)} belongs to no flag`, "mtls-gate help <mode> lists the flags");
}

function flags(): string[] {
  return INPUT_NAMES.filter((name) => specOf(name).only !== "action").map(flagOf);
}

/** On the command line the mode is no flag. */
function flagOf(name: string): string {
  return isInputName(name) && specOf(name).only === "action" ? name : `--${name}`;
}

function problem(message: string, hint: string): Problem {
  return errorProblem("invalid-argument", message, undefined, hint);
}
