import { parseAddress, type Address } from "./authorization-address.js";
import { callerOf, type Caller } from "./authorization-identity.js";
import { normalizePath } from "./request-path.js";
import type { RequestFacts } from "./authorization-policy.js";
import type { Unknown } from "./authorization-truth.js";
import type { MeshSettings } from "./model.js";

const NO_TOKEN_KNOWN: Unknown = { why: "the request may carry a token, and what it says is not known" };
const CHANGED_BY_AUTHORIZER: Unknown = { why: "an external authorizer may set the request's headers" };
const CHANGED_BY_PROXIES: Unknown = { why: "the proxies on the way set the header" };
const SET_BY_CLIENT: Unknown = { why: "the client sets the header by itself" };
const PATH_BY_VERSION: Unknown = { why: "what a dot segment with parameters becomes depends on the proxy's version" };
const PSEUDO: Unknown = { why: "the header is not known" };

/** A request as the rules of policies look at it. What takes work is worked out once, and only where a rule asks. */
export class RequestView {
  readonly facts: RequestFacts;
  readonly #normalization: MeshSettings["pathNormalization"];
  readonly #authorizerAsked: boolean;
  #caller: Caller | null | undefined;
  #path: string | Unknown | undefined;
  #token: Unknown | null | undefined;
  #source: Address | null | undefined;
  #remote: Address | null | undefined;

  /** @param authorizerAsked whether an external authorizer sees the request first: it may add headers */
  constructor(facts: RequestFacts, normalization: MeshSettings["pathNormalization"], authorizerAsked: boolean) {
    this.facts = facts;
    this.#normalization = normalization;
    this.#authorizerAsked = authorizerAsked;
  }

  /** Null for a peer that showed no certificate of the mesh. */
  get caller(): Caller | null {
    const { identity } = this.facts;
    this.#caller ??= identity === null ? null : callerOf(identity);
    return this.#caller;
  }

  /** Normalised, without query. */
  get path(): string | Unknown {
    this.#path ??= normalizePath(this.facts.path, this.#normalization) ?? PATH_BY_VERSION;
    return this.#path;
  }

  /** Null where no token can have been verified. */
  get token(): Unknown | null {
    if (this.#token === undefined) {
      this.#token = this.#authorizerAsked ? CHANGED_BY_AUTHORIZER : mayCarryToken(this.facts) ? NO_TOKEN_KNOWN : null;
    }
    return this.#token;
  }

  get source(): Address | null {
    this.#source ??= addressOf(this.facts.sourceAddress);
    return this.#source;
  }

  /** A TCP connection has no X-Forwarded-For: there it is the peer's. */
  get remote(): Address | null {
    if (this.facts.chain === "tcp") return this.source;
    this.#remote ??= addressOf(this.facts.remoteAddress);
    return this.#remote;
  }

  get destination(): Address | null {
    return addressOf(this.facts.destinationAddress);
  }

  /** A header's value by its lower-case name; undefined where the request has none. */
  header(name: string): string | undefined | Unknown {
    const { facts } = this;
    if (name === ":method") return facts.method;
    if (name === ":authority" || name === "host") return facts.host;
    if (name === ":path") return typeof this.path === "string" ? this.path + queryOf(facts.path) : this.path;
    if (name.startsWith(":")) return PSEUDO;
    if (this.#authorizerAsked) return CHANGED_BY_AUTHORIZER;
    if (setByProxies(name)) return CHANGED_BY_PROXIES;
    if (Object.hasOwn(facts.headers, name)) return facts.headers[name];
    return name === "user-agent" || name === "accept" ? SET_BY_CLIENT : undefined;
  }
}

/** Whether a request is a browser's question before another: it needs no token (RFC: Fetch, CORS-preflight request). */
export function isCorsPreflight({ method, headers }: RequestFacts): boolean {
  const says = (name: string): boolean => Object.hasOwn(headers, name) && headers[name] !== "";
  return method === "OPTIONS" && says("origin") && says("access-control-request-method");
}

/** The query of a path as it was sent, with its question mark. */
export function queryOf(path: string): string {
  return /\?[^#]*/.exec(path)?.[0] ?? "";
}

/** Where a RequestAuthentication looks for tokens if it does not say otherwise. */
function mayCarryToken(facts: RequestFacts): boolean {
  if (facts.chain === "tcp" || isCorsPreflight(facts)) return false;
  return (
    Object.hasOwn(facts.headers, "authorization") ||
    (facts.path.includes("access_token") && new URLSearchParams(queryOf(facts.path)).has("access_token"))
  );
}

/** Headers that Envoy, or tracing in it, writes on the way. */
function setByProxies(name: string): boolean {
  return (
    name.startsWith("x-envoy-") ||
    name.startsWith("x-forwarded-") ||
    name.startsWith("x-b3-") ||
    PROXY_HEADERS.has(name)
  );
}

const PROXY_HEADERS = new Set(["x-request-id", "traceparent", "tracestate", "b3", "via", "baggage"]);

function addressOf(text: string | null): Address | null {
  return text === null ? null : parseAddress(text);
}
