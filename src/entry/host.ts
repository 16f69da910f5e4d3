import { mkdir, mkdtemp, readFile, rm, stat, statfs, writeFile } from "node:fs/promises";
import { freemem, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Host } from "../ports.js";

/** This machine. */
export const host: Host = {
  platform: process.platform,
  arch: process.arch,
  env: process.env,
  freeMemory: freemem,
  freeDisk: async (path) => {
    try {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    } catch {
      return null;
    }
  },
  readText: async (path) => await readFile(path, "utf8").catch(() => null),
  isFile: async (path) => (await stat(path).catch(() => null))?.isFile() ?? false,
  absolute: (path) => resolve(path),
  makeFolder: async () => {
    const above = process.env["RUNNER_TEMP"] ?? tmpdir();
    await mkdir(above, { recursive: true });
    return await mkdtemp(join(above, "mtls-gate-kind-"));
  },
  writeText: async (path, text) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  },
  removeFolder: async (path) => await rm(path, { recursive: true, force: true }),
};
