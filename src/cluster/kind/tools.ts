import { join } from "node:path";
import type { Commands, Downloads, Host, Log } from "../../ports.js";
import { errorProblem, Failure, messageOf, Refusal } from "../../problems.js";
import type { KindSettings } from "../../settings/settings.js";
import { minorOf } from "./versions.js";
import type { FittingVersions } from "./versions.js";

export interface ToolPorts {
  readonly commands: Commands;
  readonly log: Log;
  readonly host: Host;
  readonly downloads: Downloads;
}

/** A program as it was found. */
export interface FoundTool {
  /** Its name on the PATH, or its path. */
  readonly file: string;
  readonly version: string;
}

/** A program that is released on GitHub. */
interface Tool {
  readonly name: "kind" | "istioctl";
  /** Asks it for its version. */
  readonly ask: readonly string[];
  readonly versionIn: (stdout: string) => string | undefined;
  readonly fits: (version: string) => boolean;
  /** The version to download, and the input that names another. */
  readonly version: string;
  readonly input: string;
  /** Of a release: the file's path below the mirror, and the name of the file with its checksum beside it. */
  readonly asset: (platform: string, arch: string) => { path: string; archive: boolean; checksum: string };
  readonly sha256: string | undefined;
}

const PLATFORMS: Readonly<Record<string, { kind: string; istio: string }>> = {
  linux: { kind: "linux", istio: "linux" },
  darwin: { kind: "darwin", istio: "osx" },
};
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
const PROGRAM_MS = 30_000;

/**
 * The kind to make the cluster with: one on the PATH that fits, else one that was kept, else the release.
 *
 * @throws Refusal or Failure when there is none to be had
 */
export async function findKind(
  ports: ToolPorts,
  settings: KindSettings,
  { kinds }: FittingVersions,
  signal: AbortSignal,
): Promise<FoundTool> {
  const [{ kind: version }] = kinds;
  const tool: Tool = {
    name: "kind",
    ask: ["version"],
    versionIn: (stdout) => /^kind v(\S+)/m.exec(stdout)?.[1],
    fits: (found) => kinds.some(({ kind }) => kind === found),
    version,
    input: "kind-version",
    asset: (platform, arch) => {
      const path = `kubernetes-sigs/kind/releases/download/v${version}/kind-${PLATFORMS[platform]?.kind ?? ""}-${arch}`;
      return { path, archive: false, checksum: `${path}.sha256sum` };
    },
    sha256: settings.kindSha256,
  };
  return await find(ports, settings, tool, signal);
}

/**
 * The istioctl to install Istio with, in the same way.
 *
 * @throws Refusal or Failure when there is none to be had
 */
export async function findIstioctl(
  ports: ToolPorts,
  settings: KindSettings,
  { istio: version, anyPatch }: FittingVersions,
  signal: AbortSignal,
): Promise<FoundTool> {
  const tool: Tool = {
    name: "istioctl",
    ask: ["version", "--remote=false", "--output=json"],
    versionIn: istioctlVersion,
    fits: (found) => found === version || (anyPatch && minorOf(found) === minorOf(version)),
    version,
    input: "istio-version",
    asset: (platform, arch) => {
      const name = `istioctl-${version}-${PLATFORMS[platform]?.istio ?? ""}-${arch}.tar.gz`;
      const path = `istio/istio/releases/download/${version}/${name}`;
      return { path, archive: true, checksum: `${path}.sha256` };
    },
    sha256: settings.istioctlSha256,
  };
  return await find(ports, settings, tool, signal);
}

function istioctlVersion(stdout: string): string | undefined {
  try {
    const { clientVersion } = JSON.parse(stdout) as { clientVersion?: { version?: unknown } };
    return typeof clientVersion?.version === "string" ? clientVersion.version : undefined;
  } catch {
    return undefined;
  }
}

async function find(ports: ToolPorts, settings: KindSettings, tool: Tool, signal: AbortSignal): Promise<FoundTool> {
  const { log, downloads } = ports;
  const there = await versionOf(ports.commands, tool, tool.name, signal);
  if (there.version !== undefined && tool.fits(there.version)) {
    log.info(`${tool.name} ${there.version}: from the PATH`);
    return { file: tool.name, version: there.version };
  }
  const beside = there.version === undefined ? "" : ` (the PATH has ${there.version}, which does not fit)`;
  const kept = await downloads.kept(tool.name, tool.version);
  const folder = kept ?? (await obtain(ports, settings, tool, signal));
  const file = join(folder, tool.name);
  const { version, why } = await versionOf(ports.commands, tool, file, signal);
  if (version !== tool.version) {
    const says = version === undefined ? `does not run: ${why}` : `says that it is ${version}`;
    const hint = `remove the folder, or put ${tool.name} ${tool.version} on the PATH`;
    throw new Failure([errorProblem("tool", `the ${tool.name} ${tool.version} there ${says}`, { file }, hint)]);
  }
  log.info(`${tool.name} ${version}: ${kept === null ? "fetched" : "kept by an earlier run"}${beside}`);
  return { file, version };
}

/** The version that a program says it is; where it says none, why. */
async function versionOf(
  commands: Commands,
  { ask, versionIn }: Tool,
  file: string,
  signal: AbortSignal,
): Promise<{ version?: string; why: string }> {
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(PROGRAM_MS)]);
    const { code, stdout, stderr } = await commands.run(file, ask, { signal: limited, stops: true });
    const version = code === 0 ? versionIn(stdout) : undefined;
    return { why: `exit code ${code}: ${stderr.trim().slice(-200)}`, ...(version === undefined ? {} : { version }) };
  } catch (thrown) {
    signal.throwIfAborted();
    return { why: messageOf(thrown) };
  }
}

/** Fetches a release, holds it against its checksum, and keeps it. */
async function obtain(ports: ToolPorts, settings: KindSettings, tool: Tool, signal: AbortSignal): Promise<string> {
  const { host, downloads, log } = ports;
  const arch = ARCHITECTURES[host.arch];
  if (arch === undefined || PLATFORMS[host.platform] === undefined) {
    const message = `there is no ${tool.name} to download for ${host.platform} on ${host.arch}`;
    throw new Refusal([errorProblem("tool", message, undefined, `put ${tool.name} ${tool.version} on the PATH`)]);
  }
  const { path, archive, checksum } = tool.asset(host.platform, arch);
  const source = settings.offlineFolder === undefined ? fromMirror : fromFolder;
  const { file, expected, said } = await source(ports, settings, { tool, path, checksum, signal });
  const actual = await downloads.sha256(file);
  if (actual !== expected) {
    const message = `${nameOf(path)} has the SHA-256 ${actual}, and ${said} says ${expected}`;
    const hint = `see where it comes from: it is not the file that was released; ${tool.name}-sha256 sets another checksum`;
    throw new Refusal([errorProblem("checksum", message, { file: path }, hint)]);
  }
  log.info(`${nameOf(path)}: SHA-256 as ${said} has it`);
  return await downloads.keep(file, { tool: tool.name, version: tool.version, archive });
}

interface Wanted {
  readonly tool: Tool;
  readonly path: string;
  readonly checksum: string;
  readonly signal: AbortSignal;
}
interface Fetched {
  readonly file: string;
  readonly expected: string;
  /** Who says which checksum it has to have. */
  readonly said: string;
}

async function fromMirror({ downloads, host }: ToolPorts, { mirror }: KindSettings, wanted: Wanted): Promise<Fetched> {
  const { tool, path, checksum, signal } = wanted;
  const fetch = async (what: string): Promise<string> => {
    const url = `${mirror}/${what}`;
    try {
      return await unlessAborted(downloads.fetch(url), signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const hint = `see that ${tool.input} names a release and that this machine reaches it; or set mirror or offline-folder, or put ${tool.name} ${tool.version} on the PATH`;
      throw new Failure([
        errorProblem("download", `${url} cannot be downloaded: ${messageOf(thrown)}`, undefined, hint),
      ]);
    }
  };
  if (tool.sha256 !== undefined)
    return { file: await fetch(path), expected: tool.sha256, said: `the input ${tool.name}-sha256` };
  const [file, sums] = await Promise.all([fetch(path), fetch(checksum)]);
  const expected = checksumIn((await host.readText(sums)) ?? "", nameOf(path));
  if (expected === undefined) throw noChecksum(tool, `${mirror}/${checksum}`);
  return { file, expected, said: nameOf(checksum) };
}

/** A download cannot be stopped, and a run that is to end does not wait for it. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function fromFolder({ host }: ToolPorts, { offlineFolder = "" }: KindSettings, wanted: Wanted): Promise<Fetched> {
  const { tool, path, checksum } = wanted;
  const file = join(host.absolute(offlineFolder), nameOf(path));
  if (!(await host.isFile(file))) {
    const hint = `put the file of the release there, or ${tool.name} ${tool.version} on the PATH`;
    throw new Refusal([errorProblem("offline-folder", `offline-folder has no ${nameOf(path)}`, { file }, hint)]);
  }
  if (tool.sha256 !== undefined) return { file, expected: tool.sha256, said: `the input ${tool.name}-sha256` };
  const sums = join(host.absolute(offlineFolder), nameOf(checksum));
  const expected = checksumIn((await host.readText(sums)) ?? "", nameOf(path));
  if (expected === undefined) throw noChecksum(tool, sums);
  return { file, expected, said: nameOf(checksum) };
}

function noChecksum(tool: Tool, file: string): Refusal {
  const hint = `put the checksum file of the release there, or set ${tool.name}-sha256`;
  return new Refusal([errorProblem("checksum", `it has no SHA-256 of ${tool.name} ${tool.version}`, { file }, hint)]);
}

/** The checksum of a file in the lines that sha256sum writes, or one that stands alone. */
function checksumIn(text: string, name: string): string | undefined {
  for (const line of text.split("\n")) {
    const [, sum, file] = /^([0-9a-f]{64})(?:\s+\*?(\S+))?\s*$/i.exec(line) ?? [];
    if (sum !== undefined && (file === undefined || nameOf(file) === name)) return sum.toLowerCase();
  }
  return undefined;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
