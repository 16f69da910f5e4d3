import type { Call, Observed, Transport } from "../mesh/call.js";
import type { RawAnswer } from "./answers.js";
import { PROBE_HEADER } from "./requests.js";

/** What is known of a client beyond its name, to judge what an echo shows. */
export interface ClientIdentity {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Whether the client's pod has an Istio proxy. */
  readonly sidecar: boolean;
}

/** What one call's stream brought: its own answer, and what shows the transport, as far as they came. */
export interface CallAnswers {
  readonly answer: RawAnswer;
  readonly companion: RawAnswer | null;
  readonly companionBody: string | null;
  /** Whether mTLS would leave no mark in the echo; see Call. */
  readonly hidesMtls: boolean;
}

/** Codes that the mesh's own proxies answer with, so that they do not show that the application was reached. */
const CODES_OF_THE_MESH = ["403", "502", "503", "504"];

const EVIDENCE_OF_EXIT: Readonly<Record<number, string>> = {
  6: "dns",
  7: "connection-refused",
  28: "timeout",
  35: "tls",
  52: "closed",
  55: "reset",
  56: "reset",
};

/**
 * What was seen of a call. A 200 is never read as mTLS: only an echo of our own companion that names the client's
 * identity is; and an answer that is no echo leaves the transport unproven.
 */
export function observe(answers: CallAnswers, client: ClientIdentity, mark: string, attempts: number): Observed {
  const { answer } = answers;
  if (answer.code === "000") {
    return {
      arrives: false,
      code: "000",
      exit: answer.exit,
      transport: null,
      evidence: EVIDENCE_OF_EXIT[answer.exit] ?? null,
      error: answer.error,
      attempts,
      ms: answer.ms,
    };
  }
  const shown = transportShown(answers, client, mark);
  return {
    arrives: CODES_OF_THE_MESH.includes(answer.code) ? null : true,
    code: answer.code,
    exit: answer.exit,
    transport: shown.transport,
    evidence: shown.evidence,
    ...(shown.identity === undefined ? {} : { identity: shown.identity }),
    error: answer.error ?? meshText(answers),
    attempts,
    ms: answer.ms,
  };
}

interface Shown {
  readonly transport: Transport;
  readonly evidence: string | null;
  readonly identity?: string;
}

function transportShown(answers: CallAnswers, client: ClientIdentity, mark: string): Shown {
  const { companion, companionBody: body } = answers;
  if (companion === null || body === null || companion.code === "000") return { transport: "unproven", evidence: null };
  const headers = echoedHeaders(body);
  if (headers?.get(PROBE_HEADER) !== mark) return { transport: "unproven", evidence: null };
  const certificate = headers.get("x-forwarded-client-cert");
  if (certificate !== undefined) return identityShown(certificate, client);
  // An echo of a client without sidecar went as it was sent.
  if (!client.sidecar) return { transport: "plaintext", evidence: "echo" };
  if (answers.hidesMtls) return { transport: "unproven", evidence: "echo-behind-tcp" };
  // One of a client with sidecar went so only if it went through HTTP proxying, which leaves its marks.
  const proxied = [...headers.keys()].some(
    (name) => name === "x-request-id" || name === "x-forwarded-proto" || name.startsWith("x-envoy-"),
  );
  return proxied
    ? { transport: "plaintext", evidence: "echo" }
    : { transport: "unproven", evidence: "echo-without-marks" };
}

/**
 * The client's identity in an X-Forwarded-Client-Cert header. Each proxy on the way appends an element; the first one
 * is the client's own. It proves the call's mTLS only when it is the client that we called from.
 */
function identityShown(certificate: string, client: ClientIdentity): Shown {
  // Quoted values (a certificate's subject) can hold the separators.
  const first = certificate.replace(/"(?:\\.|[^"\\])*"/gu, "").split(",")[0] ?? "";
  const identity = /(?:^|;)URI=(spiffe:\/\/[^;,"\s]+)/u.exec(first)?.[1];
  if (identity === undefined) return { transport: "unproven", evidence: "xfcc-without-identity" };
  const suffix = `/ns/${client.namespace}/sa/${client.serviceAccount}`;
  const own = /^spiffe:\/\/[^/]+/u.exec(identity)?.[0].concat(suffix) === identity;
  return own
    ? { transport: "mtls", evidence: "xfcc", identity }
    : { transport: "unproven", evidence: "xfcc-of-another", identity };
}

/**
 * The request's headers that an echo shows, names in lower case: JSON with a `headers` object, as httpbin's
 * implementations, mendhak/http-https-echo and others answer (values text or lists of text). Null: no such echo.
 */
function echoedHeaders(body: string): Map<string, string> | null {
  const headers = new Map<string, string>();
  const found = headersObject(body);
  if (found === null) return null;
  for (const [name, value] of Object.entries(found)) {
    const first: unknown = Array.isArray(value) ? value.join(",") : value;
    if (typeof first === "string") headers.set(name.toLowerCase(), first);
  }
  return headers;
}

function headersObject(body: string): object | null {
  try {
    const echo = JSON.parse(body) as unknown;
    if (typeof echo !== "object" || echo === null || !("headers" in echo)) return null;
    return typeof echo.headers === "object" ? echo.headers : null;
  } catch {
    return null;
  }
}

/** What the mesh wrote in place of an answer, from the companion to the same host and port: it says why. */
function meshText(answers: CallAnswers): string | null {
  const { answer, companion, companionBody } = answers;
  if (!CODES_OF_THE_MESH.includes(answer.code) || companion?.code !== answer.code) return null;
  const text = companionBody?.trim().slice(0, 300);
  return text === undefined || text === "" ? null : text;
}

/** Whether a companion's echo shows that this client reached the destination's application, whatever the call itself got. */
export function companionArrived(answers: CallAnswers, mark: string): boolean {
  return answers.companionBody !== null && echoedHeaders(answers.companionBody)?.get(PROBE_HEADER) === mark;
}

/** The URL of the companion: the same scheme, host and port, and the path that echoes. */
export function companionUrl(call: Call, evidencePath: string): string {
  const url = new URL(call.to.url);
  return `${url.protocol}//${url.host}${evidencePath}`;
}
