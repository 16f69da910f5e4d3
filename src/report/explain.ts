/** One call as a person would tell it: what comes of it, by which decisions, and what would change it. */
import { dump } from "js-yaml";
import { styleText } from "node:util";
import type { Client, Outcome, Predicted, Reason } from "../mesh/call.js";
import type { KubeObject } from "../ports.js";
import { placeText } from "../problems.js";
import type { Problem } from "../problems.js";
import type { Achieves, SideEffects, Suggestion } from "../predict/turn.js";
import { terminal, terminalLines } from "./escape.js";
import { lineDiff } from "./line-diff.js";
import { outcomeText } from "./words.js";

/** What `explain` has to say. */
export interface Explanation {
  readonly from: Client;
  readonly to: { readonly url: string; readonly method: string };
  readonly predicted: Predicted;
  readonly suggestions: readonly Suggestion[];
  readonly problems: readonly Problem[];
}

/** The name and version of the JSON document. */
const EXPLANATION_SCHEMA = "mtls-gate/explanation/v1";
/** So many lines around a changed one are shown. */
const CONTEXT = 3;

/** The explanation as lines with a newline after each; nothing in it can move a terminal's cursor or hide from it. */
export function explanationText(explanation: Explanation, options: { readonly colour: boolean }): string {
  const { from, to, predicted, problems } = explanation;
  const strong = (text: string): string => (options.colour ? styleText("bold", text, { validateStream: false }) : text);
  const lines = [
    strong(terminal(`${from.kind} ${from.namespace}/${from.workload} calls ${to.method} ${to.url}`)),
    "",
    ...outcomeLines(predicted).map(terminal),
    "",
    strong("How it comes to that"),
    ...chainLines(predicted.because),
    "",
    ...changeLines(explanation, strong),
    ...problems.map(({ severity, message, where, hint }) => {
      const place = where === undefined ? "" : `${placeText(where)}: `;
      return terminal(`${severity}: ${place}${message}${hint === undefined ? "" : ` (${hint})`}`);
    }),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

/** The explanation as a JSON document. Headers of the call can be secret, and are not in it. */
export function explanationJson(explanation: Explanation): string {
  const { from, to, predicted, suggestions, problems } = explanation;
  const document = {
    schema: EXPLANATION_SCHEMA,
    from,
    to: { url: to.url, method: to.method },
    outcome: outcomeLines(predicted).join(" "),
    predicted,
    chain: predicted.because.map(sentence),
    suggestions: suggestions.map((one) => ({
      title: sentenceOf(one.title),
      why: sentenceOf(one.why),
      achieves: one.achieves,
      change: one.change,
      ...placeOf(one),
      ...(one.restarts === undefined ? {} : { restarts: one.restarts }),
      others: one.others,
      after: one.after,
      object: one.object,
      yaml: yamlOf(one.object),
      diff: diffOf(one).map((line) => (line === null ? "..." : `${line.mark} ${line.text}`)),
    })),
    ...(suggestions.length === 0 ? { nothing: whyNothing(predicted) } : {}),
    problems,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function outcomeLines(predicted: Predicted): string[] {
  if ("unknown" in predicted) return [`What comes of it cannot be told: ${predicted.unknown}.`];
  if (!("anyOf" in predicted)) return [`The call ${outcomeWords(predicted)}.`];
  return ["It depends on the pod that answers, or on what cannot be seen. The call", ...several(predicted.anyOf)];
}

function several(outcomes: readonly Outcome[]): string[] {
  return outcomes.map((one, index) => `  ${outcomeWords(one)}${index === outcomes.length - 1 ? "." : ", or"}`);
}

const CARRIED = {
  mtls: "over Istio's mutual TLS",
  hbone: "over mutual TLS of the ambient mesh (HBONE)",
  plaintext: "in plaintext",
  tls: "over TLS that is not Istio's",
  unproven: "over a transport that is not known",
} as const;

/** curl's exit codes in words. */
const EXITS: Readonly<Record<number, string>> = {
  6: "the name is not known",
  7: "nothing takes the connection",
  28: "no answer comes",
  35: "the TLS handshake fails",
  52: "the connection is closed without an answer",
  56: "the connection is reset",
};

/** `arrives in plaintext (200)`: the end of a sentence that begins with the call. */
export function outcomeWords(outcome: Outcome): string {
  const { arrives, code, exit, transport } = outcome;
  const detail = outcomeText({ ...outcome, transport: null });
  if (arrives === true) return `arrives ${transport === null ? "" : `${CARRIED[transport]} `}(${detail})`;
  const words = exit === null ? undefined : EXITS[exit];
  if (words !== undefined) return `does not arrive: ${words} (${detail})`;
  if (code === null) return `does not arrive (${detail})`;
  return `does not arrive: a proxy answers ${code} in the server's place (${detail})`;
}

/** Who speaks, by rule, where the decision's own words do not say it. */
const LEADS: Readonly<Record<string, string>> = {
  host: "the name: ",
  "virtual-service": "the client's routes: ",
  "destination-rule": "the client's DestinationRule: ",
  "auto-mtls": "the client's sidecar: ",
  protocol: "the server's port: ",
  inbound: "at the server: ",
  authorization: "authorization at the server: ",
};

/** A decision as a sentence. */
export function sentence({ rule, says }: Reason): string {
  if (/^mode [A-Z]+ for /u.test(says)) return sentenceOf(`the server has ${says}`);
  const lead = Object.hasOwn(LEADS, rule) ? (LEADS[rule] ?? "") : "";
  return sentenceOf(lead + says);
}

function sentenceOf(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function chainLines(because: readonly Reason[]): string[] {
  if (because.length === 0) return ["  Nothing decides before that."];
  const width = String(because.length).length;
  return because.flatMap((reason, index) => {
    const source = sourceText(reason);
    return [
      `  ${String(index + 1).padStart(width)}. ${terminal(sentence(reason))}`,
      ...(source === null ? [] : [`  ${" ".repeat(width)}  ${terminal(source)}`]),
    ];
  });
}

/** `PeerAuthentication foo/default, mtls-ns.yaml:7` */
export function sourceText({ kind, namespace, name, file, line }: Reason): string | null {
  if (kind === undefined || name === undefined) return null;
  const object = placeText({ kind, name, ...(namespace === undefined ? {} : { namespace }) });
  if (file === undefined) return object;
  return `${object}, ${placeText(line === undefined ? { file } : { file, line })}`;
}

function changeLines({ predicted, suggestions }: Explanation, strong: (text: string) => string): string[] {
  if ("unknown" in predicted) return [];
  if (suggestions.length === 0) return [strong("What would change it"), `  ${terminal(whyNothing(predicted))}`, ""];
  return [strong("What would change it"), ...suggestions.flatMap((one, index) => suggestionLines(one, index + 1))];
}

/** Why there is no suggestion. */
function whyNothing(predicted: Predicted): string {
  if ("unknown" in predicted) return "Where the outcome is not known, nothing can be said to turn it.";
  const empty = predicted.because.find(({ rule, says }) => rule === "endpoint" && says.startsWith("nothing is "));
  if (empty !== undefined) return `No policy is in the way: ${empty.says}. It takes pods that answer.`;
  return "No change of a single object was found that would turn it.";
}

const ACHIEVED: Readonly<Record<Achieves, string>> = {
  "arrives-mtls": "the call then arrives over mutual TLS",
  "arrives-plaintext": "the call then arrives, in plaintext",
  "arrives-tls": "the call then arrives, over TLS that is not Istio's",
  refused: "the call is then refused",
};

function suggestionLines(one: Suggestion, number: number): string[] {
  const { kind, metadata } = one.object;
  const name = placeText({ kind, name: metadata.name, ...namespaceOf(one.object) });
  const at = one.at?.file === undefined ? "" : ` (${one.at.file}${lineText(one.at.lineOf(["kind"]))})`;
  const indent = (text: string): string => (text === "" ? "" : `     ${text}`);
  const restart =
    one.restarts === undefined
      ? []
      : [`Pods of namespace ${one.restarts} that run already have to be started anew after that.`];
  return [
    `  ${number}. ${terminal(sentenceOf(one.title))}`,
    ...[
      `${sentenceOf(one.why)} ${sentenceOf(ACHIEVED[one.achieves])}`,
      othersText(one.others),
      ...restart,
      one.change === "add" ? `Add ${name}:` : `Change ${name}${at}:`,
    ].map((text) => indent(terminal(text))),
    "",
    ...(one.change === "add" ? [] : [...diffOf(one).map(diffText), null]).map((line) =>
      line === null ? "" : indent(terminal(line)),
    ),
    ...(one.change === "add" ? [] : [indent("The whole object is then:"), ""]),
    ...terminalLines(yamlOf(one.object).trimEnd()).map((line) => indent(`  ${line}`)),
    "",
  ];
}

function namespaceOf({ metadata }: KubeObject): { namespace?: string } {
  return metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
}

function lineText(line: number | undefined): string {
  return line === undefined ? "" : `:${line}`;
}

function placeOf({ at }: Suggestion): object {
  if (at?.file === undefined) return {};
  const line = at.lineOf(["kind"]);
  return { file: at.file, ...(line === undefined ? {} : { line }) };
}

function othersText({ looked, all, changed, nowRefused, nowArriving }: SideEffects): string {
  const of = looked < all ? `the ${looked} nearest of ${all} other calls` : `${all} other calls of the mesh`;
  if (changed === 0) return `None of ${of} would change.`;
  const parts = [
    ...(nowRefused > 0 ? [`${nowRefused} would arrive no more`] : []),
    ...(nowArriving > 0 ? [`${nowArriving} would arrive that ${nowArriving === 1 ? "does" : "do"} not now`] : []),
  ];
  return `Of ${of}, ${changed} would change${parts.length === 0 ? ", and none stops arriving" : `: ${parts.join(", ")}`}.`;
}

/** An object as YAML, as a person would write it. */
export function yamlOf(object: KubeObject): string {
  return dump(object, { lineWidth: -1, noRefs: true });
}

function diffOf({ before, object }: Suggestion): ReturnType<typeof lineDiff> {
  if (before === undefined) return [];
  const lines = (one: KubeObject): string[] => yamlOf(one).trimEnd().split("\n");
  return lineDiff(lines(before), lines(object), CONTEXT);
}

function diffText(line: ReturnType<typeof lineDiff>[number]): string {
  return line === null ? "  ..." : `${line.mark} ${line.text}`;
}
