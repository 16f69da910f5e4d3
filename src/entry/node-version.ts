/** What Node is too old for this program: the libraries it stands on would fail with no such words. */
const OLDEST = 24;

/** Null where this Node will do; else what to tell. */
export function nodeTooOld(version: string): string | null {
  const major = Number(version.split(".")[0]);
  return major >= OLDEST
    ? null
    : `mtls-gate needs Node.js ${OLDEST} or newer, and this is ${version}. Install it (https://nodejs.org), or use the GitHub Action, which brings its own.`;
}
