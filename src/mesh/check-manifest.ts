/** All that can be said of one object of a file by itself. */
import type { KubeObject } from "../ports.js";
import type { Problem } from "../problems.js";
import type { FieldPath } from "../rules/objects.js";
import type { Finding, Locate } from "./field.js";
import { problemsOf } from "./field.js";
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
  const misshapen = shape.filter(({ severity }) => severity === "error").map(({ path }) => path);
  // What has not its shape reads as absent: what the rules say of it, or of what is in it, says nothing more.
  const beyond = [...webhookFindings(object, options)].filter(
    ({ path }) => !misshapen.some((bad) => startsWith(path, bad)),
  );
  return problemsOf(inOrder([...shape, ...beyond]), locate);
}

function startsWith(path: FieldPath, start: FieldPath): boolean {
  return start.every((step, index) => path[index] === step);
}

/** Errors first; else as they were found. */
function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = ({ severity }: Finding): number => (severity === "error" ? 0 : 1);
  return [...findings].sort((a, b) => rank(a) - rank(b));
}
