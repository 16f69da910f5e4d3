/** What a request to a destination can have, by the scheme of its URL: its method and its headers. */
import type { Scheme } from "./destination-url.js";
import { hasControlCharacter } from "./values.js";

/** Methods that change nothing at a destination. */
export const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"] as const;
export const METHODS = [...SAFE_METHODS, "POST", "PUT", "PATCH", "DELETE"] as const;

/** The schemes whose protocol leaves no choice of the method. */
const ONLY_METHODS: Partial<Record<Scheme, string>> = { ws: "GET", grpc: "POST" };
const WITHOUT_REQUESTS: readonly Scheme[] = ["tcp", "tls"];

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The method where none is given: GET, also where nothing is asked (tcp, tls), but POST for gRPC. */
export function defaultMethod(scheme: Scheme): string {
  return ONLY_METHODS[scheme] ?? "GET";
}

/** What is wrong with a known method for a scheme; undefined where nothing is. */
export function methodProblem(scheme: Scheme, method: string): string | undefined {
  if (WITHOUT_REQUESTS.includes(scheme)) return noRequests(scheme);
  const only = ONLY_METHODS[scheme];
  return only === undefined || only === method ? undefined : `is ${method}, and scheme ${scheme} takes ${only} only`;
}

/** Why a scheme takes no headers; undefined where it does. */
export function headersProblem(scheme: Scheme): string | undefined {
  return WITHOUT_REQUESTS.includes(scheme) ? noRequests(scheme) : undefined;
}

/** What is wrong with one header; undefined where nothing is. `seen` are the names before it in lower case. */
export function headerProblem(name: string, value: string, seen: ReadonlySet<string>): string | undefined {
  if (!HEADER_NAME.test(name)) return "is no name of a header";
  if (hasControlCharacter(value)) return "has a control character in its value";
  return seen.has(name.toLowerCase()) ? "is there already in other letters" : undefined;
}

/** Whether calling with the method changes nothing at a destination. */
export function isSafe(method: string): boolean {
  return SAFE_METHODS.some((safe) => safe === method);
}

function noRequests(scheme: Scheme): string {
  return `has no use with scheme ${scheme}, which has no requests`;
}
