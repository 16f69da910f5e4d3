/** Manifests with one thing wrong each, what is to be said of it and on which line. */
export interface BadManifest {
  readonly what: string;
  readonly yaml: string;
  readonly code: string;
  readonly line: number;
  /** A part of the message with its hint. */
  readonly says: string;
  readonly severity?: "warning";
}

const istio = (kind: string, group: string, spec: string, namespace = "foo"): string =>
  `apiVersion: ${group}/v1
kind: ${kind}
metadata:
  name: a
  namespace: ${namespace}
spec:
${spec}`;
const peer = (spec: string, namespace?: string): string =>
  istio("PeerAuthentication", "security.istio.io", spec, namespace);
const authz = (spec: string): string => istio("AuthorizationPolicy", "security.istio.io", spec);
const rule = (spec: string): string => istio("DestinationRule", "networking.istio.io", spec);
const sidecar = (spec: string): string => istio("Sidecar", "networking.istio.io", spec);
const entry = (spec: string): string => istio("ServiceEntry", "networking.istio.io", spec);
const virtual = (spec: string): string => istio("VirtualService", "networking.istio.io", spec);
const request = (spec: string): string => istio("RequestAuthentication", "security.istio.io", spec);
const deployment = (spec: string): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
spec:
${spec}`;
const service = (spec: string): string => `apiVersion: v1
kind: Service
metadata:
  name: a
spec:
${spec}`;

/** The first line of a spec is the seventh of these texts, of a Deployment or Service the sixth. */
export const BAD_MANIFESTS: readonly BadManifest[] = [
  // How the text is written.
  {
    what: "a tab",
    yaml: "apiVersion: v1\nkind: Namespace\nmetadata:\n\tname: a\n",
    code: "yaml-syntax",
    line: 4,
    says: "tab",
  },
  {
    what: "a key twice",
    yaml: peer("  mtls:\n    mode: STRICT\n    mode: DISABLE"),
    code: "yaml-duplicate-key",
    line: 9,
    says: '"mode" is there already, on line 8',
  },

  // The version.
  {
    what: "a version that the kind never had",
    yaml: peer("  mtls: {mode: STRICT}").replace("/v1", "/v1alpha3"),
    code: "api-version",
    line: 1,
    says: "served: security.istio.io/v1, security.istio.io/v1beta1",
  },
  {
    what: "a version that nothing has",
    yaml: rule("  host: a").replace("/v1", "/v2"),
    code: "api-version",
    line: 1,
    says: "networking.istio.io/v2",
  },
  {
    what: "the group of another kind",
    yaml: peer("  mtls: {mode: STRICT}").replace("security", "networking"),
    code: "api-version",
    line: 1,
    says: "served: security.istio.io/v1",
  },
  {
    what: "no group",
    yaml: peer("  mtls: {mode: STRICT}").replace("security.istio.io/", ""),
    code: "api-version",
    line: 1,
    says: "served: security.istio.io/v1",
  },
  {
    what: "a misspelt kind",
    yaml: peer("  mtls: {mode: STRICT}").replace("PeerAuthentication", "PeerAuthentcation"),
    code: "api-version",
    line: 2,
    says: "did you mean PeerAuthentication?",
  },
  {
    what: "a Deployment of long ago",
    yaml: deployment(
      "  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec: {containers: [{name: a, image: a}]}",
    ).replace("apps/v1", "extensions/v1beta1"),
    code: "api-version",
    line: 1,
    says: "write apps/v1",
  },

  // Metadata.
  {
    what: "a label that is a number",
    yaml: "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels:\n    team: 1\n",
    code: "wrong-type",
    line: 6,
    says: 'write it in quotes: "1"',
  },
  {
    what: "an annotation that is true",
    yaml: "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n  annotations:\n    x/y: true\n",
    code: "wrong-type",
    line: 6,
    says: 'metadata.annotations["x/y"] has to be text',
  },
  {
    what: "a value that no label can have",
    yaml: "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels:\n    team: a b\n",
    code: "invalid-value",
    line: 6,
    says: "no value of a label",
  },
  {
    what: "a name in capitals",
    yaml: peer("  mtls: {mode: STRICT}").replace("name: a", "name: Default"),
    code: "invalid-value",
    line: 4,
    says: 'metadata.name is "Default"',
  },
  {
    what: "a misspelt field of the metadata",
    yaml: "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  label: {istio-injection: enabled}\n",
    code: "unknown-field",
    line: 5,
    says: "did you mean labels?",
  },

  // PeerAuthentication.
  {
    what: "a mode in lower case",
    yaml: peer("  mtls:\n    mode: strict"),
    code: "invalid-value",
    line: 8,
    says: "did you mean STRICT?",
  },
  {
    what: "a mode that there is not",
    yaml: peer("  mtls:\n    mode: MUTUAL"),
    code: "invalid-value",
    line: 8,
    says: "UNSET, DISABLE, PERMISSIVE, STRICT",
  },
  {
    what: "a misspelt field",
    yaml: peer("  mtl:\n    mode: STRICT"),
    code: "unknown-field",
    line: 7,
    says: "did you mean mtls?",
  },
  {
    what: "a field in the wrong place",
    yaml: peer("  mode: STRICT"),
    code: "unknown-field",
    line: 7,
    says: "it stands in spec.mtls",
  },
  {
    what: "a spec beside the spec",
    yaml: "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: a\nmtls:\n  mode: STRICT\n",
    code: "unknown-field",
    line: 5,
    says: "it stands in spec",
  },
  {
    what: "a selector of a Service",
    yaml: peer("  selector:\n    app: httpbin\n  mtls: {mode: STRICT}"),
    code: "unknown-field",
    line: 8,
    says: "spec.selector.app",
  },
  {
    what: "a selector with expressions",
    yaml: peer("  selector:\n    matchExpressions: [{key: app, operator: Exists}]\n  mtls: {mode: STRICT}"),
    code: "unknown-field",
    line: 8,
    says: "matchExpressions",
  },
  {
    what: "a selector that is text",
    yaml: peer("  selector: app=httpbin\n  mtls: {mode: STRICT}"),
    code: "wrong-type",
    line: 7,
    says: "has to be a mapping",
  },
  {
    what: "modes of ports without a selector",
    yaml: peer("  portLevelMtls:\n    8080: {mode: STRICT}"),
    code: "missing-field",
    line: 7,
    says: "needs a selector",
  },
  {
    what: "no modes of ports",
    yaml: peer("  selector: {matchLabels: {app: a}}\n  portLevelMtls: {}"),
    code: "missing-field",
    line: 8,
    says: "spec.portLevelMtls is empty",
  },
  {
    what: "a port that is out of range",
    yaml: peer(
      "  selector: {matchLabels: {app: a}}\n  portLevelMtls:\n    80: {mode: STRICT}\n    70000: {mode: STRICT}",
    ),
    code: "out-of-range",
    line: 10,
    says: "1 to 65535",
  },
  {
    what: "a port by its name",
    yaml: peer("  selector: {matchLabels: {app: a}}\n  portLevelMtls:\n    http: {mode: STRICT}"),
    code: "out-of-range",
    line: 9,
    says: "spec.portLevelMtls.http",
  },
  {
    what: "a wildcard in a selector",
    yaml: peer('  selector:\n    matchLabels:\n      app: "http*"\n  mtls: {mode: STRICT}'),
    code: "invalid-value",
    line: 9,
    says: "no wildcard",
  },
  {
    what: "an empty key in a selector",
    yaml: peer('  selector:\n    matchLabels:\n      "": a\n  mtls: {mode: STRICT}'),
    code: "invalid-value",
    line: 9,
    says: "empty key",
  },
  {
    what: "a selector in the root namespace",
    yaml: peer("  selector: {matchLabels: {app: a}}\n  mtls: {mode: STRICT}", "istio-system"),
    code: "no-effect",
    line: 7,
    says: "root namespace",
    severity: "warning",
  },
  {
    what: "a policy without a mode",
    yaml: peer("  selector: {matchLabels: {app: a}}"),
    code: "no-effect",
    line: 6,
    says: "write mtls.mode",
    severity: "warning",
  },

  // DestinationRule.
  {
    what: "no host",
    yaml: rule("  trafficPolicy: {tls: {mode: DISABLE}}"),
    code: "missing-field",
    line: 6,
    says: "spec.host",
  },
  {
    what: "a host cut short",
    yaml: rule("  host: httpbin.foo"),
    code: "no-effect",
    line: 7,
    says: "write httpbin.foo.svc.cluster.local",
    severity: "warning",
  },
  { what: "a host with a _", yaml: rule("  host: http_bin"), code: "invalid-value", line: 7, says: '"http_bin"' },
  {
    what: "mode STRICT for a client",
    yaml: rule("  host: a\n  trafficPolicy:\n    tls:\n      mode: STRICT"),
    code: "invalid-value",
    line: 10,
    says: "ISTIO_MUTUAL",
  },
  {
    what: "MUTUAL without certificates",
    yaml: rule("  host: a\n  trafficPolicy:\n    tls:\n      mode: MUTUAL\n      privateKey: /k"),
    code: "missing-field",
    line: 9,
    says: "clientCertificate is missing",
  },
  {
    what: "certificates beside a credential",
    yaml: rule(
      "  host: a\n  trafficPolicy:\n    tls:\n      mode: SIMPLE\n      credentialName: x\n      caCertificates: /ca",
    ),
    code: "conflicting-fields",
    line: 12,
    says: "beside credentialName",
  },
  {
    what: "settings of a port without the port",
    yaml: rule("  host: a\n  trafficPolicy:\n    portLevelSettings:\n    - tls: {mode: DISABLE}"),
    code: "missing-field",
    line: 10,
    says: "spec.trafficPolicy.portLevelSettings[0].port is missing",
  },
  {
    what: "settings of a port that no Service can have",
    yaml: rule(
      "  host: a\n  trafficPolicy:\n    portLevelSettings:\n    - port: {number: 70000}\n      tls: {mode: DISABLE}",
    ),
    code: "no-effect",
    line: 10,
    says: "70000",
    severity: "warning",
  },
  {
    what: "a port as text",
    yaml: rule(
      '  host: a\n  trafficPolicy:\n    portLevelSettings:\n    - port:\n        number: "80"\n      tls: {mode: DISABLE}',
    ),
    code: "wrong-type",
    line: 11,
    says: "write it without quotes: 80",
  },
  {
    what: "a traffic policy that says nothing",
    yaml: rule("  host: a\n  trafficPolicy: {}"),
    code: "missing-field",
    line: 8,
    says: "spec.trafficPolicy is empty",
  },
  {
    what: "a subset twice",
    yaml: rule("  host: a\n  subsets:\n  - {name: v1, labels: {v: a}}\n  - {name: v1, labels: {v: b}}"),
    code: "conflicting-fields",
    line: 10,
    says: "another subset",
  },
  {
    what: "a subset with a dot in its name",
    yaml: rule("  host: a\n  subsets:\n  - {name: v1.0, labels: {v: a}}"),
    code: "invalid-value",
    line: 9,
    says: "v1.0",
  },
  {
    what: "an audience that is no namespace",
    yaml: rule("  host: a\n  exportTo: [foo/bar]"),
    code: "invalid-value",
    line: 8,
    says: "*, . or a namespace",
  },
  {
    what: "all and some as the audience",
    yaml: rule("  host: a\n  exportTo:\n  - bar\n  - '*'"),
    code: "conflicting-fields",
    line: 10,
    says: "nothing else",
  },
  {
    what: "a rule of a workload for others",
    yaml: rule("  host: a\n  workloadSelector: {matchLabels: {app: a}}\n  exportTo: [bar]"),
    code: "conflicting-fields",
    line: 9,
    says: "its own namespace only",
  },
  {
    what: "labels in place of matchLabels",
    yaml: rule("  host: a\n  workloadSelector:\n    labels: {app: a}"),
    code: "unknown-field",
    line: 9,
    says: "did you mean matchLabels?",
  },
  {
    what: "a timeout without a unit",
    yaml: rule('  host: a\n  trafficPolicy:\n    connectionPool:\n      tcp:\n        connectTimeout: "5"'),
    code: "invalid-value",
    line: 11,
    says: "write it as 5s",
  },
  {
    what: "a percentage of more than all",
    yaml: rule("  host: a\n  trafficPolicy:\n    outlierDetection:\n      maxEjectionPercent: 150"),
    code: "out-of-range",
    line: 10,
    says: "0 to 100",
  },

  // AuthorizationPolicy.
  {
    what: "an action in lower case",
    yaml: authz("  action: deny\n  rules: [{}]"),
    code: "invalid-value",
    line: 7,
    says: "did you mean DENY?",
  },
  {
    what: "DENY without rules",
    yaml: authz("  action: DENY"),
    code: "missing-field",
    line: 6,
    says: "spec.rules has to be set",
  },
  {
    what: "DENY with no rule",
    yaml: authz("  action: DENY\n  rules: []"),
    code: "missing-field",
    line: 8,
    says: "DENY without rules",
  },
  {
    what: "ALLOW without rules",
    yaml: authz("  selector: {matchLabels: {app: a}}"),
    code: "unmeant",
    line: 6,
    says: "allows nothing",
    severity: "warning",
  },
  {
    what: "CUSTOM without a provider",
    yaml: authz("  action: CUSTOM\n  rules: [{}]"),
    code: "missing-field",
    line: 6,
    says: "spec.provider.name",
  },
  {
    what: "a provider without CUSTOM",
    yaml: authz("  action: ALLOW\n  provider: {name: x}\n  rules: [{}]"),
    code: "conflicting-fields",
    line: 8,
    says: "CUSTOM only",
  },
  {
    what: "principals with CUSTOM",
    yaml: authz("  action: CUSTOM\n  provider: {name: x}\n  rules:\n  - from:\n    - source:\n        principals: [a]"),
    code: "conflicting-fields",
    line: 12,
    says: "action CUSTOM",
  },
  {
    what: "a selector and targets",
    yaml: authz("  selector: {matchLabels: {app: a}}\n  targetRefs:\n  - {kind: Service, name: a}\n  rules: [{}]"),
    code: "conflicting-fields",
    line: 8,
    says: "beside selector",
  },
  {
    what: "a target of another kind",
    yaml: authz("  targetRefs:\n  - kind: Deployment\n    name: a\n  rules: [{}]"),
    code: "invalid-value",
    line: 8,
    says: "Deployment",
  },
  {
    what: "a source that says nothing",
    yaml: authz("  rules:\n  - from:\n    - source: {}"),
    code: "missing-field",
    line: 9,
    says: "is empty",
  },
  {
    what: "a source without its word",
    yaml: authz("  rules:\n  - from:\n    - principals: [a]"),
    code: "unknown-field",
    line: 9,
    says: "it stands in spec.rules.from.source",
  },
  {
    what: "service accounts beside namespaces",
    yaml: authz("  rules:\n  - from:\n    - source:\n        serviceAccounts: [foo/sleep]\n        namespaces: [foo]"),
    code: "conflicting-fields",
    line: 11,
    says: "beside serviceAccounts",
  },
  {
    what: "a service account with a wildcard",
    yaml: authz("  rules:\n  - from:\n    - source:\n        serviceAccounts:\n        - foo/*"),
    code: "invalid-value",
    line: 11,
    says: "NAMESPACE/NAME",
  },
  {
    what: "an address that is none",
    yaml: authz("  rules:\n  - from:\n    - source:\n        ipBlocks:\n        - 10.0.0.0/33"),
    code: "invalid-value",
    line: 11,
    says: "no address",
  },
  {
    what: "ports that are numbers",
    yaml: authz("  rules:\n  - to:\n    - operation:\n        ports:\n        - 8080"),
    code: "wrong-type",
    line: 11,
    says: 'write it in quotes: "8080"',
  },
  {
    what: "a port by its name in an operation",
    yaml: authz("  rules:\n  - to:\n    - operation:\n        ports: [http]"),
    code: "invalid-value",
    line: 10,
    says: "number of a port",
  },
  {
    what: "an operation that says nothing",
    yaml: authz("  rules:\n  - to:\n    - operation: {}"),
    code: "missing-field",
    line: 9,
    says: "operation is empty",
  },
  {
    what: "a template that goes on behind {**}",
    yaml: authz("  rules:\n  - to:\n    - operation:\n        paths: ['/a/{**}/{*}']"),
    code: "invalid-value",
    line: 10,
    says: "{**}",
  },
  {
    what: "a part of a path in braces",
    yaml: authz("  rules:\n  - to:\n    - operation:\n        paths: ['/a/{id}']"),
    code: "invalid-value",
    line: 10,
    says: "{id}",
  },
  {
    what: "a key that is no attribute",
    yaml: authz("  rules:\n  - when:\n    - key: source.principals\n      values: [a]"),
    code: "invalid-value",
    line: 9,
    says: "did you mean source.principal?",
  },
  {
    what: "a header without brackets",
    yaml: authz("  rules:\n  - when:\n    - key: request.headers.x\n      values: [a]"),
    code: "invalid-value",
    line: 9,
    says: "request.headers[user-agent]",
  },
  {
    what: "a condition without values",
    yaml: authz("  rules:\n  - when:\n    - key: source.ip"),
    code: "missing-field",
    line: 9,
    says: "notValues",
  },
  {
    what: "a DENY of HTTP alone",
    yaml: authz("  action: DENY\n  rules:\n  - to:\n    - operation: {methods: [GET]}"),
    code: "unmeant",
    line: 9,
    says: "not HTTP",
    severity: "warning",
  },
  {
    what: "a rule that is null",
    yaml: authz("  rules:\n  - "),
    code: "wrong-type",
    line: 8,
    says: "spec.rules[0] is empty",
  },

  // RequestAuthentication.
  {
    what: "a token of nobody",
    yaml: request("  jwtRules:\n  - audiences: [a]"),
    code: "missing-field",
    line: 8,
    says: "issuer",
  },
  {
    what: "keys from two places",
    yaml: request("  jwtRules:\n  - issuer: a\n    jwksUri: https://a/b\n    jwks: '{\"keys\": []}'"),
    code: "conflicting-fields",
    line: 10,
    says: "beside jwksUri",
  },
  {
    what: "keys from no web address",
    yaml: request("  jwtRules:\n  - issuer: a\n    jwksUri: file:///a"),
    code: "invalid-value",
    line: 9,
    says: "http://",
  },

  // Sidecar.
  {
    what: "a Sidecar that says nothing",
    yaml: sidecar("  workloadSelector: {labels: {app: a}}"),
    code: "missing-field",
    line: 6,
    says: "says nothing",
  },
  {
    what: "a host without a namespace",
    yaml: sidecar("  egress:\n  - hosts:\n    - httpbin.foo.svc.cluster.local"),
    code: "invalid-value",
    line: 9,
    says: "write ./httpbin.foo.svc.cluster.local",
  },
  {
    what: "a short host",
    yaml: sidecar("  egress:\n  - hosts: [foo/httpbin]"),
    code: "invalid-value",
    line: 8,
    says: "httpbin.NAMESPACE.svc.cluster.local",
  },
  {
    what: "matchLabels in place of labels",
    yaml: sidecar("  workloadSelector:\n    matchLabels: {app: a}\n  egress: [{hosts: ['*/*']}]"),
    code: "unknown-field",
    line: 8,
    says: "did you mean labels?",
  },
  {
    what: "a listener for all before others",
    yaml: sidecar(
      "  egress:\n  - hosts: ['*/*']\n  - port: {number: 80, protocol: HTTP, name: http}\n    hosts: ['*/*']",
    ),
    code: "conflicting-fields",
    line: 8,
    says: "has to be the last",
  },
  {
    what: "a listener of an unknown protocol",
    yaml: sidecar("  ingress:\n  - port:\n      number: 80\n      protocol: HTPP\n      name: http"),
    code: "invalid-value",
    line: 10,
    says: "one of: HTTP",
  },
  {
    what: "a mode of outbound calls that there is not",
    yaml: sidecar("  outboundTrafficPolicy:\n    mode: REGISTRY"),
    code: "invalid-value",
    line: 8,
    says: "did you mean REGISTRY_ONLY?",
  },

  // ServiceEntry.
  {
    what: "no hosts",
    yaml: entry("  ports: [{number: 80, name: http, protocol: HTTP}]"),
    code: "missing-field",
    line: 6,
    says: "spec.hosts",
  },
  {
    what: "a port twice",
    yaml: entry(
      "  hosts: [a.com]\n  resolution: DNS\n  ports:\n  - {number: 80, name: http, protocol: HTTP}\n  - {number: 80, name: web, protocol: HTTP}",
    ),
    code: "conflicting-fields",
    line: 11,
    says: "80, which another port has",
  },
  {
    what: "endpoints of nothing to resolve",
    yaml: entry("  hosts: [a.com]\n  endpoints: [{address: 1.2.3.4}]"),
    code: "conflicting-fields",
    line: 8,
    says: "resolution: STATIC",
  },
  {
    what: "an endpoint with a name that is not resolved",
    yaml: entry("  hosts: [a.com]\n  resolution: STATIC\n  endpoints:\n  - address: b.com"),
    code: "invalid-value",
    line: 10,
    says: "resolution: DNS",
  },
  {
    what: "a range that DNS resolves",
    yaml: entry("  hosts: [a.com]\n  resolution: DNS\n  addresses: [10.0.0.0/8]"),
    code: "conflicting-fields",
    line: 9,
    says: "NONE or STATIC",
  },
  {
    what: "several hosts on a TCP port",
    yaml: entry("  hosts: [a.com, b.com]\n  resolution: DNS\n  ports:\n  - {number: 80, name: tcp, protocol: TCP}"),
    code: "conflicting-fields",
    line: 10,
    says: "HTTP or TLS",
  },
  {
    what: "every host",
    yaml: entry("  hosts: ['*']\n  ports: [{number: 80, name: http}]"),
    code: "invalid-value",
    line: 7,
    says: "cannot be *",
  },

  // VirtualService.
  { what: "no routes", yaml: virtual("  hosts: [a]"), code: "missing-field", line: 6, says: "spec.http is missing" },
  {
    what: "a route to nowhere",
    yaml: virtual("  hosts: [a]\n  http:\n  - match: [{uri: {prefix: /}}]"),
    code: "missing-field",
    line: 9,
    says: "needs route",
  },
  {
    what: "a destination without a host",
    yaml: virtual("  hosts: [a]\n  http:\n  - route:\n    - destination: {subset: v1}"),
    code: "missing-field",
    line: 10,
    says: "destination.host",
  },
  {
    what: "a route and a redirect",
    yaml: virtual("  hosts: [a]\n  http:\n  - redirect: {uri: /}\n    route: [{destination: {host: a}}]"),
    code: "conflicting-fields",
    line: 10,
    says: "beside redirect",
  },
  {
    what: "two ways to match a path",
    yaml: virtual(
      "  hosts: [a]\n  http:\n  - match: [{uri: {prefix: /, exact: /a}}]\n    route: [{destination: {host: a}}]",
    ),
    code: "conflicting-fields",
    line: 9,
    says: "beside exact",
  },
  {
    what: "several destinations without weight",
    yaml: virtual("  hosts: [a]\n  http:\n  - route:\n    - destination: {host: a}\n    - destination: {host: b}"),
    code: "missing-field",
    line: 9,
    says: "weight",
  },
  {
    what: "all hosts of the mesh",
    yaml: virtual("  hosts: ['*']\n  tcp: [{route: [{destination: {host: a}}]}]"),
    code: "invalid-value",
    line: 7,
    says: "cannot be *",
  },

  // Kubernetes.
  {
    what: "a selector for workloads in a Service",
    yaml: service("  selector:\n    matchLabels: {app: a}\n  ports: [{port: 80}]"),
    code: "wrong-type",
    line: 7,
    says: "spec.selector.matchLabels has to be text",
  },
  {
    what: "a selector of a Service in a Deployment",
    yaml: deployment(
      "  selector:\n    app: a\n  template:\n    metadata: {labels: {app: a}}\n    spec: {containers: [{name: a, image: a}]}",
    ),
    code: "unknown-field",
    line: 7,
    says: "one of: matchLabels, matchExpressions",
  },
  {
    what: "labels that the selector does not take",
    yaml: deployment(
      "  selector:\n    matchLabels:\n      app: a\n  template:\n    metadata: {labels: {app: b}}\n    spec: {containers: [{name: a, image: a}]}",
    ),
    code: "conflicting-fields",
    line: 8,
    says: 'the template\'s label is "b"',
  },
  {
    what: "a port out of range",
    yaml: service("  ports:\n  - port: 80000"),
    code: "out-of-range",
    line: 7,
    says: "65535",
  },
  {
    what: "a target port out of range",
    yaml: service("  ports:\n  - port: 80\n    targetPort: 70000"),
    code: "out-of-range",
    line: 8,
    says: "1 to 65535",
  },
  {
    what: "a target port that is a number in quotes",
    yaml: service('  ports:\n  - port: 80\n    targetPort: "8080"'),
    code: "invalid-value",
    line: 8,
    says: "write it without quotes: 8080",
  },
  {
    what: "a misspelt port",
    yaml: service("  ports:\n  - port: 80\n    targetport: 8080"),
    code: "unknown-field",
    line: 8,
    says: "did you mean targetPort?",
  },
  {
    what: "ports without names",
    yaml: service("  ports:\n  - {port: 80, name: http}\n  - {port: 81}"),
    code: "missing-field",
    line: 8,
    says: "name is missing",
  },
  {
    what: "a port of a Service twice",
    yaml: service("  ports:\n  - {port: 80, name: a}\n  - {port: 80, name: b}"),
    code: "conflicting-fields",
    line: 8,
    says: "another port",
  },
  {
    what: "a container's port that is text",
    yaml: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: a\n    ports:\n    - containerPort: http\n",
    code: "wrong-type",
    line: 10,
    says: "a whole number",
  },
  {
    what: "no containers",
    yaml: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  hostNetwork: true\n",
    code: "missing-field",
    line: 5,
    says: "spec.containers",
  },
  {
    what: "replicas that are text",
    yaml: deployment(
      '  replicas: "2"\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec: {containers: [{name: a, image: a}]}',
    ),
    code: "wrong-type",
    line: 6,
    says: "write it without quotes: 2",
  },
  {
    what: "a slice of names for addresses",
    yaml: "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: a\naddressType: IPv4\nendpoints:\n- addresses: [a.com]\n",
    code: "invalid-value",
    line: 7,
    says: "no IP address",
  },
  {
    what: "data that is a mapping",
    yaml: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: istio\ndata:\n  mesh:\n    rootNamespace: a\n",
    code: "wrong-type",
    line: 6,
    says: "has to be text",
  },

  // What is met more rarely.
  {
    what: "an annotation that is for other kinds",
    yaml: peer("  mtls: {mode: STRICT}").replace("spec:", '  annotations: {istio.io/dry-run: "true"}\nspec:'),
    code: "invalid-value",
    line: 6,
    says: "AuthorizationPolicies only",
  },
  {
    what: "a dry run of what is neither",
    yaml: authz("  rules: [{}]").replace("spec:", '  annotations: {istio.io/dry-run: "yes"}\nspec:'),
    code: "invalid-value",
    line: 6,
    says: "true or false",
  },
  {
    what: "a selector without labels",
    yaml: authz("  selector: {}\n  rules: [{}]"),
    code: "unmeant",
    line: 7,
    says: "counts as none",
    severity: "warning",
  },
  {
    what: "a trust domain with a path",
    yaml: authz("  rules:\n  - from:\n    - source:\n        trustDomains: [cluster.local/ns/foo]"),
    code: "invalid-value",
    line: 10,
    says: "no trust domain has a /",
  },
  {
    what: "a namespace as a condition of the destination",
    yaml: authz("  rules:\n  - when:\n    - key: destination.namespace\n      values: [a]"),
    code: "invalid-value",
    line: 9,
    says: "the policy's own namespace",
  },
  {
    what: "a namespace of a target",
    yaml: authz("  targetRefs:\n  - {kind: Service, name: a, namespace: bar}\n  rules: [{}]"),
    code: "invalid-value",
    line: 8,
    says: "own namespace",
  },
  {
    what: "the namespace itself beside .",
    yaml: rule("  host: a\n  exportTo: [., foo]"),
    code: "conflicting-fields",
    line: 8,
    says: "there already",
  },
  {
    what: "a duration of no time",
    yaml: rule("  host: a\n  trafficPolicy:\n    connectionPool:\n      tcp:\n        connectTimeout: 1us"),
    code: "out-of-range",
    line: 11,
    says: "1ms or more",
  },
  {
    what: "an upgrade and the client's protocol",
    yaml: rule(
      "  host: a\n  trafficPolicy:\n    connectionPool:\n      http:\n        h2UpgradePolicy: UPGRADE\n        useClientProtocol: true",
    ),
    code: "conflicting-fields",
    line: 12,
    says: "h2UpgradePolicy",
  },
  {
    what: "checks that are skipped and asked for",
    yaml: rule(
      "  host: a\n  trafficPolicy:\n    tls:\n      mode: SIMPLE\n      insecureSkipVerify: true\n      caCertificates: /ca",
    ),
    code: "conflicting-fields",
    line: 12,
    says: "insecureSkipVerify",
  },
  {
    what: "half a number",
    yaml: rule("  host: a\n  trafficPolicy:\n    connectionPool:\n      tcp:\n        maxConnections: 1.5"),
    code: "wrong-type",
    line: 11,
    says: "a whole number",
  },
  {
    what: "a text for a list",
    yaml: rule("  host: a\n  exportTo: ."),
    code: "wrong-type",
    line: 8,
    says: "write it as a list",
  },
  {
    what: "ISTIO_MUTUAL in a Sidecar's ingress",
    yaml: sidecar(
      "  ingress:\n  - port: {number: 8443, protocol: HTTPS, name: https}\n    tls:\n      mode: ISTIO_MUTUAL",
    ),
    code: "conflicting-fields",
    line: 10,
    says: "cannot be ISTIO_MUTUAL",
  },
  {
    what: "an endpoint elsewhere",
    yaml: sidecar("  ingress:\n  - port: {number: 80, protocol: HTTP, name: http}\n    defaultEndpoint: 10.0.0.1:80"),
    code: "invalid-value",
    line: 9,
    says: "127.0.0.1:PORT",
  },
  {
    what: "a listener twice",
    yaml: sidecar(
      "  ingress:\n  - port: {number: 80, protocol: HTTP, name: a}\n  - port: {number: 80, protocol: HTTP, name: b}",
    ),
    code: "conflicting-fields",
    line: 9,
    says: "another listener",
  },
  {
    what: "a host twice",
    yaml: sidecar("  egress:\n  - hosts:\n    - ./a.com\n    - foo/a.com"),
    code: "no-effect",
    line: 10,
    says: "there already",
    severity: "warning",
  },
  {
    what: "a name that DNS cannot resolve",
    yaml: entry("  hosts: ['*.a.com']\n  resolution: DNS\n  ports: [{number: 80, name: http, protocol: HTTP}]"),
    code: "conflicting-fields",
    line: 7,
    says: "hosts without *",
  },
  {
    what: "DYNAMIC_DNS without a wildcard",
    yaml: entry("  hosts: [a.com]\n  resolution: DYNAMIC_DNS\n  ports: [{number: 80, name: http, protocol: HTTP}]"),
    code: "conflicting-fields",
    line: 7,
    says: "needs a wildcard",
  },
  {
    what: "a port that the ServiceEntry has not",
    yaml: entry(
      "  hosts: [a.com]\n  resolution: STATIC\n  ports: [{number: 80, name: http, protocol: HTTP}]\n  endpoints:\n  - address: 1.2.3.4\n    ports: {web: 8080}",
    ),
    code: "invalid-value",
    line: 12,
    says: "one of: http",
  },
  {
    what: "a workload nowhere",
    yaml: istio("WorkloadEntry", "networking.istio.io", "  serviceAccount: a"),
    code: "missing-field",
    line: 6,
    says: "spec needs address or network",
  },
  {
    what: "a server name that is not among the hosts",
    yaml: virtual("  hosts: [a.com]\n  tls:\n  - match: [{sniHosts: [b.com]}]\n    route: [{destination: {host: a}}]"),
    code: "conflicting-fields",
    line: 9,
    says: "none of the hosts",
  },
  {
    what: "a host that another covers",
    yaml: virtual("  hosts:\n  - '*.a.com'\n  - b.a.com\n  http: [{route: [{destination: {host: a}}]}]"),
    code: "conflicting-fields",
    line: 9,
    says: '"*.a.com" covers already',
  },
  {
    what: "a reason to retry that there is not",
    yaml: virtual(
      "  hosts: [a]\n  http:\n  - route: [{destination: {host: a}}]\n    retries: {attempts: 2, retryOn: gateway-eror}",
    ),
    code: "invalid-value",
    line: 10,
    says: "did you mean gateway-error?",
  },
  {
    what: "a timeout of 0",
    yaml: virtual("  hosts: [a]\n  http:\n  - route: [{destination: {host: a}}]\n    timeout: 0s"),
    code: "out-of-range",
    line: 10,
    says: "1ms or more",
  },
  {
    what: "a delegate with gateways",
    yaml: virtual("  gateways: [foo/a]\n  http: [{route: [{destination: {host: a}}]}]"),
    code: "conflicting-fields",
    line: 7,
    says: "without hosts",
  },
  {
    what: "a Gateway of TLS without TLS",
    yaml: istio(
      "Gateway",
      "networking.istio.io",
      "  servers:\n  - hosts: ['*']\n    port: {number: 443, name: https, protocol: HTTPS}",
    ),
    code: "missing-field",
    line: 8,
    says: "tls is missing",
  },
  {
    what: "a field that a later Kubernetes may have",
    yaml: service("  ports: [{port: 80}]\n  quantumRouting: true"),
    code: "unknown-field",
    line: 7,
    says: "quantumRouting",
    severity: "warning",
  },
  {
    what: "two ports of one name",
    yaml: entry(
      "  hosts: [a.com]\n  resolution: DNS\n  ports:\n  - {number: 80, name: http, protocol: HTTP}\n  - {number: 81, name: http, protocol: HTTP}",
    ),
    code: "conflicting-fields",
    line: 11,
    says: '"http", which another item has',
  },
  {
    what: "a plugin from nowhere",
    yaml: istio("WasmPlugin", "extensions.istio.io", '  url: "#%blah$#@"').replace("/v1", "/v1alpha1"),
    code: "invalid-value",
    line: 7,
    says: "http, https, file or oci",
  },
  {
    what: "a Service without a spec",
    yaml: "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n",
    code: "missing-field",
    line: 1,
    says: "spec is missing",
  },
];
