/** The texts of a helper command's own flags → its options. */
import { errorProblem, Refusal, type Problem } from "../problems.js";
import { defaultMethod, headerProblem, headersProblem, methodProblem, METHODS } from "./destination-request.js";
import { readDestinationUrl, type DestinationUrl } from "./destination-url.js";
import {
  ACTION,
  INIT_FILES,
  type ExpectOptions,
  type ExplainOptions,
  type InitOptions,
  type PlanStrictOptions,
  type RbacOptions,
  type WorkloadName,
} from "./helper-commands.js";
import { OUTPUT_FORMS, type OutputForm } from "./settings.js";
import { hintFor } from "./suggest.js";
import { hasControlCharacter, isDnsLabel, readBoolean } from "./values.js";
import { workloadKind } from "./workload-kind.js";

/** The texts by flag, without the dashes; a flag that was not given is absent. */
export type HelperTexts = Readonly<Partial<Record<string, readonly string[]>>>;

const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const FROM_RULE = "has to be NAMESPACE/WORKLOAD or NAMESPACE/KIND/WORKLOAD";

/**
 * Reads the flags of `explain`.
 *
 * @throws Refusal with everything that is wrong with them
 */
export function readExplain(texts: HelperTexts): Omit<ExplainOptions, "settings"> {
  const reader = new Reader(texts, "explain");
  const from = reader.needed("from", "NAMESPACE/WORKLOAD", workloadOf);
  const url = reader.needed("to", "a URL such as http://httpbin.foo:8000/", urlOf);
  const method = reader.one("method", (text) => methodOf(text, url));
  const headers = headersOf(reader, url);
  const output = reader.one("output", outputOf) ?? "text";
  if (from === undefined || url === undefined || reader.problems.length > 0) throw new Refusal(reader.problems);
  return { from, to: { ...url, method: method ?? defaultMethod(url.scheme), headers }, output };
}

/**
 * Reads the flags of `plan-strict`.
 *
 * @throws Refusal with everything that is wrong with them
 */
export function readPlanStrict(texts: HelperTexts): Omit<PlanStrictOptions, "settings"> {
  const reader = new Reader(texts, "plan-strict");
  const out = reader.one("out", pathOf);
  const output = reader.one("output", outputOf) ?? "text";
  if (reader.problems.length > 0) throw new Refusal(reader.problems);
  return { ...(out === undefined ? {} : { out }), output };
}

/**
 * Reads the flags of `expect`.
 *
 * @throws Refusal with everything that is wrong with them
 */
export function readExpect(texts: HelperTexts): Omit<ExpectOptions, "settings"> {
  const reader = new Reader(texts, "expect");
  const report = reader.one("report", pathOf);
  const phase = reader.one("phase", phaseOf);
  const out = reader.one("out", pathOf);
  const force = reader.one("force", booleanOf) ?? false;
  if (phase !== undefined && report === undefined) reader.problem("phase", "has no use without --report");
  if (reader.problems.length > 0) throw new Refusal(reader.problems);
  return {
    ...(report === undefined ? {} : { report }),
    ...(phase === undefined ? {} : { phase }),
    ...(out === undefined ? {} : { out }),
    force,
  };
}

/**
 * Reads the flags of `rbac`.
 *
 * @throws Refusal with everything that is wrong with them
 */
export function readRbac(texts: HelperTexts): Omit<RbacOptions, "settings"> {
  const reader = new Reader(texts, "rbac");
  const name = reader.one("name", objectNameOf);
  const serviceAccount = reader.one("service-account", serviceAccountOf);
  if (reader.problems.length > 0) throw new Refusal(reader.problems);
  return {
    ...(name === undefined ? {} : { name }),
    subject: serviceAccount === undefined ? null : { serviceAccount },
  };
}

/**
 * Reads the flags of `init`.
 *
 * @throws Refusal with everything that is wrong with them
 */
export function readInit(texts: HelperTexts): Omit<InitOptions, "settings"> {
  const reader = new Reader(texts, "init");
  const planFile = reader.one("plan-file", repositoryPathOf) ?? INIT_FILES.plan;
  const workflowFile = reader.one("workflow-file", repositoryPathOf) ?? INIT_FILES.workflow;
  const action = reader.one("action", actionOf) ?? ACTION;
  const dryRun = reader.one("dry-run", booleanOf) ?? false;
  const output = reader.one("output", outputOf) ?? "text";
  if (planFile === workflowFile) reader.problem("plan-file", "is the workflow's file, too");
  if (reader.problems.length > 0) throw new Refusal(reader.problems);
  return { planFile, workflowFile, action, dryRun, output };
}

type OneRead<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly wrong: string; readonly hint?: string };

function right<T>(value: T): OneRead<T> {
  return { ok: true, value };
}

function wrong<T>(text: string, hint?: string): OneRead<T> {
  return { ok: false, wrong: text, ...(hint === undefined ? {} : { hint }) };
}

/** Takes the values of flags, and keeps what is wrong with them. */
class Reader {
  readonly problems: Problem[] = [];
  private readonly texts: HelperTexts;
  private readonly command: string;

  constructor(texts: HelperTexts, command: string) {
    this.texts = texts;
    this.command = command;
  }

  all(flag: string): readonly string[] {
    return this.texts[flag] ?? [];
  }

  one<T>(flag: string, read: (text: string) => OneRead<T>): T | undefined {
    const [first, ...others] = this.all(flag).map((text) => text.trim());
    if (first === undefined) return undefined;
    const text = onlyText(first, others);
    const result = text.ok ? read(text.value) : text;
    if (result.ok) return result.value;
    this.problem(flag, result.wrong, result.hint);
    return undefined;
  }

  needed<T>(flag: string, what: string, read: (text: string) => OneRead<T>): T | undefined {
    if (this.all(flag).length > 0) return this.one(flag, read);
    this.problems.push(errorProblem("invalid-input", `${this.command} needs --${flag}`, undefined, what));
    return undefined;
  }

  problem(flag: string, message: string, hint?: string): void {
    this.problems.push(errorProblem("invalid-input", `--${flag} ${message}`, undefined, hint));
  }
}

/** Of a flag that takes one value: that, also where it is given several times. */
function onlyText(first: string, others: readonly string[]): OneRead<string> {
  if (others.some((other) => other !== first)) {
    return wrong(`is given more than once: ${[first, ...others].map((text) => JSON.stringify(text)).join(" and ")}`);
  }
  return first === "" ? wrong("is empty") : right(first);
}

function workloadOf(text: string): OneRead<WorkloadName> {
  const [namespace = "", ...names] = text.split("/");
  const [workload = "", kind] = names.reverse();
  const named = names.length === 1 || (names.length === 2 && /^[A-Za-z]+$/.test(kind ?? ""));
  if (!named || !isDnsLabel(namespace) || !NAME.test(workload))
    return wrong(`is ${JSON.stringify(text)} and ${FROM_RULE}`);
  return right({ namespace, workload, ...(kind === undefined ? {} : { kind: workloadKind(kind) }) });
}

function urlOf(text: string): OneRead<DestinationUrl & { readonly url: string }> {
  const parts = readDestinationUrl(text);
  return parts.ok ? right({ url: text, ...parts.value }) : wrong(`${JSON.stringify(text)} ${parts.wrong}`);
}

function methodOf(text: string, url: DestinationUrl | undefined): OneRead<string> {
  if (!METHODS.some((known) => known === text)) {
    return wrong(`is ${JSON.stringify(text)}, which is not known`, hintFor(text, METHODS));
  }
  const problem = url === undefined ? undefined : methodProblem(url.scheme, text);
  return problem === undefined ? right(text) : wrong(problem);
}

function pathOf(text: string): OneRead<string> {
  return hasControlCharacter(text)
    ? wrong(`is ${JSON.stringify(text)} and has to be text without control characters`)
    : right(text);
}

/** A path that the workflow, too, can have in it. */
function repositoryPathOf(text: string): OneRead<string> {
  const inside = /^[A-Za-z0-9._/@+-]+$/.test(text) && !/^[/-]|(?:^|\/)\.\.(?:\/|$)/.test(text);
  return inside ? right(text) : wrong(`is ${JSON.stringify(text)} and has to be a plain path below this folder`);
}

function actionOf(text: string): OneRead<string> {
  return /^(?:[\w.-]+(?:\/[\w.-]+)+@[\w./-]+|\.\/[\w./-]*)$/.test(text)
    ? right(text)
    : wrong(`is ${JSON.stringify(text)} and has to be OWNER/NAME@REF, or a path that starts with ./`);
}

function phaseOf(text: string): OneRead<string> {
  return /^[-a-z0-9]+$/.test(text) ? right(text) : wrong(`is ${JSON.stringify(text)}, which is no name of a phase`);
}

function booleanOf(text: string): OneRead<boolean> {
  const read = readBoolean(text);
  return read.ok ? read : wrong(read.wrong);
}

function objectNameOf(text: string): OneRead<string> {
  return NAME.test(text) ? right(text) : wrong(`is ${JSON.stringify(text)}, which no object can be called`);
}

function serviceAccountOf(text: string): OneRead<{ namespace: string; name: string }> {
  const [namespace = "", name = "", ...more] = text.split("/");
  return isDnsLabel(namespace) && NAME.test(name) && more.length === 0
    ? right({ namespace, name })
    : wrong(`is ${JSON.stringify(text)} and has to be NAMESPACE/NAME`);
}

function outputOf(text: string): OneRead<OutputForm> {
  const known = OUTPUT_FORMS.find((one) => one === text);
  return known === undefined
    ? wrong(`is ${JSON.stringify(text)}, which is not known`, hintFor(text, OUTPUT_FORMS))
    : right(known);
}

function headersOf(reader: Reader, url: DestinationUrl | undefined): Record<string, string> {
  const texts = reader.all("header");
  const noUse = url === undefined || texts.length === 0 ? undefined : headersProblem(url.scheme);
  if (noUse !== undefined) reader.problem("header", noUse);
  const headers = new Map<string, string>();
  const seen = new Set<string>();
  for (const text of texts) {
    const colon = text.indexOf(":");
    const name = text.slice(0, Math.max(colon, 0)).trim();
    const value = text.slice(colon + 1).trim();
    const problem = colon < 0 ? "has to be NAME:VALUE" : headerProblem(name, value, seen);
    if (problem !== undefined) reader.problem("header", `${JSON.stringify(text)} ${problem}`);
    headers.set(name, value);
    seen.add(name.toLowerCase());
  }
  return Object.fromEntries(headers);
}
