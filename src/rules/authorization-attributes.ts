import { inBlock, parseBlock, takesAll, type Address, type AddressBlock } from "./authorization-address.js";
import {
  namespaceMatcher,
  principalMatcher,
  serviceAccountMatcher,
  trustDomainMatcher,
  type CallerTest,
  type TrustDomains,
} from "./authorization-identity.js";
import { stringMatcher } from "./authorization-match.js";
import { pathMatcher } from "./authorization-path.js";
import type { OperationMatch, SourceMatch } from "./authorization-policy.js";
import type { RequestView } from "./authorization-request.js";
import type { Test, Unknown } from "./authorization-truth.js";

/** What rules can ask of a request, by the names that policies have for it. */

/** One thing that rules ask for values of. */
export interface Attribute {
  /** Whether only a request of HTTP has it. */
  readonly httpOnly: boolean;
  /** Whether Istio can make something of a value. */
  readable(value: string): boolean;
  /** A test for any of the values, all of them readable. */
  anyOf(values: readonly string[]): Test<RequestView>;
}

/** Of the policy and the mesh, what attributes go by. */
export interface AttributeContext {
  readonly policyNamespace: string;
  readonly trustDomains: TrustDomains;
}

type AttributeOf = (context: AttributeContext) => Attribute;

const anything = (): boolean => true;
const nothing = (): boolean => false;

/** A peer without identity is none of any. */
function ofIdentity(matcher: (values: readonly string[], context: AttributeContext) => CallerTest): AttributeOf {
  return (context) => ({
    httpOnly: false,
    readable: anything,
    anyOf: (values) => {
      const test = matcher(values, context);
      return ({ caller }) => caller !== null && test(caller);
    },
  });
}

function ofAddress(which: (view: RequestView) => Address | null, why: string): AttributeOf {
  const unknown: Unknown = { why };
  return () => ({
    httpOnly: false,
    readable: (value) => parseBlock(value) !== null,
    anyOf: (values) => {
      const blocks = values.map(parseBlock).filter((block): block is AddressBlock => block !== null);
      const all = takesAll(blocks);
      return (view) => {
        if (all) return true;
        const address = which(view);
        return address === null ? unknown : blocks.some((block) => inBlock(address, block));
      };
    },
  });
}

/** No token that was verified says anything, where none was sent. */
const ofToken: AttributeOf = () => ({
  httpOnly: true,
  readable: anything,
  anyOf: () => (view) => view.token ?? false,
});

const ofPort: AttributeOf = () => ({
  httpOnly: false,
  readable: (value) => /^\d+$/.test(value) && Number(value) <= 65535,
  anyOf: (values) => {
    const ports = new Set(values.map(Number));
    return ({ facts }) => ports.has(facts.destinationPort);
  },
});

const SNI_UNKNOWN: Unknown = { why: "the server name of the TLS connection is not known" };

const ofServerName: AttributeOf = () => ({
  httpOnly: false,
  readable: anything,
  anyOf: (values) => {
    const test = stringMatcher(values);
    return ({ facts }) => (facts.sni === null ? SNI_UNKNOWN : test(facts.sni));
  },
});

function ofHttp(values: (values: readonly string[]) => Test<RequestView>): AttributeOf {
  return () => ({ httpOnly: true, readable: anything, anyOf: values });
}

const ofHost = ofHttp((values) => {
  const test = stringMatcher(values, { ignoreCase: true, starTakesEmpty: true });
  return ({ facts }) => test(facts.host);
});

const ofMethod = ofHttp((values) => {
  const test = stringMatcher(values, { starTakesEmpty: true });
  return ({ facts }) => test(facts.method);
});

const ofPath = ofHttp((values) => {
  const test = pathMatcher(values);
  return ({ path }) => (typeof path === "string" ? test(path) : path);
});

function ofHeader(name: string): AttributeOf {
  return ofHttp((values) => {
    const test = stringMatcher(values, { starTakesEmpty: true });
    return (view) => {
      const value = view.header(name);
      return typeof value === "string" ? test(value) : (value ?? false);
    };
  });
}

const METADATA_UNKNOWN: Unknown = { why: "what other filters of the proxy say of the request is not known" };

const ofOtherFilters: AttributeOf = () => ({
  httpOnly: false,
  readable: anything,
  anyOf: () => () => METADATA_UNKNOWN,
});

/** A key that begins as one that there is, and goes on wrong. */
const unreadable: AttributeOf = () => ({ httpOnly: false, readable: nothing, anyOf: () => nothing });

const ofSourceAddress = ofAddress((view) => view.source, "the client's address is not known");
const ofRemoteAddress = ofAddress((view) => view.remote, "the address of the original client is not known");
const ofDestinationAddress = ofAddress((view) => view.destination, "the server's address is not known");
const ofNamespace = ofIdentity((values) => namespaceMatcher(values));
const ofPrincipal = ofIdentity((values, { trustDomains }) => principalMatcher(values, trustDomains));
const ofServiceAccount = ofIdentity((values, { policyNamespace }) => serviceAccountMatcher(values, policyNamespace));
const ofTrustDomain = ofIdentity((values, { trustDomains }) => trustDomainMatcher(values, trustDomains));

/** A field of a rule's `from` or `to`, its opposite, and what it asks for. */
export interface RuleField<Fields> {
  readonly values: keyof Fields;
  readonly notValues: keyof Fields;
  readonly attribute: AttributeOf;
}

/** The fields of `from.source`. */
export const SOURCE_FIELDS: readonly RuleField<SourceMatch>[] = [
  { values: "principals", notValues: "notPrincipals", attribute: ofPrincipal },
  { values: "requestPrincipals", notValues: "notRequestPrincipals", attribute: ofToken },
  { values: "namespaces", notValues: "notNamespaces", attribute: ofNamespace },
  { values: "serviceAccounts", notValues: "notServiceAccounts", attribute: ofServiceAccount },
  { values: "trustDomains", notValues: "notTrustDomains", attribute: ofTrustDomain },
  { values: "ipBlocks", notValues: "notIpBlocks", attribute: ofSourceAddress },
  { values: "remoteIpBlocks", notValues: "notRemoteIpBlocks", attribute: ofRemoteAddress },
];

/** The fields of `to.operation`. */
export const OPERATION_FIELDS: readonly RuleField<OperationMatch>[] = [
  { values: "ports", notValues: "notPorts", attribute: ofPort },
  { values: "methods", notValues: "notMethods", attribute: ofMethod },
  { values: "hosts", notValues: "notHosts", attribute: ofHost },
  { values: "paths", notValues: "notPaths", attribute: ofPath },
];

const CONDITIONS: ReadonlyMap<string, AttributeOf> = new Map([
  ["source.ip", ofSourceAddress],
  ["remote.ip", ofRemoteAddress],
  ["source.namespace", ofNamespace],
  ["source.principal", ofPrincipal],
  ["source.serviceAccount", ofServiceAccount],
  ["source.trustDomain", ofTrustDomain],
  ["request.auth.principal", ofToken],
  ["request.auth.audiences", ofToken],
  ["request.auth.presenter", ofToken],
  ["destination.ip", ofDestinationAddress],
  ["destination.port", ofPort],
  ["connection.sni", ofServerName],
]);

/**
 * What the key of a condition asks for; null for a key that there is not.
 *
 * Source: istio, pilot/pkg/security/authz/model/model.go:New, generator.go.
 */
export function conditionAttribute(key: string): AttributeOf | null {
  const plain = CONDITIONS.get(key);
  if (plain !== undefined) return plain;
  if (key.startsWith("request.headers")) {
    const name = /^\[(.*)\]$/s.exec(key.slice("request.headers".length))?.[1];
    return name === undefined ? unreadable : ofHeader(name.toLowerCase());
  }
  if (key.startsWith("request.auth.claims")) {
    return /^\[.*\]$/s.test(key.slice("request.auth.claims".length)) ? ofToken : unreadable;
  }
  if (key.startsWith("experimental.envoy.filters.")) return key.includes("[") ? ofOtherFilters : unreadable;
  return null;
}
