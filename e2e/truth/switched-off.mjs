/**
 * What each rule of src/rules/ becomes when it is switched off: an exported function that lets everything be as if the
 * rule were not there. In a body, `real` is the function as it was, and `args` what it is called with.
 *
 * `by: "units"` is for what the recorded mesh cannot show: its unit tests have to fail in its place, and `why` says why.
 */

const AMBIENT = "the local mesh has no ztunnel";
const UNKNOWN = "what it finds makes a prediction unknown, which is no disagreement";
const NOT_DRAWN = "cases do not draw it";
const CLUSTER = "predictions do not ask it, runs on a cluster do";

const COMPARISON = "comparisons with a base ask it, predictions of calls do not";

/** Files that decide nothing: types alone. */
export const TYPES_ALONE = ["authorization-policy.ts", "model.ts"];

/** What is exported beside rules: conversions that cannot be switched off, and what only the cluster side asks. */
export const NO_RULES = {
  "authorization-match.ts": ["quoted"],
  "capture.ts": ["CAPTURE_DEFAULTS"],
  "objects.ts": ["NOWHERE"],
};

const mesh = (file, name, body) => ({ file, name, body, by: "mesh" });
const units = (file, name, body, why, tests = file.replace(".ts", ".test.ts")) => ({
  file,
  name,
  body,
  by: "units",
  why,
  tests: `__tests__/rules/${tests}`,
});

export const SWITCHED_OFF = [
  mesh("authorization.ts", "policiesForWorkload", "return [];"),
  mesh("authorization.ts", "attaches", "return true;"),
  mesh("authorization.ts", "authorize", 'return { answer: "allow", because: [] };'),
  mesh("authorization-address.ts", "parseAddress", "return [0, 0];"),
  mesh("authorization-address.ts", "parseBlock", "return { groups: [0, 0], bits: 0 };"),
  mesh("authorization-address.ts", "inBlock", "return true;"),
  mesh("authorization-address.ts", "takesAll", "return true;"),
  mesh("authorization-attributes.ts", "SOURCE_FIELDS", "[]"),
  mesh("authorization-attributes.ts", "OPERATION_FIELDS", "[]"),
  mesh("authorization-attributes.ts", "conditionAttribute", "return null;"),
  units(
    "authorization-anonymous.ts",
    "admitsAnonymous",
    'return { admits: "all", because: [] };',
    COMPARISON,
    "../predict/exposure.test.ts",
  ),
  mesh("authorization-chain.ts", "constraintsOf", 'return real(args[0], args[1], args[2], "http");'),
  mesh("authorization-chain.ts", "dropsRule", "return false;"),
  mesh("authorization-compile.ts", "compiled", "return { ...real(...args), rules: [] };"),
  mesh("authorization-identity.ts", "callerOf", 'return { ...args[0], principal: "" };'),
  mesh("authorization-identity.ts", "principalMatcher", "return () => true;"),
  mesh("authorization-identity.ts", "namespaceMatcher", "return () => true;"),
  mesh("authorization-identity.ts", "serviceAccountMatcher", "return () => true;"),
  mesh("authorization-match.ts", "stringMatcher", "return (value) => args[0].includes(value);"),
  mesh("authorization-path.ts", "pathMatcher", "return (path) => args[0].includes(path);"),
  mesh("request-path.ts", "normalizePath", 'return args[0].replace(/[?#].*$/s, "");'),
  mesh("request-path.ts", "normalizeTarget", "return args[0];"),
  mesh("authorization-request.ts", "RequestView", "get caller() { return null; }"),
  mesh("authorization-truth.ts", "not", "return args[0];"),
  mesh("authorization-truth.ts", "every", "return () => true;"),
  mesh("authorization-truth.ts", "some", "return () => true;"),
  mesh("auto-mtls.ts", "decideUpstream", 'return { transport: "plaintext", names: null, because: [] };'),
  mesh("capture.ts", "inboundCaptured", "return { captured: true, because: null };"),
  mesh("capture.ts", "outboundCaptured", "return { captured: true, because: null };"),
  mesh("destination-rule.ts", "indexDestinationRules", "return real([], args[1]);"),
  mesh("destination-rule.ts", "rulesForHost", "return [];"),
  mesh("destination-rule.ts", "ruleForClient", "return args[0].at(-1) ?? null;"),
  mesh("destination-rule.ts", "policyFor", "return real(args[0], -1, args[2]);"),
  mesh("hosts.ts", "fullHost", "return args[0];"),
  mesh("hosts.ts", "isWildcard", "return false;"),
  mesh("hosts.ts", "isSubsetOf", "return args[0] === args[1];"),
  mesh("hosts.ts", "mostSpecific", "return [...args[1]].find((key) => key === args[0]);"),
  mesh(
    "inbound.ts",
    "receive",
    'return { taken: args[1] === "tcp" ? "tcp" : "http", decrypted: args[2].transport === "mtls" };',
  ),
  mesh("injection.ts", "decideInjection", "return { ...real(...args), injected: true };"),
  mesh("objects.ts", "byAge", "return 0;"),
  mesh("peer-authentication.ts", "policiesFor", "return {};"),
  mesh("peer-authentication.ts", "decideMode", "return real({}, args[1]);"),
  mesh("peer-authentication.ts", "workloadMode", "return real({});"),
  mesh("peer-authentication.ts", "namespaceMode", "return real({});"),
  mesh("peer-authentication.ts", "hasSelector", "return false;"),
  mesh("protocol.ts", "portProtocol", 'return "auto";'),
  mesh("protocol.ts", "namedProtocol", 'return "tcp";'),
  mesh("protocol.ts", "listenerProtocol", 'return "auto";'),
  mesh("protocol.ts", "speaksHttp2", "return false;"),
  mesh("selectors.ts", "selects", "return true;"),
  mesh("sidecar-scope.ts", "sidecarFor", "return null;"),
  mesh("sidecar-scope.ts", "scopeOf", 'return { ...real(...args), outbound: "ALLOW_ANY" };'),
  mesh("sidecar-scope.ts", "sees", "return real({ ...args[0], sidecar: null }, ...args.slice(1));"),
  mesh("sidecar-scope.ts", "exportedTo", "return true;"),
  mesh("sidecar-scope.ts", "imports", "return true;"),
  mesh("string-match.ts", "matchText", 'return "yes";'),
  mesh("virtual-service.ts", "virtualServicesFor", "return [...args[0]];"),
  mesh("virtual-service.ts", "hostsOf", "return args[0].spec.hosts ?? [];"),
  mesh("virtual-service.ts", "routeHttp", "return null;"),
  mesh("virtual-service.ts", "routeTcp", "return null;"),
  units("authorization-request.ts", "isCorsPreflight", "return false;", UNKNOWN, "request-authentication.test.ts"),
  units("authorization-request.ts", "queryOf", 'return "";', UNKNOWN, "request-authentication.test.ts"),
  units("request-authentication.ts", "requestAuthentication", "return null;", UNKNOWN),
  units("authorization-identity.ts", "trustDomainMatcher", "return () => false;", NOT_DRAWN),
  units("string-match.ts", "matchesRegex", 'return "yes";', NOT_DRAWN),
  units("injection.ts", "webhookInjects", "return false;", CLUSTER),
  units("peer-authentication.ts", "effectiveMode", 'return "PERMISSIVE";', CLUSTER),
  units("envoy-filter.ts", "patches", "return null;", UNKNOWN),
  units("ambient-authorization.ts", "ztunnelPolicies", "return args[0];", AMBIENT),
  units("ambient-enrollment.ts", "enrolled", "return { ...real(...args), enrolled: false };", AMBIENT),
  units("ambient-peer-authentication.ts", "ambientPlaintext", "return { ...real(...args), refused: false };", AMBIENT),
  units("ambient-transport.ts", "ambientTransport", 'return { ...real(...args), transport: "plaintext" };', AMBIENT),
  units("waypoint.ts", "waypointFor", "return { ...real(...args), waypoint: null };", AMBIENT),
  units("waypoint.ts", "usesWaypoint", "return { ...real(...args), through: false };", AMBIENT),
  units("waypoint.ts", "waypointPolicies", "return [];", AMBIENT),
  units("waypoint.ts", "waypointIdentity", 'return { ...real(...args), serviceAccount: "default" };', AMBIENT),
];
