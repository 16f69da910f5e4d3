import { byAge } from "./objects.js";
import type { Decision, MeshObject } from "./objects.js";
import { selects } from "./selectors.js";
import type { Labels, LabelSelector } from "./selectors.js";

export type MtlsMode = "STRICT" | "PERMISSIVE" | "DISABLE";

export interface PeerAuthenticationSpec {
  readonly selector?: LabelSelector;
  readonly mtls?: { readonly mode?: string };
  /** By workload port. */
  readonly portLevelMtls?: Readonly<Record<string, { readonly mode?: string }>>;
}

export type PeerAuthentication = MeshObject<PeerAuthenticationSpec>;

/** A server workload. */
export interface ServerWorkload {
  readonly namespace: string;
  readonly labels: Labels;
}

/** A mode with what decided it. */
export interface DecidedMode {
  readonly mode: MtlsMode;
  readonly because: Decision;
}

/** The policies that are for a workload, one a level. */
export interface AppliedPolicies {
  readonly mesh: PeerAuthentication | undefined;
  readonly namespace: PeerAuthentication | undefined;
  readonly workload: PeerAuthentication | undefined;
}

/**
 * The policies that count for a workload: of each level the oldest, whole. A policy with a selector in the root namespace
 * counts nowhere, and in the root namespace the mesh's own policy is all there is.
 *
 * Source: istio, pilot/pkg/model/authentication.go:addPeerAuthentication, getConfigsForWorkload;
 * pilot/pkg/security/authn/policy_applier.go:ComposePeerAuthentication.
 */
export function policiesFor(
  policies: readonly PeerAuthentication[],
  workload: ServerWorkload,
  rootNamespace: string,
): AppliedPolicies {
  const { namespace, labels } = workload;
  const inRoot = namespace === rootNamespace;
  const own = inRoot ? [] : policies.filter((one) => one.namespace === namespace);
  return {
    mesh: oldest(policies.filter((one) => one.namespace === rootNamespace && !hasSelector(one))),
    namespace: oldest(own.filter((one) => !hasSelector(one))),
    workload: oldest(own.filter((one) => hasSelector(one) && selects(one.spec.selector ?? {}, labels))),
  };
}

/**
 * The mode of mutual TLS that a workload's sidecar takes on a port: PERMISSIVE, overlaid by the mesh's, the namespace's
 * and the workload's own policy, each where it is set; then by the workload policy's entry for the port.
 *
 * Source: istio, pilot/pkg/security/authn/policy_applier.go:ComposePeerAuthentication, GetMutualTLSModeForPort.
 */
export function decideMode(applied: AppliedPolicies, port: number): DecidedMode {
  const { workload } = applied;
  const ofPort = modeOf(workload?.spec.portLevelMtls?.[String(port)]?.mode);
  if (ofPort !== undefined && workload !== undefined) {
    const says = `mode ${ofPort} for the workload's port ${port}`;
    const path = ["spec", "portLevelMtls", String(port), "mode"];
    return { mode: ofPort, because: { rule: RULE, says, object: workload, path } };
  }
  return workloadMode(applied);
}

/** The mode of all ports that no entry of their own is for. */
export function workloadMode({ mesh, namespace, workload }: AppliedPolicies): DecidedMode {
  return (
    decided(workload, "the workload") ??
    decided(namespace, "the namespace") ??
    decided(mesh, "the mesh") ?? {
      mode: "PERMISSIVE",
      because: { rule: RULE, says: "no PeerAuthentication sets a mode, so it is PERMISSIVE" },
    }
  );
}

/**
 * The mode that clients' clusters go by: that of the Service's namespace, else of the mesh; policies of workloads are not
 * seen.
 *
 * Source: istio, pilot/pkg/model/authentication.go:GetNamespaceMutualTLSMode,
 * pilot/pkg/model/push_context.go:BestEffortInferServiceMTLSMode.
 */
export function namespaceMode({ mesh, namespace }: Pick<AppliedPolicies, "mesh" | "namespace">): DecidedMode {
  return workloadMode({ mesh, namespace, workload: undefined });
}

/** `decideMode` for one who does not keep the applied policies, and only wants the mode. */
export function effectiveMode(
  policies: readonly PeerAuthentication[],
  workload: ServerWorkload,
  port: number,
  rootNamespace: string,
): MtlsMode {
  return decideMode(policiesFor(policies, workload, rootNamespace), port).mode;
}

const RULE = "peer-authentication";

function decided(policy: PeerAuthentication | undefined, whose: string): DecidedMode | undefined {
  const mode = modeOf(policy?.spec.mtls?.mode);
  if (policy === undefined || mode === undefined) return undefined;
  const because = { rule: RULE, says: `mode ${mode} for ${whose}`, object: policy, path: ["spec", "mtls", "mode"] };
  return { mode, because };
}

/** An empty selector counts as none. */
export function hasSelector(policy: PeerAuthentication): boolean {
  return Object.keys(policy.spec.selector?.matchLabels ?? {}).length > 0;
}

/** UNSET, and what is no mode, inherits. */
function modeOf(mode: string | undefined): MtlsMode | undefined {
  return mode === "STRICT" || mode === "PERMISSIVE" || mode === "DISABLE" ? mode : undefined;
}

function oldest(policies: readonly PeerAuthentication[]): PeerAuthentication | undefined {
  return [...policies].sort(byAge)[0];
}
