/** The command line `mtls-gate <mode> [--flags]` → what was asked for. Prints nothing and ends nothing. */
import type { Command } from "commander";
import { errorProblem, Refusal, type Problem } from "../problems.js";
import { completionHelp, helperCommand, helperHelp, modeCommand, modeHelp, programHelp } from "./cli-help.js";
import { readExpect, readExplain, readInit, readPlanStrict, readRbac, type HelperTexts } from "./helper-arguments.js";
import {
  COMPLETION,
  HELPER_COMMANDS,
  HELPERS,
  SHELLS,
  isHelper,
  type ExpectOptions,
  type ExplainOptions,
  type Helper,
  type InitOptions,
  type PlanStrictOptions,
  type RbacOptions,
  type Shell,
} from "./helper-commands.js";
import { INPUT_NAMES, isInputName, specOf, type InputName } from "./schema.js";
import { settingsFrom } from "./settings-from.js";
import { MODES, type Mode, type Settings } from "./settings.js";
import { hintFor, nearest } from "./suggest.js";

/** What the entry point is to do. `print`: to stdout where `exit` is 0, else to stderr. `refused` ends with exit 2. */
export type CliRequest =
  | { readonly kind: "run"; readonly settings: Settings }
  | { readonly kind: "explain"; readonly options: ExplainOptions }
  | { readonly kind: "plan-strict"; readonly options: PlanStrictOptions }
  | { readonly kind: "expect"; readonly options: ExpectOptions }
  | { readonly kind: "rbac"; readonly options: RbacOptions }
  | { readonly kind: "init"; readonly options: InitOptions }
  | { readonly kind: "completion"; readonly shell: Shell }
  | { readonly kind: "print"; readonly text: string; readonly exit: 0 | 2 }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] };

/** Reads the words behind the program's name. Never throws for what they say. */
export function readArguments(words: readonly string[], version: string): CliRequest {
  const [first, ...rest] = words;
  if (first === undefined) return { kind: "print", text: programHelp(), exit: 2 };
  if (first === "--version" || first === "-V") return { kind: "print", text: `${version}\n`, exit: 0 };
  if (first === "--help" || first === "-h") return { kind: "print", text: programHelp(), exit: 0 };
  if (first === "help") return help(rest);
  if (first === COMPLETION) return completion(rest);
  if (isHelper(first)) return readHelper(first, rest);
  if (!isMode(first)) return { kind: "refused", problems: [noMode(first)] };
  return readMode(first, rest);
}

function help(words: readonly string[]): CliRequest {
  const [name] = words;
  if (name === undefined) return { kind: "print", text: programHelp(), exit: 0 };
  if (isHelper(name)) return { kind: "print", text: helperHelp(name), exit: 0 };
  if (name === COMPLETION) return { kind: "print", text: completionHelp(), exit: 0 };
  if (!isMode(name)) return { kind: "refused", problems: [noMode(name)] };
  return { kind: "print", text: modeHelp(name), exit: 0 };
}

function completion(words: readonly string[]): CliRequest {
  const [shell, more] = words;
  if (words.some((word) => word === "--help" || word === "-h"))
    return { kind: "print", text: completionHelp(), exit: 0 };
  const known = SHELLS.find((one) => one === shell);
  if (known !== undefined && more === undefined) return { kind: "completion", shell: known };
  const wrong = known === undefined ? shell : more;
  const message =
    wrong === undefined ? "completion needs a shell" : `${JSON.stringify(wrong)} is no shell that completion knows`;
  return { kind: "refused", problems: [problem(message, hintFor(wrong ?? "", SHELLS))] };
}

function isMode(word: string): word is Mode {
  return MODES.some((mode) => mode === word);
}

function noMode(word: string): Problem {
  if (word.startsWith("-")) {
    const flag = word.replace(/=.*$/s, "");
    if (HELPERS.flatMap(helperFlags).concat(modeFlags()).includes(flag)) {
      return problem(`${flag} stands before the mode`, `the mode comes first: mtls-gate <mode> ${flag} …`);
    }
    return unknownFlag(flag, { flags: modeFlags(), name: "<mode>" });
  }
  return problem(
    `${JSON.stringify(word)} is no mode or helper command`,
    hintFor(word, [...MODES, ...HELPERS, COMPLETION]),
  );
}

function readMode(mode: Mode, words: readonly string[]): CliRequest {
  const raw: Partial<Record<InputName, string[]>> = {};
  const command = modeCommand(mode, (name, text) => {
    (raw[name] ??= []).push(text);
  });
  const problems = readFlags(command, words, { flags: modeFlags(), name: "<mode>" });
  if (problems === "help") return { kind: "print", text: modeHelp(mode), exit: 0 };
  const settings = attempt(problems, () => settingsFrom({ ...raw, mode }, { spelling: flagOf, stdin: true }));
  return settings === null || problems.length > 0 ? { kind: "refused", problems } : { kind: "run", settings };
}

function readHelper(helper: Helper, words: readonly string[]): CliRequest {
  const texts: Record<string, string[]> = {};
  const command = helperCommand(helper, (name, text) => {
    (texts[name] ??= []).push(text);
  });
  const [mode, flags] = helper === "rbac" ? modeOf(words) : (["predict", words] as const);
  const problems = readFlags(command, flags, { flags: helperFlags(helper), name: helper });
  if (problems === "help") return { kind: "print", text: helperHelp(helper), exit: 0 };
  const asked = { helper, texts, problems, mode };
  switch (helper) {
    case "explain":
      return helperRequest(asked, readExplain, (options) => ({ kind: helper, options }));
    case "plan-strict":
      return helperRequest(asked, readPlanStrict, (options) => ({ kind: helper, options }));
    case "expect":
      return helperRequest(asked, readExpect, (options) => ({ kind: helper, options }));
    case "rbac":
      return helperRequest(asked, readRbac, (options) => ({ kind: helper, options }));
    case "init":
      return helperRequest(asked, readInit, (options) => ({ kind: helper, options }));
  }
}

/** The mode that stands before the flags; null where none does. */
function modeOf(words: readonly string[]): readonly [Mode | null, readonly string[]] {
  const [first = "", ...flags] = words;
  return isMode(first) ? [first, flags] : [null, words];
}

interface Asked {
  readonly helper: Helper;
  readonly texts: HelperTexts;
  readonly problems: Problem[];
  readonly mode: Mode | null;
}

/** What a helper command asks for, once its own flags and those that it shares with the modes are read. */
function helperRequest<T>(
  asked: Asked,
  read: (texts: HelperTexts) => T,
  request: (options: T & { readonly settings: Settings }) => CliRequest,
): CliRequest {
  const { helper, texts, problems, mode } = asked;
  const { own: ownFlags, shared } = HELPER_COMMANDS[helper];
  const given = Object.keys(texts)
    .filter(isInputName)
    .filter((name) => !Object.hasOwn(ownFlags, name));
  for (const name of given.filter((one) => !shared.includes(one))) {
    problems.push(problem(`${flagOf(name)} has no use in ${helper}`, `mtls-gate help ${helper} lists the flags`));
  }
  const raw = Object.fromEntries(given.filter((one) => shared.includes(one)).map((one) => [one, texts[one] ?? []]));
  const own = attempt(problems, () => read(texts));
  const frontEnd = { spelling: flagOf, stdin: true, command: helper };
  if (mode === null)
    problems.push(problem(`${helper} needs a mode first`, `mtls-gate ${helper} audit --namespaces shop`));
  const settings =
    mode === null ? null : attempt(problems, () => settingsFrom({ ...raw, ...basis(asked), mode }, frontEnd));
  if (own === null || settings === null || problems.length > 0) return { kind: "refused", problems };
  return request({ ...own, settings });
}

/** What a prediction is of where the flags need not say it. */
function basis({ helper, texts, mode }: Asked): { readonly cluster?: string; readonly manifests?: string } {
  // It looks for the files itself.
  if (helper === "init") return [texts["manifests"], texts["policies"]].some(Boolean) ? {} : { manifests: "." };
  const unsaid = (helper === "rbac" && mode === "predict") || (helper === "expect" && texts["report"] !== undefined);
  return unsaid && texts["cluster"] === undefined ? { cluster: "current" } : {};
}

/** What is made, or null where it is refused: why is added to the problems. */
function attempt<T>(problems: Problem[], make: () => T): T | null {
  try {
    return make();
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    problems.push(...thrown.problems);
    return null;
  }
}

/** What messages about words that are no flags go by. */
interface Known {
  readonly flags: readonly string[];
  /** What `mtls-gate help` is asked for. */
  readonly name: string;
}

/** Has the command read its flags; gives the problems with the words that are none of them. Asked for anywhere, help is all that is wanted. */
function readFlags(command: Command, words: readonly string[], known: Known): Problem[] | "help" {
  const { operands, unknown } = command.parseOptions([...words]);
  if (unknown.some((word) => word === "--help" || word === "-h")) return "help";
  return [...operands.map((word) => strayWord(word, known)), ...unknownWords(unknown, known)];
}

/** What follows an unknown flag can be its value or a word too many: told once, as a part of the flag. */
function unknownWords(words: readonly string[], known: Known): Problem[] {
  const problems: Problem[] = [];
  let valueMayFollow = false;
  for (const word of words) {
    if (word.startsWith("-")) {
      problems.push(unknownFlag(word.replace(/=.*$/s, ""), known));
      valueMayFollow = !word.includes("=");
    } else {
      if (!valueMayFollow) problems.push(strayWord(word, known));
      valueMayFollow = false;
    }
  }
  return problems;
}

function unknownFlag(flag: string, { flags, name }: Known): Problem {
  const meant = nearest(flag, [...flags, "--help"]);
  let hint = meant === undefined ? `mtls-gate help ${name} lists the flags` : `did you mean ${meant}?`;
  if (flag === "--mode") hint = "the mode is the first word: mtls-gate migration";
  return problem(`${JSON.stringify(flag)} is no flag`, hint);
}

function strayWord(word: string, { name }: Known): Problem {
  return problem(`${JSON.stringify(word)} belongs to no flag`, `mtls-gate help ${name} lists the flags`);
}

function modeFlags(): string[] {
  return INPUT_NAMES.filter((name) => specOf(name).only !== "action").map(flagOf);
}

function helperFlags(helper: Helper): string[] {
  const { own, shared } = HELPER_COMMANDS[helper];
  return [...Object.keys(own), ...shared].map((name) => `--${name}`);
}

/** On the command line the mode is no flag. */
function flagOf(name: string): string {
  return isInputName(name) && specOf(name).only === "action" ? name : `--${name}`;
}

function problem(message: string, hint: string): Problem {
  return errorProblem("invalid-argument", message, undefined, hint);
}
