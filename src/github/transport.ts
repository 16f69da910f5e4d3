/** One HTTP request, by the toolkit's own client, for its way with proxies. */
import type { HttpClient } from "@actions/http-client";

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** Rejects where no whole answer came, and with the signal's reason once that has aborted. */
export type Transport = (request: HttpRequest) => Promise<HttpAnswer>;

/** A larger answer is none of GitHub's. */
const MOST_ANSWER_BYTES = 16 * 1024 * 1024;

/** The real one. A connection for each request: there are three or four, and a connection of its own can be ended on its own. */
export const httpTransport: Transport = async ({ method, url, headers, body, signal }) => {
  signal.throwIfAborted();
  const { HttpClient: Client } = await import("@actions/http-client");
  // Kept alive, so that its agent is ended by dispose, with whatever is under way.
  const client = new Client("mtls-gate", [], { keepAlive: true, allowRetries: false, allowRedirects: false });
  stopProxy(client, url, signal);
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  try {
    return await Promise.race([exchange(client, method, url, headers, body), stopped]);
  } finally {
    client.dispose();
  }
};

async function exchange(
  client: HttpClient,
  method: string,
  url: string,
  headers: HttpRequest["headers"],
  body: string | undefined,
): Promise<HttpAnswer> {
  const { message } = await client.request(method, url, body ?? null, { ...headers });
  const chunks: Buffer[] = [];
  let size = 0;
  // Not readBody, which takes an answer that was cut for a whole one.
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_ANSWER_BYTES) throw new Error("the answer is too large");
    chunks.push(chunk);
  }
  const names = Object.entries(message.headers).map(([name, value]) => [name, [value].flat().join(", ")]);
  return {
    status: message.statusCode ?? 0,
    headers: Object.fromEntries(names) as Record<string, string>,
    text: Buffer.concat(chunks).toString("utf8"),
  };
}

/** The way through a proxy starts with a request of the agent's own, which nothing else could end. */
function stopProxy(client: HttpClient, url: string, signal: AbortSignal): void {
  const agent: { proxyOptions?: { signal?: AbortSignal } } = client.getAgent(url) as object;
  if (agent.proxyOptions !== undefined) agent.proxyOptions.signal = signal;
}
