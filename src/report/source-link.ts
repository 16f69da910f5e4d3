/** Addresses of lines of files on a GitHub server. */

/** The commit that was tested, and where it can be looked at. `server` is `https://github.com`, or a GitHub Enterprise Server's. */
export interface SourceTree {
  readonly server: string;
  /** `owner/name` */
  readonly repository: string;
  readonly commit: string;
}

/**
 * The address of a file's line, fit for a Markdown link; null for a file that is not in the repository: an absolute path, one
 * that leads out of it, standard input.
 */
export function lineUrl({ server, repository, commit }: SourceTree, file: string, line?: number): string | null {
  const parts = file.split("/").filter((part) => part !== "" && part !== ".");
  if (file.startsWith("/") || /[\p{Cc}\\]/u.test(file) || !file.isWellFormed()) return null;
  if (parts.length === 0 || parts.includes("..") || file === "-" || /^[a-z]:/iu.test(file)) return null;
  // A Markdown file is shown as a page without lines unless plain is asked for; YAML and JSON are shown as they are.
  const anchor = line === undefined ? "" : `#L${line}`;
  return `${server}/${repository}/blob/${commit}/${parts.map(encoded).join("/")}${anchor}`;
}

/** Beyond what a URL needs, what would end a link in Markdown. */
function encoded(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*~]/gu, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
