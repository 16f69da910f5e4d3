import type { MeshSettings } from "./model.js";

/** How a proxy normalises the path of a request that comes to it, the client's as well as the server's. */

/**
 * The path as a proxy has it after its normalisation, without query and fragment; null where it depends on the
 * proxy's version, that is, for a dot segment with parameters (`/..;/`).
 *
 * Source: istio, pilot/pkg/networking/core/listener_builder.go:buildHTTPConnectionManager, and what its test
 * tests/integration/security/normalization_test.go expects of Envoy.
 */
export function normalizePath(sent: string, how: MeshSettings["pathNormalization"]): string | null {
  const path = sent.replace(/[?#].*$/s, "");
  if (how === "NONE" || NORMAL.test(path)) return path;
  const unescaped = how === "DECODE_AND_MERGE_SLASHES" ? unescapeSlashes(path) : path;
  if (/(?:^|[/\\])(?:\.|%2e){1,2};/i.test(unescaped)) return null;
  const resolved = resolve(unescaped);
  return how === "BASE" ? resolved : resolved.replace(/\/{2,}/g, "/");
}

/** Paths that no normalisation changes, at a glance. */
const NORMAL = /^(?:\/[\w!$&'()*+,:;=@~-]+)+$/;

/** The path with its query, which no normalisation changes, as a proxy has it; null where it depends on the proxy's version. */
export function normalizeTarget(sent: string, how: MeshSettings["pathNormalization"]): string | null {
  const [target = ""] = sent.split("#", 1);
  const path = normalizePath(target, how);
  return path === null ? null : path + (/\?.*$/s.exec(target)?.[0] ?? "");
}

function unescapeSlashes(path: string): string {
  return path.replace(/%2f/gi, "/").replace(/%5c/gi, "\\");
}

/** Characters that stand for themselves are not written as %XX, and others only so. */
const UNRESERVED = /^[\w.~-]$/;
const TO_ESCAPE = /[^\w!$%&'()*+,./:;=@[\]~-]/gu;

/** RFC 3986: dot segments resolved, unreserved characters decoded; and backslashes are slashes. */
function resolve(path: string): string {
  const slashed = path.replace(/\\/g, "/");
  const decoded = slashed.replace(/%([\da-f]{2})/gi, (escape, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return UNRESERVED.test(character) ? character : escape;
  });
  const escaped = decoded.replace(TO_ESCAPE, percentEncode);
  return withoutDots(escaped.startsWith("/") ? escaped : `/${escaped}`);
}

function percentEncode(character: string): string {
  const bytes = new TextEncoder().encode(character);
  return [...bytes].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

/** An empty segment is one that `..` takes away; what goes above the root stays at the root. */
function withoutDots(path: string): string {
  if (!path.includes("/.")) return path;
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [at, segment] of segments.entries()) {
    const dots = segment === "." || segment === "..";
    if (segment === "..") kept.pop();
    if (!dots) kept.push(segment);
    else if (at === segments.length - 1) kept.push("");
  }
  return `/${kept.join("/")}`;
}
