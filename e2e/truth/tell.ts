import { dump } from "js-yaml";
import type { Predicted } from "../../src/mesh/call.js";
import type { KubeObject } from "../../src/ports.js";
import { callKey } from "./case.js";
import type { SeenCall } from "./case.js";

/** What a run tells of a call and of a case, as text. Pure. */

export function yamlText(objects: readonly KubeObject[]): string {
  return objects.map((one) => dump(one, { lineWidth: 120 })).join("---\n");
}

/** What the mesh gave and what was predicted, with the reasons. */
export function bothSides(call: SeenCall, predicted: Predicted | undefined): string {
  const words = call.observed.map(({ error }) => error).filter((error) => error !== null);
  return [
    `  ${callKey(call)}`,
    `    mesh:       ${seenText(call)}${words.length === 0 ? "" : ` (${words.join(" | ")})`}`,
    `    prediction: ${predictedText(predicted)}`,
    ...(predicted?.because ?? []).map(({ rule, says, kind, namespace, name }) => {
      const object = kind === undefined ? "" : ` [${kind} ${namespace ?? ""}/${name ?? ""}]`;
      return `      ${rule}: ${says}${object}`;
    }),
  ].join("\n");
}

/** Both sides in short: disagreements of the same text often have the same cause. */
export function inShort(call: SeenCall, predicted: Predicted | undefined): string {
  return `mesh ${seenText(call)}, prediction ${predictedText(predicted)}`;
}

function seenText({ observed }: SeenCall): string {
  return observed.map(({ code, exit, transport }) => `${code} exit ${exit} ${transport ?? "-"}`).join(" or ");
}

function predictedText(predicted: Predicted | undefined): string {
  if (predicted === undefined) return "none";
  if ("unknown" in predicted) return `unknown: ${predicted.unknown}`;
  const outcomes = "anyOf" in predicted ? predicted.anyOf : [predicted];
  return outcomes
    .map(({ code, exit, transport }) => `${code ?? "any"} exit ${exit ?? "any"} ${transport ?? "-"}`)
    .join(" or ");
}
