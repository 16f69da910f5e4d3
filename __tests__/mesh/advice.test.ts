import { describe, expect, it } from "vitest";
import type { AdvisedMesh } from "../../src/mesh/advice.js";
import { adviceFor } from "../../src/mesh/advice.js";
import { meshObject } from "../../src/mesh/mesh-object.js";
import type { KubeObject } from "../../src/ports.js";
import { placeText } from "../../src/problems.js";
import type { PodShape, Service } from "../../src/rules/model.js";
import type { MeshObject } from "../../src/rules/objects.js";
import { NOWHERE } from "../../src/rules/objects.js";
import { parseLocated } from "../../src/yaml/located.js";

const object = meshObject({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" } });

function pod(labels: Record<string, string>, port: number, namespace = "foo"): PodShape {
  return {
    namespace,
    labels,
    annotations: {},
    serviceAccount: "default",
    hostNetwork: false,
    dataPlane: "sidecar",
    ports: [{ name: "web", containerPort: port }],
    replicas: 1,
    because: { rule: "injection", says: "it has one" },
    proxyUserContainers: [],
    addresses: [],
    object,
    path: [],
  };
}

function service(name: string, port: number, targetPort: number | string, rest: Partial<Service> = {}): Service {
  const namespace = rest.namespace ?? "foo";
  return {
    object,
    kind: "Service",
    namespace,
    name,
    hostname: `${name}.${namespace}.svc.cluster.local`,
    ports: [{ port, name: "http", protocol: "http", targetPort, index: 0 }],
    headless: false,
    externalName: null,
    external: false,
    resolution: "STATIC",
    addresses: [],
    exportTo: null,
    selector: { app: name },
    endpoints: [],
    ...rest,
  };
}

const MESH = {
  pods: [pod({ app: "httpbin" }, 8080), pod({ app: "sleep" }, 80), pod({ app: "db" }, 3306, "bar")],
  services: [
    service("httpbin", 8000, "web"),
    service("sleep", 80, 80),
    service("db", 3306, 3306, { namespace: "bar" }),
    service("api", 443, 443, { kind: "ServiceEntry", hostname: "api.example.com", selector: null }),
    service("wild", 443, 443, { kind: "ServiceEntry", hostname: "*.example.org", selector: null }),
  ],
};

/** What is said of a policy, as `line code: message (hint)`. */
function advice(spec: string, of: keyof AdvisedMesh, namespace = "foo", mesh: Partial<AdvisedMesh> = MESH): string[] {
  const text = `kind: Policy\nmetadata: {name: a, namespace: ${namespace}}\nspec:\n${spec}`;
  const [document] = parseLocated(text, "m.yaml").documents;
  const policy = meshObject(document!.value as KubeObject, {
    file: "m.yaml",
    lineOf: (path) => document!.lineOf(path),
  });
  return told({ ...mesh, [of]: [policy] });
}

function told(mesh: Partial<AdvisedMesh>): string[] {
  const none = { pods: [], services: [], peerAuthentications: [], destinationRules: [], authorizationPolicies: [] };
  return adviceFor({ ...none, ...mesh }, "istio-system").map(
    ({ severity, where, code, message, hint }) =>
      `${severity} ${placeText(where!)} ${code}: ${message}${hint === undefined ? "" : ` (${hint})`}`,
  );
}

describe("the port of a PeerAuthentication", () => {
  const at = (port: number): string[] =>
    advice(
      `  selector: {matchLabels: {app: httpbin}}\n  portLevelMtls:\n    ${port}: {mode: DISABLE}`,
      "peerAuthentications",
    );

  it("is the workload's, and not the Service's", () => {
    expect(at(8000)).toEqual([
      "warning m.yaml:6 port-of-service: spec.portLevelMtls.8000 is 8000, a port of the Service foo/httpbin; the workload takes it on 8080 (write 8080)",
    ]);
  });

  it("may be any that no Service has", () => {
    expect(at(8080)).toEqual([]);
    expect(at(9999)).toEqual([]);
    // A port of another workload's Service.
    expect(at(80)).toEqual([]);
  });

  it("is right where one Service's port is another's target", () => {
    const mesh = {
      pods: MESH.pods,
      services: [...MESH.services, service("other", 81, 8000, { selector: { app: "httpbin" } })],
    };
    const spec = "  selector: {matchLabels: {app: httpbin}}\n  portLevelMtls: {8000: {mode: DISABLE}}";
    expect(advice(spec, "peerAuthentications", "foo", mesh)).toEqual([]);
  });
});

describe("the ports of an AuthorizationPolicy", () => {
  it("are the workload's, in operations and conditions", () => {
    const spec = [
      "  selector: {matchLabels: {app: httpbin}}",
      "  rules:",
      "  - to:",
      "    - operation:",
      '        ports: ["8080", "8000"]',
      "    when:",
      '    - {key: destination.port, notValues: ["8000"]}',
    ].join("\n");
    expect(advice(spec, "authorizationPolicies")).toEqual([
      expect.stringContaining("m.yaml:8 port-of-service: spec.rules[0].to[0].operation.ports[1] is 8000"),
      expect.stringContaining("m.yaml:10 port-of-service: spec.rules[0].when[0].notValues[0] is 8000"),
    ]);
  });

  it("are a waypoint's own where it has targets", () => {
    const spec = '  targetRefs: [{kind: Service, name: httpbin}]\n  rules: [{to: [{operation: {ports: ["8000"]}}]}]';
    expect(advice(spec, "authorizationPolicies")).toEqual([]);
  });

  it("are those of the whole mesh in the root namespace", () => {
    const spec = '  rules: [{to: [{operation: {ports: ["8000"]}}]}]';
    expect(advice(spec, "authorizationPolicies", "istio-system")).toHaveLength(1);
    expect(advice(spec, "authorizationPolicies", "bar")).toEqual([]);
  });
});

describe("a selector", () => {
  it("that selects no pod is told, with the value that was meant", () => {
    expect(advice("  selector: {matchLabels: {app: htpbin}}", "peerAuthentications")).toEqual([
      "warning m.yaml:4 selects-nothing: spec.selector selects no pod of foo (did you mean app: httpbin?)",
    ]);
    expect(advice("  selector:\n    matchLabels:\n      ap: httpbin", "authorizationPolicies")).toEqual([
      "warning m.yaml:6 selects-nothing: spec.selector selects no pod of foo (did you mean the label app?)",
    ]);
    expect(advice("  workloadSelector: {matchLabels: {app: curl}}\n  host: sleep", "destinationRules")).toEqual([
      'warning m.yaml:4 selects-nothing: spec.workloadSelector selects no pod of foo (app is there with "httpbin", "sleep")',
    ]);
  });

  it("is for its own namespace, and in the root namespace for all", () => {
    const spec = "  selector: {matchLabels: {app: db}}";
    expect(advice(spec, "authorizationPolicies", "foo")).toHaveLength(1);
    expect(advice(spec, "authorizationPolicies", "bar")).toEqual([]);
    expect(advice(spec, "authorizationPolicies", "istio-system")).toEqual([]);
  });

  it("is not told of where no pods are known", () => {
    expect(advice("  selector: {matchLabels: {app: a}}", "peerAuthentications", "unknown")).toEqual([]);
  });

  it("is not told of in a policy that counts nowhere", () => {
    const mesh = { ...MESH, pods: [...MESH.pods, pod({ app: "istiod" }, 15012, "istio-system")] };
    expect(advice("  selector: {matchLabels: {app: a}}", "peerAuthentications", "istio-system", mesh)).toEqual([]);
  });
});

describe("the host of a DestinationRule", () => {
  it("is a Service or a host of a ServiceEntry", () => {
    const hosts = [
      "httpbin",
      "httpbin.foo.svc.cluster.local",
      "db.bar.svc.cluster.local",
      "api.example.com",
      "a.example.org",
      '"*.example.org"',
      '"*.local"',
    ];
    for (const host of hosts) expect(advice(`  host: ${host}`, "destinationRules")).toEqual([]);
  });

  it("is told where it is neither, with the Service that was meant", () => {
    expect(advice("  host: db.bar", "destinationRules")).toEqual([
      'warning m.yaml:4 host-matches-nothing: spec.host is "db.bar", which is no Service and no host of a ServiceEntry (write db.bar.svc.cluster.local)',
    ]);
    expect(advice("  host: db", "destinationRules")).toEqual([
      expect.stringContaining("(write db.bar.svc.cluster.local)"),
    ]);
    expect(advice("  host: htpbin", "destinationRules")).toEqual([
      expect.stringContaining("(did you mean the Service httpbin?)"),
    ]);
    expect(advice('  host: "*.example.net"', "destinationRules")).toHaveLength(1);
  });

  it("is told with the rule alone where it is cut short", () => {
    expect(advice("  host: httpbin.foo", "destinationRules")).toEqual([]);
  });

  it("is not told of where no Services are known", () => {
    expect(advice("  host: a", "destinationRules", "foo", { pods: MESH.pods })).toEqual([]);
  });
});

describe("the port of a DestinationRule's settings", () => {
  it("is the Service's, and not the workload's", () => {
    const mesh = { ...MESH, services: [service("httpbin", 8000, 8080)] };
    const at = (port: number): string[] =>
      advice(
        `  host: httpbin\n  trafficPolicy:\n    portLevelSettings:\n    - {port: {number: ${port}}, tls: {mode: DISABLE}}`,
        "destinationRules",
        "foo",
        mesh,
      );
    expect(at(8000)).toEqual([]);
    expect(at(8080)).toEqual([
      "warning m.yaml:7 port-of-workload: spec.trafficPolicy.portLevelSettings[0].port.number is 8080, the port of the workload; here stands the Service's, 8000 (write 8000)",
    ]);
  });
});

describe("an object of a cluster", () => {
  it("is named in place of a line", () => {
    const policy: MeshObject = {
      ...object,
      kind: "PeerAuthentication",
      namespace: "foo",
      name: "strict",
      spec: { selector: { matchLabels: { app: "none" } } },
      at: NOWHERE,
    };
    expect(told({ ...MESH, peerAuthentications: [policy] })).toEqual([
      expect.stringContaining("warning PeerAuthentication foo/strict selects-nothing"),
    ]);
  });
});
