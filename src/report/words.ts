/** A call in words, the same for every renderer. All texts are raw: the renderer escapes them for its place. */
import type { Expected, Observed, Outcome, Predicted, Reason } from "../mesh/call.js";
import { placeText } from "../problems.js";
import type { AppliedObject, Cause, ReportCall, ReportPhase, Verdict } from "./document.js";

/** Why a call has its verdict, as the end of the sentence "mismatch: …". */
export function causeText(verdict: Verdict, cause: Cause | null): string {
  switch (cause) {
    case "policy":
      return "the mesh does what its policies say, and that is not what was expected";
    case "mesh":
      return "the mesh does not do what Istio's rules make of its policies";
    case "not-settled":
      return "the time was up while answers still changed, or before the proxies held the policies";
    case "control":
      return "refused, but nothing shows that this client reaches anything and that anything reaches this destination";
    case "transport":
      return "the answer is the expected one, but nothing showed what carried the bytes";
    case "unknown":
      return verdict === "mismatch"
        ? "not what was expected, and there is no prediction that could tell why"
        : "nothing was expected, and Istio's rules cannot tell what this call should give";
    case "probe":
      return "the call gave no result";
    case null:
      return verdict === "pass" ? "as it should be" : "no cause was found";
  }
}

/** Whether a call was predicted and not made, so that nothing could be observed of it. */
export function isPredictedOnly({ observed, predicted, verdict, cause }: ReportCall): boolean {
  return observed === null && predicted !== null && verdict !== "error" && cause !== "probe";
}

/** The call as a cell shows it: `200 mtls`, `000/56`, `503`, `error`; what was predicted where nothing was observed and nothing failed. */
export function cellText(call: ReportCall): string {
  if (call.observed !== null) return shortOutcome(call.observed);
  if (call.verdict === "error" || call.cause === "probe" || call.predicted === null) return "error";
  return outcomesText(call.predicted);
}

/** `200 mtls`, `000/52 or 000/56`, `unknown` */
export function outcomesText(predicted: Predicted): string {
  if ("unknown" in predicted) return "unknown";
  return outcomesOf(predicted).map(shortOutcome).join(" or ");
}

/** `000/56`, `200 mtls`; for calls without an HTTP code `open mtls`, `closed/56`. */
export function shortOutcome({ arrives, code, exit, transport }: Outcome): string {
  const answer = code ?? (arrives === null ? "unclear" : arrives ? "open" : "closed");
  const ended = exit === null || exit === 0 ? "" : `/${exit}`;
  return `${answer}${ended}${transport === null ? "" : ` ${transport === "plaintext" ? "plain" : transport}`}`;
}

/** `code 000 or 503, exit 56`; what is not stated is left out. */
export function expectedText(expected: Expected | null): string {
  if (expected === null) return "nothing stated";
  const stated = [
    ...(expected.code === null ? [] : [`code ${expected.code.join(" or ")}`]),
    ...(expected.exit === null ? [] : [`exit ${expected.exit.join(" or ")}`]),
    ...(expected.transport === null ? [] : [`transport ${expected.transport}`]),
  ];
  return stated.length === 0 ? "nothing stated" : stated.join(", ");
}

/** `code 000, exit 56`, several with `or` between; the reasons are not in it. */
export function predictedText(predicted: Predicted): string {
  if ("unknown" in predicted) return `cannot tell: ${predicted.unknown}`;
  return outcomesOf(predicted).map(outcomeText).join("; or ");
}

/** `code 200, exit 0, transport plaintext, evidence echo, 1 attempt, 6 ms`; curl's error text is not in it. */
export function observedText(observed: Observed): string {
  const { evidence, identity, attempts, ms } = observed;
  return [
    outcomeText(observed),
    ...(evidence === null ? [] : [`evidence ${evidence}`]),
    ...(identity === undefined ? [] : [`client seen as ${identity}`]),
    attempts === 1 ? "1 attempt" : `${attempts} attempts`,
    ...(ms === null ? [] : [`${ms} ms`]),
  ].join(", ");
}

/** `PeerAuthentication foo/default (mtls-ns.yaml:7): STRICT: plaintext is refused` */
export function reasonText(reason: Reason): string {
  return `${reasonSource(reason)}: ${reason.says}`;
}

/** Reasons as lines of plain text: `because PeerAuthentication foo/default (mtls-ns.yaml:7): STRICT: plaintext is refused` */
export function reasonLines(because: readonly Reason[]): string[] {
  return because.map((reason) => `because ${reasonText(reason)}`);
}

/** What decided: `PeerAuthentication foo/default (mtls-ns.yaml:7)`, or the rule's name where no object did. */
export function reasonSource({ rule, kind, namespace, name, file, line }: Reason): string {
  const object = kind === undefined || name === undefined ? rule : objectText(kind, namespace, name);
  return `${object}${fileText(file, line)}`;
}

/** `PeerAuthentication foo/default (mtls-ns.yaml:7)` */
export function appliedText({ kind, namespace, name, file, line }: AppliedObject): string {
  return `${objectText(kind, namespace, name)}${fileText(file, line)}`;
}

/** How a phase came to rest: `settled in 412 ms after 3 rounds`. */
export function settledText({ settledMs, rounds }: Pick<ReportPhase, "settledMs" | "rounds">): string {
  if (rounds === 0 && settledMs === null) return "nothing was probed";
  const after = rounds === 1 ? "1 round" : `${rounds} rounds`;
  return settledMs === null ? `not settled after ${after}` : `settled in ${settledMs} ms after ${after}`;
}

/** What the rules had to say of the calls of a phase that was probed: `predicted 6 of 6 calls, 1 contradicted`; null for none. */
export function predictionText({ calls }: Pick<ReportPhase, "calls">): string | null {
  const probed = calls.filter(({ observed }) => observed !== null);
  const known = probed.filter(({ predicted }) => predicted !== null && !("unknown" in predicted));
  if (known.length === 0) return null;
  const contradicted = known.filter(({ cause }) => cause === "mesh").length;
  const wrong = contradicted === 0 ? "none contradicted" : `${contradicted} contradicted`;
  return `predicted ${known.length} of ${probed.length} calls, ${wrong}`;
}

/** `strict-namespace`, with what a control round is. */
export function phaseTitle({ name, control }: Pick<ReportPhase, "name" | "control">): string {
  return control ? `${name} (control round, before the policies are applied)` : name;
}

function outcomesOf(predicted: Exclude<Predicted, { unknown: string }>): readonly Outcome[] {
  return "anyOf" in predicted ? predicted.anyOf : [predicted];
}

/** `code 200, exit 0, transport mtls` */
export function outcomeText({ arrives, code, exit, transport }: Outcome): string {
  const answer = code === null ? (arrives === true ? "connection open" : "no connection") : `code ${code}`;
  const answered = code !== null && code !== "000";
  return [
    arrives === null
      ? `${answer} (of the application or of the mesh)`
      : arrives || !answered
        ? answer
        : `${answer} of the mesh`,
    ...(exit === null ? [] : [`exit ${exit}`]),
    ...(transport === null ? [] : [`transport ${transport}`]),
  ].join(", ");
}

function objectText(kind: string, namespace: string | undefined, name: string): string {
  return placeText({ kind, name, ...(namespace === undefined ? {} : { namespace }) });
}

function fileText(file: string | undefined, line: number | undefined): string {
  return file === undefined ? "" : ` (${placeText(line === undefined ? { file } : { file, line })})`;
}
