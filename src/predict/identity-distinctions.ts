import { authorize } from "../rules/authorization.js";
import type { AuthorizationPolicy, Condition, RequestFacts, SourceMatch } from "../rules/authorization-policy.js";
import type { MeshSettings } from "../rules/model.js";
import { NOWHERE } from "../rules/objects.js";

/** What AuthorizationPolicies tell identities apart by. */
export interface IdentityDistinctions {
  /** Whether a condition looks at addresses. */
  readonly addresses: boolean;
  /** The same for identities that no condition tells apart. */
  keyOf(namespace: string, serviceAccount: string): string;
}

const IDENTITY_FIELDS = [
  "principals",
  "notPrincipals",
  "namespaces",
  "notNamespaces",
  "serviceAccounts",
  "notServiceAccounts",
  "trustDomains",
  "notTrustDomains",
] as const satisfies readonly (keyof SourceMatch)[];
const ADDRESS_FIELDS = ["ipBlocks", "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks"] as const;
const IDENTITY_KEYS = ["source.principal", "source.namespace", "source.serviceAccount", "source.trustDomain"];
const ADDRESS_KEYS = ["source.ip", "remote.ip", "destination.ip"];

/** One value that some condition compares identities with: which field of which policy it stands in. */
interface Asked {
  readonly policy: AuthorizationPolicy;
  readonly field: string;
  readonly value: string;
  readonly rule: object;
}

/**
 * Takes the conditions of all policies apart. A value without a wildcard is one identity's, or one namespace's: whoever it
 * names is told by name. The others are asked one by one.
 */
export function ofPolicyIdentity(
  policies: readonly AuthorizationPolicy[],
  settings: MeshSettings,
): IdentityDistinctions {
  const asked = policies.flatMap(askedBy);
  const exact = asked.filter(({ value }) => !value.includes("*"));
  const named = new Set(
    exact.map(({ field, value, policy }) => (field === "serviceAccounts" ? accountOf(value, policy.namespace) : value)),
  );
  const patterns = new Map(
    asked
      .filter(({ value }) => value.includes("*") && value !== "*")
      .map((one) => [`${one.policy.namespace} ${one.field} ${one.value}`, asking(one)]),
  );
  const questions = [...patterns.values()];
  const keys = new Map<string, string>();
  const keyOf = (namespace: string, serviceAccount: string): string => {
    const account = `${namespace}/${serviceAccount}`;
    let key = keys.get(account);
    if (key === undefined) {
      const identity = { trustDomain: settings.trustDomain, namespace, serviceAccount };
      const facts: RequestFacts = { ...NOBODY, identity };
      const answers = questions.map((policy) => authorize([policy], facts, settings).answer === "allow");
      const isNamed = namesOf(namespace, serviceAccount, settings).some((one) => named.has(one));
      key = JSON.stringify([isNamed ? account : "", named.has(namespace) ? namespace : "", answers]);
      keys.set(account, key);
    }
    return key;
  };
  return { addresses: policies.some(looksAtAddresses), keyOf };
}

/** All ways to write one identity. */
function namesOf(namespace: string, serviceAccount: string, settings: MeshSettings): string[] {
  const path = `/ns/${namespace}/sa/${serviceAccount}`;
  const domains = [settings.trustDomain, "cluster.local", ...settings.trustDomainAliases];
  return [`${namespace}/${serviceAccount}`, ...domains.flatMap((one) => [`${one}${path}`, `spiffe://${one}${path}`])];
}

function askedBy(policy: AuthorizationPolicy): Asked[] {
  return (policy.spec.rules ?? []).flatMap((rule) => [
    ...(rule?.from ?? []).flatMap(({ source = {} }) =>
      IDENTITY_FIELDS.flatMap((given) => {
        const field = positiveOf(given);
        const one = { from: [{ source: { [field]: [] } }] };
        return (source[given] ?? []).map((value) => ({ policy, field, value, rule: one }));
      }),
    ),
    ...(rule?.when ?? [])
      .filter(({ key }) => IDENTITY_KEYS.includes(key))
      .flatMap(({ key, values = [], notValues = [] }) => {
        const field = key === "source.serviceAccount" ? "serviceAccounts" : key;
        return [...values, ...notValues].map((value) => ({
          policy,
          field,
          value,
          rule: { when: [{ key, values: [] }] },
        }));
      }),
  ]);
}

function looksAtAddresses({ spec }: AuthorizationPolicy): boolean {
  return (spec.rules ?? []).some(
    (rule) =>
      rule?.from?.some(({ source = {} }) => ADDRESS_FIELDS.some((field) => (source[field] ?? []).length > 0)) ===
        true || rule?.when?.some(({ key }) => ADDRESS_KEYS.includes(key)) === true,
  );
}

function positiveOf(field: (typeof IDENTITY_FIELDS)[number]): keyof SourceMatch {
  switch (field) {
    case "notPrincipals":
      return "principals";
    case "notNamespaces":
      return "namespaces";
    case "notServiceAccounts":
      return "serviceAccounts";
    case "notTrustDomains":
      return "trustDomains";
    case "principals":
    case "namespaces":
    case "serviceAccounts":
    case "trustDomains":
      return field;
  }
}

/** A service account without a namespace is one of the policy's own. */
function accountOf(value: string, namespace: string): string {
  return value.includes("/") ? value : `${namespace}/${value}`;
}

/** A policy that lets through whom one value takes. */
function asking({ policy, rule, value }: Asked): AuthorizationPolicy {
  const filled = JSON.parse(JSON.stringify(rule), (_, item: unknown) =>
    Array.isArray(item) && item.length === 0 ? [value] : item,
  ) as { from?: { source?: SourceMatch }[]; when?: Condition[] };
  return { ...policy, annotations: {}, spec: { action: "ALLOW", rules: [filled] }, at: NOWHERE };
}

const NOBODY: RequestFacts = {
  chain: "tcp",
  identity: null,
  sourceAddress: null,
  remoteAddress: null,
  destinationAddress: null,
  destinationPort: 0,
  sni: null,
  host: "",
  method: "",
  path: "",
  headers: {},
};
