/** Where a result of SARIF is: a line of a policy file where one decided, else the report itself. */
import type { Reason } from "../mesh/call.js";
import { isFilePlace, type Place } from "../problems.js";
import { terminal } from "./escape.js";

export interface SarifLocation {
  readonly physicalLocation: {
    readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: "%SRCROOT%" };
    readonly region?: { readonly startLine: number };
  };
}

/** `root` is the folder that relative paths are shown from; `report` is where the report's own document is. */
export interface PlaceOptions {
  readonly root: string;
  readonly report: string;
}

/** The place of the last reason that came from a file: it decided. */
export function reasonLocation(because: readonly Reason[], options: PlaceOptions): SarifLocation {
  return decidedLocation(
    because.findLast(({ file }) => file !== undefined),
    options,
  );
}

/** The place of the reason that decided; the report's own where none of a file did. */
export function decidedLocation(decided: Reason | undefined, options: PlaceOptions): SarifLocation {
  return fileLocation(decided?.file ?? options.report, decided?.line, options);
}

/** Of a problem: its file and line where it has them. */
export function placeLocation(where: Place | undefined, options: PlaceOptions): SarifLocation {
  return where !== undefined && isFilePlace(where)
    ? fileLocation(where.file, where.line, options)
    : fileLocation(options.report, undefined, options);
}

/** A file inside the root as a relative URI, any other as one of its own. */
export function fileLocation(file: string, line: number | undefined, { root }: PlaceOptions): SarifLocation {
  const path = terminal(file.replaceAll("\\", "/").replace(/^(?:\.\/)+/u, ""));
  const base = root.endsWith("/") ? root : `${root}/`;
  const inside = path.startsWith(base) ? path.slice(base.length) : path;
  const encoded = inside.split("/").map(encodeURIComponent).join("/");
  const artifactLocation = inside.startsWith("/")
    ? { uri: `file://${encoded}` }
    : /^\.\.(?:\/|$)/u.test(inside)
      ? { uri: encoded }
      : { uri: encoded === "" ? "." : encoded, uriBaseId: "%SRCROOT%" as const };
  // GitHub shows no result without a line.
  return { physicalLocation: { artifactLocation, region: { startLine: Math.max(1, line ?? 1) } } };
}
