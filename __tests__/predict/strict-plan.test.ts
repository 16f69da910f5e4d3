import { describe, expect, it } from "vitest";
import { checkManifest } from "../../src/mesh/check-manifest.js";
import type { Outcome, Predicted } from "../../src/mesh/call.js";
import type { InventoryInput } from "../../src/mesh/read-inventory.js";
import { planStrict } from "../../src/predict/strict-plan.js";
import type { NamespacePlan, StrictPlan } from "../../src/predict/strict-plan.js";
import { istio, meshOf, namespace, service, STRICT, workload, WORLD } from "./turn-builders.js";

const ALL = ["bar", "foo", "legacy"];
/** foo and bar alone: every client has a sidecar. */
const MESH = [
  namespace("foo"),
  namespace("bar"),
  ...["foo", "bar"].flatMap((name) => [
    workload(`${name}/sleep`),
    workload(`${name}/httpbin`),
    service(`${name}/httpbin`),
  ]),
];

function plan(...texts: string[]): StrictPlan {
  return checked(meshOf(...texts));
}

/** Whatever is planned, the API server and Istio take it. */
function checked(mesh: InventoryInput, namespaces: readonly string[] = ALL): StrictPlan {
  const found = planStrict(mesh, namespaces);
  const objects = [...found.stages.map((one) => one.objects), ...found.namespaces.map((one) => one.exceptions ?? [])];
  const problems = objects
    .flat()
    .flatMap(({ object }) => checkManifest(object, () => ({ file: "" }), { rootNamespace: "istio-system" }));
  expect(problems).toEqual([]);
  return found;
}

function of(found: StrictPlan, name: string): NamespacePlan {
  const one = found.namespaces.find(({ namespace: own }) => own === name);
  if (one === undefined) throw new Error(`no ${name}`);
  return one;
}

function statuses(found: StrictPlan): Record<string, string> {
  return Object.fromEntries([
    ...found.namespaces.map(({ namespace: name, status }) => [name, status] as const),
    ["mesh", found.mesh.status],
  ]);
}

function breaks(found: StrictPlan, name: string): string[] {
  return of(found, name).breaks.map(({ from, to }) => `${from.join(" + ")} > ${to}`);
}

function single(predicted: Predicted): Outcome {
  if ("unknown" in predicted || "anyOf" in predicted) throw new Error(JSON.stringify(predicted));
  return predicted;
}

/** Each stage's objects as `change namespace/name`. */
function stages(found: StrictPlan): string[] {
  return found.stages.map(({ objects }) =>
    objects.map(({ change, object: { metadata } }) => `${change} ${metadata.namespace}/${metadata.name}`).join(", "),
  );
}

describe("a mesh in which everyone has a sidecar", () => {
  it("goes STRICT namespace by namespace, and at last as a whole", () => {
    const found = plan(...MESH);
    expect(statuses(found)).toEqual({ bar: "staged", foo: "staged", mesh: "staged" });
    expect(stages(found)).toEqual(["add bar/default", "add foo/default", "add istio-system/default"]);
    expect(found.stages[0]?.objects[0]?.object["spec"]).toEqual({ mtls: { mode: "STRICT" } });
    expect(of(found, "foo").looked).toBe(4);
    expect(found.mesh.looked).toBe(8);
  });
  it("needs no stage for what is STRICT already, by its own policy or the mesh's", () => {
    const found = plan(...MESH, STRICT);
    expect(statuses(found)).toEqual({ bar: "staged", foo: "already", mesh: "staged" });
    const whole = plan(...MESH, STRICT.replace("namespace: foo", "namespace: istio-system"));
    expect(statuses(whole)).toEqual({ bar: "already", foo: "already", mesh: "already" });
    expect(whole.stages).toEqual([]);
  });
  it("keeps what the namespace's own policy says beside the mode, and its name", () => {
    const own = istio("PeerAuthentication", "foo/own", "{mtls: {mode: PERMISSIVE}}").replace(
      "namespace: foo",
      "namespace: foo, labels: {team: a}",
    );
    const found = plan(...MESH, own);
    expect(stages(found)).toEqual(["add bar/default", "replace foo/own", "add istio-system/default"]);
    expect(found.stages[1]?.objects[0]?.object).toMatchObject({
      metadata: { name: "own", labels: { team: "a" } },
      spec: { mtls: { mode: "STRICT" } },
    });
  });
  it("changes all policies between which only age can decide, and takes no name that is there", () => {
    const two = ["own", "second"].map((name) => istio("PeerAuthentication", `foo/${name}`, "{}"));
    const taken = istio(
      "PeerAuthentication",
      "bar/default",
      "{selector: {matchLabels: {app: no}}, mtls: {mode: STRICT}}",
    );
    const found = plan(...MESH, ...two, taken);
    expect(stages(found).slice(0, 2)).toEqual(["add bar/default-2", "replace foo/own, replace foo/second"]);
  });
  it("tells of policies that let plaintext in still", () => {
    const spec =
      "{selector: {matchLabels: {app: httpbin}}, mtls: {mode: PERMISSIVE}, portLevelMtls: {8080: {mode: STRICT}}}";
    const found = plan(...MESH, istio("PeerAuthentication", "foo/open", spec));
    expect(of(found, "foo").stays).toMatchObject([
      { name: "open", says: "mode PERMISSIVE for its pods", file: "mesh.yaml" },
    ]);
  });
  it("waits with the mesh where not all namespaces are to go", () => {
    const found = checked(meshOf(...MESH), ["foo"]);
    expect(statuses(found)).toEqual({ foo: "staged", mesh: "waits" });
  });
});

describe("a client without sidecar", () => {
  it("blocks the namespaces that it can call, and exceptions for the ports help", () => {
    const found = plan(...WORLD);
    expect(statuses(found)).toEqual({ bar: "blocked", foo: "blocked", mesh: "waits" });
    expect(found.outside).toEqual(["legacy"]);
    expect(found.stages).toEqual([]);
    expect(breaks(found, "foo")).toEqual([
      "Deployment legacy/sleep + Deployment legacy/httpbin > http://httpbin.foo:8000/",
    ]);
    const [first] = of(found, "foo").breaks;
    expect(single(first!.before)).toMatchObject({ arrives: true, transport: "plaintext" });
    expect(single(first!.after)).toMatchObject({ arrives: false, exit: 56 });
    expect(of(found, "foo").exceptions?.map(({ object }) => object)).toMatchObject([
      {
        metadata: { name: "httpbin-plaintext", namespace: "foo" },
        spec: { selector: { matchLabels: { app: "httpbin" } }, portLevelMtls: { "8080": { mode: "PERMISSIVE" } } },
      },
      { metadata: { name: "default", namespace: "foo" }, spec: { mtls: { mode: "STRICT" } } },
    ]);
  });
  it("does not block a namespace whose pods it cannot reach", () => {
    const excluded = workload("foo/httpbin", { annotations: 'traffic.sidecar.istio.io/excludeInboundPorts: "8080"' });
    const found = plan(...WORLD, excluded);
    expect(statuses(found)).toEqual({ bar: "blocked", foo: "staged", mesh: "waits" });
    expect(stages(found)).toEqual(["add foo/default"]);
  });
  it("puts the exception into the policy that counts for the pod", () => {
    const own = istio(
      "PeerAuthentication",
      "foo/own",
      "{selector: {matchLabels: {app: httpbin}}, mtls: {mode: UNSET}}",
    );
    const found = plan(...WORLD, own);
    const [exception] = of(found, "foo").exceptions ?? [];
    expect(exception).toMatchObject({ change: "replace", object: { metadata: { name: "own" } } });
    expect(exception?.object["spec"]).toMatchObject({ portLevelMtls: { "8080": { mode: "PERMISSIVE" } } });
  });
  it("blocks by an ExternalName of its own namespace, too", () => {
    const alias = `apiVersion: v1\nkind: Service\nmetadata: {name: alias, namespace: legacy}
spec: {type: ExternalName, externalName: httpbin.foo.svc.cluster.local, ports: [{name: http, port: 8000}]}\n`;
    expect(breaks(plan(...WORLD, alias), "foo")).toContainEqual(expect.stringContaining("> http://alias.legacy:8000/"));
  });
});

describe("a client with a sidecar", () => {
  it("that a DestinationRule lets speak plaintext blocks what it calls", () => {
    const rule = istio(
      "DestinationRule",
      "bar/plain",
      "{host: httpbin.foo.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}",
    );
    const found = plan(...MESH, rule);
    expect(statuses(found)).toEqual({ bar: "staged", foo: "blocked", mesh: "waits" });
    expect(breaks(found, "foo")).toEqual(["Deployment bar/sleep + Deployment bar/httpbin > http://httpbin.foo:8000/"]);
  });
  it("is told apart from others by what rules select", () => {
    const spec =
      "{host: httpbin.foo.svc.cluster.local, workloadSelector: {matchLabels: {app: sleep}}, trafficPolicy: {tls: {mode: DISABLE}}}";
    expect(breaks(plan(...MESH, istio("DestinationRule", "bar/plain", spec)), "foo")).toEqual([
      "Deployment bar/sleep > http://httpbin.foo:8000/",
    ]);
  });
  it("has no sidecar in a container that runs as the proxy's user", () => {
    const around = workload("bar/sleep").replace(
      "containers: [",
      "containers: [{name: first, image: i}, {name: around, image: i, securityContext: {runAsUser: 1337}}, ",
    );
    expect(breaks(plan(...MESH, around), "foo")).toEqual([
      "Deployment bar/sleep (container around) > http://httpbin.foo:8000/",
    ]);
  });
});

describe("callers that are no workload", () => {
  it("block what they call in plaintext, and the API server what it calls over its own TLS", () => {
    const nodePort = service("foo/httpbin").replace("spec: {", "spec: {type: NodePort, ");
    expect(breaks(plan(...MESH, nodePort), "foo")).toEqual([
      "whoever calls from outside the cluster, by the Service's type NodePort (Service foo/httpbin) > http://httpbin.foo:8000/",
    ]);
    const hook = service("foo/httpbin", "", "{name: https, port: 443, targetPort: 8080}");
    const webhook = `apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: own}
webhooks: [{name: w.x.io, clientConfig: {service: {namespace: foo, name: httpbin}}}]\n`;
    const found = plan(...MESH, hook, webhook);
    expect(breaks(found, "foo")).toEqual([
      "the API server, for its admission webhooks (ValidatingWebhookConfiguration own) > https://httpbin.foo:443/",
    ]);
    expect(of(found, "foo").exceptions).toHaveLength(2);
  });
  it("block a pod's port that no Service has", () => {
    const monitor = (endpoint: string): string => `apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor
metadata: {name: own, namespace: foo}
spec: {selector: {matchLabels: {app: httpbin}}, podMetricsEndpoints: [${endpoint}]}\n`;
    const found = plan(...MESH, monitor("{portNumber: 8080}"));
    expect(breaks(found, "foo")).toEqual([
      "Prometheus (PodMonitor foo/own) > port 8080 of the pods of Deployment foo/httpbin",
    ]);
    expect(of(found, "foo").exceptions?.[0]?.object["spec"]).toMatchObject({
      portLevelMtls: { "8080": { mode: "PERMISSIVE" } },
    });
    // The sidecar's own port is never captured.
    expect(statuses(plan(...MESH, monitor("{portNumber: 15020}")))["foo"]).toBe("staged");
  });
  it("may have Istio's certificate", () => {
    const monitor = `apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata: {name: own, namespace: foo}
spec: {selector: {matchLabels: {app: httpbin}}, podMetricsEndpoints: [{portNumber: 9090, scheme: https, tlsConfig: {cert: {}}}]}\n`;
    const { status, unknown } = of(plan(...MESH, monitor), "foo");
    expect({ status, calls: unknown.calls }).toEqual({ status: "unknown", calls: 1 });
    expect(unknown.reasons[0]?.why).toContain("shows a certificate");
  });
  it("a gateway speaks mTLS as sidecars do", () => {
    const gateway = workload("bar/gateway", { annotations: "inject.istio.io/templates: gateway" });
    const found = plan(...MESH, gateway);
    expect(statuses(found)).toEqual({ bar: "staged", foo: "staged", mesh: "staged" });
    const rule = istio(
      "DestinationRule",
      "bar/plain",
      "{host: httpbin.foo.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}",
    );
    expect(breaks(plan(...MESH, gateway, rule), "foo")).toContainEqual(expect.stringContaining("(a gateway) >"));
  });
});

describe("what is unknown", () => {
  it("stands in the way where STRICT could decide it, and in no other namespace's", () => {
    const filter = `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: own, namespace: foo}
spec: {podSelector: {matchLabels: {app: httpbin}}}\n`;
    const found = plan(...MESH, filter);
    expect(statuses(found)).toEqual({ bar: "staged", foo: "unknown", mesh: "waits" });
    expect(of(found, "foo").unknown).toMatchObject({ calls: 4 });
    expect(of(found, "foo").exceptions).toBeNull();
  });
  it("does not where the server's mode has let the call in before", () => {
    const custom = istio("AuthorizationPolicy", "foo/own", "{action: CUSTOM, provider: {name: p}, rules: [{}]}");
    const provider = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}
data: {mesh: "extensionProviders: [{name: p, envoyExtAuthzHttp: {service: p.foo, port: 80}}]"}\n`;
    expect(statuses(plan(...MESH, custom, provider))).toEqual({ bar: "staged", foo: "staged", mesh: "staged" });
    // In plaintext, it is refused.
    expect(of(plan(...WORLD, custom, provider), "foo")).toMatchObject({ status: "unknown", unknown: { calls: 2 } });
  });
});
