import { quoted, stringMatcher } from "./authorization-match.js";
import type { MeshSettings } from "./model.js";

/** Paths of requests: how the server's proxy normalises them, and the patterns that policies write for them. */

/**
 * The path as the server's proxy has it after its normalisation, without query and fragment; null where it depends on the
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

/**
 * Whether a path is one of those that the patterns take: strings, or templates in which `{*}` stands for one segment and
 * `{**}` for any number of them, also none, though the slashes around it have to be there.
 *
 * Source: istio, pilot/pkg/security/authz/model/generator.go:pathGenerator, matcher/template.go:sanitizePathTemplate.
 */
export function pathMatcher(patterns: readonly string[]): (path: string) => boolean {
  const isTemplate = (pattern: string): boolean => pattern.includes("{*}") || pattern.includes("{**}");
  const strings = stringMatcher(patterns.filter((pattern) => !isTemplate(pattern)));
  const templates = patterns.filter(isTemplate).map(templateExpression);
  return (path) => strings(path) || templates.some((template) => template.test(path));
}

/** What Envoy's templates let stand for a star: the characters of a path segment, but for the star itself. */
const SEGMENT = String.raw`[\w.~%!$&'()+,;:@=-]`;
const SEGMENTS = String.raw`[\w.~%!$&'()+,;:@=/-]`;

function templateExpression(template: string): RegExp {
  const segments = template.split("/").map((segment) => {
    if (segment === "{*}" || segment === "*") return `${SEGMENT}+`;
    if (segment === "{**}" || segment === "**") return `${SEGMENTS}*`;
    return quoted(segment);
  });
  return new RegExp(`^${segments.join(String.raw`\/`)}$`);
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
