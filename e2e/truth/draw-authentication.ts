import type { KubeObject } from "../../src/ports.js";
import type { Random } from "./random.js";
import type { Draw } from "./draw.js";

/** Draws PeerAuthentications and RequestAuthentications. */

export const ROOT = "istio-system";
export const INJECTED = ["t-a", "t-b", "t-d"] as const;
const PORTS = ["8080", "8081", "8082"] as const;

/** Labels that pods of the fixed mesh have, for selectors. */
export function podLabels(random: Random, namespace: string): Record<string, string> {
  const app = namespace === "t-d" ? "mixed" : "httpbin";
  return random.pick([
    { app },
    { app },
    { app, version: "v1" },
    { version: random.pick(["v1", "v2"]) },
    { app: "httpbin-x" },
    { app: "nobody" },
  ]);
}

export function drawPeerAuthentications(draw: Draw): KubeObject[] {
  const { random } = draw;
  const count = random.weighted([
    [12, 0],
    [28, 1],
    [30, 2],
    [20, 3],
    [10, 4],
  ]);
  const favoured = random.pick(INJECTED);
  return Array.from({ length: count }, () => {
    const namespace = random.chance(0.25) ? ROOT : random.chance(0.5) ? favoured : random.pick(INJECTED);
    const selecting = namespace === ROOT ? random.chance(0.1) : random.chance(0.5);
    return draw.object("security.istio.io/v1", "PeerAuthentication", namespace, {
      ...(selecting
        ? { selector: { matchLabels: podLabels(random, namespace) } }
        : random.maybe(0.05, () => ({ selector: {} }))),
      ...random.maybe(0.92, () => ({ mtls: random.chance(0.04) ? {} : { mode: mode(random) } })),
      ...(selecting && namespace !== ROOT ? random.maybe(0.55, () => ({ portLevelMtls: portLevel(random) })) : {}),
    });
  });
}

function mode(random: Random): string {
  return random.weighted([
    [44, "STRICT"],
    [20, "PERMISSIVE"],
    [24, "DISABLE"],
    [20, "UNSET"],
  ]);
}

function portLevel(random: Random): object {
  const ports = random.some(PORTS, random.between(1, 2));
  return Object.fromEntries(ports.map((port) => [port, random.chance(0.05) ? {} : { mode: mode(random) }]));
}

/** A key set that is nobody's: no token is ever sent, so that nothing is ever held against it. */
const KEYS = JSON.stringify({
  keys: [
    {
      kty: "EC",
      crv: "P-256",
      kid: "truth",
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    },
  ],
});

export function drawRequestAuthentications(draw: Draw): KubeObject[] {
  const { random } = draw;
  if (!random.chance(0.34)) return [];
  const namespace = random.chance(0.36) ? ROOT : random.pick(INJECTED);
  return [
    draw.object("security.istio.io/v1", "RequestAuthentication", namespace, {
      ...random.maybe(0.5, () => ({ selector: { matchLabels: podLabels(random, namespace) } })),
      jwtRules: [{ issuer: "https://issuer.example", jwks: KEYS }],
    }),
  ];
}
