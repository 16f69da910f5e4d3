/** The plan file's text → Plan, or every problem in it with its line. */
import { errorProblem, type Problem } from "../problems.js";
import { parseLocated, type LocatedDocument, type YamlPath } from "../yaml/located.js";
import { defaultMethod } from "./destination-request.js";
import { readDestinationUrl } from "./destination-url.js";
import { readPattern } from "./pattern.js";
import type {
  AcceptEntry,
  ClientPattern,
  ExpectRule,
  FromPattern,
  Plan,
  PlanPlace,
  PlannedDestination,
  ToPattern,
} from "./plan.js";
import { planProblems } from "./plan-problems.js";
import { checkPlan, type PlanOptions, type PlanText } from "./plan-schema.js";
import { parseSelector } from "./selector.js";
import { workloadKind } from "./workload-kind.js";

export type { PlanOptions } from "./plan-schema.js";
export * from "./plan.js";

/**
 * Reads the text of a plan file; `file` names it in places. `plan` is null where there is a problem, and the problems are
 * all that can be seen at once, in the order of their lines. Never throws.
 */
export function readPlan(
  text: string,
  file: string,
  options: PlanOptions,
): { readonly plan: Plan | null; readonly problems: readonly Problem[] } {
  const { documents, problems } = parseLocated(text, file);
  const [document, second] = documents;
  if (problems.length > 0) return { plan: null, problems };
  if (document === undefined) return refused(errorProblem("invalid-plan", "the plan is empty", { file, line: 1 }));
  if (second !== undefined) {
    return refused(errorProblem("invalid-plan", "a plan is one document", { file, line: second.lineOf([]) }));
  }
  const value = withWrittenTexts(document);
  const result = checkPlan(value, options);
  if (!result.success) return { plan: null, problems: planProblems(result.error.issues, value, document) };
  return { plan: planOf(result.data, document), problems: [] };
}

function refused(problem: Problem): { plan: null; problems: Problem[] } {
  return { plan: null, problems: [problem] };
}

/**
 * The document's value, with codes and headers as they are written and with ports and exits as decimal numbers: YAML takes
 * `000` and `0123` for octal numbers, and none of these is ever meant to be one.
 */
function withWrittenTexts(document: LocatedDocument): unknown {
  const asText = (value: unknown, path: YamlPath): unknown =>
    value === null ? value : (document.textOf(path) ?? value);
  const asNumber = (value: unknown, path: YamlPath): unknown => {
    const text = asText(value, path);
    return typeof text === "string" && /^(?:0|[1-9]\d{0,8})$/.test(text) ? Number(text) : text;
  };
  const rewrite = (value: unknown, path: YamlPath): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => rewrite(item, [...path, index]));
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rewrite(item, [...path, key])]));
    }
    const keys = path.filter((step) => typeof step === "string");
    if (keys[0] === "expect" && keys[1] === "code") return asText(value, path);
    if (keys[0] === "destinations" && keys[1] === "headers") return asText(value, path);
    if (keys.at(-1) === "port" || keys[1] === "exit") return asNumber(value, path);
    return value;
  };
  return rewrite(document.value, []);
}

function planOf(text: PlanText, document: LocatedDocument): Plan {
  const at = (list: string, index: number): PlanPlace => ({
    file: document.file,
    line: document.lineOf([list, index]),
  });
  const { clients, destinations, expect, accept } = text;
  return {
    file: document.file,
    ...(clients && { clients: clients.map((client, i) => clientOf(client, at("clients", i))) }),
    ...(destinations && { destinations: destinations.map((d, i) => destinationOf(d, at("destinations", i))) }),
    ...(expect && { expect: expect.map((rule, i) => ruleOf(rule, at("expect", i))) }),
    ...(accept && { accept: accept.map((entry, i) => acceptOf(entry, at("accept", i))) }),
  };
}

type Item<K extends keyof PlanText> = NonNullable<PlanText[K]>[number];

function clientOf(client: Item<"clients">, where: PlanPlace): ClientPattern {
  const [name, kind] = (client.workload?.split("/") ?? []).reverse();
  return {
    namespace: client.namespace,
    ...(name !== undefined && { workload: name }),
    ...(kind !== undefined && { kind: workloadKind(kind) }),
    ...(client.selector !== undefined && { selector: parseSelector(client.selector) ?? [] }),
    ...(client.container !== undefined && { container: client.container }),
    where,
  };
}

function destinationOf(destination: Item<"destinations">, where: PlanPlace): PlannedDestination {
  const { service, port = 0, path = "/", headers = {} } = destination;
  const [namespace = "", name = ""] = service?.split("/") ?? [];
  const url = destination.url ?? `http://${name}.${namespace}:${port}${path}`;
  const parts = readDestinationUrl(url);
  if (!parts.ok) throw new Error(`a URL that was found right ${parts.wrong}`);
  return {
    url,
    ...parts.value,
    method: destination.method ?? defaultMethod(parts.value.scheme),
    headers: Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, String(value)])),
    ...(service !== undefined && { service: { namespace, name } }),
    where,
  };
}

function ruleOf(rule: Item<"expect">, where: PlanPlace): ExpectRule {
  const phases = [rule.from, rule.to].flatMap((side) => (typeof side === "object" ? (side.phase ?? []) : []));
  return {
    from: fromOf(rule.from),
    to: toOf(rule.to),
    phases,
    code: rule.code === undefined ? null : [rule.code].flat().map((code) => String(code).toLowerCase()),
    exit: rule.exit === undefined ? null : [rule.exit].flat(),
    transport: rule.transport ?? null,
    where,
  };
}

/** A reason over several lines is one line in reports. */
function acceptOf({ direction, from, to, reason, until }: Item<"accept">, where: PlanPlace): AcceptEntry {
  const words = reason.trim().replaceAll(/\s+/g, " ");
  return { directions: [direction].flat(), from: fromOf(from), to: toOf(to), reason: words, until, where };
}

function fromOf(from: Item<"expect" | "accept">["from"]): FromPattern {
  if (from === undefined) return {};
  if (typeof from === "string") return patternOf(from);
  const { namespace, name, selector } = from;
  return {
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(selector !== undefined && { selector: parseSelector(selector) ?? [] }),
  };
}

function toOf(to: Item<"expect" | "accept">["to"]): ToPattern {
  if (to === undefined) return {};
  if (typeof to === "string") return patternOf(to);
  const { namespace, name, port, url } = to;
  return {
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(port !== undefined && { port: String(port) }),
    ...(url !== undefined && { url }),
  };
}

function patternOf(text: string): ToPattern {
  const pattern = readPattern(text);
  if (!pattern.ok) throw new Error(`a pattern that was found right ${pattern.wrong}`);
  return pattern.value;
}
