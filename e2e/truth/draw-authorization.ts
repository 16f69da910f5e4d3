import type { KubeObject } from "../../src/ports.js";
import { INJECTED, podLabels, ROOT } from "./draw-authentication.js";
import type { Draw } from "./draw.js";
import type { Random } from "./random.js";

/** Draws AuthorizationPolicies. */

export function drawAuthorizationPolicies(draw: Draw): KubeObject[] {
  const { random } = draw;
  const count = random.weighted([
    [22, 0],
    [36, 1],
    [28, 2],
    [14, 3],
  ]);
  return Array.from({ length: count }, () => {
    const namespace = random.chance(0.16) ? ROOT : random.pick(INJECTED);
    const action = random.weighted([
      [44, "ALLOW"],
      [36, "DENY"],
      [10, "AUDIT"],
      [10, undefined],
    ]);
    return draw.object("security.istio.io/v1", "AuthorizationPolicy", namespace, {
      ...random.maybe(0.5, () => ({ selector: { matchLabels: podLabels(random, namespace) } })),
      ...(action === undefined ? {} : { action }),
      ...rules(draw, action),
    });
  });
}

function rules(draw: Draw, action: string | undefined): object {
  const { random } = draw;
  // Without rules an ALLOW allows nothing; the server refuses other actions without any.
  if ((action ?? "ALLOW") === "ALLOW" && random.chance(0.08)) return {};
  if (random.chance(0.06)) return { rules: [{}] };
  return {
    rules: Array.from(
      {
        length: random.weighted([
          [65, 1],
          [35, 2],
        ]),
      },
      () => rule(draw),
    ),
  };
}

function rule(draw: Draw): object {
  const { random } = draw;
  return {
    ...random.maybe(0.62, () => ({
      from: Array.from({ length: random.between(1, 2) }, () => ({ source: source(random) })),
    })),
    ...random.maybe(0.55, () => ({
      to: Array.from(
        {
          length: random.weighted([
            [80, 1],
            [20, 2],
          ]),
        },
        () => ({ operation: operation(draw) }),
      ),
    })),
    ...random.maybe(0.3, () => ({ when: [condition(random)] })),
  };
}

/** Each with its opposite: the field's name, and what it may hold. */
function field(random: Random, name: string, values: readonly string[], most = 2): object {
  const opposite = `not${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return { [random.chance(0.4) ? opposite : name]: random.some(values, random.between(1, most)) };
}

const PRINCIPALS = [
  "cluster.local/ns/t-a/sa/sleep",
  "cluster.local/ns/t-b/sa/sleep",
  "cluster.local/ns/t-d/sa/sleep",
  "cluster.local/ns/t-a/*",
  "*/sa/sleep",
  "*",
  "spiffe://cluster.local/ns/t-a/sa/sleep",
];
const NAMESPACES = ["t-a", "t-b", "t-c", "t-d", "t-*", "*-b", "*"];
const BLOCKS = ["0.0.0.0/0", "10.255.255.0/24", "192.0.2.1"];

function source(random: Random): object {
  const one = (): object =>
    random.weighted<() => object>([
      [34, () => field(random, "principals", PRINCIPALS)],
      [28, () => field(random, "namespaces", NAMESPACES)],
      [16, () => field(random, "ipBlocks", BLOCKS, 1)],
      [14, () => field(random, "remoteIpBlocks", BLOCKS, 1)],
      [14, () => field(random, "requestPrincipals", ["*", "https://issuer.example/*"], 1)],
      [16, () => field(random, "serviceAccounts", ["t-a/sleep", "t-b/sleep", "sleep"], 1)],
    ])();
  const all = { ...one(), ...(random.chance(0.4) ? one() : {}) };
  // Service accounts are refused beside the other fields that name an identity.
  const accounts = Object.entries(all).filter(([name]) => /serviceAccounts$/iu.test(name));
  const named = Object.keys(all).some((name) => /^(?:not)?(?:principals|namespaces)$/iu.test(name));
  return accounts.length > 0 && named ? Object.fromEntries(accounts) : all;
}

function operation(draw: Draw): object {
  const { random, services } = draw;
  const service = random.pick(services);
  const hosts = [
    `${service.name}.${service.namespace}:*`,
    `${service.name}.*`,
    `*.${service.namespace}`,
    "*:8000",
    "*",
    service.fqdn,
    `${service.name.toUpperCase()}.${service.namespace}:${service.ports[0]?.port ?? 80}`,
  ];
  const one = (): object =>
    random.weighted<() => object>([
      [30, () => field(random, "ports", ["8080", "8081", "8082", "8000"])],
      [
        26,
        () =>
          field(random, "paths", [
            "/headers",
            "/anything/*",
            "*/x",
            "/anything/{*}",
            "/anything/{**}",
            "/ip",
            "*",
            "/h*",
          ]),
      ],
      [22, () => field(random, "methods", ["GET", "HEAD", "OPTIONS", "*", "P*"])],
      [18, () => field(random, "hosts", hosts)],
    ])();
  return { ...one(), ...(random.chance(0.4) ? one() : {}) };
}

function condition(random: Random): object {
  const [key, values] = random.weighted<readonly [string, readonly string[]]>([
    [30, ["request.headers[x-token]", ["abc", "a*", "*", "other"]]],
    [18, ["source.namespace", NAMESPACES]],
    [18, ["source.principal", PRINCIPALS]],
    [14, ["destination.port", ["8080", "8081", "8082"]]],
    [10, ["source.ip", BLOCKS]],
    [6, ["remote.ip", BLOCKS]],
    [4, ["request.auth.principal", ["*", "https://issuer.example/*"]]],
  ]);
  return {
    key,
    ...(random.chance(0.3)
      ? { notValues: random.some(values, 1) }
      : { values: random.some(values, random.between(1, 2)) }),
  };
}
