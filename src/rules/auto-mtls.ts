import type { ChosenPolicy, ClientTls } from "./destination-rule.js";
import type { Decision } from "./objects.js";
import type { DecidedMode } from "./peer-authentication.js";

/** What a client's sidecar sends to an endpoint: plaintext, Istio's mTLS, or TLS as a DestinationRule has it. */
export interface Upstream {
  readonly transport: "plaintext" | "mtls" | "tls";
  /** The identities that the client insists on; null where it takes those of the Service's endpoints. */
  readonly names: readonly string[] | null;
  readonly because: readonly Decision[];
}

/** What the decision needs to know of the Service that is called, as far as clients' proxies know it. */
export interface UpstreamCluster {
  readonly hostname: string;
  readonly enableAutoMtls: boolean;
  /** MESH_EXTERNAL. */
  readonly external: boolean;
  /** Headless, or PASSTHROUGH: the address that was called is connected to, whatever is there. */
  readonly originalDestination: boolean;
  /** Whether all endpoints say that they take mTLS; false where there are none. Read for `originalDestination` alone. */
  readonly allEndpointsTake: boolean;
  /** The mode of the Service's namespace, else of the mesh. */
  readonly namespaceMode: DecidedMode;
}

/** An endpoint, as clients' proxies know it. */
export interface UpstreamEndpoint {
  /** The label security.istio.io/tlsMode=istio. */
  readonly tlsMode: boolean;
  /** The full mode of the workload for the port. */
  readonly mode: DecidedMode;
}

const RULE = "auto-mtls";

/**
 * Which transport a sidecar client uses towards an endpoint of a Service.
 *
 * Source: istio, pilot/pkg/networking/core/cluster_tls.go:buildUpstreamTLSSettings, applyUpstreamTLSSettings,
 * buildUpstreamClusterTLSContext; pilot/pkg/model/push_context.go:BestEffortInferServiceMTLSMode;
 * pilot/pkg/xds/endpoints/mtls_checker.go:checkMtlsEnabled.
 *
 * @param policy null where no DestinationRule is for the host
 */
export function decideUpstream(
  policy: ChosenPolicy | null,
  cluster: UpstreamCluster,
  endpoint: UpstreamEndpoint,
): Upstream {
  const explicit = policy?.tls ?? null;
  if (policy !== null && explicit !== null) {
    const mode = modeOf(explicit.tls);
    const because = { rule: "destination-rule", object: explicit.of, path: [...explicit.path, "mode"] };
    return explicitUpstream(mode, explicit.tls, policy.hasSelector, because);
  }
  const overridden: Decision[] =
    policy === null
      ? []
      : [{ rule: "destination-rule", says: "the rule for the host sets no TLS", object: policy.of, path: policy.path }];
  const cold = clusterGate(cluster);
  if (cold !== null) return { transport: "plaintext", names: null, because: [...overridden, ...cold] };
  if (cluster.originalDestination) {
    const says = "all endpoints take mTLS and the called address is connected to as it is: mTLS by itself";
    return { transport: "mtls", names: null, because: [...overridden, { rule: RULE, says }] };
  }
  return {
    ...endpointGate(policy, endpoint),
    names: null,
    because: [...overridden, ...endpointGate(policy, endpoint).because],
  };
}

/** An empty `tls` is DISABLE: it is the first of the API's values. */
function modeOf(tls: ClientTls): string {
  return tls.mode ?? "DISABLE";
}

function explicitUpstream(
  mode: string,
  tls: ClientTls,
  hasSelector: boolean,
  because: Omit<Decision, "says">,
): Upstream {
  const say = (says: string): Decision[] => [{ ...because, says }];
  if (mode === "ISTIO_MUTUAL") {
    const names = (tls.subjectAltNames ?? []).length > 0 ? (tls.subjectAltNames ?? null) : null;
    return { transport: "mtls", names, because: say("ISTIO_MUTUAL: Istio's mTLS to every endpoint") };
  }
  if (mode === "DISABLE") return { transport: "plaintext", names: null, because: say("DISABLE: plaintext") };
  const credential = tls.credentialName ?? "";
  if (credential !== "" && !credential.startsWith("configmap://") && !hasSelector) {
    const says = `${mode} with credentialName in a rule without workloadSelector: sidecars leave the TLS out`;
    return { transport: "plaintext", names: null, because: say(says) };
  }
  return { transport: "tls", names: null, because: say(`${mode}: TLS that is not Istio's`) };
}

/** What turns mTLS off for the whole Service, or null. Policies of single workloads are not seen here. */
function clusterGate(cluster: UpstreamCluster): Decision[] | null {
  const { hostname, namespaceMode } = cluster;
  if (cluster.external) return [{ rule: RULE, says: `${hostname} is outside the mesh: plaintext` }];
  if (!cluster.enableAutoMtls) return [{ rule: RULE, says: "enableAutoMtls is off: plaintext" }];
  if (cluster.originalDestination && !cluster.allEndpointsTake) {
    return [{ rule: RULE, says: `not every endpoint of ${hostname} takes mTLS: plaintext to all of them` }];
  }
  if (namespaceMode.mode !== "DISABLE") return null;
  return [namespaceMode.because, { rule: RULE, says: "clients see DISABLE for the namespace: plaintext" }];
}

function endpointGate(
  policy: ChosenPolicy | null,
  { tlsMode, mode }: UpstreamEndpoint,
): { transport: "plaintext" | "mtls"; because: Decision[] } {
  // What a DestinationRule tells endpoints can take mTLS away from them, and give it to none.
  if (!tlsMode) {
    return { transport: "plaintext", because: [{ rule: RULE, says: "the endpoint has no sidecar: plaintext" }] };
  }
  const told = policy?.endpointTls ?? null;
  if (told !== null) {
    const mutual = modeOf(told.tls) === "ISTIO_MUTUAL";
    const says = `the port's entry sets no TLS, but endpoints go by the rule's own ${modeOf(told.tls)}: ${mutual ? "mTLS" : "plaintext"}`;
    const because = [{ rule: "destination-rule", says, object: told.of, path: told.path }];
    return { transport: mutual ? "mtls" : "plaintext", because };
  }
  if (mode.mode === "DISABLE") {
    const says = "clients see DISABLE for the workload's port: plaintext";
    return { transport: "plaintext", because: [mode.because, { rule: RULE, says }] };
  }
  return { transport: "mtls", because: [{ rule: RULE, says: "the endpoint has a sidecar: mTLS by itself" }] };
}
