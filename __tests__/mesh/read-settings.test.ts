import { describe, expect, it } from "vitest";
import type { MeshSettings } from "../../src/rules/model.js";
import { mesh, meshWith, object, type Part } from "../predict/builders.js";

/** MeshConfig and istiod's own settings. */

const settings = (...parts: Part[]): MeshSettings => mesh(...parts).settings;

function configMap(text: string, name = "istio-system/istio"): object {
  const [namespace, own] = name.split("/");
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: own, namespace }, data: { mesh: text } };
}
const operator = (spec: object): object => object("install.istio.io/v1alpha1", "IstioOperator", "istio-system/a", spec);

describe("the settings of a mesh", () => {
  it("are Istio's own where nothing says otherwise", () => {
    expect(settings()).toEqual({
      rootNamespace: "istio-system",
      domain: "cluster.local",
      trustDomain: "cluster.local",
      trustDomainAliases: [],
      enableAutoMtls: true,
      enablePrometheusMerge: true,
      outboundTrafficPolicy: "ALLOW_ANY",
      pathNormalization: "BASE",
      defaultServiceExportTo: null,
      defaultDestinationRuleExportTo: null,
      defaultVirtualServiceExportTo: null,
      extensionProviders: [],
      capture: {
        includeInboundPorts: "*",
        excludeInboundPorts: "",
        includeOutboundPorts: "",
        excludeOutboundPorts: "",
        includeIPRanges: "*",
        excludeIPRanges: "",
      },
      ambient: false,
      object: null,
    });
  });

  const CONFIG = {
    rootNamespace: "root",
    trustDomain: "example.org",
    trustDomainAliases: ["old.org", 7],
    enableAutoMtls: false,
    outboundTrafficPolicy: { mode: "REGISTRY_ONLY" },
    pathNormalization: { normalization: "MERGE_SLASHES" },
    defaultServiceExportTo: ["."],
    defaultDestinationRuleExportTo: ["."],
    defaultVirtualServiceExportTo: ["."],
    extensionProviders: [
      { name: "http", envoyExtAuthzHttp: {} },
      { name: "grpc", envoyExtAuthzGrpc: {} },
      { name: "tracer", zipkin: {} },
    ],
  };
  const READ = {
    ...CONFIG,
    trustDomainAliases: ["old.org"],
    outboundTrafficPolicy: "REGISTRY_ONLY",
    pathNormalization: "MERGE_SLASHES",
    extensionProviders: ["http", "grpc"],
  };

  it("are those of the ConfigMap", () => expect(settings(configMap(JSON.stringify(CONFIG)))).toMatchObject(READ));
  it("are those of an IstioOperator", () => expect(settings(operator({ meshConfig: CONFIG }))).toMatchObject(READ));

  it("are the ConfigMap's where there are both", () => {
    const both = settings(operator({ meshConfig: CONFIG }), configMap("trustDomain: other.org"));
    expect(both).toMatchObject({ trustDomain: "other.org", enableAutoMtls: true, rootNamespace: "istio-system" });
  });

  it("are the defaults where a value is none", () => {
    const odd =
      "outboundTrafficPolicy: {mode: X}\npathNormalization: {normalization: X}\ntrustDomain: ''\nenableAutoMtls: null";
    expect(settings(configMap(odd))).toMatchObject({
      outboundTrafficPolicy: "ALLOW_ANY",
      pathNormalization: "BASE",
      trustDomain: "cluster.local",
      enableAutoMtls: true,
    });
    expect(settings(configMap("- a")).rootNamespace).toBe("istio-system");
    expect(settings(configMap("")).rootNamespace).toBe("istio-system");
  });
});

describe("the root namespace", () => {
  const map = configMap("rootNamespace: root");
  it("is the user's before MeshConfig's", () => {
    expect(meshWith({ rootNamespace: "mine" }, map).settings.rootNamespace).toBe("mine");
    expect(settings(map).rootNamespace).toBe("root");
  });
});

describe("the ConfigMap", () => {
  it.each<[string, boolean]>([
    ["istio-system/istio", true],
    ["istio-system/istio-canary", true],
    ["other/istio", true],
    ["istio-system/istiod", false],
    ["istio-system/mesh", false],
  ])("%s is MeshConfig: %s", (name, is) => {
    expect(settings(configMap("rootNamespace: root", name)).rootNamespace === "root").toBe(is);
  });

  it("of no revision goes first", () => {
    const canary = configMap("rootNamespace: canary", "istio-system/istio-canary");
    expect(settings(canary, configMap("rootNamespace: root")).rootNamespace).toBe("root");
  });

  it("is passed over where it has no text", () => {
    const empty = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "istio", namespace: "a" }, data: {} };
    expect(settings(empty, operator({ meshConfig: { rootNamespace: "root" } })).rootNamespace).toBe("root");
  });

  it("tells the lines inside its text", () => {
    const text = [
      "apiVersion: v1",
      "kind: ConfigMap",
      "metadata:",
      "  name: istio",
      "  namespace: istio-system",
      "data:",
      "  mesh: |",
      "    enableAutoMtls: true",
      "    outboundTrafficPolicy:",
      "      mode: REGISTRY_ONLY",
    ].join("\n");
    const at = settings(text).object?.at;
    expect(at?.file).toBe("mesh.yaml");
    expect(at?.lineOf(["enableAutoMtls"])).toBe(8);
    expect(at?.lineOf(["outboundTrafficPolicy", "mode"])).toBe(10);
  });

  it("of a cluster has no lines", () => {
    const { objects } = {
      objects: [{ object: configMap("rootNamespace: root") as never, at: { lineOf: () => undefined } }],
    };
    const { object: of, rootNamespace } = meshWith({ objects }).settings;
    expect(rootNamespace).toBe("root");
    expect([of?.at.file, of?.at.lineOf(["rootNamespace"])]).toEqual([undefined, undefined]);
  });
});

describe("an IstioOperator", () => {
  it("tells the lines of its fields", () => {
    const text = [
      "apiVersion: install.istio.io/v1alpha1",
      "kind: IstioOperator",
      "metadata: {name: a}",
      "spec:",
      "  meshConfig:",
      "    outboundTrafficPolicy:",
      "      mode: REGISTRY_ONLY",
    ].join("\n");
    expect(settings(text).object?.at.lineOf(["outboundTrafficPolicy", "mode"])).toBe(7);
  });

  it("says what sidecars take on themselves", () => {
    const proxy = {
      excludeInboundPorts: "8080",
      includeIPRanges: "10.0.0.0/8",
      excludeOutboundPorts: 9000,
      other: "x",
    };
    expect(settings(operator({ values: { global: { proxy } } })).capture).toEqual({
      ...settings().capture,
      excludeInboundPorts: "8080",
      includeIPRanges: "10.0.0.0/8",
      excludeOutboundPorts: "9000",
    });
  });
});

describe("whether istiod runs with ambient", () => {
  const istiod = (env: object, labels: object = { app: "istiod" }): object =>
    object(
      "apps/v1",
      "Deployment",
      "istio-system/istiod",
      { template: { spec: { containers: [{ env: [env] }] } } },
      { labels },
    );
  const pilot = (value: unknown): object => operator({ values: { pilot: { env: { PILOT_ENABLE_AMBIENT: value } } } });

  it.each<[string, object, boolean]>([
    ["by its profile", operator({ profile: "ambient" }), true],
    ["by another profile", operator({ profile: "default" }), false],
    ["by a value", pilot(true), true],
    ["by a value as text", pilot("true"), true],
    ["by a value that is false", pilot("false"), false],
    ["by istiod's environment", istiod({ name: "PILOT_ENABLE_AMBIENT", value: "true" }), true],
    ["by istiod's environment, false", istiod({ name: "PILOT_ENABLE_AMBIENT", value: "false" }), false],
    ["by another variable", istiod({ name: "OTHER", value: "true" }), false],
    ["by another Deployment", istiod({ name: "PILOT_ENABLE_AMBIENT", value: "true" }, { app: "other" }), false],
  ])("%s: %s", (_, part, ambient) => expect(settings(part).ambient).toBe(ambient));
});
