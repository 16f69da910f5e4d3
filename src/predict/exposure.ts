import type { Reason } from "../mesh/call.js";
import type { Unreadable } from "../mesh/inventory.js";
import { ambientPlaintext } from "../rules/ambient-peer-authentication.js";
import { ztunnelPolicies } from "../rules/ambient-authorization.js";
import { admitsAnonymous } from "../rules/authorization-anonymous.js";
import type { Anonymous } from "../rules/authorization-anonymous.js";
import type { AuthorizationPolicy } from "../rules/authorization-policy.js";
import { inboundCaptured } from "../rules/capture.js";
import type { PodShape, Service, ServicePort } from "../rules/model.js";
import type { Decision } from "../rules/objects.js";
import { decideMode } from "../rules/peer-authentication.js";
import { reasonOf } from "./predict.js";
import type { Predictor } from "./predict.js";
import { inboundPort } from "./server.js";
import type { Endpoint } from "./view.js";

/** Who can reach something in plaintext, from the most to the least. */
export const EXPOSURES = ["all", "unknown", "some", "none"] as const;

/** Who can reach a Service port in plaintext, whether or not any known client does. */
export interface PortExposure {
  readonly plaintext: (typeof EXPOSURES)[number];
  readonly says: string;
  readonly because: readonly Reason[];
  /** The policies that let some through, as they are written: who they are changes with it. */
  readonly written: string;
}

interface Found {
  readonly plaintext: PortExposure["plaintext"];
  readonly says: string;
  readonly because: readonly Decision[];
}

/**
 * Who can reach a Service's port in plaintext: of its endpoints the one that is open to the most. NetworkPolicies do not
 * count: they say who reaches an address at all.
 */
export function exposureOf(predictor: Predictor, service: Service, port: ServicePort): PortExposure {
  const endpoints = predictor.view.endpoints(service, port);
  const found = endpoints.map((one) => ofEndpoint(predictor, one));
  const worst = EXPOSURES.flatMap((level) => found.filter(({ plaintext }) => plaintext === level))[0];
  if (worst === undefined) return { plaintext: "none", says: "nothing is behind the port", because: [], written: "" };
  const { plaintext, says, because } = worst;
  const written = plaintext === "some" ? JSON.stringify(because.map(({ object }) => object?.spec ?? null)) : "";
  return { plaintext, says, because: because.map(reasonOf), written };
}

function ofEndpoint({ view, obstacles }: Predictor, endpoint: Endpoint): Found {
  if (endpoint.kind === "address") {
    const because: Decision = {
      rule: "endpoint",
      says: `${endpoint.fixed.address} is no pod of the mesh`,
      object: endpoint.fixed.object,
      path: ["spec"],
    };
    return { plaintext: "all", says: "it is no pod of the mesh", because: [because] };
  }
  const { pod, port } = endpoint;
  const unreadable = view.inventory.unreadable.find((one) => decides(one, pod, view.settings.rootNamespace));
  if (unreadable !== undefined) return { plaintext: "unknown", says: unreadable.why, because: [] };
  switch (pod.dataPlane) {
    case "none":
      return { plaintext: "all", says: "the pod has no sidecar", because: [pod.because] };
    case "gateway":
      return { plaintext: "unknown", says: "what a gateway listens on is not predicted", because: [pod.because] };
    case "ztunnel":
      return ofZtunnel({ view, obstacles }, pod, port);
    case "sidecar":
      return ofSidecar({ view, obstacles }, pod, port);
  }
}

const DECIDING = [
  "PeerAuthentication",
  "AuthorizationPolicy",
  "Sidecar",
  "EnvoyFilter",
  "Pod",
  "Service",
  "EndpointSlice",
];

function decides({ kind, namespace }: Unreadable, pod: PodShape, rootNamespace: string): boolean {
  return DECIDING.includes(kind) && (namespace === undefined || [pod.namespace, rootNamespace].includes(namespace));
}

type Looked = Pick<Predictor, "view" | "obstacles">;

function ofSidecar({ view, obstacles }: Looked, pod: PodShape, port: number): Found {
  const captured = inboundCaptured(pod, port, view.settings.capture);
  if (captured.captured === "unknown") return { plaintext: "unknown", says: captured.why, because: [captured.because] };
  if (!captured.captured) {
    const because = captured.because === null ? [] : [captured.because];
    return { plaintext: "all", says: "the port goes round the sidecar", because };
  }
  const obstacle = obstacles.sidecar(pod, "inbound");
  if (obstacle !== null) return { plaintext: "unknown", says: obstacle.why, because: [obstacle.because] };
  const { mode, because } = decideMode(view.peerAuthentications(pod), port);
  if (mode === "STRICT") return { plaintext: "none", says: "STRICT refuses plaintext", because: [because] };
  const { protocol } = inboundPort(view, pod, port);
  const chains = protocol === "auto" ? (["http", "tcp"] as const) : [protocol];
  const applied = view.authorizationPolicies(pod);
  const answers = chains.map((chain) => admitsAnonymous(applied, doorOf(pod, port, chain), view.settings));
  return withPolicies(because, `${mode} takes plaintext`, answers);
}

function ofZtunnel({ view }: Looked, pod: PodShape, port: number): Found {
  const { settings, inventory } = view;
  const plain = ambientPlaintext(inventory.peerAuthentications, pod, port, settings.rootNamespace);
  if (plain.refused) {
    return { plaintext: "none", says: "the ztunnel refuses connections without identity", because: [plain.because] };
  }
  const applied: readonly AuthorizationPolicy[] = ztunnelPolicies(view.authorizationPolicies(pod));
  // ztunnel compares principals as they are written.
  const answer = admitsAnonymous(applied, doorOf(pod, port, "tcp"), { ...settings, trustDomainAliases: [] });
  return withPolicies(plain.because, "the ztunnel takes plaintext", [answer]);
}

function doorOf(pod: PodShape, port: number, chain: "http" | "tcp"): Parameters<typeof admitsAnonymous>[1] {
  return { chain, port, address: pod.addresses.length === 1 ? (pod.addresses[0] ?? null) : null };
}

const POLICIES_SAY: Readonly<Record<Anonymous["admits"], string>> = {
  all: "and no AuthorizationPolicy asks for an identity",
  some: "and AuthorizationPolicies let some through without an identity",
  none: "and AuthorizationPolicies let nobody through without an identity",
  unknown: "and an external authorizer decides who gets through",
};

/** Who comes may choose what to speak, where the port finds it out. */
function withPolicies(mode: Decision, taken: string, answers: readonly Anonymous[]): Found {
  const [worst] = EXPOSURES.flatMap((level) => answers.filter(({ admits }) => admits === level));
  const { admits, because } = worst ?? { admits: "unknown" as const, because: [] };
  return { plaintext: admits, says: `${taken}, ${POLICIES_SAY[admits]}`, because: [mode, ...because] };
}
