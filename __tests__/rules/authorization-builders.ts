import type {
  AuthorizationPolicy,
  AuthorizationPolicySpec,
  AuthorizationRule,
  Condition,
  Identity,
  OperationMatch,
  RequestFacts,
  SourceMatch,
} from "../../src/rules/authorization-policy.js";
import { authorize, type AuthorizationAnswer, type AuthorizationSettings } from "../../src/rules/authorization.js";
import { NOWHERE } from "../../src/rules/objects.js";

/** Policies and requests, with as little said as the test is about. */

export const ROOT = "istio-system";
export const WORKLOAD = { namespace: "foo", labels: { app: "httpbin", version: "v1" } };

export const MESH: AuthorizationSettings = {
  trustDomain: "cluster.local",
  trustDomainAliases: [],
  pathNormalization: "BASE",
  rootNamespace: ROOT,
  extensionProviders: ["opa"],
};

export const SLEEP: Identity = { trustDomain: "cluster.local", namespace: "bar", serviceAccount: "sleep" };

export const REQUEST: RequestFacts = {
  chain: "http",
  identity: SLEEP,
  sourceAddress: "10.1.2.3",
  remoteAddress: "192.0.2.7",
  destinationAddress: "10.9.9.9",
  destinationPort: 8080,
  sni: "outbound_.8000_._.httpbin.foo.svc.cluster.local",
  host: "httpbin.foo:8000",
  method: "GET",
  path: "/headers?show=all",
  headers: { "x-token": "abc", "x-empty": "" },
};

export const PLAINTEXT: RequestFacts = { ...REQUEST, identity: null, sni: "" };
export const TCP: RequestFacts = { ...REQUEST, chain: "tcp", host: "", method: "", path: "", headers: {} };

export interface Rest {
  readonly namespace?: string;
  readonly name?: string;
  readonly created?: number;
  readonly annotations?: Record<string, string>;
}

export function policy(spec: AuthorizationPolicySpec, rest: Rest = {}): AuthorizationPolicy {
  return {
    kind: "AuthorizationPolicy",
    namespace: rest.namespace ?? "foo",
    name: rest.name ?? "policy",
    labels: {},
    annotations: rest.annotations ?? {},
    created: rest.created ?? 1,
    spec,
    at: NOWHERE,
  };
}

export function allow(...rules: (AuthorizationRule | null)[]): AuthorizationPolicy {
  return policy({ rules }, { name: "allow" });
}

export function deny(...rules: (AuthorizationRule | null)[]): AuthorizationPolicy {
  return policy({ action: "DENY", rules }, { name: "deny" });
}

export function custom(provider: string, ...rules: (AuthorizationRule | null)[]): AuthorizationPolicy {
  return policy({ action: "CUSTOM", provider: { name: provider }, rules }, { name: `custom-${provider}` });
}

export const from = (...sources: SourceMatch[]): AuthorizationRule => ({ from: sources.map((source) => ({ source })) });
export const to = (...operations: OperationMatch[]): AuthorizationRule => ({
  to: operations.map((operation) => ({ operation })),
});
export const when = (...conditions: Condition[]): AuthorizationRule => ({ when: conditions });

/** `yes`, `no` or `unknown`: whether a rule takes a request, asked through an ALLOW policy. */
export function takes(rule: AuthorizationRule, request: RequestFacts = REQUEST, mesh = MESH): "yes" | "no" | "unknown" {
  const { answer } = authorize([allow(rule)], request, mesh);
  return answer === "allow" ? "yes" : answer === "deny" ? "no" : "unknown";
}

export function answers(
  policies: readonly AuthorizationPolicy[],
  request: RequestFacts = REQUEST,
  mesh = MESH,
): AuthorizationAnswer["answer"] {
  return authorize(policies, request, mesh).answer;
}
