import { quoted, stringMatcher } from "./authorization-match.js";

/** The patterns that policies write for paths. */

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
