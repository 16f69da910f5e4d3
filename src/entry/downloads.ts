import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Downloads } from "../ports.js";
import { trustUsualCertificates } from "./certificates.js";

/** Releases from the network, kept in the runner's tool cache, or in the user's cache where there is no runner. */
export const downloads: Downloads = {
  kept: async (tool, version) => {
    const { find } = await toolCache();
    const folder = find(tool, version);
    return folder === "" ? null : folder;
  },
  fetch: async (url) => {
    trustUsualCertificates();
    const { downloadTool } = await toolCache();
    return await downloadTool(url);
  },
  sha256: async (path) => {
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
  },
  keep: async (file, { tool, version, archive }) => {
    const { cacheDir, cacheFile, extractTar } = await toolCache();
    const folder = archive
      ? await cacheDir(await extractTar(file), tool, version)
      : await cacheFile(file, tool, tool, version);
    await chmod(join(folder, tool), 0o755);
    return folder;
  },
};

/** It is loaded where it is needed, which is in few runs. It asks the runner's variables for its folders. */
async function toolCache(): Promise<typeof import("@actions/tool-cache")> {
  const { env } = process;
  env["RUNNER_TEMP"] ??= tmpdir();
  env["RUNNER_TOOL_CACHE"] ??= join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "mtls-gate", "tools");
  return await import("@actions/tool-cache");
}
