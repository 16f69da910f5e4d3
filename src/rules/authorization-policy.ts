import type { MeshObject } from "./objects.js";
import type { LabelSelector } from "./selectors.js";

/** An AuthorizationPolicy as the API has it (istio.io/api security/v1beta1/authorization_policy.proto). */
export interface AuthorizationPolicySpec {
  readonly selector?: LabelSelector;
  readonly targetRef?: TargetRef;
  readonly targetRefs?: readonly TargetRef[];
  /** ALLOW where it is absent. */
  readonly action?: string;
  readonly provider?: { readonly name?: string };
  /** An entry without fields (also null) matches everything; no entries match nothing. */
  readonly rules?: readonly (AuthorizationRule | null)[];
}

export interface TargetRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

export interface AuthorizationRule {
  readonly from?: readonly { readonly source?: SourceMatch }[];
  readonly to?: readonly { readonly operation?: OperationMatch }[];
  readonly when?: readonly Condition[];
}

export interface SourceMatch {
  readonly principals?: readonly string[];
  readonly notPrincipals?: readonly string[];
  readonly requestPrincipals?: readonly string[];
  readonly notRequestPrincipals?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly notNamespaces?: readonly string[];
  readonly serviceAccounts?: readonly string[];
  readonly notServiceAccounts?: readonly string[];
  readonly trustDomains?: readonly string[];
  readonly notTrustDomains?: readonly string[];
  readonly ipBlocks?: readonly string[];
  readonly notIpBlocks?: readonly string[];
  readonly remoteIpBlocks?: readonly string[];
  readonly notRemoteIpBlocks?: readonly string[];
}

export interface OperationMatch {
  readonly hosts?: readonly string[];
  readonly notHosts?: readonly string[];
  readonly ports?: readonly string[];
  readonly notPorts?: readonly string[];
  readonly methods?: readonly string[];
  readonly notMethods?: readonly string[];
  readonly paths?: readonly string[];
  readonly notPaths?: readonly string[];
}

export interface Condition {
  readonly key: string;
  readonly values?: readonly string[];
  readonly notValues?: readonly string[];
}

export type AuthorizationPolicy = MeshObject<AuthorizationPolicySpec>;

/** The identity that a verified client certificate of the mesh says. */
export interface Identity {
  readonly trustDomain: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** A request as the server's proxy sees it. What cannot be known from manifests is `unknown`, and a rule that turns on it gives no answer. */
export interface RequestFacts {
  /** Whether the filter chain that took the connection speaks HTTP. */
  readonly chain: "http" | "tcp";
  /** Null for plaintext, and for TLS that showed no certificate of the mesh. */
  readonly identity: Identity | null;
  /** The address of the direct peer, and that of the original client by X-Forwarded-For; null where it is not known. */
  readonly sourceAddress: string | null;
  readonly remoteAddress: string | null;
  readonly destinationAddress: string | null;
  /** The workload's port. */
  readonly destinationPort: number;
  /** The server name of the TLS connection, null where none is known, "" where there is none. */
  readonly sni: string | null;
  /** As in `:authority`, with its port where the client sends one. Of HTTP chains alone, as what follows. */
  readonly host: string;
  readonly method: string;
  /** As sent, query included. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
}
