/** What Istio's webhook refuses beyond the schemas, and what it takes although it surely was not meant. */
import type { KubeObject } from "../../ports.js";
import type { Problem } from "../../problems.js";
import type { Finding, Locate } from "../field.js";
import { Field, problemsOf, wrong } from "../field.js";
import { isIstioObject } from "./check.js";
import { authorizationPolicy } from "./webhook/authorization-policy.js";
import type { SpecRule } from "./webhook/common.js";
import { destinationRule } from "./webhook/destination-rule.js";
import { gateway } from "./webhook/gateway.js";
import { peerAuthentication } from "./webhook/peer-authentication.js";
import { requestAuthentication } from "./webhook/request-authentication.js";
import { serviceEntry, workloadEntry, workloadGroup } from "./webhook/service-entry.js";
import { sidecar } from "./webhook/sidecar.js";
import { virtualService } from "./webhook/virtual-service.js";

export interface WebhookOptions {
  readonly rootNamespace: string;
}

const RULES: Readonly<Record<string, SpecRule>> = {
  AuthorizationPolicy: authorizationPolicy,
  DestinationRule: destinationRule,
  Gateway: gateway,
  PeerAuthentication: peerAuthentication,
  RequestAuthentication: requestAuthentication,
  ServiceEntry: serviceEntry,
  Sidecar: sidecar,
  VirtualService: virtualService,
  WorkloadEntry: workloadEntry,
  WorkloadGroup: workloadGroup,
};

/**
 * What is wrong with an object of Istio that has the shape of its schema: errors for what Istio's webhook refuses, warnings
 * for what it takes. None for other objects. Pure, and bears any JSON; a field of the wrong type counts as absent.
 *
 * Source: istio, pkg/config/validation/validation.go.
 */
export function checkIstioRules(object: KubeObject, locate: Locate, options: WebhookOptions): Problem[] {
  return problemsOf(webhookFindings(object, options), locate);
}

/** As `checkIstioRules`, before the lines are known. */
export function* webhookFindings(object: KubeObject, { rootNamespace }: WebhookOptions): Generator<Finding> {
  if (!isIstioObject(object)) return;
  const root = new Field(object);
  const metadata = root.at("metadata");
  const dryRun = metadata.at("annotations").at("istio.io/dry-run");
  if (dryRun.present && object.kind !== "AuthorizationPolicy")
    yield wrong("invalid-value", dryRun, "goes with AuthorizationPolicies only");
  const rule = Object.hasOwn(RULES, object.kind) ? RULES[object.kind] : undefined;
  if (rule === undefined) return;
  const namespace = metadata.at("namespace").text || "default";
  yield* rule(root.at("spec"), { name: metadata.at("name").text, namespace, rootNamespace, metadata });
}
