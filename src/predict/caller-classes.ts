import {
  callerOf,
  namespaceMatcher,
  principalMatcher,
  serviceAccountMatcher,
  trustDomainMatcher,
} from "../rules/authorization-identity.js";
import type { Caller, CallerTest } from "../rules/authorization-identity.js";
import type { AuthorizationPolicy, AuthorizationRule, Condition, Identity } from "../rules/authorization-policy.js";

/** What a policy asks of a call beside the server, as far as calls of one mesh can differ in it. */
export interface PolicyQuestions {
  /** One of each of these is asked of the client's identity. */
  readonly identity: readonly IdentityQuestion[];
  readonly sourceAddress: boolean;
  readonly destinationAddress: boolean;
  readonly host: boolean;
}

interface IdentityQuestion {
  readonly of: "principal" | "namespace" | "serviceAccount" | "trustDomain";
  readonly values: readonly string[];
  /** That of the policy, which a service account without namespace is of. */
  readonly namespace: string;
}

const known = new WeakMap<AuthorizationPolicy, PolicyQuestions>();

/** What a policy asks. What it asks of the request alone does not count: the requests of a class have it alike. */
export function questionsOf(policy: AuthorizationPolicy): PolicyQuestions {
  let found = known.get(policy);
  if (found === undefined) known.set(policy, (found = readQuestions(policy)));
  return found;
}

function readQuestions({ spec, namespace }: AuthorizationPolicy): PolicyQuestions {
  const rules = (spec.rules ?? []).map((rule) => rule ?? {});
  const sources = rules.flatMap(({ from = [] }) => from.map((one) => one.source ?? {}));
  const conditions = rules.flatMap(({ when = [] }) => when);
  const asked = (keys: readonly string[]): boolean => conditions.some(({ key }) => keys.includes(key));
  const ofSources = sources.flatMap((one) => [
    ...question("principal", one.principals, namespace),
    ...question("principal", one.notPrincipals, namespace),
    ...question("namespace", one.namespaces, namespace),
    ...question("namespace", one.notNamespaces, namespace),
    ...question("serviceAccount", one.serviceAccounts, namespace),
    ...question("serviceAccount", one.notServiceAccounts, namespace),
    ...question("trustDomain", one.trustDomains, namespace),
    ...question("trustDomain", one.notTrustDomains, namespace),
  ]);
  const addresses = sources.some((one) =>
    [one.ipBlocks, one.notIpBlocks, one.remoteIpBlocks, one.notRemoteIpBlocks].some((list) => (list ?? []).length > 0),
  );
  return {
    identity: [...ofSources, ...conditions.flatMap((one) => ofCondition(one, namespace))],
    sourceAddress: addresses || asked(["source.ip", "remote.ip"]),
    destinationAddress: asked(["destination.ip"]),
    host: rules.some(asksHost) || conditions.some(({ key }) => /^request\.headers\[(?:host|:authority)\]$/iu.test(key)),
  };
}

function asksHost({ to = [] }: AuthorizationRule): boolean {
  return to.some(({ operation }) => [operation?.hosts, operation?.notHosts].some((list) => (list ?? []).length > 0));
}

const KEYS: ReadonlyMap<string, IdentityQuestion["of"]> = new Map([
  ["source.principal", "principal"],
  ["source.namespace", "namespace"],
  ["source.serviceAccount", "serviceAccount"],
  ["source.trustDomain", "trustDomain"],
]);

function ofCondition({ key, values, notValues }: Condition, namespace: string): IdentityQuestion[] {
  const of = KEYS.get(key);
  return of === undefined ? [] : [...question(of, values, namespace), ...question(of, notValues, namespace)];
}

function question(of: IdentityQuestion["of"], values: readonly string[] = [], namespace: string): IdentityQuestion[] {
  return values.length === 0 ? [] : [{ of, values, namespace }];
}

/** Identities sorted by what policies ask of them. `labels` has a small number for each. */
export interface Sorted {
  readonly labels: Int32Array;
  readonly count: number;
}

/** The identities of a mesh's clients, sorted into those that some policies cannot tell apart. */
export class CallerClasses {
  readonly #callers: readonly Caller[];
  readonly #byPrincipal: ReadonlyMap<string, number>;
  readonly #trustDomains: readonly (readonly string[])[];
  readonly #trustDomain: string;
  readonly #answers = new Map<string, Uint8Array | number>();
  readonly #sorted = new Map<string, Sorted>();

  constructor(
    identities: readonly Identity[],
    settings: { readonly trustDomain: string; readonly trustDomainAliases: readonly string[] },
  ) {
    this.#callers = identities.map(callerOf);
    this.#byPrincipal = new Map(this.#callers.map(({ principal }, index) => [principal, index]));
    const { trustDomain, trustDomainAliases: aliases } = settings;
    this.#trustDomain = trustDomain;
    // A ztunnel takes no account of aliases.
    this.#trustDomains = aliases.length === 0 ? [[trustDomain]] : [[trustDomain, ...aliases], [trustDomain]];
  }

  /** Sorts the identities by some policies, together. `key` stands for them: it is sorted once. */
  sort(key: string, policies: readonly AuthorizationPolicy[]): Sorted {
    let found = this.#sorted.get(key);
    if (found === undefined) this.#sorted.set(key, (found = this.#sort(policies)));
    return found;
  }

  #sort(policies: readonly AuthorizationPolicy[]): Sorted {
    const labels = new Int32Array(this.#callers.length);
    let count = 1;
    const answers = policies
      .flatMap((policy) => questionsOf(policy).identity)
      .flatMap((one) => this.#trustDomains.map((domains) => this.#answer(one, domains)));
    for (const answer of new Set(answers)) count = refine(labels, count, answer);
    return { labels, count };
  }

  /** A bit for each identity; a single one that it is yes for as its place, -1 for none. */
  #answer(asked: IdentityQuestion, domains: readonly string[]): Uint8Array | number {
    const key = JSON.stringify([asked.of, asked.values, asked.of === "serviceAccount" ? asked.namespace : "", domains]);
    let found = this.#answers.get(key);
    if (found === undefined) this.#answers.set(key, (found = this.#ask(asked, domains)));
    return found;
  }

  #ask(asked: IdentityQuestion, domains: readonly string[]): Uint8Array | number {
    const [only = ""] = asked.values;
    // Most policies name one identity in full: no need to ask all.
    if (asked.of === "principal" && asked.values.length === 1 && isPlain(only, this.#trustDomain, domains)) {
      return this.#byPrincipal.get(only) ?? -1;
    }
    const test = testOf(asked, domains);
    return Uint8Array.from(this.#callers, (caller) => (test(caller) ? 1 : 0));
  }
}

/** Whether a principal stands for itself alone: no star, and no trust domain that has another name. */
function isPlain(principal: string, trustDomain: string, domains: readonly string[]): boolean {
  return domains.length === 1 && principal.startsWith(`${trustDomain}/`) && !principal.includes("*");
}

function testOf({ of, values, namespace }: IdentityQuestion, domains: readonly string[]): CallerTest {
  switch (of) {
    case "principal":
      return principalMatcher(values, domains);
    case "namespace":
      return namespaceMatcher(values);
    case "serviceAccount":
      return serviceAccountMatcher(values, namespace);
    case "trustDomain":
      return trustDomainMatcher(values, domains);
  }
}

/** Splits the labels by an answer; returns how many there are then. */
function refine(labels: Int32Array, count: number, answer: Uint8Array | number): number {
  if (typeof answer === "number") {
    if (answer < 0) return count;
    labels[answer] = count;
    return count + 1;
  }
  const split = new Int32Array(count).fill(-1);
  let next = count;
  for (let index = 0; index < labels.length; index += 1) {
    if (answer[index] === 0) continue;
    const label = labels[index] ?? 0;
    if (split[label] === -1) split[label] = next++;
    labels[index] = split[label] ?? 0;
  }
  return next;
}
