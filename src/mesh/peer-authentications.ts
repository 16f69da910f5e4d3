import type { KubeObject } from "../ports.js";
import type { PeerAuthentication } from "../rules/peer-authentication.js";
import type { LabelSelector } from "../rules/selectors.js";

interface Spec {
  readonly selector?: LabelSelector;
  readonly mtls?: { readonly mode?: string };
  readonly portLevelMtls?: Readonly<Record<string, { readonly mode?: string }>>;
}

/** A PeerAuthentication of the API as the rules read it. */
export function peerAuthenticationOf(object: KubeObject): PeerAuthentication {
  const spec = (object["spec"] ?? {}) as Spec;
  const created = Date.parse(object.metadata.creationTimestamp ?? "");
  const ports = Object.entries(spec.portLevelMtls ?? {}).map(([port, { mode }]): [number, string] => [
    Number(port),
    mode ?? "UNSET",
  ]);
  return {
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
    created: Number.isNaN(created) ? Infinity : created,
    ...(spec.selector === undefined ? {} : { selector: spec.selector }),
    ...(spec.mtls?.mode === undefined ? {} : { mode: spec.mtls.mode }),
    portModes: new Map(ports),
  };
}
