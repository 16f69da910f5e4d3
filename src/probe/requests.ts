import type { DestinationRequest } from "../mesh/call.js";

/** One request of a stream. `companion` marks the one that shows the transport; its answer is kept. */
export interface ProbeRequest {
  readonly id: string;
  readonly destination: Pick<DestinationRequest, "url" | "method" | "headers">;
  readonly companion: boolean;
}

/** The header that an echo must hold to be taken for the echo of our own request. */
export const PROBE_HEADER = "x-mtls-gate-probe";

/** An answer to a companion is an echo of some headers: more than this is none, and is not worth its way. Bytes. */
const COMPANION_LIMIT = 65_536;

/**
 * What makes a stream's text its own. `nonce` frames the output and never leaves the pod; `mark` goes out with the
 * companions and must come back in an echo: a destination that sees the mark still cannot forge a result.
 */
export interface StreamSecrets {
  readonly nonce: string;
  readonly mark: string;
}

export interface InputOptions {
  /** Whether standard input ends after the text. Where it cannot, the nonce on a line of its own ends it. */
  readonly ends: boolean;
  /** The deadline of each request, milliseconds. */
  readonly timeoutMs: number;
  /** Whether only IPv4 addresses are looked up: on a cluster that has no others, the rest is waste. */
  readonly ipv4: boolean;
}

/**
 * The standard input of a stream: whether it ends by itself, then a block of curl's configuration a request, `# ID`
 * first and `next` between them.
 */
export function probeInput(requests: readonly ProbeRequest[], secrets: StreamSecrets, options: InputOptions): string {
  const blocks = requests.map((request) => block(request, secrets, options));
  return options.ends ? `ends\n${blocks.join("next\n")}` : `lines\n${blocks.join("next\n")}${secrets.nonce}\n`;
}

function block(request: ProbeRequest, { nonce, mark }: StreamSecrets, { timeoutMs, ipv4 }: InputOptions): string {
  const { url, method, headers } = request.destination;
  const result = `{"id":"${request.id}","nonce":"${nonce}","code":"%{http_code}","exit":%{exitcode},"seconds":%{time_total},"remote":"%{remote_ip}"}\t%{errormsg}`;
  const lines = [
    `# ${request.id}`,
    `url = ${quoted(url)}`,
    "globoff",
    "path-as-is",
    "insecure",
    ...(ipv4 ? ["ipv4"] : []),
    'noproxy = "*"',
    'user-agent = "mtls-gate"',
    `max-time = ${(timeoutMs / 1000).toFixed(3)}`,
    ...methodLines(method),
    ...Object.entries(headers).map(
      ([name, value]) => `header = ${quoted(value === "" ? `${name};` : `${name}: ${value}`)}`,
    ),
    ...(request.companion
      ? [`header = ${quoted(`${PROBE_HEADER}: ${mark}`)}`, `max-filesize = ${COMPANION_LIMIT}`]
      : []),
    `output = ${quoted(request.companion ? `body.${request.id}.1` : "/dev/null")}`,
    `write-out = ${quoted(`\n${result}\n`)}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** GET is curl's own way; HEAD needs its own option, or curl waits for a body that never comes. */
function methodLines(method: string): string[] {
  if (method === "GET") return [];
  if (method === "HEAD") return ["head"];
  return [`request = ${quoted(method)}`];
}

/**
 * A value as curl's configuration reads it: in double quotes, where a backslash escapes. Line breaks become the escapes
 * that curl turns back; other control characters cannot occur in what the settings let through.
 */
function quoted(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t");
  return `"${escaped}"`;
}
