/** GitHub's API: every call has its time, all together have theirs, and what passes is tried again within it. */
import type { Clock } from "../ports.js";
import { messageOf } from "../problems.js";
import type { HttpAnswer, Transport } from "./transport.js";
import type { GitHubServer } from "./server.js";
import { pauseFor } from "./rate-limit.js";
import { at } from "./pull-request.js";

/** A call that GitHub refused, or that no answer came to. `status` is 0 where none came. */
export class GitHubError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "GitHubError";
    this.status = status;
  }
}

export interface ApiOptions {
  readonly server: Pick<GitHubServer, "api" | "graphql">;
  readonly token: string;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Milliseconds that one call may take, and all of them together, pauses included. */
  readonly callTimeout: number;
  readonly timeout: number;
}

const MOST_TRIES = 4;
const FIRST_PAUSE = 500;

/** Calls with one token. Rejects with GitHubError. */
export class GitHubApi {
  readonly #options: ApiOptions;
  readonly #end: number;
  readonly #close = new AbortController();
  readonly #stop: AbortSignal;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#end = options.clock.now() + options.timeout;
    this.#stop = AbortSignal.any([this.#close.signal, AbortSignal.timeout(options.timeout)]);
  }

  /** Ends what is still under way: nobody waits for it. */
  close(): void {
    this.#close.abort(new GitHubError(0, "nobody waits for it any more"));
  }

  /** Reads; tried again whatever failed. */
  async get(path: string): Promise<unknown> {
    return (await this.#call("GET", this.#url(path), undefined, true)).value;
  }

  /** Changes what is there: done twice, it is done once. */
  async patch(path: string, body: object): Promise<unknown> {
    return (await this.#call("PATCH", this.#url(path), body, true)).value;
  }

  async delete(path: string): Promise<void> {
    await this.#call("DELETE", this.#url(path), undefined, true);
  }

  /** Makes something new. Tried again only where GitHub says that it did nothing: what came of a cut call nobody knows. */
  async post(path: string, body: object): Promise<unknown> {
    return (await this.#call("POST", this.#url(path), body, false)).value;
  }

  /** All pages of a list. */
  async list(path: string): Promise<unknown[]> {
    const all: unknown[] = [];
    let next: string | null = this.#url(path);
    while (next !== null) {
      const { value, answer } = await this.#call("GET", next, undefined, true);
      if (!Array.isArray(value)) throw new GitHubError(answer.status, "GitHub's API gave no list");
      all.push(...(value as unknown[]));
      next = this.#nextPage(answer);
    }
    return all;
  }

  /** Waits, as long as there is time. */
  async pause(ms: number): Promise<void> {
    const { clock } = this.#options;
    if (ms >= this.#end - clock.now()) throw new GitHubError(0, "the time for GitHub's API is up");
    await clock.sleep(ms, this.#stop);
  }

  /** A query that changes nothing. */
  async query(query: string): Promise<unknown> {
    const { value, answer } = await this.#call("POST", this.#options.server.graphql, { query }, true);
    const [message] = [at(value, "errors")].flat().map((error) => at(error, "message"));
    const data = at(value, "data");
    if (data !== undefined && data !== null) return data;
    throw new GitHubError(answer.status, typeof message === "string" ? message : "GitHub's API gave no data");
  }

  #url(path: string): string {
    return `${this.#options.server.api}${path}`;
  }

  /** The page that comes next. The token goes to no other server than the one it is for. */
  #nextPage({ headers }: HttpAnswer): string | null {
    const next = /<([^<>]+)>\s*;\s*rel="?next"?/u.exec(headers["link"] ?? "")?.[1];
    if (next === undefined) return null;
    const { api } = this.#options.server;
    if (URL.canParse(next, api) && new URL(next, api).origin === new URL(api).origin) return new URL(next, api).href;
    throw new GitHubError(0, "the next page of the list is on another server");
  }

  async #call(
    method: string,
    url: string,
    body: object | undefined,
    repeatable: boolean,
  ): Promise<{ value: unknown; answer: HttpAnswer }> {
    const { clock } = this.#options;
    for (let tried = 1; ; tried += 1) {
      const { answer, failure } = await this.#once(method, url, body);
      if (answer !== null && answer.status >= 200 && answer.status < 300) return { value: parsed(answer), answer };
      const limited = answer === null ? null : pauseFor(answer, clock.date());
      const passing = limited !== null || (repeatable && (answer === null || answer.status >= 500));
      const pause = limited ?? FIRST_PAUSE * 2 ** (tried - 1);
      const left = this.#end - clock.now();
      if (!passing || tried === MOST_TRIES || pause >= left) throw answer === null ? failure : refusal(answer, limited);
      await clock.sleep(pause, this.#stop);
    }
  }

  async #once(
    method: string,
    url: string,
    body: object | undefined,
  ): Promise<{ answer: HttpAnswer; failure: null } | { answer: null; failure: GitHubError }> {
    const { transport, token, callTimeout } = this.#options;
    try {
      const answer = await transport({
        method,
        url,
        headers: {
          accept: "application/vnd.github+json",
          authorization: `Bearer ${token}`,
          "x-github-api-version": "2022-11-28",
          ...(body === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any([this.#stop, AbortSignal.timeout(callTimeout)]),
      });
      return { answer, failure: null };
    } catch (thrown) {
      const late = thrown instanceof DOMException && thrown.name === "TimeoutError";
      const why = late ? "took too long" : `failed: ${messageOf(thrown)}`;
      return { answer: null, failure: new GitHubError(0, `the call ${why}`, { cause: thrown }) };
    }
  }
}

function parsed({ text, status }: HttpAnswer): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    throw new GitHubError(status, "GitHub's API gave no JSON", { cause: thrown });
  }
}

function refusal(answer: HttpAnswer, limited: number | null): GitHubError {
  const { status, text } = answer;
  let message: unknown;
  try {
    message = at(JSON.parse(text), "message");
  } catch {
    // A proxy's page: its status says enough.
  }
  const said = typeof message === "string" && message !== "" ? `${status}: ${message}` : String(status);
  const wait = limited === null ? "" : `; it asks to wait ${Math.ceil(limited / 1000)} s`;
  return new GitHubError(limited === null ? status : 429, `${said}${wait}`);
}
