import { describe, expect, it } from "vitest";
import type { Service } from "../../src/rules/model.js";
import { NOWHERE } from "../../src/rules/objects.js";
import type { MeshObject } from "../../src/rules/objects.js";
import { usesWaypoint, waypointFor, waypointIdentity, waypointPolicies } from "../../src/rules/waypoint.js";
import type { Gateway, GatewaySpec, TargetedPolicy } from "../../src/rules/waypoint.js";

/** istio-semantics.md, 5, last point; targetRefs of 7 and 8. */

type Labels = Record<string, string>;

function object<Spec>(
  kind: string,
  namespace: string,
  name: string,
  spec: Spec,
  labels: Labels = {},
): MeshObject<Spec> {
  return { kind, namespace, name, labels, annotations: {}, created: 1, spec, at: NOWHERE };
}

function service(labels: Labels = {}, rest: Partial<Service> = {}): Service {
  const { kind = "Service", name = "httpbin" } = rest;
  return {
    object: object(kind, "foo", name, {}, labels),
    kind,
    namespace: "foo",
    name,
    hostname: "httpbin.foo.svc.cluster.local",
    ports: [],
    headless: false,
    externalName: null,
    external: false,
    resolution: "STATIC",
    addresses: [],
    exportTo: null,
    selector: { app: "httpbin" },
    endpoints: [],
    ...rest,
  };
}

function gateway(namespace: string, name: string, labels: Labels = {}, spec: GatewaySpec = {}): Gateway {
  return object("Gateway", namespace, name, { gatewayClassName: "istio-waypoint", ...spec }, labels);
}

const USE = { "istio.io/use-waypoint": "wp" };
const POD = { namespace: "foo", labels: {} };
const WP = gateway("foo", "wp");
const ALL = gateway("foo", "wp", { "istio.io/waypoint-for": "all" });

/** The name of the waypoint that is found. */
function found(of: Service | null, pod: Labels, namespace: Labels, ...gateways: Gateway[]): string | null {
  const { waypoint } = waypointFor(of, { ...POD, labels: pod }, namespace, gateways);
  return waypoint === null || waypoint === "unknown" ? waypoint : `${waypoint.namespace}/${waypoint.name}`;
}

describe("the waypoint of a Service", () => {
  it("is named by its own label, else by its namespace's", () => {
    expect(found(service(USE), {}, {}, WP)).toBe("foo/wp");
    expect(found(service(), {}, USE, WP)).toBe("foo/wp");
    const other = gateway("foo", "other");
    expect(found(service({ "istio.io/use-waypoint": "other" }), {}, USE, WP, other)).toBe("foo/other");
    expect(found(service(), {}, {}, WP)).toBeNull();
  });

  it("is none where the label says none, whatever the namespace says", () => {
    expect(found(service({ "istio.io/use-waypoint": "none" }), {}, USE, WP)).toBeNull();
    expect(found(service(), {}, { "istio.io/use-waypoint": "none" }, gateway("foo", "none"))).toBeNull();
  });

  it("stands in the namespace of the Service, or in the one that is named beside it", () => {
    const open = { listeners: [{ protocol: "HBONE", port: 15008, allowedRoutes: { namespaces: { from: "All" } } }] };
    const away = gateway("mesh", "wp", {}, open);
    const there = { ...USE, "istio.io/use-waypoint-namespace": "mesh" };
    expect(found(service(USE), {}, {}, away)).toBeNull();
    expect(found(service(there), {}, {}, away)).toBe("mesh/wp");
    expect(found(service(), {}, there, away)).toBe("mesh/wp");
    expect(found(service(USE), {}, { "istio.io/use-waypoint-namespace": "mesh" }, away)).toBeNull();
  });

  it("is none where there is no such Gateway; the namespace's is not asked then", () => {
    expect(found(service({ "istio.io/use-waypoint": "gone" }), {}, USE, WP)).toBeNull();
  });

  it("serves Services where istio.io/waypoint-for says service or all, which it does by default", () => {
    for (const [traffic, expected] of [
      ["service", "foo/wp"],
      ["all", "foo/wp"],
      ["workload", null],
      ["none", null],
    ] as const) {
      expect(found(service(USE), {}, {}, gateway("foo", "wp", { "istio.io/waypoint-for": traffic }))).toBe(expected);
    }
  });

  it("is not that of the pods behind it", () => {
    expect(found(service(), USE, {}, ALL)).toBeNull();
  });

  it("is none for a waypoint's or an east-west gateway's own Service", () => {
    for (const managed of ["istio.io-mesh-controller", "istio.io-eastwest-controller"]) {
      expect(found(service({ ...USE, "gateway.istio.io/managed": managed }), {}, {}, WP)).toBeNull();
    }
    expect(found(service({ ...USE, "gateway.istio.io/managed": "istio.io-gateway-controller" }), {}, {}, WP)).toBe(
      "foo/wp",
    );
  });

  it("has to let the Service's namespace attach", () => {
    const there = service({ ...USE, "istio.io/use-waypoint-namespace": "mesh" });
    const at = (namespaces: object, port = 15008): Gateway =>
      gateway("mesh", "wp", {}, { listeners: [{ protocol: "HBONE", port, allowedRoutes: { namespaces } }] });
    expect(found(there, {}, {}, gateway("mesh", "wp"))).toBeNull();
    expect(found(there, {}, {}, at({ from: "Same" }))).toBeNull();
    expect(found(there, {}, {}, at({ from: "All" }))).toBe("mesh/wp");
    expect(found(there, {}, {}, at({ from: "All" }, 80))).toBeNull();
    const selected = at({ from: "Selector", selector: { matchLabels: { team: "a" } } });
    expect(found(there, {}, { team: "a" }, selected)).toBe("mesh/wp");
    expect(found(there, {}, { team: "b" }, selected)).toBeNull();
    const named = at({ from: "Selector", selector: { matchLabels: { "kubernetes.io/metadata.name": "foo" } } });
    expect(found(there, {}, {}, named)).toBe("mesh/wp");
    expect(found(there, {}, {}, at({ from: "Selector" }))).toBeNull();
  });
});

describe("the waypoint of a pod", () => {
  it("is for calls to its address, and to a Service without one", () => {
    expect(found(null, USE, {}, ALL)).toBe("foo/wp");
    expect(found(service({}, { headless: true }), USE, {}, ALL)).toBe("foo/wp");
    expect(found(service(USE, { headless: true }), {}, {}, ALL)).toBeNull();
  });

  it("serves pods where istio.io/waypoint-for says workload or all, which it does not by default", () => {
    for (const [traffic, expected] of [
      ["workload", "foo/wp"],
      ["all", "foo/wp"],
      ["service", null],
      ["none", null],
    ] as const) {
      expect(found(null, USE, {}, gateway("foo", "wp", { "istio.io/waypoint-for": traffic }))).toBe(expected);
    }
    expect(found(null, USE, {}, WP)).toBeNull();
    expect(found(null, {}, USE, ALL)).toBe("foo/wp");
  });

  it("is none for the waypoint's own pods", () => {
    const labels = { "gateway.networking.k8s.io/gateway-name": "wp" };
    expect(found(null, labels, USE, ALL)).toBeNull();
    expect(found(null, { "gateway.networking.k8s.io/gateway-name": "gone" }, USE, ALL)).toBe("foo/wp");
  });
});

describe("what manifests do not say is unknown", () => {
  it("of a Gateway of another class", () => {
    expect(found(service(USE), {}, {}, gateway("foo", "wp", {}, { gatewayClassName: "istio" }))).toBe("unknown");
  });

  it("of a second waypoint on trial, named where the first one is", () => {
    const canary = { "istio.io/use-waypoint-canary": "next" };
    expect(found(service({ ...USE, ...canary }), {}, {}, WP)).toBe("unknown");
    expect(found(service(), {}, { ...USE, ...canary }, WP)).toBe("unknown");
    expect(found(service(USE), {}, canary, WP)).toBe("foo/wp");
    expect(found(service({ ...USE, "istio.io/use-waypoint-canary": "none" }), {}, {}, WP)).toBe("foo/wp");
    expect(found(null, { ...USE, ...canary }, {}, ALL)).toBe("foo/wp");
  });
});

describe("the decision", () => {
  const label = ["metadata", "labels", "istio.io/use-waypoint"];

  it("names the label of the Service or pod, and what of the Gateway stands against it", () => {
    const of = service(USE);
    expect(waypointFor(of, POD, {}, [WP]).because).toMatchObject({ rule: "waypoint", object: of.object, path: label });
    const pod = {
      namespace: "foo",
      labels: USE,
      object: object("Deployment", "foo", "x", {}),
      path: ["spec", "template"],
    };
    expect(waypointFor(null, pod, {}, [ALL]).because).toMatchObject({
      object: pod.object,
      path: ["spec", "template", ...label],
    });
    const workload = gateway("foo", "wp", { "istio.io/waypoint-for": "workload" });
    expect(waypointFor(of, POD, {}, [workload]).because).toMatchObject({
      object: workload,
      path: ["metadata", "labels", "istio.io/waypoint-for"],
    });
  });

  it("has no place where the namespace's label decides", () => {
    expect(waypointFor(service(), POD, USE, [WP]).because.object).toBeUndefined();
  });
});

describe("a client's calls go through the waypoint", () => {
  const through = (client: Parameters<typeof usesWaypoint>[0], of: Service | null, namespace: Labels = {}): boolean =>
    usesWaypoint(client, of, namespace).through;
  const yes = { "istio.io/ingress-use-waypoint": "true" };
  const no = { "istio.io/ingress-use-waypoint": "false" };

  it("from a ztunnel, and not from a sidecar or without a proxy", () => {
    expect(through("ztunnel", service())).toBe(true);
    expect(through("sidecar", service(yes))).toBe(false);
    expect(through("none", service(yes))).toBe(false);
  });

  it("from an ingress gateway where the Service, or else its namespace, says so", () => {
    expect(through("gateway", service())).toBe(false);
    expect(through("gateway", service(yes))).toBe(true);
    expect(through("gateway", service(), yes)).toBe(true);
    expect(through("gateway", service(no), yes)).toBe(false);
    expect(through("gateway", service({ "istio.io/ingress-use-waypoint": "yes" }), yes)).toBe(false);
    expect(through("gateway", service(yes, { headless: true }))).toBe(false);
    expect(through("gateway", null, yes)).toBe(false);
  });
});

describe("a waypoint enforces", () => {
  const ROOT = "istio-system";
  const policy = (namespace: string, spec: object): TargetedPolicy =>
    object("AuthorizationPolicy", namespace, "own", spec);
  const enforced = (one: TargetedPolicy, of: Service | null = service()): boolean =>
    waypointPolicies([one], WP, of, ROOT).length === 1;
  const toService = { kind: "Service", group: "", name: "httpbin" };
  const toGateway = { kind: "Gateway", group: "gateway.networking.k8s.io", name: "wp" };
  const toClass = { kind: "GatewayClass", group: "gateway.networking.k8s.io", name: "istio-waypoint" };
  const toEntry = { kind: "ServiceEntry", group: "networking.istio.io", name: "httpbin" };

  it("no policy without targetRefs, with or without a selector", () => {
    expect(enforced(policy("foo", {}))).toBe(false);
    expect(enforced(policy("foo", { selector: { matchLabels: { app: "httpbin" } } }))).toBe(false);
    expect(enforced(policy(ROOT, { targetRefs: [] }))).toBe(false);
  });

  it("those for the Service, in its own namespace", () => {
    for (const group of ["", "core", undefined]) {
      expect(enforced(policy("foo", { targetRefs: [{ ...toService, group }] }))).toBe(true);
    }
    expect(enforced(policy("bar", { targetRefs: [toService] }))).toBe(false);
    expect(enforced(policy(ROOT, { targetRefs: [toService] }))).toBe(false);
    expect(enforced(policy("foo", { targetRefs: [{ ...toService, name: "other" }] }))).toBe(false);
    expect(enforced(policy("foo", { targetRefs: [{ ...toService, group: "apps" }] }))).toBe(false);
    expect(enforced(policy("foo", { targetRefs: [toService] }), null)).toBe(false);
  });

  it("those for a ServiceEntry, which is not a Service of the same name", () => {
    const entry = service({}, { kind: "ServiceEntry" });
    expect(enforced(policy("foo", { targetRefs: [toEntry] }), entry)).toBe(true);
    expect(enforced(policy("foo", { targetRefs: [toEntry] }))).toBe(false);
    expect(enforced(policy("foo", { targetRefs: [toService] }), entry)).toBe(false);
  });

  it("those for its Gateway, in the Gateway's namespace", () => {
    expect(enforced(policy("foo", { targetRefs: [toGateway] }))).toBe(true);
    expect(enforced(policy("foo", { targetRefs: [toGateway] }), null)).toBe(true);
    expect(enforced(policy("foo", { targetRefs: [{ ...toGateway, namespace: "foo" }] }))).toBe(true);
    expect(enforced(policy("foo", { targetRefs: [{ ...toGateway, namespace: "bar" }] }))).toBe(false);
    expect(enforced(policy("bar", { targetRefs: [{ ...toGateway, namespace: "foo" }] }))).toBe(false);
    expect(enforced(policy("foo", { targetRefs: [{ ...toGateway, group: "networking.istio.io" }] }))).toBe(false);
  });

  it("those for the class istio-waypoint, in the root namespace", () => {
    expect(enforced(policy(ROOT, { targetRefs: [toClass] }))).toBe(true);
    expect(enforced(policy("foo", { targetRefs: [toClass] }))).toBe(false);
    expect(enforced(policy(ROOT, { targetRefs: [{ ...toClass, name: "istio" }] }))).toBe(false);
  });

  it("those of which one targetRef fits; a single targetRef counts where the list is empty", () => {
    expect(enforced(policy("foo", { targetRefs: [toEntry, toGateway] }))).toBe(true);
    expect(enforced(policy("foo", { targetRef: toService }))).toBe(true);
    expect(enforced(policy("foo", { targetRefs: [toEntry], targetRef: toService }))).toBe(false);
  });
});

describe("the destination's ztunnel sees", () => {
  it("the waypoint, whose service account has the Gateway's name or the one that it says", () => {
    expect(waypointIdentity(WP, "cluster.local")).toEqual({
      trustDomain: "cluster.local",
      namespace: "foo",
      serviceAccount: "wp",
    });
    const named = { ...WP, annotations: { "gateway.istio.io/service-account": "other" } };
    expect(waypointIdentity(named, "td").serviceAccount).toBe("other");
  });
});
