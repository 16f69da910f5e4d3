import { attaches, type AuthorizedWorkload } from "./authorization.js";
import type { RequestFacts, TargetRef } from "./authorization-policy.js";
import { isCorsPreflight, queryOf } from "./authorization-request.js";
import { byAge, type Decision, type MeshObject } from "./objects.js";
import type { LabelSelector } from "./selectors.js";

/** Where a token of one issuer stands, and what it has to be (istio.io/api security/v1beta1/request_authentication.proto). */
export interface JwtRule {
  readonly issuer?: string;
  readonly fromHeaders?: readonly { readonly name: string; readonly prefix?: string }[];
  readonly fromParams?: readonly string[];
  readonly fromCookies?: readonly string[];
}

/** A RequestAuthentication as the API has it, as far as it is read here. */
export interface RequestAuthenticationSpec {
  readonly selector?: LabelSelector;
  readonly targetRef?: TargetRef;
  readonly targetRefs?: readonly TargetRef[];
  readonly jwtRules?: readonly JwtRule[];
}

export type RequestAuthentication = MeshObject<RequestAuthenticationSpec>;

/** The request has something where a token would stand. Whether it is one that is taken cannot be told. */
export interface TokenUnknown {
  readonly answer: "unknown";
  readonly why: string;
  readonly because: readonly Decision[];
}

/**
 * What the RequestAuthentications make of a request to a workload with a sidecar: one without a token passes, and so do a
 * TCP connection and a CORS preflight request. Where there is something that a rule reads as a token, the answer may be 401.
 *
 * Source: istio, pilot/pkg/model/authentication.go:getConfigsForWorkload,
 * pilot/pkg/security/authn/policy_applier.go:convertToEnvoyJwtConfig.
 *
 * @returns null where the request passes for sure
 */
export function requestAuthentication(
  policies: readonly RequestAuthentication[],
  workload: AuthorizedWorkload,
  request: RequestFacts,
  rootNamespace: string,
): TokenUnknown | null {
  if (request.chain === "tcp" || isCorsPreflight(request)) return null;
  const applied = policies.filter((one) => attaches(one, workload, rootNamespace)).sort(byAge);
  const because = applied.flatMap((policy) =>
    (policy.spec.jwtRules ?? []).flatMap((rule, index): Decision[] => {
      const place = tokenPlace(rule, request);
      if (place === null) return [];
      const says = `the request's ${place} is read as a token, and whether it is taken is not known`;
      return [{ rule: "request-authentication", says, object: policy, path: ["spec", "jwtRules", index] }];
    }),
  );
  const [first] = because;
  return first === undefined ? null : { answer: "unknown", why: first.says, because };
}

const DEFAULT_PLACES: JwtRule = {
  fromHeaders: [{ name: "authorization", prefix: "Bearer " }],
  fromParams: ["access_token"],
};

/** Where in the request the rule finds something, in words; null where it finds nothing. */
function tokenPlace(rule: JwtRule, request: RequestFacts): string | null {
  const saysWhere = [rule.fromHeaders, rule.fromParams, rule.fromCookies].some((places) => (places ?? []).length > 0);
  const { fromHeaders, fromParams, fromCookies } = saysWhere ? rule : DEFAULT_PLACES;
  const header = (fromHeaders ?? []).find(({ name, prefix }) => headerOf(request, name)?.includes(prefix ?? ""));
  if (header !== undefined) return `header ${header.name.toLowerCase()}`;
  const query = new URLSearchParams(queryOf(request.path));
  const param = (fromParams ?? []).find((name) => query.has(name));
  if (param !== undefined) return `query parameter ${param}`;
  const cookies = cookieNames(headerOf(request, "cookie") ?? "");
  const cookie = (fromCookies ?? []).find((name) => cookies.has(name));
  return cookie === undefined ? null : `cookie ${cookie}`;
}

function headerOf({ headers }: RequestFacts, name: string): string | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(headers, lower) ? headers[lower] : undefined;
}

function cookieNames(header: string): ReadonlySet<string> {
  const pairs = header.split(";").filter((pair) => pair.includes("="));
  return new Set(pairs.map((pair) => pair.slice(0, pair.indexOf("=")).trim()));
}
