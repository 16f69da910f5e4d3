/**
 * The words of the matrix: a client calls a destination, and the call has an outcome. Every later step speaks in these
 * types, and the report document carries them as they are.
 */

/** A workload that calls. `workload` and `kind` name the top controller (a bare Pod is its own). */
export interface Client {
  readonly namespace: string;
  readonly workload: string;
  readonly kind: string;
  readonly container: string;
}

/** What is called. `url` is the plan's text as it stands; `namespace` and `service` are null where the host is no Service of the mesh. */
export interface Destination {
  readonly url: string;
  readonly method: string;
  readonly host: string;
  readonly port: number;
  readonly namespace: string | null;
  readonly service: string | null;
}

/** A destination with what a request to it carries beyond the URL. The headers can be secret and stay out of the report. */
export interface DestinationRequest extends Destination {
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What carries the bytes between the pods: `mtls` is Istio's, `tls` any other TLS on the wire, `unproven` that nothing
 * showed which. Null stands for no connection.
 */
export type Transport = "mtls" | "plaintext" | "tls" | "hbone" | "unproven";

/**
 * What a client sees of a call.
 * `arrives`: the destination's application answered; null where the answer could be the mesh's own.
 * `code`: three digits as curl prints them ("000" for no answer), null where the scheme has none.
 * `exit`: curl's exit code, 0 when the call got its answer.
 */
export interface Outcome {
  readonly arrives: boolean | null;
  readonly code: string | null;
  readonly exit: number | null;
  readonly transport: Transport | null;
  /** The status of a gRPC call; absent for all others. */
  readonly grpc?: number;
}

/** What the user states of a call; each field is null where nothing is stated of it. A code is three digits or a class such as "2xx". */
export interface Expected {
  readonly code: readonly string[] | null;
  readonly exit: readonly number[] | null;
  readonly transport: Transport | null;
}

/** One decision of a rule of Istio, with the object and line that decided where there is one. */
export interface Reason {
  readonly rule: string;
  readonly says: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly file?: string;
  readonly line?: number;
}

/** What Istio's rules give for a call: one outcome, several that can occur, or that they cannot tell. */
export type Predicted =
  | (Outcome & { readonly because: readonly Reason[] })
  | { readonly anyOf: readonly Outcome[]; readonly because: readonly Reason[] }
  | { readonly unknown: string; readonly because: readonly Reason[] };

/**
 * What the real call had. `evidence` says what showed the transport or the end of the call ("xfcc", "echo", "reset",
 * "timeout", …); `identity` is the client's SPIFFE identity as the destination saw it; `error` is curl's own text;
 * `attempts` counts the exec streams it took; `ms` is curl's total time.
 */
export interface Observed extends Outcome {
  readonly evidence: string | null;
  readonly identity?: string;
  readonly error: string | null;
  readonly attempts: number;
  readonly ms: number | null;
}

/** One cell of the matrix before it is judged. */
export interface Call {
  readonly from: Client;
  readonly to: DestinationRequest;
  /**
   * Whether mTLS would leave no mark at the destination. Only where it is known not to, does an echo without one show
   * plaintext.
   */
  readonly hidesMtls?: boolean;
}

/** The text that names a client in messages: `namespace/workload`. */
export function clientText(client: Pick<Client, "namespace" | "workload">): string {
  return `${client.namespace}/${client.workload}`;
}
