import type { MtlsMode } from "./peer-authentication.js";
import type { ListenerProtocol } from "./protocol.js";

/** What arrives at a sidecar's inbound port. */
export interface Wire {
  /** `mtls` is Istio's own, which is told by its ALPN; `tls` any other. */
  readonly transport: "plaintext" | "mtls" | "tls";
  /** Whether Istio's ALPN says that HTTP is inside. */
  readonly alpn: "http" | "tcp";
  /** What is inside, seen from the sidecar: an application's own TLS is `other`. */
  readonly content: "http" | "other";
}

/** What the sidecar does with it. */
export type Reception =
  /** The connection is taken by a chain that speaks HTTP, or by one that hands on bytes; `decrypted` where it ended the mTLS. */
  | { readonly taken: "http" | "tcp"; readonly decrypted: boolean }
  /** `no-chain`: closed at once; `handshake`: TLS fails; `codec`: the chain speaks HTTP and the bytes are not. */
  | { readonly refused: "no-chain" | "handshake" | "codec" };

/**
 * What a sidecar does with a connection, by its mode for the port and by the protocol that a Service declares for it; a
 * port that no Service declares is `auto`.
 *
 * Source: istio, pilot/pkg/networking/core/filterchain_options.go:getFilterChainMatchOptions,
 * pilot/pkg/networking/core/listener_inbound.go:buildInboundPassthroughChains.
 */
export function receive(mode: MtlsMode, declared: ListenerProtocol, wire: Wire): Reception {
  switch (wire.transport) {
    case "plaintext":
      return mode === "STRICT" ? { refused: "no-chain" } : take(declared, wire.content, wire.content, false);
    case "tls":
      return receiveTls(mode, declared);
    case "mtls":
      // Without a chain that looks for TLS, TLS is only bytes that are no HTTP.
      return mode === "DISABLE" ? receiveTls(mode, declared) : take(declared, wire.content, wire.alpn, true);
  }
}

/** `shown` is what a port that is found out goes by: the first bytes of plaintext, the ALPN of mTLS. */
function take(
  declared: ListenerProtocol,
  content: "http" | "other",
  shown: "http" | "tcp" | "other",
  decrypted: boolean,
): Reception {
  switch (declared) {
    case "http":
      return content === "http" ? { taken: "http", decrypted } : { refused: "codec" };
    case "tcp":
      return { taken: "tcp", decrypted };
    case "auto":
      return { taken: shown === "http" ? "http" : "tcp", decrypted };
  }
}

function receiveTls(mode: MtlsMode, declared: ListenerProtocol): Reception {
  switch (mode) {
    case "STRICT":
      return { refused: "handshake" };
    case "PERMISSIVE":
      return declared === "http" ? { refused: "no-chain" } : { taken: "tcp", decrypted: false };
    case "DISABLE":
      return declared === "http" ? { refused: "codec" } : { taken: "tcp", decrypted: false };
  }
}
