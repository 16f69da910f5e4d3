import type { KubeConfig } from "@kubernetes/client-node";
import type { RequestOptions } from "node:https";
import WebSocket from "ws";
import type { ExecResult, ExecTarget } from "../ports.js";
import { messageOf } from "../problems.js";

/**
 * Runs a command in a container over one WebSocket. The library's own Exec resolves when the socket opens, loses the
 * HTTP status of a refused upgrade, and throws from an event handler on a malformed status, where nothing can catch it;
 * this one ends once, with the exit code from the status channel or with how the stream broke.
 */

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const CLOSE = 255;
const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const HANDSHAKE_MS = 20_000;
/** The answers of hundreds of calls are far below it; a container that floods us is stopped there. */
const OUTPUT_LIMIT = 64 * 2 ** 20;

/** @returns how the command ended; never rejects. An aborted signal ends it as `broken`, not retriable. */
export async function execInPod(
  config: KubeConfig,
  target: ExecTarget,
  command: readonly string[],
  options: { stdin?: string | ((ends: boolean) => string); signal: AbortSignal },
): Promise<ExecResult> {
  const connection: RequestOptions = {};
  try {
    options.signal.throwIfAborted();
    await config.applyToHTTPSOptions(connection);
  } catch (thrown) {
    return { stdout: "", stderr: "", end: { kind: "broken", reason: messageOf(thrown), retriable: false } };
  }
  const url = execUrl(config.getCurrentCluster()?.server ?? "", target, command, options.stdin !== undefined);
  const socket = new WebSocket(url, PROTOCOLS, {
    // The same options object serves both; only their declarations differ.
    ...(connection as unknown as WebSocket.ClientOptions),
    handshakeTimeout: HANDSHAKE_MS,
  });
  return await converse(socket, options);
}

function execUrl(server: string, target: ExecTarget, command: readonly string[], stdin: boolean): string {
  const query = new URLSearchParams({
    container: target.container,
    stdout: "true",
    stderr: "true",
    stdin: String(stdin),
  });
  for (const word of command) query.append("command", word);
  const namespace = encodeURIComponent(target.namespace);
  const pod = encodeURIComponent(target.pod);
  const base = server.replace(/^http/u, "ws").replace(/\/$/u, "");
  return `${base}/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query.toString()}`;
}

async function converse(
  socket: WebSocket,
  options: { stdin?: string | ((ends: boolean) => string); signal: AbortSignal },
): Promise<ExecResult> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  return await new Promise<ExecResult>((resolve) => {
    let ended = false;
    let length = 0;
    const end = (how: ExecResult["end"]): void => {
      if (ended) return;
      ended = true;
      options.signal.removeEventListener("abort", abort);
      socket.terminate();
      resolve({ stdout: textOf(stdout), stderr: textOf(stderr), end: how });
    };
    const broken = (reason: string, retriable = true): void => end({ kind: "broken", reason, retriable });
    const abort = (): void => broken(messageOf(options.signal.reason), false);
    options.signal.addEventListener("abort", abort);

    socket.on("open", () => {
      if (options.stdin === undefined) return;
      const ends = socket.protocol === PROTOCOLS[0];
      const text = typeof options.stdin === "string" ? options.stdin : options.stdin(ends);
      socket.send(Buffer.concat([Buffer.of(STDIN), Buffer.from(text)]));
      if (ends) socket.send(Buffer.of(CLOSE, STDIN));
    });
    socket.on("message", (data: WebSocket.RawData) => {
      const bytes = bytesOf(data);
      length += bytes.length;
      if (length > OUTPUT_LIMIT) {
        broken(`the container sent more than ${OUTPUT_LIMIT / 2 ** 20} MiB`, false);
        return;
      }
      const channel = bytes[0];
      if (channel === STDOUT) stdout.push(bytes.subarray(1));
      else if (channel === STDERR) stderr.push(bytes.subarray(1));
      else if (channel === STATUS) end(endOf(bytes.subarray(1).toString("utf8")));
    });
    socket.on("unexpected-response", (_request, response) => {
      const status = response.statusCode ?? 0;
      const body: Buffer[] = [];
      const tell = (): void =>
        broken(
          `the API server refused the stream: ${refusalText(status, textOf(body))}`,
          status === 429 || status >= 500,
        );
      response.on("data", (chunk: Buffer) => body.push(chunk));
      response.on("end", tell);
      response.on("close", tell);
    });
    socket.on("error", (error) => broken(`the stream broke: ${error.message}`));
    socket.on("close", (code) => broken(`the stream closed without a status (${code})`));
    if (options.signal.aborted) abort();
  });
}

function bytesOf(data: WebSocket.RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8");
}

function refusalText(status: number, body: string): string {
  try {
    const message = (JSON.parse(body) as { message?: unknown }).message;
    if (typeof message === "string") return `${status}: ${message}`;
  } catch {
    // The body is no Status object: the status line has to do.
  }
  return `HTTP ${status}`;
}

interface ExecStatus {
  status?: string;
  reason?: unknown;
  message?: unknown;
  details?: { causes?: { reason?: string; message?: string }[] };
}

/** The end that the status channel tells: Success, a non-zero exit code, or why there was none. */
function endOf(text: string): ExecResult["end"] {
  try {
    return endBy(JSON.parse(text) as ExecStatus);
  } catch {
    // No JSON, or JSON of another shape: nothing may be thrown out of a socket's event.
    return { kind: "broken", reason: "the status of the stream cannot be read", retriable: true };
  }
}

function endBy(status: ExecStatus): ExecResult["end"] {
  if (status.status === "Success") return { kind: "exit", code: 0 };
  const cause = status.details?.causes?.find((one) => one.reason === "ExitCode")?.message;
  if (status.reason === "NonZeroExitCode" && cause !== undefined && /^\d+$/u.test(cause)) {
    return { kind: "exit", code: Number(cause) };
  }
  const said = status.message ?? status.reason;
  const reason = typeof said === "string" ? said : "the stream ended with no reason";
  // A runtime tells of a missing program as of an internal error, which a second try does not mend.
  const missing = /executable file not found|no such file or directory/u.test(reason);
  return { kind: "broken", reason, retriable: status.reason === "InternalError" && !missing };
}
