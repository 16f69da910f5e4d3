import type { PodShape } from "../rules/model.js";
import type { Scheme } from "../settings/destination-url.js";
import type { Obstacles } from "./obstacles.js";
import { isHttp } from "./outcome.js";
import type { ClientLayer } from "./outcome.js";
import type { Arrival } from "./server.js";
import type { Target } from "./target.js";
import type { MeshView } from "./view.js";

/** One client pod calling one destination, with all that the rules read of it. */
export interface Attempt {
  readonly view: MeshView;
  readonly obstacles: Obstacles;
  readonly client: PodShape;
  readonly container: string;
  readonly scheme: Scheme;
  readonly target: Target;
  readonly port: number;
  readonly request: Arrival["request"];
  readonly servesTls: boolean;
}

/**
 * The connection that an attempt makes, as it comes to an endpoint.
 *
 * @param more what a proxy on the client's side makes of it
 */
export function arrivalOf(
  attempt: Attempt,
  layer: ClientLayer,
  wire: Arrival["wire"],
  more: Partial<Arrival> = {},
): Arrival {
  const { client, scheme, request, view, servesTls } = attempt;
  const { namespace, serviceAccount, addresses } = client;
  return {
    scheme,
    layer,
    wire,
    identity: { trustDomain: view.settings.trustDomain, namespace, serviceAccount },
    names: null,
    http2: false,
    request,
    sourceAddress: addresses.length === 1 ? (addresses[0] ?? null) : null,
    servesTls,
    ...more,
  };
}

/** What the client itself puts on the wire: plaintext, or TLS of its own. */
export function plainWire(scheme: Scheme): Arrival["wire"] {
  if (scheme === "https" || scheme === "tls") return { transport: "tls", alpn: "tcp", content: "other" };
  return { transport: "plaintext", alpn: "tcp", content: isHttp(scheme) ? "http" : "other" };
}

/** Whether a pod is the very one that calls: its calls to its own address do not leave it. */
export function isSelf({ client }: Pick<Attempt, "client">, pod: PodShape): boolean {
  return pod === client && pod.replicas <= 1;
}
