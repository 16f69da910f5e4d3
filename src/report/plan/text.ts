import type { Client, Destination } from "../../mesh/call.js";
import type { FromPattern, ToPattern } from "../../settings/plan.js";
import { PLAN_SCHEMA_URL } from "../../settings/plan-schema.js";
import { yamlWord } from "../../yaml/word.js";
import { terminal } from "../escape.js";
import type { PlanRule } from "./rules.js";
import type { Stated } from "./stated.js";

/** The comment by which an editor knows what a plan may hold. */
export const EDITOR_LINE = `# yaml-language-server: $schema=${PLAN_SCHEMA_URL}`;

/** What a plan is made of beside its rules. */
export interface PlanParts {
  /** Lines for the head, without the comment sign. */
  readonly head: readonly string[];
  /** Null where they are all of the namespaces. */
  readonly clients: readonly Client[] | null;
  readonly destinations: readonly Pick<Destination, "url" | "method">[] | null;
  readonly rules: readonly PlanRule[];
}

/** A plan file: what it is, for editors and for people, then one line a rule, and above it why nothing is stated where that is so. */
export function planText({ head, clients, destinations, rules }: PlanParts): string {
  return [
    EDITOR_LINE,
    ...head.map((line) => `# ${terminal(line)}`),
    ...section(
      "clients",
      clients?.map(({ namespace, workload, kind, container }) =>
        flow([
          `namespace: ${yamlWord(namespace)}`,
          `workload: ${yamlWord(/^[A-Za-z]+$/.test(kind) ? `${kind.toLowerCase()}/${workload}` : workload)}`,
          `container: ${yamlWord(container)}`,
        ]),
      ),
    ),
    ...section(
      "destinations",
      destinations?.map(({ url, method }) =>
        flow([`url: ${JSON.stringify(url)}`, ...(["GET", ""].includes(method) ? [] : [`method: ${yamlWord(method)}`])]),
      ),
    ),
    "expect:",
    ...rules.flatMap(ruleLines),
    "",
  ].join("\n");
}

function section(name: string, items: readonly string[] | undefined): string[] {
  return items === undefined ? [] : [`${name}:`, ...items.map((item) => `  - ${item}`)];
}

function flow(parts: readonly string[]): string {
  return `{ ${parts.join(", ")} }`;
}

function ruleLines({ from, to, stated }: PlanRule): string[] {
  const nothing = "nothing" in stated ? [`  # nothing is expected: ${terminal(stated.nothing)}`] : [];
  const everything = from.namespace === undefined && Object.keys(to).length === 0;
  const sides = everything ? ['from: "*"', 'to: "*"'] : [...fromParts(from), ...toParts(to)];
  return [...nothing, `  - ${flow([...sides, ...statedParts(stated)])}`];
}

function fromParts({ namespace, name }: FromPattern): string[] {
  if (namespace === undefined) return [];
  return [`from: ${yamlWord(name === undefined ? namespace : `${namespace}/${name}`)}`];
}

/** As `NAMESPACE/NAME:PORT` where that says it, else as a mapping. */
function toParts({ namespace, name, port, url }: ToPattern): string[] {
  const parts = [
    ...(namespace === undefined ? [] : [`namespace: ${yamlWord(namespace)}`]),
    ...(name === undefined ? [] : [`name: ${yamlWord(name)}`]),
    ...(port === undefined ? [] : [`port: ${port}`]),
    ...(url === undefined ? [] : [`url: ${JSON.stringify(url)}`]),
  ];
  if (parts.length === 0) return [];
  if (url !== undefined) return [`to: ${flow(parts)}`];
  const names =
    port === undefined ? [namespace ?? "*", ...(name === undefined ? [] : [name])] : [namespace ?? "*", name ?? "*"];
  return [`to: ${yamlWord(`${names.join("/")}${port === undefined ? "" : `:${port}`}`)}`];
}

function statedParts(stated: Stated): string[] {
  if ("nothing" in stated) return [];
  const { code, exit, transport } = stated;
  return [
    ...(code === null
      ? []
      : [`code: ${several(code.map((one) => (/^[1-9]\d\d$/.test(one) ? one : JSON.stringify(one))))}`]),
    ...(exit === null ? [] : [`exit: ${several(exit.map(String))}`]),
    ...(transport === null ? [] : [`transport: ${transport}`]),
  ];
}

function several(items: readonly string[]): string {
  return items.length === 1 ? items.join() : `[${items.join(", ")}]`;
}
