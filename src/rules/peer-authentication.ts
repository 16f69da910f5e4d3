import { selects } from "./selectors.js";
import type { Labels, LabelSelector } from "./selectors.js";

export type MtlsMode = "STRICT" | "PERMISSIVE" | "DISABLE";

/** A PeerAuthentication, as far as it decides modes. */
export interface PeerAuthentication {
  readonly namespace: string;
  readonly name: string;
  /** Seconds or milliseconds since the epoch: only the order counts. Infinity where there is none yet. */
  readonly created: number;
  readonly selector?: LabelSelector;
  readonly mode?: string;
  /** By workload port. */
  readonly portModes: ReadonlyMap<number, string>;
}

/** A server workload. */
export interface ServerWorkload {
  readonly namespace: string;
  readonly labels: Labels;
}

/**
 * The mode of mutual TLS that a workload's sidecar takes on a port: PERMISSIVE, overlaid by the mesh's, the
 * namespace's and the workload's own policy, each where it is set; then by the workload policy's entry for the port. Of
 * several policies on one level the oldest counts, whole; a policy with a selector in the root namespace counts nowhere.
 *
 * Source: istio, pilot/pkg/security/authn/policy_applier.go:ComposePeerAuthentication,
 * pilot/pkg/model/authentication.go:getConfigsForWorkload.
 */
export function effectiveMode(
  policies: readonly PeerAuthentication[],
  workload: ServerWorkload,
  port: number,
  rootNamespace: string,
): MtlsMode {
  const mesh = oldest(policies.filter((one) => one.namespace === rootNamespace && !hasSelector(one)));
  const namespace =
    workload.namespace === rootNamespace
      ? undefined
      : oldest(policies.filter((one) => one.namespace === workload.namespace && !hasSelector(one)));
  const own =
    workload.namespace === rootNamespace
      ? undefined
      : oldest(
          policies.filter(
            (one) =>
              one.namespace === workload.namespace && hasSelector(one) && selects(one.selector ?? {}, workload.labels),
          ),
        );
  const resolved = modeOf(own?.mode) ?? modeOf(namespace?.mode) ?? modeOf(mesh?.mode) ?? "PERMISSIVE";
  return modeOf(own?.portModes.get(port)) ?? resolved;
}

/** An empty selector counts as none. */
function hasSelector(policy: PeerAuthentication): boolean {
  return Object.keys(policy.selector?.matchLabels ?? {}).length > 0;
}

/** UNSET, and what is no mode, inherits. */
function modeOf(mode: string | undefined): MtlsMode | undefined {
  return mode === "STRICT" || mode === "PERMISSIVE" || mode === "DISABLE" ? mode : undefined;
}

/** By age, then name, then namespace (istio, pilot/pkg/model/config.go:configCompareByCreationTime). */
function oldest(policies: readonly PeerAuthentication[]): PeerAuthentication | undefined {
  return [...policies].sort(
    (a, b) => a.created - b.created || compare(a.name, b.name) || compare(a.namespace, b.namespace),
  )[0];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
