import { basename } from "node:path";
import type { Commands, Downloads, Host, Kubernetes, KubeObject } from "../../../src/ports.js";
import { KubeError } from "../../../src/ports.js";
import type { OwnCluster } from "../../../src/cluster/kind/own-cluster.js";
import type { RunPorts, RunResult } from "../../../src/run.js";
import { run } from "../../../src/run.js";
import { settingsFrom } from "../../../src/settings/settings-from.js";
import { keptPorts } from "../../run/ports.js";

type Options = Parameters<Commands["run"]>[2];
type Ended = Awaited<ReturnType<Commands["run"]>>;
/** An answer of a program; undefined has it do as usual. */
type Play = (args: readonly string[], options: Options) => Promise<Partial<Ended> | undefined> | undefined;

export const GIB = 1024 ** 3;
export const SUM = "a".repeat(64);
export const OTHER_SUM = "b".repeat(64);

/** A machine with a container engine, kind and istioctl that are played: what they are asked is recorded. */
export class KindWorld {
  readonly asked: string[] = [];
  readonly configs: string[] = [];
  readonly log: string[] = [];
  readonly clusters: string[] = [];
  readonly remembered: OwnCluster[] = [];
  /** Those that another process was told of. */
  readonly folders: string[] = [];
  readonly fetched: string[] = [];
  /** The versions of the programs on the PATH; one that is left out is not there. */
  readonly path: Partial<Record<"kind" | "istioctl", string>> = { kind: "0.32.0", istioctl: "1.31.1" };
  readonly cache: Partial<Record<string, string>> = {};
  readonly files: Record<string, string> = {};
  readonly env: Record<string, string> = {};
  readonly play: Partial<Record<string, Play>> = {};
  /** What docker tells of itself. */
  engine: object = { MemTotal: 8 * GIB, DockerRootDir: "/var/lib/docker", CgroupVersion: "2" };
  machine = { platform: "linux", arch: "x64", memory: 8 * GIB, disk: 50 * GIB };
  /** The SHA-256 that every file has. */
  sum = SUM;
  /** How often each has been looked at before it is ready. */
  ready = { nodes: 1, coredns: 0, istiod: 0, webhook: 1 };
  kubernetes = "v1.36.1";
  readonly stop = new AbortController();
  private looks: Record<string, number> = {};
  private now = 0;

  /** A run with a cluster of kind. It gets no further than to the mesh, since no calls are played here. */
  async run(raw: Record<string, string | string[]> = {}, more: Partial<RunPorts> = {}): Promise<RunResult> {
    const settings = settingsFrom({ mode: "strict-mesh", cluster: "kind", "report-dir": "/out", ...raw });
    return await run(settings, { ...this.ports(), ...more });
  }

  ports(): RunPorts {
    return {
      ...keptPorts(this.log, {}),
      commands: this.commands,
      host: this.host,
      downloads: this.downloads,
      clock: {
        now: () => this.now,
        date: () => new Date(0),
        sleep: (ms, signal) => {
          this.now += ms;
          return signal?.aborted === true ? Promise.reject(signal.reason as Error) : Promise.resolve();
        },
      },
      connect: () => Promise.resolve(this.cluster()),
      rememberFolder: (folder) => void this.folders.push(folder),
      rememberCluster: (cluster) => {
        // What is remembered before anything is made is what the post step can delete.
        expectNone(this.clusters, cluster.name);
        this.remembered.push(cluster);
      },
      signal: this.stop.signal,
    };
  }

  /** The commands that changed something, by their first words. */
  done(): string[] {
    const looks = ["docker info", "podman info", "nerdctl info", "kind version", "istioctl version", "kind get"];
    return this.asked.filter((line) => !looks.some((look) => line.startsWith(look)));
  }

  private readonly commands: Commands = {
    run: async (file, args, options) => {
      options.signal.throwIfAborted();
      const name = basename(file);
      this.asked.push([name, ...args].join(" "));
      if (options.stdin !== undefined) this.configs.push(options.stdin);
      const own = await this.play[name]?.(args, options);
      const usual = own === undefined ? this.usual(name, file, args) : {};
      return { code: 0, stdout: "", stderr: "", ...usual, ...own };
    },
  };

  private usual(name: string, file: string, args: readonly string[]): Partial<Ended> {
    const [verb] = args;
    if (name === "docker") return { stdout: JSON.stringify(this.engine) };
    if (name !== "kind" && name !== "istioctl") throw new Error(`spawn ${name} ENOENT`);
    const version = file === name ? this.path[name] : this.cache[name];
    if (version === undefined) throw new Error(`spawn ${file} ENOENT`);
    if (name === "istioctl")
      return verb === "version" ? { stdout: JSON.stringify({ clientVersion: { version } }) } : {};
    return this.usualKind(version, args);
  }

  private usualKind(version: string, args: readonly string[]): Partial<Ended> {
    const [verb, what] = args;
    if (verb === "version") return { stdout: `kind v${version} go1.26.8 linux/amd64\n` };
    if (verb === "get" && what === "clusters") return { stdout: this.clusters.join("\n") };
    const cluster = args[args.indexOf("--name") + 1] ?? "";
    if (verb === "create") this.clusters.push(cluster);
    if (verb === "delete") this.clusters.splice(this.clusters.indexOf(cluster), 1);
    return {};
  }

  private readonly host: Host = {
    platform: "",
    arch: "",
    env: this.env,
    freeMemory: () => this.machine.memory,
    freeDisk: () => Promise.resolve(this.machine.disk),
    readText: (path) => Promise.resolve(this.files[path] ?? null),
    isFile: (path) => Promise.resolve(path in this.files),
    absolute: (path) => (path.startsWith("/") ? path : `/repo/${path}`),
    makeFolder: () => Promise.resolve("/tmp/run"),
    writeText: (path, text) => {
      this.files[path] = text;
      return Promise.resolve();
    },
    removeFolder: (path) => {
      this.asked.push(`rm ${path}`);
      return Promise.resolve();
    },
  };

  private readonly downloads: Downloads = {
    kept: (tool, version) => Promise.resolve(this.cache[tool] === version ? `/cache/${tool}` : null),
    fetch: (url) => {
      this.fetched.push(url);
      this.files[url] ??= url.includes("sha256") ? `${SUM}  ${basename(url).replace(/\.sha256(sum)?$/u, "")}\n` : "";
      return Promise.resolve(url);
    },
    sha256: () => Promise.resolve(this.sum),
    keep: (_, { tool, version }) => {
      this.cache[tool] = version;
      return Promise.resolve(`/cache/${tool}`);
    },
  };

  /** The API server of the cluster. */
  cluster(): Kubernetes {
    const refuse = (): Promise<never> => Promise.reject(new KubeError(403, "Forbidden", "the demo is not played here"));
    return {
      context: "kind-x",
      server: "https://127.0.0.1:1",
      version: () => Promise.resolve(this.kubernetes),
      get: () => Promise.resolve(undefined),
      list: ({ kind, namespace }) => Promise.resolve(this.listed(kind, namespace)),
      apply: () => {
        const spec = { containers: this.isReady("webhook") ? [{ name: "none" }, { name: "istio-proxy" }] : [] };
        return Promise.resolve({ apiVersion: "v1", kind: "Pod", metadata: { name: "x" }, spec });
      },
      create: refuse,
      replace: refuse,
      patch: refuse,
      delete: refuse,
      logs: () => Promise.resolve(""),
      rules: refuse,
      exec: refuse,
    };
  }

  private isReady(what: keyof KindWorld["ready"]): boolean {
    this.looks[what] = (this.looks[what] ?? 0) + 1;
    return this.looks[what] > this.ready[what];
  }

  private listed(kind: string, namespace: string | undefined): KubeObject[] {
    const made = (name: string, type: string, is: boolean, message?: string): KubeObject => ({
      apiVersion: "v1",
      kind,
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      status: { conditions: [{ type, status: is ? "True" : "False", message }] },
    });
    if (kind === "Node") return [made("x-control-plane", "Ready", this.isReady("nodes"), "cni plugin not initialized")];
    if (kind === "Pod") return [made("waiting-1", "Ready", false)];
    if (kind === "Event")
      return [{ apiVersion: "v1", kind, metadata: { name: "e" }, reason: "Failed", message: "Back-off pulling image" }];
    if (kind !== "Deployment") return [];
    const what = namespace === "kube-system" ? "coredns" : "istiod";
    return [made(what, "Available", this.isReady(what))];
  }

  constructor() {
    Object.defineProperties(this.host, {
      platform: { get: () => this.machine.platform },
      arch: { get: () => this.machine.arch },
    });
  }
}

function expectNone(clusters: readonly string[], name: string): void {
  if (clusters.includes(name)) throw new Error(`the cluster ${name} was made before it was remembered`);
}
