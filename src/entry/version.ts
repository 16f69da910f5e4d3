import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The package's version, from the package.json above dist/. */
export function version(): string {
  for (const above of ["../..", ".."]) {
    try {
      const { name, version: found } = JSON.parse(
        readFileSync(join(import.meta.dirname, above, "package.json"), "utf8"),
      ) as { name?: string; version?: string };
      if (name === "mtls-gate" && found !== undefined) return found;
    } catch {
      // Not here: the next folder up.
    }
  }
  return "0.0.0";
}
