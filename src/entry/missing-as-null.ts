/** Null for what is not there; whatever else went wrong is thrown on. */
export function missingAsNull(thrown: unknown): null {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return null;
  throw thrown;
}
