import { dump } from "js-yaml";
import { join } from "node:path";
import type { Host } from "../../ports.js";
import type { Problem } from "../../problems.js";
import { errorProblem, Refusal } from "../../problems.js";
import type { KindSettings } from "../../settings/settings.js";
import { parseLocated } from "../../yaml/located.js";

interface Mount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: true;
}
interface Node {
  readonly role: string;
  readonly extraMounts?: readonly unknown[];
}
interface FileConfig {
  readonly kind: "Cluster";
  readonly apiVersion: string;
  readonly nodes?: readonly Node[];
  readonly containerdConfigPatches?: readonly unknown[];
  readonly networking?: unknown;
}
/** A configuration of kind, as far as it is looked into; what else is in it is kept. */
export interface KindConfig extends FileConfig {
  readonly nodes: readonly Node[];
}

const API_VERSION = "kind.x-k8s.io/v1alpha4";
const CERTS = "/etc/containerd/certs.d";
const REGISTRIES_PATCH = `[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "${CERTS}"\n`;

/**
 * The configuration of the cluster: the user's file, or what the inputs say.
 *
 * @throws Refusal when the file is no configuration of kind
 */
export async function readConfig(host: Host, settings: KindSettings): Promise<KindConfig> {
  const { kindConfig, nodes, ipFamily } = settings;
  if (kindConfig !== undefined) return await userConfig(host, kindConfig);
  const workers = Array.from({ length: nodes - 1 }, () => ({ role: "worker" }));
  const networking = ipFamily === "ipv4" ? {} : { networking: { ipFamily } };
  return { kind: "Cluster", apiVersion: API_VERSION, ...networking, nodes: [{ role: "control-plane" }, ...workers] };
}

/**
 * Adds to every node where it pulls images from, and with which credentials. What the nodes are given lies in `folder`.
 *
 * @returns the configuration as kind reads it
 */
export async function completeConfig(
  host: Host,
  config: KindConfig,
  { registryMirrors, registryConfig }: KindSettings,
  folder: string,
): Promise<string> {
  const mounts: Mount[] = [];
  if (registryMirrors.length > 0) {
    const certs = join(folder, "certs.d");
    for (const [registry, text] of hostsFiles(registryMirrors))
      await host.writeText(join(certs, registry, "hosts.toml"), text);
    mounts.push({ hostPath: certs, containerPath: CERTS, readOnly: true });
  }
  if (registryConfig !== undefined) {
    const hostPath = host.absolute(registryConfig);
    mounts.push({ hostPath, containerPath: "/var/lib/kubelet/config.json", readOnly: true });
  }
  const patches = registryMirrors.length > 0 ? [REGISTRIES_PATCH] : [];
  return dump({
    ...config,
    nodes: config.nodes.map((node) =>
      mounts.length === 0 ? node : { ...node, extraMounts: [...(node.extraMounts ?? []), ...mounts] },
    ),
    ...(patches.length === 0
      ? {}
      : { containerdConfigPatches: [...(config.containerdConfigPatches ?? []), ...patches] }),
  });
}

/** The problems with the files that the inputs name: before anything is made. */
export async function fileProblems(
  host: Host,
  { images, registryConfig, istioConfig }: KindSettings,
): Promise<Problem[]> {
  const named = [
    ...images.map((file) => ["images", file] as const),
    ...(istioConfig === undefined ? [] : [["istio-config", istioConfig] as const]),
  ];
  const found = await Promise.all(
    named.map(async ([input, file]) =>
      (await host.isFile(host.absolute(file))) ? null : problem(file, `${input} names a file that is not there`),
    ),
  );
  const credentials = registryConfig === undefined ? null : await credentialsProblem(host, registryConfig);
  return [...found, credentials].filter((one) => one !== null);
}

async function credentialsProblem(host: Host, file: string): Promise<Problem | null> {
  const text = await host.readText(host.absolute(file));
  if (text === null) return problem(file, "registry-config names a file that cannot be read");
  try {
    const { auths = {} } = JSON.parse(text) as { auths?: Record<string, { auth?: unknown; identitytoken?: unknown }> };
    const some = Object.values(auths).some(({ auth, identitytoken }) => (auth ?? identitytoken) !== undefined);
    if (some) return null;
  } catch {
    return problem(file, "registry-config is no JSON", "it is a config.json as docker login writes it");
  }
  const hint = "the nodes have no credential helper: log in without one (an auths entry with an auth)";
  return problem(file, "registry-config has no credentials in it", hint);
}

async function userConfig(host: Host, file: string): Promise<KindConfig> {
  const text = await host.readText(host.absolute(file));
  if (text === null) throw new Refusal([problem(file, "kind-config names a file that cannot be read")]);
  const { documents, problems } = parseLocated(text, file);
  if (problems.length > 0) throw new Refusal(problems);
  const [value, ...others] = documents.map((one) => one.value);
  if (others.length > 0 || !isConfig(value)) {
    const hint = `one document with kind: Cluster and apiVersion: ${API_VERSION}`;
    throw new Refusal([problem(file, "kind-config is no configuration of kind", hint)]);
  }
  const nodes = value.nodes ?? [];
  return { ...value, nodes: nodes.length === 0 ? [{ role: "control-plane" }] : nodes };
}

function isConfig(value: unknown): value is FileConfig {
  if (typeof value !== "object" || value === null) return false;
  const { kind, apiVersion, nodes } = value as Record<string, unknown>;
  const listed = nodes === undefined || (Array.isArray(nodes) && nodes.every((node) => typeof node === "object"));
  return kind === "Cluster" && apiVersion === API_VERSION && listed;
}

/** For each registry, what containerd reads of its mirrors, in their order. */
function hostsFiles(mirrors: readonly string[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const mirror of mirrors) {
    const [registry = "", ...url] = mirror.split("=");
    const entry = `[host."${url.join("=")}"]\n  capabilities = ["pull", "resolve"]\n`;
    files.set(registry, `${files.get(registry) ?? ""}${entry}`);
  }
  return files;
}

function problem(
  file: string,
  message: string,
  hint = "see the path, which is relative to the working folder",
): Problem {
  return errorProblem("kind-input", message, { file }, hint);
}
