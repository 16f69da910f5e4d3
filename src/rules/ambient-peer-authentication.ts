import { byAge } from "./objects.js";
import type { Decision, FieldPath } from "./objects.js";
import { hasSelector, workloadMode } from "./peer-authentication.js";
import type { MtlsMode, PeerAuthentication, ServerWorkload } from "./peer-authentication.js";
import { selects } from "./selectors.js";

/** What a ztunnel does with a connection that shows no identity: plaintext, or TLS that is not HBONE. */
export interface AmbientPlaintext {
  readonly refused: boolean;
  readonly because: Decision;
}

type Mode = MtlsMode | "UNSET";

/** The policies that istiod looks at for a workload. */
interface Seen {
  readonly mesh: PeerAuthentication | undefined;
  readonly namespace: PeerAuthentication | undefined;
  readonly workload: PeerAuthentication | undefined;
  /** Those of the mesh and the namespace that the conversion of the workload's own looks at. */
  readonly parents: Parents;
}

/** The conversion knows only policies without a selector, where elsewhere an empty one counts as none. */
interface Parents {
  readonly mesh: Mode;
  /** Undefined where the namespace has no policy: that differs from one that is UNSET. */
  readonly namespace: Mode | undefined;
}

const RULE = "ambient-peer-authentication";

/**
 * Whether the destination's ztunnel refuses a connection without identity on a port of a workload. HBONE is never
 * refused by PeerAuthentication, whatever its mode; PERMISSIVE and DISABLE are the same.
 *
 * istiod gives ztunnel no modes but DENY rules: one for all ports of a workload whose effective mode is STRICT, and, in
 * its place or beside it, one made of the entries for ports of the workload's own policy. Whether that second one is
 * wanted is decided apart from what it holds, so some entries are lost:
 * - An own policy without a mode that inherits STRICT opens ports by PERMISSIVE entries only; a DISABLE entry opens its
 *   port only beside a PERMISSIVE one.
 * - The mesh STRICT and the namespace unset or without policy: STRICT entries count as said already, also where the
 *   workload's own mode is PERMISSIVE or DISABLE. Their ports stay open.
 * - The mesh STRICT, a policy of the namespace that leaves the mode open, and an own policy without a mode but with a
 *   PERMISSIVE entry: the rule for all ports is taken away, and nothing takes its place. All ports are open.
 * - In the root namespace an empty selector takes a policy out of the mesh; in the others it only hides it from the
 *   conversion.
 *
 * Source: istio, pilot/pkg/serviceregistry/ambient/authorization.go:convertedSelectorPeerAuthentications,
 * convertPeerAuthentication; workloads.go:fetchPeerAuthentications; policies.go:PolicyCollections.
 *
 * @param port the workload's port
 */
export function ambientPlaintext(
  policies: readonly PeerAuthentication[],
  workload: ServerWorkload,
  port: number,
  rootNamespace: string,
): AmbientPlaintext {
  const seen = see(policies, workload, rootNamespace);
  const { mode, because } = workloadMode(seen);
  const own = seen.workload;
  const strict = mode === "STRICT";
  if (own === undefined) return { refused: strict, because: { ...because, rule: RULE } };

  const refused = hasExceptions(own, strict) ? convertedRefuses(own, port, seen.parents) : strict;
  const ofPort = portMode(own, port);
  if (ofPort !== "UNSET") {
    const path = ["spec", "portLevelMtls", String(port), "mode"];
    return { refused, because: decision(own, path, sayPort(ofPort, port, refused)) };
  }
  if (refused === strict) return { refused, because: { ...because, rule: RULE } };
  const says = `mode STRICT is lost at ztunnel, where the workload's entries for ports stand for it and hold nothing`;
  return { refused, because: decision(own, ["spec", "portLevelMtls"], says) };
}

function see(policies: readonly PeerAuthentication[], workload: ServerWorkload, rootNamespace: string): Seen {
  const near = policies.filter((one) => reaches(one, workload, rootNamespace)).sort(byAge);
  const inRoot = (one: PeerAuthentication): boolean => one.namespace === rootNamespace;
  const unselected = near.filter((one) => one.spec.selector === undefined);
  const parent = unselected.find((one) => !inRoot(one));
  return {
    mesh: near.find((one) => inRoot(one) && !hasSelector(one)),
    namespace: near.find((one) => !inRoot(one) && !hasSelector(one)),
    workload: near.find((one) => !inRoot(one) && hasSelector(one)),
    parents: {
      mesh: modeOf(unselected.find(inRoot)),
      namespace: parent === undefined ? undefined : modeOf(parent),
    },
  };
}

function reaches({ namespace, spec }: PeerAuthentication, workload: ServerWorkload, rootNamespace: string): boolean {
  if (spec.selector === undefined) return namespace === rootNamespace || namespace === workload.namespace;
  return namespace === workload.namespace && selects(spec.selector, workload.labels);
}

/** Whether the own policy's entries for ports make istiod attach the rule that is made of them. */
function hasExceptions(own: PeerAuthentication, strict: boolean): boolean {
  const modes = portModes(own).map(([, mode]) => mode);
  if (!strict) return modes.includes("STRICT");
  return modes.includes("PERMISSIVE") || (modeOf(own) === "STRICT" && modes.includes("DISABLE"));
}

/** Whether the rule made of the own policy, once attached, refuses a connection without identity. */
function convertedRefuses(own: PeerAuthentication, port: number, { mesh, namespace }: Parents): boolean {
  const mode = modeOf(own);
  const meshCovers = (namespace === undefined || namespace === "UNSET") && mesh === "STRICT";
  const covered = mode === "STRICT" || (mode === "UNSET" && namespace === "STRICT") || meshCovers;
  if (portMode(own, port) === "STRICT" && !covered) return true;

  const closed = mode === "STRICT" || (mode === "UNSET" && (namespace ?? mesh) === "STRICT");
  const openings = closed ? portModes(own).filter(([, of]) => of === "PERMISSIVE" || of === "DISABLE") : [];
  return openings.length > 0 && !openings.some(([of]) => of === port);
}

function sayPort(mode: MtlsMode, port: number, refused: boolean): string {
  if ((mode === "STRICT") === refused) return `mode ${mode} for the workload's port ${port}`;
  const instead = refused ? "still refuses connections without identity" : "still takes connections without identity";
  return `mode ${mode} for the workload's port ${port} is lost on its way to ztunnel, which ${instead}`;
}

function decision(object: PeerAuthentication, path: FieldPath, says: string): Decision {
  return { rule: RULE, says, object, path };
}

function portModes(own: PeerAuthentication): readonly (readonly [number, Mode])[] {
  return Object.entries(own.spec.portLevelMtls ?? {}).map(([port, { mode }]) => [Number(port), known(mode)]);
}

function portMode(own: PeerAuthentication, port: number): Mode {
  return known(own.spec.portLevelMtls?.[String(port)]?.mode);
}

function modeOf(policy: PeerAuthentication | undefined): Mode {
  return known(policy?.spec.mtls?.mode);
}

function known(mode: string | undefined): Mode {
  return mode === "STRICT" || mode === "PERMISSIVE" || mode === "DISABLE" ? mode : "UNSET";
}
