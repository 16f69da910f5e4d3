import { quoted, stringMatcher } from "./authorization-match.js";
import type { Identity } from "./authorization-policy.js";

/** Who calls, as AuthorizationPolicies write it: principals, namespaces, service accounts and trust domains. */

/** An identity, with its parts in one: `TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT`. */
export interface Caller extends Identity {
  readonly principal: string;
}

export type CallerTest = (caller: Caller) => boolean;

export function callerOf(identity: Identity): Caller {
  const { trustDomain, namespace, serviceAccount } = identity;
  return { trustDomain, namespace, serviceAccount, principal: `${trustDomain}/ns/${namespace}/sa/${serviceAccount}` };
}

/** The trust domain of the mesh, then its aliases. */
export type TrustDomains = readonly string[];

/**
 * Of principals: strings with a star, that of the trust domain standing for the mesh's and its aliases.
 *
 * Source: istio, pilot/pkg/security/authz/model/generator.go:srcPrincipalGenerator.
 */
export function principalMatcher(patterns: readonly string[], domains: TrustDomains): CallerTest {
  const test = stringMatcher(patterns.flatMap((pattern) => withAliases(pattern, domains)));
  return ({ principal }) => test(principal);
}

/**
 * Of namespaces: a star may stand anywhere. It also takes slashes, so `*sa` takes every namespace, by the `/sa/` behind it.
 *
 * Source: istio, pilot/pkg/security/authz/model/generator.go:srcNamespaceGenerator.
 */
export function namespaceMatcher(patterns: readonly string[]): CallerTest {
  const exact = new Set(patterns.filter((pattern) => /^[^*/]+$/.test(pattern)));
  const expressions = patterns.filter((pattern) => !exact.has(pattern)).map(namespaceExpression);
  return ({ namespace, principal }) =>
    exact.has(namespace) || expressions.some((one) => one.test(`spiffe://${principal}`));
}

/**
 * Of service accounts: `NAMESPACE/NAME`, or `NAME` in the policy's own namespace. No star counts.
 *
 * Source: istio, pilot/pkg/security/authz/model/generator.go:serviceAccountRegex.
 */
export function serviceAccountMatcher(values: readonly string[], policyNamespace: string): CallerTest {
  const accounts = new Set(values.map((value) => (value.includes("/") ? value : `${policyNamespace}/${value}`)));
  return ({ namespace, serviceAccount }) => accounts.has(`${namespace}/${serviceAccount}`);
}

/**
 * Of trust domains: one star, which takes no slash. A name that is the mesh's, or an alias, stands for all of them.
 *
 * Source: istio, pilot/pkg/security/authz/model/generator.go:srcTrustDomainGenerator,
 * pilot/pkg/security/trustdomain/bundle.go:ExpandTrustDomainAliases.
 */
export function trustDomainMatcher(patterns: readonly string[], domains: TrustDomains): CallerTest {
  const expanded = patterns.flatMap((pattern) => (domains.includes(pattern) ? domains : [pattern]));
  const tests = expanded.map((pattern): CallerTest => {
    if (pattern === "*") return () => true;
    const star = pattern.indexOf("*");
    if (star < 0) return ({ principal }) => principal.startsWith(`${pattern}/`);
    const expression = new RegExp(`^${quoted(pattern.slice(0, star))}[^/]*${quoted(pattern.slice(star + 1))}/`);
    return ({ principal }) => expression.test(principal);
  });
  return (caller) => tests.some((test) => test(caller));
}

/**
 * What a pattern for principals becomes: where it names the mesh's trust domain, one of its aliases or `cluster.local`, one
 * for each of them. A pattern that is not of five parts, and one whose trust domain is `*`, stays.
 *
 * Source: istio, pilot/pkg/security/trustdomain/bundle.go:ReplaceTrustDomainAliases, replaceTrustDomains.
 */
function withAliases(pattern: string, domains: TrustDomains): readonly string[] {
  const [domain = "", ...rest] = pattern.split("/");
  if (rest.length !== 4 || domain === "*") return [pattern];
  if (domain !== "cluster.local" && !domains.some((one) => meets(domain, one))) return [pattern];
  return domains.map((one) => (endsAs(one, domain) ? pattern : [one, ...rest].join("/")));
}

/** Whether one of two names takes the other, either of which may have a star at an end. */
function meets(a: string, b: string): boolean {
  return a === b || b === "*" || beginsAs(a, b) || beginsAs(b, a) || endsAs(a, b) || endsAs(b, a);
}

function beginsAs(value: string, pattern: string): boolean {
  return pattern.endsWith("*") && value.startsWith(pattern.slice(0, -1));
}

function endsAs(value: string, pattern: string): boolean {
  return pattern.startsWith("*") && value.endsWith(pattern.slice(1));
}

function namespaceExpression(pattern: string): RegExp {
  return new RegExp(`^.*/ns/${pattern.split("*").map(quoted).join(".*")}/.*$`);
}
