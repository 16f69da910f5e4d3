import { inBlock, parseAddress, parseBlock } from "./authorization-address.js";
import type { PodShape } from "./model.js";
import type { Decision } from "./objects.js";

/** What the installation says for pods that say nothing of their own. */
export interface CaptureDefaults {
  readonly includeInboundPorts: string;
  readonly excludeInboundPorts: string;
  readonly includeOutboundPorts: string;
  readonly excludeOutboundPorts: string;
  readonly includeIPRanges: string;
  readonly excludeIPRanges: string;
}

export const CAPTURE_DEFAULTS: CaptureDefaults = {
  includeInboundPorts: "*",
  excludeInboundPorts: "",
  includeOutboundPorts: "",
  excludeOutboundPorts: "",
  includeIPRanges: "*",
  excludeIPRanges: "",
};

/** Whether a connection goes through the pod's sidecar. */
export type Captured =
  | { readonly captured: boolean; readonly because: Decision | null }
  | { readonly captured: "unknown"; readonly why: string; readonly because: Decision };

const RULE = "capture";
/** The sidecar's own ports: health, merged metrics, Prometheus. */
const NEVER_INBOUND = [15020, 15021, 15090];
const PREFIX = "traffic.sidecar.istio.io/";
const INTERCEPTION = "sidecar.istio.io/interceptionMode";

type Shape = Pick<PodShape, "annotations" | "object" | "path">;

/**
 * Whether a connection to a port of a pod goes through its sidecar.
 *
 * Source: istio, manifests/charts/istio-control/istio-discovery/files/injection-template.yaml,
 * tools/istio-iptables/pkg/capture/run.go.
 */
export function inboundCaptured(pod: Shape, port: number, defaults: CaptureDefaults): Captured {
  const none = interceptsNothing(pod);
  if (none !== null) return none;
  if (NEVER_INBOUND.includes(port)) {
    return { captured: false, because: { rule: RULE, says: `port ${port} is the sidecar's own, and is not captured` } };
  }
  const excluded = setting(pod, "excludeInboundPorts", defaults.excludeInboundPorts);
  if (portsOf(excluded.value).includes(port)) {
    return {
      captured: false,
      because: excluded.decide(`port ${port} is excluded: the sidecar does not see its calls`),
    };
  }
  const included = setting(pod, "includeInboundPorts", defaults.includeInboundPorts);
  if (included.value.trim() === "*" || portsOf(included.value).includes(port)) return { captured: true, because: null };
  return { captured: false, because: included.decide(`port ${port} is not among those that the sidecar takes`) };
}

/**
 * Whether a connection that a pod opens goes through its sidecar. Addresses count only where the pod or the installation
 * names ranges: they are not known for every Service.
 *
 * Source: as `inboundCaptured`.
 */
export function outboundCaptured(
  pod: Shape,
  to: { readonly port: number; readonly addresses: readonly string[] },
  defaults: CaptureDefaults,
): Captured {
  const none = interceptsNothing(pod);
  if (none !== null) return none;
  const excludedPorts = setting(pod, "excludeOutboundPorts", defaults.excludeOutboundPorts);
  if (portsOf(excludedPorts.value).includes(to.port)) {
    const because = excludedPorts.decide(`calls to port ${to.port} are excluded: they go round the sidecar`);
    return { captured: false, because };
  }
  const excluded = setting(pod, "excludeOutboundIPRanges", defaults.excludeIPRanges);
  const inExcluded = within(excluded.value, to.addresses);
  if (inExcluded === "unknown") return unknownAddress(excluded);
  if (inExcluded)
    return { captured: false, because: excluded.decide("the address is excluded: the call goes round the sidecar") };
  const ports = setting(pod, "includeOutboundPorts", defaults.includeOutboundPorts);
  if (ports.value.trim() === "*" || portsOf(ports.value).includes(to.port)) return { captured: true, because: null };
  const included = setting(pod, "includeOutboundIPRanges", defaults.includeIPRanges);
  const inIncluded = within(included.value, to.addresses);
  if (inIncluded === "unknown") return unknownAddress(included);
  if (inIncluded) return { captured: true, because: null };
  return { captured: false, because: included.decide("the address is not among those that the sidecar takes") };
}

/** NONE leaves all connections alone, and what the sidecar listens on by itself depends on more than rules can see. */
function interceptsNothing(pod: Shape): Captured | null {
  if (pod.annotations[INTERCEPTION]?.toUpperCase() !== "NONE") return null;
  return {
    captured: "unknown",
    why: "the pod's interceptionMode is NONE",
    because: { rule: RULE, says: "interceptionMode NONE", object: pod.object, path: annotationPath(pod, INTERCEPTION) },
  };
}

interface Setting {
  readonly value: string;
  decide(says: string): Decision;
}

function setting(pod: Shape, name: string, fallback: string): Setting {
  const key = PREFIX + name;
  const own = pod.annotations[key];
  return {
    value: own ?? fallback,
    decide: (says) =>
      own === undefined
        ? { rule: RULE, says: `${says} (as the installation has it)` }
        : { rule: RULE, says, object: pod.object, path: annotationPath(pod, key) },
  };
}

function annotationPath({ path }: Shape, key: string): readonly string[] {
  return [...path, "metadata", "annotations", key];
}

/** Ports and ranges of them, `8000,9000-9010`. */
function portsOf(text: string): { includes(port: number): boolean } {
  const ranges = text
    .split(",")
    .map((part) => part.trim().split("-").map(Number))
    .filter(([from]) => from !== undefined && !Number.isNaN(from));
  return { includes: (port) => ranges.some(([from = 0, to = from]) => port >= from && port <= to) };
}

function within(ranges: string, addresses: readonly string[]): boolean | "unknown" {
  const parts = ranges
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (parts.includes("*") || parts.includes("0.0.0.0/0")) return true;
  if (parts.length === 0) return false;
  const known = addresses.map(parseAddress).filter((address) => address !== null);
  if (known.length === 0) return "unknown";
  const blocks = parts.map(parseBlock).filter((block) => block !== null);
  const inside = known.map((address) => blocks.some((block) => inBlock(address, block)));
  return inside.every((one) => one === inside[0]) ? (inside[0] ?? false) : "unknown";
}

function unknownAddress(of: Setting): Captured {
  return {
    captured: "unknown",
    why: "the pod's sidecar takes some addresses only, and the destination's address is not known",
    because: of.decide("the sidecar takes some addresses only"),
  };
}
