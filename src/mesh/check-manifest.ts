/** All that can be said of one object of a file by itself. */
import type { KubeObject } from "../ports.js";
import type { Problem } from "../problems.js";
import type { FieldPath } from "../rules/objects.js";
import type { Finding, Locate } from "./field.js";
import { Field, problemsOf } from "./field.js";
import { schemaFindings } from "./istio-schema/check.js";
import type { WebhookOptions } from "./istio-schema/webhook.js";
import { webhookFindings } from "./istio-schema/webhook.js";
import { kubeFindings } from "./kube-check.js";

/**
 * What is wrong with an object of Kubernetes or Istio: what the API server or Istio's webhook would refuse as errors, what
 * they take though it surely was not meant as warnings; each place once. None for objects of other kinds. Pure, and bears any
 * JSON.
 *
 * @param locate the place of a field of the object
 */
export function checkManifest(object: KubeObject, locate: Locate, options: WebhookOptions): Problem[] {
  const shape = [...kubeFindings(object), ...schemaFindings(object)];
  const errors = shape.filter(({ severity }) => severity === "error");
  const unknown = errors.filter(({ code }) => code === "unknown-field");
  const explained = (finding: Finding): boolean => unknown.some((one) => explains(one, finding, object));
  // What has not its shape reads as absent: what the rules say of it, or of what is in it, says nothing more.
  const beyond = [...webhookFindings(object, options)].filter(
    (finding) => !errors.some(({ path }) => startsWith(finding.path, path)) && !explained(finding),
  );
  const told = shape.filter((finding) => !(explained(finding) && unknown.some(({ hint }) => hint === meant(finding))));
  return problemsOf(inOrder([...told, ...beyond]), locate);
}

function startsWith(path: FieldPath, start: FieldPath): boolean {
  return start.every((step, index) => path[index] === step);
}

/** Whether something may be missing because it stands under another name, or beside the place where it should be. */
function explains(unknown: Finding, { code, path }: Finding, object: KubeObject): boolean {
  const parent = unknown.path.slice(0, -1);
  if (!startsWith(path, parent) || !["missing-field", "no-effect", "unmeant"].includes(code)) return false;
  if (path.length === parent.length) return true;
  // What stands beside the spec belongs into it.
  return path.length <= parent.length + (parent.length === 0 ? 2 : 1) && isAbsent(object, path);
}

function isAbsent(object: KubeObject, path: FieldPath): boolean {
  const field = path.reduce<Field>((at, step) => at.at(step), new Field(object));
  return !field.present || (Array.isArray(field.value) && field.value.length === 0);
}

/** The hint that an unknown field has where the finding says that the field it was meant for is missing. */
function meant({ path }: Finding): string {
  return `did you mean ${String(path.at(-1))}?`;
}

/** Errors first; else as they were found. */
function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = ({ severity }: Finding): number => (severity === "error" ? 0 : 1);
  return [...findings].sort((a, b) => rank(a) - rank(b));
}
