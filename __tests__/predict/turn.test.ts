import { describe, expect, it } from "vitest";
import type { Outcome, Predicted } from "../../src/mesh/call.js";
import { checkManifest } from "../../src/mesh/check-manifest.js";
import { readObjects } from "../../src/mesh/objects.js";
import type { InventoryInput } from "../../src/mesh/read-inventory.js";
import type { Suggestion } from "../../src/predict/turn.js";
import { explanationJson } from "../../src/report/explain.js";
import {
  explanationOf,
  istio,
  meshOf,
  namespace,
  predictIn,
  service,
  STRICT,
  turn,
  withYaml,
  WORLD,
  workload,
} from "./turn-builders.js";

const HTTPBIN = "http://httpbin.foo:8000/ip";

const all = (predicted: Predicted): readonly Outcome[] =>
  "unknown" in predicted ? [] : "anyOf" in predicted ? predicted.anyOf : [predicted];
const outcomes = (predicted: Predicted): string[] =>
  all(predicted).map(({ arrives, code, transport }) => `${arrives} ${code} ${transport}`);
const short = ({ change, object, achieves }: Suggestion): string =>
  `${change} ${object.kind} ${object.metadata.namespace ?? "-"}/${object.metadata.name}: ${achieves}`;
const specOf = (all: readonly Suggestion[], kind: string): unknown =>
  all.find(({ object }) => object.kind === kind)?.object["spec"];

/** The YAML that is printed, with what is predicted where it is applied. */
function printed(mesh: InventoryInput, from: string, url: string): { yaml: string; after: Predicted }[] {
  const document = JSON.parse(explanationJson(explanationOf(mesh, from, url))) as { suggestions: { yaml: string }[] };
  return document.suggestions.map(({ yaml }) => ({ yaml, after: predictIn(withYaml(mesh, yaml), from, url) }));
}

const rule = (spec: string): string => istio("DestinationRule", "foo/httpbin", `{host: httpbin, ${spec}}`);
const route = (http: string): string =>
  istio("VirtualService", "foo/httpbin", `{hosts: [httpbin.foo.svc.cluster.local], http: [${http}]}`);
const TO = "route: [{destination: {host: httpbin}}]";
const REGISTRY_ONLY = "outboundTrafficPolicy: {mode: REGISTRY_ONLY}";

interface Cause {
  readonly mesh: readonly string[];
  readonly from?: string;
  readonly url?: string;
  readonly expected: readonly string[];
}

const CAUSES: Readonly<Record<string, Cause>> = {
  "a client without sidecar, STRICT": {
    mesh: [STRICT],
    from: "legacy/sleep",
    expected: [
      "replace Deployment legacy/sleep: arrives-mtls",
      "add PeerAuthentication foo/httpbin-8080-permissive: arrives-plaintext",
      "replace Namespace -/legacy: arrives-mtls",
    ],
  },
  "a client that asks for no sidecar, STRICT": {
    mesh: [STRICT, workload("bar/sleep", { labels: 'sidecar.istio.io/inject: "false"' })],
    from: "bar/sleep",
    expected: [
      "replace Deployment bar/sleep: arrives-mtls",
      "add PeerAuthentication foo/httpbin-8080-permissive: arrives-plaintext",
      "replace PeerAuthentication foo/default: arrives-plaintext",
    ],
  },
  "STRICT for the workload's port alone": {
    mesh: [
      istio(
        "PeerAuthentication",
        "foo/own",
        "{selector: {matchLabels: {app: httpbin}}, portLevelMtls: {8080: {mode: STRICT}}}",
      ),
    ],
    from: "legacy/sleep",
    expected: [
      "replace Deployment legacy/sleep: arrives-mtls",
      "replace PeerAuthentication foo/own: arrives-plaintext",
      "replace Namespace -/legacy: arrives-mtls",
    ],
  },
  "the client's port is excluded from its sidecar, STRICT": {
    mesh: [
      STRICT,
      workload("bar/sleep", { annotations: 'traffic.sidecar.istio.io/excludeOutboundPorts: "8000,9000"' }),
    ],
    from: "bar/sleep",
    expected: [
      "replace Deployment bar/sleep: arrives-mtls",
      "add PeerAuthentication foo/httpbin-8080-permissive: arrives-plaintext",
      "replace PeerAuthentication foo/default: arrives-plaintext",
    ],
  },
  "the client runs as the proxy's user, STRICT": {
    mesh: [STRICT, workload("bar/sleep", { pod: "securityContext: {runAsUser: 1337}" })],
    from: "bar/sleep",
    expected: [
      "replace Deployment bar/sleep: arrives-mtls",
      "add PeerAuthentication foo/httpbin-8080-permissive: arrives-plaintext",
      "replace PeerAuthentication foo/default: arrives-plaintext",
    ],
  },
  "a DestinationRule with DISABLE, STRICT": {
    mesh: [STRICT, rule("trafficPolicy: {tls: {mode: DISABLE}}")],
    expected: [
      "add DestinationRule bar/httpbin-foo: arrives-mtls",
      "replace DestinationRule foo/httpbin: arrives-mtls",
      "add PeerAuthentication foo/httpbin-8080-permissive: arrives-plaintext",
    ],
  },
  SIMPLE: {
    mesh: [rule("trafficPolicy: {tls: {mode: SIMPLE}}")],
    expected: [
      "add DestinationRule bar/httpbin-foo: arrives-mtls",
      "replace DestinationRule foo/httpbin: arrives-mtls",
    ],
  },
  "ISTIO_MUTUAL to a server without sidecar": {
    mesh: [
      istio("DestinationRule", "istio-system/all", '{host: "*.local", trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}'),
    ],
    url: "http://httpbin.legacy:8000/ip",
    expected: [
      "add DestinationRule bar/httpbin-legacy: arrives-plaintext",
      "replace Deployment legacy/httpbin: arrives-mtls",
      "replace Namespace -/legacy: arrives-mtls",
    ],
  },
  "subjectAltNames that are not the server's": {
    mesh: [
      rule('trafficPolicy: {tls: {mode: ISTIO_MUTUAL, subjectAltNames: ["spiffe://cluster.local/ns/foo/sa/other"]}}'),
    ],
    expected: [
      "add DestinationRule bar/httpbin-foo: arrives-mtls",
      "replace DestinationRule foo/httpbin: arrives-mtls",
    ],
  },
  "DISABLE for the namespace, STRICT for the workload": {
    mesh: [
      istio("PeerAuthentication", "foo/default", "{mtls: {mode: DISABLE}}"),
      istio("PeerAuthentication", "foo/own", "{selector: {matchLabels: {app: httpbin}}, mtls: {mode: STRICT}}"),
    ],
    expected: [
      "add DestinationRule bar/httpbin-foo: arrives-mtls",
      "replace PeerAuthentication foo/default: arrives-mtls",
      "replace PeerAuthentication foo/own: arrives-plaintext",
    ],
  },
  "a port that the server's sidecar does not see": {
    mesh: [workload("foo/httpbin", { annotations: 'traffic.sidecar.istio.io/excludeInboundPorts: "8080"' })],
    expected: [
      "add DestinationRule bar/httpbin-foo: arrives-plaintext",
      "replace Deployment foo/httpbin: arrives-mtls",
      "add PeerAuthentication foo/httpbin-8080-disable: arrives-plaintext",
    ],
  },
  "a DENY policy": {
    mesh: [
      istio(
        "AuthorizationPolicy",
        "foo/no-bar",
        "{action: DENY, rules: [{from: [{source: {namespaces: [other]}}]}, {from: [{source: {namespaces: [bar]}}]}]}",
      ),
    ],
    expected: ["replace AuthorizationPolicy foo/no-bar: arrives-mtls"],
  },
  "an ALLOW policy for others": {
    mesh: [istio("AuthorizationPolicy", "foo/own", "{rules: [{from: [{source: {namespaces: [foo]}}]}]}")],
    expected: [
      "replace AuthorizationPolicy foo/own: arrives-mtls",
      "add AuthorizationPolicy foo/allow-sleep-8080: arrives-mtls",
    ],
  },
  "a policy that allows nothing, to a client without identity": {
    mesh: [istio("AuthorizationPolicy", "foo/nothing", "{}")],
    from: "legacy/sleep",
    expected: [
      "replace AuthorizationPolicy foo/nothing: arrives-plaintext",
      "add AuthorizationPolicy foo/allow-sleep-8080: arrives-plaintext",
    ],
  },
  "a DENY policy for a port, to a client without identity": {
    mesh: [
      istio(
        "AuthorizationPolicy",
        "foo/port",
        '{action: DENY, rules: [{to: [{operation: {ports: ["8080", "8081"]}}]}]}',
      ),
    ],
    from: "legacy/sleep",
    expected: ["replace AuthorizationPolicy foo/port: arrives-plaintext"],
  },
  "a DENY policy for other service accounts": {
    mesh: [
      istio(
        "AuthorizationPolicy",
        "foo/accounts",
        "{action: DENY, rules: [{from: [{source: {notServiceAccounts: [sleep]}}]}]}",
      ),
    ],
    expected: ["replace AuthorizationPolicy foo/accounts: arrives-mtls"],
  },
  "a policy for all, to a client whose calls go round its sidecar": {
    mesh: [
      workload("bar/sleep", { annotations: 'traffic.sidecar.istio.io/excludeOutboundPorts: "8000"' }),
      istio("AuthorizationPolicy", "foo/all", "{action: DENY, rules: [{}]}"),
    ],
    expected: ["replace AuthorizationPolicy foo/all: arrives-plaintext"],
  },
  "a Sidecar whose listeners are for other ports": {
    mesh: [
      istio(
        "Sidecar",
        "bar/default",
        `{egress: [{port: {number: 9000, protocol: HTTP, name: http}, hosts: ["*/*"]}], ${REGISTRY_ONLY}}`,
      ),
    ],
    expected: ["replace Sidecar bar/default: arrives-mtls"],
  },
  "a Sidecar that does not name the host": {
    mesh: [istio("Sidecar", "bar/default", `{egress: [{hosts: ["./*"]}], ${REGISTRY_ONLY}}`)],
    expected: ["replace Sidecar bar/default: arrives-mtls"],
  },
  "a Service that is not exported": {
    mesh: [
      istio("Sidecar", "bar/default", `{egress: [{hosts: ["*/*"]}], ${REGISTRY_ONLY}}`),
      service("foo/httpbin", 'networking.istio.io/exportTo: "."'),
    ],
    expected: ["replace Sidecar bar/default: arrives-plaintext", "replace Service foo/httpbin: arrives-mtls"],
  },
  "no route": {
    mesh: [route(`{match: [{uri: {prefix: /other}}], ${TO}}`)],
    expected: ["replace VirtualService foo/httpbin: arrives-mtls"],
  },
  "a fault": {
    mesh: [route(`{fault: {abort: {httpStatus: 503, percentage: {value: 100}}}, ${TO}}`)],
    expected: ["replace VirtualService foo/httpbin: arrives-mtls"],
  },
  "a fault, and a subset that no rule has": {
    mesh: [
      route(
        "{fault: {abort: {httpStatus: 503, percentage: {value: 100}}}, route: [{destination: {host: httpbin, subset: v2}}]}",
      ),
    ],
    expected: ["replace VirtualService foo/httpbin: arrives-mtls"],
  },
  "a redirect": {
    mesh: [route("{redirect: {uri: /elsewhere}}")],
    expected: ["replace VirtualService foo/httpbin: arrives-mtls"],
  },
  "a direct response": {
    mesh: [route("{directResponse: {status: 404}}")],
    expected: ["replace VirtualService foo/httpbin: arrives-mtls"],
  },
  "a route to a host that is not there": {
    mesh: [route("{route: [{destination: {host: nobody}}]}")],
    expected: ["replace VirtualService foo/httpbin: arrives-mtls"],
  },
  "a subset that no rule has": {
    mesh: [
      route("{route: [{destination: {host: httpbin, subset: v2}}]}"),
      workload("foo/httpbin", { labels: "version: v2" }),
    ],
    expected: ["add DestinationRule foo/httpbin: arrives-mtls", "replace VirtualService foo/httpbin: arrives-mtls"],
  },
  "a subset without pods": {
    mesh: [
      route("{route: [{destination: {host: httpbin, subset: v2}}]}"),
      rule("subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]"),
      workload("foo/httpbin", { labels: "version: v1" }),
    ],
    expected: ["replace DestinationRule foo/httpbin: arrives-mtls", "replace VirtualService foo/httpbin: arrives-mtls"],
  },
  "a port that the Service does not have": {
    mesh: [],
    url: "http://httpbin.foo:8080/ip",
    expected: ["replace Service foo/httpbin: arrives-mtls"],
  },
  "a target port that no container declares": {
    mesh: [service("foo/httpbin", "", "{name: http, port: 8000, targetPort: 8081}")],
    expected: ["replace Service foo/httpbin: arrives-mtls"],
  },
  "bytes that are no HTTP, to a port that is named so": {
    mesh: [],
    from: "legacy/sleep",
    url: "tcp://httpbin.foo:8000",
    expected: ["replace Service foo/httpbin: arrives-plaintext"],
  },
};

describe("a call that is refused", () => {
  it.each(Object.entries(CAUSES))("%s", (_, { mesh: own, from = "bar/sleep", url = HTTPBIN, expected }) => {
    const mesh = meshOf(...WORLD, ...own);
    expect(all(predictIn(mesh, from, url)).some(({ arrives }) => arrives === false)).toBe(true);

    const found = turn(mesh, from, url);
    expect(found.map(short)).toEqual(expected);

    const applied = printed(mesh, from, url);
    expect(applied.length).toBe(expected.length);
    for (const [index, { yaml, after }] of applied.entries()) {
      expect(outcomes(after), yaml).toEqual(outcomes(found[index]!.after));
      expect(all(after).every(({ arrives }) => arrives === true)).toBe(true);
      const { objects, problems } = readObjects(yaml, "printed.yaml");
      expect(problems).toEqual([]);
      expect(objects.map(({ object }) => object)).toEqual([found[index]!.object]);
      const wrong = checkManifest(objects[0]!.object, () => ({ file: "" }), { rootNamespace: "istio-system" });
      expect(wrong.filter(({ severity }) => severity === "error")).toEqual([]);
    }
  });
});

describe("what the changes are", () => {
  it("for the client's identity and the server's port alone", () => {
    const { mesh } = CAUSES["an ALLOW policy for others"]!;
    expect(specOf(turn(meshOf(...WORLD, ...mesh), "bar/sleep", HTTPBIN), "AuthorizationPolicy")).toEqual({
      rules: [
        { from: [{ source: { namespaces: ["foo"] } }] },
        {
          from: [{ source: { principals: ["cluster.local/ns/bar/sa/sleep"] } }],
          to: [{ operation: { ports: ["8080"] } }],
        },
      ],
    });
  });
  it("an exception in the rule that denies, and in no other", () => {
    const { mesh } = CAUSES["a DENY policy"]!;
    expect(specOf(turn(meshOf(...WORLD, ...mesh), "bar/sleep", HTTPBIN), "AuthorizationPolicy")).toEqual({
      action: "DENY",
      rules: [
        { from: [{ source: { namespaces: ["other"] } }] },
        { from: [{ source: { namespaces: ["bar"], notPrincipals: ["cluster.local/ns/bar/sa/sleep"] } }] },
      ],
    });
  });
  it("the client is taken from a list that has others, and the list never becomes empty", () => {
    const deny = (principals: string): unknown => {
      const policy = `{action: DENY, rules: [{from: [{source: {principals: [${principals}]}}]}]}`;
      return specOf(
        turn(meshOf(...WORLD, istio("AuthorizationPolicy", "foo/p", policy)), "bar/sleep", HTTPBIN),
        "AuthorizationPolicy",
      );
    };
    expect(deny("cluster.local/ns/bar/sa/sleep, cluster.local/ns/x/sa/y")).toMatchObject({
      rules: [{ from: [{ source: { principals: ["cluster.local/ns/x/sa/y"] } }] }],
    });
    const principals = ["cluster.local/ns/bar/sa/sleep"];
    expect(deny(principals[0]!)).toMatchObject({
      rules: [{ from: [{ source: { principals, notPrincipals: principals } }] }],
    });
  });
  it("other ports stay excluded", () => {
    const { mesh } = CAUSES["the client's port is excluded from its sidecar, STRICT"]!;
    const spec = specOf(turn(meshOf(...WORLD, ...mesh), "bar/sleep", HTTPBIN), "Deployment");
    expect(spec).toMatchObject({
      template: { metadata: { annotations: { "traffic.sidecar.istio.io/excludeOutboundPorts": "9000" } } },
    });
  });
  it("the server's own identity in place of a wrong one", () => {
    const { mesh } = CAUSES["subjectAltNames that are not the server's"]!;
    const found = turn(meshOf(...WORLD, ...mesh), "bar/sleep", HTTPBIN).filter(({ change }) => change === "replace");
    expect(specOf(found, "DestinationRule")).toEqual({
      host: "httpbin",
      trafficPolicy: { tls: { mode: "ISTIO_MUTUAL", subjectAltNames: ["spiffe://cluster.local/ns/foo/sa/httpbin"] } },
    });
  });
  it("the label by which the mesh asks for sidecars, where that is a revision", () => {
    const revision = ["foo", "bar"].map((name) => namespace(name, "istio.io/rev: canary"));
    const found = turn(meshOf(...WORLD, ...revision, STRICT), "legacy/sleep", HTTPBIN);
    const changed = found.find(({ object }) => object.kind === "Namespace");
    expect(changed?.object.metadata.labels).toEqual({ "istio.io/rev": "canary" });
    expect(changed?.restarts).toBe("legacy");
  });
  it("the object as it was comes with it, and stays as it was", () => {
    const mesh = meshOf(...WORLD, STRICT);
    const was = structuredClone(mesh.objects.map(({ object }) => object));
    const found = turn(mesh, "legacy/sleep", HTTPBIN);
    expect(found.find(({ object }) => object.kind === "Namespace")?.before?.metadata.labels).toEqual({});
    expect(mesh.objects.map(({ object }) => object)).toEqual(was);
  });
  it("a new object has a name that is free", () => {
    const taken = istio("PeerAuthentication", "foo/httpbin-8080-permissive", "{selector: {matchLabels: {app: other}}}");
    const found = turn(meshOf(...WORLD, STRICT, taken), "legacy/sleep", HTTPBIN);
    expect(found.map(short)).toContain("add PeerAuthentication foo/httpbin-8080-permissive-2: arrives-plaintext");
  });
});

describe("a call that arrives", () => {
  it("in plaintext: becomes mTLS, or is refused", () => {
    expect(turn(meshOf(...WORLD), "legacy/sleep", HTTPBIN).map(short)).toEqual([
      "replace Deployment legacy/sleep: arrives-mtls",
      "replace Namespace -/legacy: arrives-mtls",
      "add PeerAuthentication foo/httpbin-8080-strict: refused",
    ]);
  });
  it("in plaintext for a DestinationRule's sake: becomes mTLS by another", () => {
    const mesh = meshOf(...WORLD, rule("trafficPolicy: {tls: {mode: DISABLE}}"));
    const found = turn(mesh, "bar/sleep", HTTPBIN);
    expect(found.map(short)).toContain("add DestinationRule bar/httpbin-foo: arrives-mtls");
    expect(found.some(({ achieves }) => achieves === "refused")).toBe(true);
  });
  it("to a server without sidecar: the server gets one", () => {
    expect(turn(meshOf(...WORLD), "foo/sleep", "http://httpbin.legacy:8000/").map(short)).toEqual([
      "replace Deployment legacy/httpbin: arrives-mtls",
      "replace Namespace -/legacy: arrives-mtls",
    ]);
  });
  it("over mTLS: a DENY policy for the client's identity refuses it", () => {
    const [only, ...others] = turn(meshOf(...WORLD), "bar/sleep", HTTPBIN);
    expect(others).toEqual([]);
    expect(short(only!)).toBe("add AuthorizationPolicy foo/deny-sleep-8080: refused");
    expect(only!.object["spec"]).toEqual({
      selector: { matchLabels: { app: "httpbin" } },
      action: "DENY",
      rules: [
        {
          from: [{ source: { principals: ["cluster.local/ns/bar/sa/sleep"] } }],
          to: [{ operation: { ports: ["8080"] } }],
        },
      ],
    });
    expect(outcomes(only!.after)).toEqual(["false 403 mtls"]);
  });
});

describe("nothing to suggest", () => {
  it("where nothing is behind the Service", () => {
    const empty = service("foo/nobody");
    expect(turn(meshOf(...WORLD, empty), "bar/sleep", "http://nobody.foo:8000/")).toEqual([]);
  });
  it("where the outcome is unknown", () => {
    const custom = istio("AuthorizationPolicy", "foo/custom", "{action: CUSTOM, provider: {name: opa}, rules: [{}]}");
    const config = `apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "extensionProviders: [{name: opa, envoyExtAuthzGrpc: {service: opa.foo.svc.cluster.local, port: 9000}}]"}
`;
    const mesh = meshOf(...WORLD, custom, config);
    expect(predictIn(mesh, "bar/sleep", HTTPBIN)).toHaveProperty("unknown");
    expect(turn(mesh, "bar/sleep", HTTPBIN)).toEqual([]);
  });
  it("where it takes two changes", () => {
    const twice = [
      istio("AuthorizationPolicy", "foo/one", "{action: DENY, rules: [{}]}"),
      istio("AuthorizationPolicy", "foo/two", "{action: DENY, rules: [{}]}"),
    ];
    expect(turn(meshOf(...WORLD, ...twice), "bar/sleep", HTTPBIN)).toEqual([]);
  });
});

describe("other calls", () => {
  it("are counted", () => {
    const found = turn(meshOf(...WORLD, STRICT), "legacy/sleep", HTTPBIN);
    // Six workloads call three Services: eighteen calls, and one of them is the one to be turned.
    expect(found.map(({ object, others }) => [object.kind, others])).toEqual([
      // To bar over mTLS then.
      ["Deployment", { looked: 17, all: 17, changed: 1, nowRefused: 0, nowArriving: 0 }],
      // The other workload of legacy arrives then, too.
      ["PeerAuthentication", { looked: 17, all: 17, changed: 1, nowRefused: 0, nowArriving: 1 }],
      // From legacy: two to bar, one to foo, and two to their own; from the four with sidecars, to legacy.
      ["Namespace", { looked: 17, all: 17, changed: 9, nowRefused: 0, nowArriving: 1 }],
    ]);
  });
  it("those that would break come last", () => {
    const whole = istio("PeerAuthentication", "foo/default", "{mtls: {mode: DISABLE}}");
    const found = turn(meshOf(...WORLD, whole), "bar/sleep", HTTPBIN);
    const breaking = found.map(({ others }) => others.nowRefused);
    expect(breaking).toEqual([...breaking].sort((a, b) => a - b));
    expect(breaking[0]).toBe(0);
  });
  it("of a large mesh the nearest are looked at", () => {
    const many = Array.from({ length: 50 }, (_, index) => [workload(`bar/w${index}`), service(`bar/s${index}`)]).flat();
    const [first] = turn(meshOf(...WORLD, STRICT, ...many), "legacy/sleep", HTTPBIN);
    expect(first!.others).toMatchObject({ looked: 2_000, all: 56 * 53 - 1, changed: 1, nowArriving: 1 });
  });
});

describe("pods of a cluster", () => {
  const live = (name: string): string => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}-7d-x
  namespace: legacy
  uid: u-${name}
  resourceVersion: "1"
  labels: {app: ${name}, pod-template-hash: 7d}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: ${name}-7d, uid: r, controller: true}]
spec:
  serviceAccountName: ${name}
  containers: [{name: main, image: an-image}]
status: {podIP: 10.0.0.9, conditions: [{type: Ready, status: "True"}]}
`;
  const mesh = meshOf(...WORLD.filter((one) => !one.includes("name: sleep, namespace: legacy")), STRICT, live("sleep"));

  it("get a sidecar by their namespace's label once they are started anew; a pod itself is not changed", () => {
    expect(outcomes(predictIn(mesh, "legacy/sleep", HTTPBIN))).toEqual(["false 000 null"]);
    const found = turn(mesh, "legacy/sleep", HTTPBIN);
    expect(found.map(short)).toEqual([
      "add PeerAuthentication foo/httpbin-8080-permissive: arrives-plaintext",
      "replace PeerAuthentication foo/default: arrives-plaintext",
      "replace Namespace -/legacy: arrives-mtls",
    ]);
    expect(found[2]!.restarts).toBe("legacy");
  });

  it("are selected by labels that they share, and what the server writes is left out", () => {
    const server = live("httpbin").replaceAll("legacy", "foo");
    const policy = `${STRICT.replace("namespace: foo", "namespace: foo, uid: u, resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z', annotations: {kubectl.kubernetes.io/last-applied-configuration: x}")}status: {}\n`;
    const cluster = meshOf(
      ...WORLD.filter((one) => !one.includes("name: httpbin, namespace: foo}\nspec:\n")),
      policy,
      server.replace("containers: [", "containers: [{name: istio-proxy, image: p}, "),
    );
    const found = turn(cluster, "legacy/sleep", HTTPBIN);
    const added = found.find(({ change }) => change === "add");
    expect(added?.object).toMatchObject({
      metadata: { name: "httpbin-8080-permissive" },
      spec: { selector: { matchLabels: { app: "httpbin" } } },
    });
    const changed = turn(cluster, "legacy/httpbin", HTTPBIN).find(({ object }) => object.metadata.name === "default");
    expect(changed?.object).toEqual({
      apiVersion: "security.istio.io/v1",
      kind: "PeerAuthentication",
      metadata: { name: "default", namespace: "foo" },
      spec: { mtls: { mode: "PERMISSIVE" } },
    });
  });
});
