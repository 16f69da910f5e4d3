/** The way of a mesh to STRICT, as a person would tell it and as JSON. */
import { styleText } from "node:util";
import type { Predicted } from "../mesh/call.js";
import type { StrictBreak, StrictEffect } from "../predict/strict-checks.js";
import type { StrictObject } from "../predict/strict-objects.js";
import type { NamespacePlan, StrictPlan, StrictStage } from "../predict/strict-plan.js";
import { placeText, problemText } from "../problems.js";
import type { Problem } from "../problems.js";
import { terminal, terminalLines } from "./escape.js";
import { outcomeWords, sentence, sourceText } from "./explain.js";
import { objectsText, strictFiles } from "./strict-files.js";

/** What `plan-strict` has to say. */
export interface StrictReport {
  readonly plan: StrictPlan;
  readonly problems: readonly Problem[];
}

/** The name and version of the JSON document. */
const STRICT_PLAN_SCHEMA = "mtls-gate/strict-plan/v1";
/** So many calls of one caller are shown, and so many callers of one namespace. */
const MOST_CALLS = 3;
const MOST_CALLERS = 10;
/** And so many names of callers that are alike. */
const MOST_ALIKE = 3;

/** The plan as a JSON document: everything that was found. */
export function strictPlanJson({ plan, problems }: StrictReport): string {
  const { namespaces, outside, stages, mesh } = plan;
  const document = {
    schema: STRICT_PLAN_SCHEMA,
    stages: stages.map(({ namespace, objects }, index) => ({ stage: index + 1, namespace, objects })),
    namespaces: namespaces.map(({ namespace, status, ...rest }) => ({ namespace, status, ...rest })),
    outside,
    mesh,
    files: strictFiles(plan),
    problems,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The plan as lines with a newline after each; nothing in it can move a terminal's cursor or hide from it. */
export function strictPlanText({ plan, problems }: StrictReport, options: { readonly colour: boolean }): string {
  const strong = (text: string): string => (options.colour ? styleText("bold", text, { validateStream: false }) : text);
  const { stages, namespaces } = plan;
  const blocked = namespaces.filter(({ status }) => status === "blocked" || status === "unknown");
  const lines = [
    strong(terminal(headline(plan))),
    ...restLines(plan).map(terminal),
    "",
    ...stages.flatMap((stage, index) => stageLines(stage, index + 1, plan, strong)),
    ...blocked.flatMap((one) => blockedLines(one, strong)),
    ...meshLines(plan, strong),
    ...problems.map((one) => terminal(`${one.severity}: ${problemText(one)}`)),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function headline({ namespaces, stages, mesh }: StrictPlan): string {
  if (namespaces.length === 0) return "No namespace that was looked at has pods with a sidecar.";
  const can = namespaces.filter(({ status }) => status === "already" || status === "staged").length;
  const whole = mesh.status === "staged" || mesh.status === "already";
  const all = can === namespaces.length && whole;
  const of = count(namespaces.length, "namespace");
  const steps = stages.length === 0 ? "nothing is to be done" : `in ${count(stages.length, "stage")}`;
  if (all) return `The whole mesh can go STRICT without breaking a call: ${of}, ${steps}.`;
  return `${can} of ${of} can be STRICT without breaking a call${stages.length === 0 ? "" : `, ${steps}`}.`;
}

function restLines({ namespaces, outside }: StrictPlan): string[] {
  const already = namespaces.filter(({ status }) => status === "already").map(({ namespace }) => namespace);
  const stays = namespaces.flatMap((one) => one.stays);
  return [
    ...(namespaces.length === 0
      ? []
      : ["Every workload is taken to call every port of every Service: who of them does is not for manifests to say."]),
    ...(already.length === 0 ? [] : [`STRICT already: ${already.join(", ")}.`]),
    ...(outside.length === 0 ? [] : [`No pods with a sidecar: ${outside.join(", ")}.`]),
    ...stays.map((reason) => `Still lets plaintext in: ${sourceText(reason) ?? ""}: ${reason.says}.`),
  ];
}

function stageLines(
  { namespace, objects }: StrictStage,
  number: number,
  { namespaces, mesh }: StrictPlan,
  strong: (text: string) => string,
): string[] {
  const of = namespace === null ? mesh : namespaces.find((one) => one.namespace === namespace);
  const what = namespace === null ? "the whole mesh" : `namespace ${namespace}`;
  return [
    strong(terminal(`Stage ${number}: ${what}`)),
    `  Of ${count(of?.looked ?? 0, "call")}, none breaks. ${objectsTitle(objects)}`,
    "",
    ...yamlLines(objects, "    "),
    "",
  ];
}

function objectsTitle(objects: readonly StrictObject[]): string {
  const texts = objects.map(({ change, object: { kind, metadata } }) => {
    const { name, namespace = "" } = metadata;
    return terminal(`${change === "add" ? "add" : "change"} ${placeText({ kind, namespace, name })}`);
  });
  const text = texts.join(", ");
  return text === "" ? "" : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}:`;
}

function yamlLines(objects: readonly StrictObject[], indent: string): string[] {
  return terminalLines(objectsText(objects).trimEnd()).map((line) => `${indent}${line}`);
}

function blockedLines(plan: NamespacePlan, strong: (text: string) => string): string[] {
  const { namespace, exceptions } = plan;
  return [
    strong(terminal(`Not yet: namespace ${namespace}`)),
    ...effectLines(plan),
    ...(exceptions === null
      ? plan.breaks.length === 0
        ? []
        : ["  No exceptions were found with which nothing breaks."]
      : [
          "  With exceptions for the ports that these calls reach, and STRICT for all else, nothing breaks; those ports",
          `  then still take plaintext. ${objectsTitle(exceptions)}`,
          "",
          ...yamlLines(exceptions, "    "),
        ]),
    "",
  ];
}

function meshLines({ mesh, rootNamespace }: StrictPlan, strong: (text: string) => string): string[] {
  if (mesh.status === "waits") {
    return ["A policy for the whole mesh has to wait until every namespace with a sidecar is STRICT.", ""];
  }
  if (mesh.status !== "blocked" && mesh.status !== "unknown") return [];
  const title = `Not yet: the whole mesh, by a policy in ${rootNamespace}`;
  return [strong(terminal(title)), ...effectLines(mesh), ""];
}

function effectLines({ looked, breaks, unknown }: StrictEffect): string[] {
  const callers = [...Map.groupBy(breaks, callersText)];
  const broken = breaks.reduce((sum, { from }) => sum + from.length, 0);
  const arrive = broken === 1 ? "arrives" : "arrive";
  return [
    ...(breaks.length === 0
      ? []
      : [`  Of ${count(looked, "call")}, ${broken} ${arrive} now and would not under STRICT:`]),
    ...callers.slice(0, MOST_CALLERS).flatMap(([from, calls]) => callerLines(from, calls)),
    ...moreLines(callers.length - MOST_CALLERS, "    ", "caller"),
    ...unknown.reasons
      .slice(0, MOST_CALLERS)
      .map(({ why, calls }) => terminal(`  Of ${count(calls, "call")} it cannot be told: ${why}.`)),
    ...moreLines(unknown.reasons.length - MOST_CALLERS, "  ", "reason"),
  ];
}

/** Of many that are alike, the first ones. */
function callersText({ from }: StrictBreak): string {
  const more = from.length - MOST_ALIKE;
  return `${from.slice(0, MOST_ALIKE).join(", ")}${more > 0 ? `, and ${count(more, "more workload")} like these` : ""}`;
}

function callerLines(from: string, calls: readonly StrictBreak[]): string[] {
  return [
    terminal(`    ${from}:`),
    ...calls.slice(0, MOST_CALLS).flatMap(breakLines),
    ...moreLines(calls.length - MOST_CALLS, "      ", "destination"),
  ];
}

function breakLines({ to, before, after }: StrictBreak): string[] {
  const last = after.because.at(-1);
  return [
    `      ${to}`,
    `        now it ${wordsOf(before)}`,
    `        then it ${wordsOf(after)}`,
    ...(last === undefined ? [] : [`        ${sentence(last)}`]),
  ].map(terminal);
}

function wordsOf(predicted: Predicted): string {
  if ("unknown" in predicted) return `is not known: ${predicted.unknown}`;
  return ("anyOf" in predicted ? predicted.anyOf : [predicted]).map(outcomeWords).join(", or ");
}

function moreLines(more: number, indent: string, what: string): string[] {
  return more > 0 ? [`${indent}and ${count(more, `more ${what}`)}; --output json has them all`] : [];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
