import type { Outcome, Transport } from "../mesh/call.js";
import type { Scheme } from "../settings/destination-url.js";

/** What a client sees, by the scheme that it calls with and by what stands between it and the server. */

/** How the client's own side ends a connection that came to nothing. */
export type ClientLayer =
  /** No proxy: the client has the server's end of the connection itself. */
  | "none"
  /** Its proxy speaks HTTP, and answers in the server's place. */
  | "http"
  /** Its proxy hands on bytes, and can only close. */
  | "tcp";

const GRPC_BY_CODE: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
};
const GRPC_UNKNOWN = 2;

/** Whether a scheme's bytes are HTTP that a proxy can read. */
export function isHttp(scheme: Scheme): boolean {
  return scheme === "http" || scheme === "ws" || scheme === "grpc";
}

/** The application answered, or took the bytes. */
export function arrived(scheme: Scheme, transport: Transport): Outcome {
  switch (scheme) {
    case "http":
    case "https":
      return { arrives: true, code: "200", exit: 0, transport };
    case "ws":
      return { arrives: true, code: "101", exit: 0, transport };
    case "grpc":
      return { arrives: true, code: "200", exit: 0, transport, grpc: 0 };
    case "tcp":
    case "tls":
      return { arrives: true, code: null, exit: 0, transport };
  }
}

/** A proxy answered with a code; to gRPC it answers 200, with a status that stands for the code. */
export function answered(scheme: Scheme, code: number, transport: Transport | null): Outcome {
  const outcome = { arrives: false, code: String(code).padStart(3, "0"), exit: 0, transport };
  if (scheme !== "grpc") return outcome;
  return { ...outcome, code: "200", grpc: GRPC_BY_CODE[code] ?? GRPC_UNKNOWN };
}

/** curl's exit codes. */
const EMPTY_REPLY = 52;
const RECEIVE_FAILED = 56;
const TLS_FAILED = 35;
const SEND_FAILED = 55;
const HTTP2_FAILED = 16;
const NAME_UNKNOWN = 6;
const NOT_CONNECTED = 7;
const TIMED_OUT = 28;

function nothing(scheme: Scheme, exit: number): Outcome {
  const code = scheme === "tcp" || scheme === "tls" ? null : "000";
  return { arrives: false, code, exit, transport: null };
}

/**
 * The server's side ended the connection: a reset, a handshake that failed, an application that could not read the bytes.
 * `quietly`: it closed after it had taken the bytes, as a TCP chain does that authorization denies.
 */
export function closed(scheme: Scheme, layer: ClientLayer, quietly = false): readonly Outcome[] {
  if (layer === "http") return [answered(scheme, 503, null)];
  if (!isHttp(scheme)) return [nothing(scheme, scheme === "tcp" ? RECEIVE_FAILED : TLS_FAILED)];
  if (layer === "tcp") return [nothing(scheme, EMPTY_REPLY), nothing(scheme, RECEIVE_FAILED)];
  return [nothing(scheme, quietly ? EMPTY_REPLY : RECEIVE_FAILED)];
}

/**
 * The server asked for a certificate of the mesh. A client's own TLS of today is done with the handshake before it hears
 * that, and sees it at its next read or write.
 */
export function handshakeRefused(scheme: Scheme, layer: ClientLayer): readonly Outcome[] {
  if (scheme !== "https" && scheme !== "tls") return closed(scheme, layer);
  return [TLS_FAILED, RECEIVE_FAILED, SEND_FAILED, HTTP2_FAILED].map((exit) => nothing(scheme, exit));
}

/** The name is no host's. */
export function nameUnknown(scheme: Scheme): Outcome {
  return nothing(scheme, NAME_UNKNOWN);
}

/** Nothing listens, or nothing is behind the address. */
export function notConnected(scheme: Scheme): Outcome {
  return nothing(scheme, NOT_CONNECTED);
}

/** The packets go nowhere. */
export function timedOut(scheme: Scheme): Outcome {
  return nothing(scheme, TIMED_OUT);
}
