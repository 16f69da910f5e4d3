import { describe, expect, it } from "vitest";
import { compareExposures, exposures } from "../../src/predict/compare-exposure.js";
import { exposureOf } from "../../src/predict/exposure.js";
import { Predictor } from "../../src/predict/predict.js";
import {
  AMBIENT,
  authorizationPolicy,
  deployment,
  INJECTED,
  mesh,
  namespace,
  object,
  peerAuthentication,
  service,
} from "./builders.js";
import type { Part } from "./builders.js";

const FOO = [namespace("foo", INJECTED), deployment("foo/httpbin"), service("foo/httpbin")];

function exposed(...parts: Part[]): string {
  const predictor = new Predictor(mesh(...parts));
  const found = predictor.view.service("foo", "httpbin")!;
  return exposureOf(predictor, found, found.ports[0]!).plaintext;
}

const allow = (rules: readonly object[]): object => authorizationPolicy("foo/allow", { action: "ALLOW", rules });
const deny = (rules: readonly object[]): object => authorizationPolicy("foo/deny", { action: "DENY", rules });
const principals = [{ source: { principals: ["*"] } }];
const addresses = [{ source: { ipBlocks: ["10.0.0.0/8"] } }];

describe("who can reach a port in plaintext", () => {
  it.each([
    ["PERMISSIVE by default", [], "all"],
    ["STRICT", [peerAuthentication("foo/default", "STRICT")], "none"],
    ["STRICT of the mesh", [peerAuthentication("istio-system/default", "STRICT")], "none"],
    ["DISABLE", [peerAuthentication("foo/default", "DISABLE")], "all"],
    ["ALLOW to principals", [allow([{ from: principals }])], "none"],
    ["ALLOW to nobody", [allow([])], "none"],
    ["ALLOW to everybody", [allow([{}])], "all"],
    ["ALLOW to addresses", [allow([{ from: addresses }])], "some"],
    ["ALLOW of a path", [allow([{ to: [{ operation: { paths: ["/ip"] } }] }])], "some"],
    ["ALLOW of a path to principals", [allow([{ from: principals, to: [{ operation: { paths: ["/ip"] } }] }])], "none"],
    ["ALLOW of the port", [allow([{ to: [{ operation: { ports: ["8080"] } }] }])], "all"],
    ["ALLOW of another port", [allow([{ to: [{ operation: { ports: ["9090"] } }] }])], "none"],
    ["ALLOW with a token", [allow([{ from: [{ source: { requestPrincipals: ["*"] } }] }])], "some"],
    [
      "ALLOW to a path or to principals",
      [allow([{ from: principals }, { to: [{ operation: { methods: ["GET"] } }] }])],
      "some",
    ],
    [
      "ALLOW to a port or a path",
      [allow([{ to: [{ operation: { ports: ["8080"] } }, { operation: { paths: ["/"] } }] }])],
      "all",
    ],
    [
      "ALLOW by a condition on the principal",
      [allow([{ when: [{ key: "source.principal", values: ["*"] }] }])],
      "none",
    ],
    ["ALLOW by a condition on a header", [allow([{ when: [{ key: "request.headers[x]", values: ["a"] }] }])], "some"],
    ["DENY to who has no principal", [deny([{ from: [{ source: { notPrincipals: ["*"] } }] }])], "none"],
    ["DENY to principals", [deny([{ from: principals }])], "all"],
    ["DENY of a path", [deny([{ to: [{ operation: { paths: ["/admin"] } }] }])], "some"],
    ["DENY of everything", [deny([{}])], "none"],
    [
      "an ALLOW that is only tried",
      [
        object(
          "security.istio.io/v1",
          "AuthorizationPolicy",
          "foo/dry",
          { rules: [{ from: principals }] },
          { annotations: { "istio.io/dry-run": "true" } },
        ),
      ],
      "all",
    ],
    [
      "STRICT with an open port",
      [
        peerAuthentication("foo/own", "STRICT", {
          selector: { matchLabels: { app: "httpbin" } },
          portLevelMtls: { "8080": { mode: "PERMISSIVE" } },
        }),
      ],
      "all",
    ],
  ] as const)("%s: %s", (_, policies, level) => {
    expect(exposed(...FOO, ...policies)).toBe(level);
  });

  it("is open to all without a sidecar, and where the port goes round it", () => {
    const strict = peerAuthentication("foo/default", "STRICT");
    expect(exposed(namespace("foo"), ...FOO.slice(1), strict)).toBe("all");
    const annotations = { "traffic.sidecar.istio.io/excludeInboundPorts": "8080" };
    expect(exposed(FOO[0]!, deployment("foo/httpbin", { annotations }), FOO[2]!, strict)).toBe("all");
  });

  it("is what the ztunnel takes", () => {
    const ambient = [namespace("foo", AMBIENT), ...FOO.slice(1)];
    expect(exposed(...ambient)).toBe("all");
    expect(exposed(...ambient, peerAuthentication("foo/default", "STRICT"))).toBe("none");
    expect(exposed(...ambient, allow([{ from: principals }]))).toBe("none");
    expect(exposed(...ambient, allow([{ from: addresses }]))).toBe("some");
  });

  it("is none where nothing is behind the port", () => {
    expect(exposed(namespace("foo", INJECTED), service("foo/httpbin"))).toBe("none");
  });

  it("is unknown where an external authorizer, or an EnvoyFilter, decides", () => {
    const provider = object("v1", "ConfigMap", "istio-system/istio", {});
    const config = {
      ...provider,
      data: { mesh: "extensionProviders:\n- name: authz\n  envoyExtAuthzGrpc: {service: a.b, port: 1}\n" },
    };
    const custom = authorizationPolicy("foo/custom", { action: "CUSTOM", provider: { name: "authz" }, rules: [{}] });
    expect(exposed(...FOO, config, custom)).toBe("unknown");
  });
});

describe("exposures that change", () => {
  const of = (...parts: Part[]): ReturnType<typeof exposures> => {
    const predictor = new Predictor(mesh(...parts));
    return exposures(predictor, [{ namespace: "foo", service: "httpbin", port: 8000 }]);
  };
  const strict = of(...FOO, peerAuthentication("foo/default", "STRICT"));
  const some = of(...FOO, allow([{ from: addresses }]));
  const others = of(...FOO, allow([{ from: [{ source: { ipBlocks: ["0.0.0.0/0"] } }] }]));
  const turn = (a: typeof strict, b: typeof strict): string | undefined => compareExposures(a, b)[0]?.turn;

  it("says whether more can reach a port, or fewer", () => {
    expect(turn(strict, of(...FOO))).toBe("more");
    expect(turn(of(...FOO), strict)).toBe("less");
    expect(turn(strict, some)).toBe("more");
    expect(turn(some, of(...FOO))).toBe("more");
    expect(turn(strict, strict)).toBeUndefined();
    expect(turn(new Map(), strict)).toBe("appears");
    expect(turn(strict, new Map())).toBe("goes");
  });

  it("cannot say it where some could and others can", () => {
    expect(turn(some, others)).toBe("unclear");
    expect(turn(some, some)).toBeUndefined();
  });
});
