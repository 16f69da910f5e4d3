import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { IncomingMessage } from "node:http";
import type { Ledger } from "../../src/cluster/clean-up.js";
import type { KubeObject } from "../../src/ports.js";
import { run, type RunPorts, type RunResult } from "../../src/run.js";
import { settingsFrom } from "../../src/settings/settings-from.js";
import type { Settings } from "../../src/settings/settings.js";
import {
  putIstio,
  runLocally,
  startHttpbin,
  startKubeApi,
  xfccOf,
  type ExecHandler,
  type Httpbin,
  type KubeApi,
  type KubeApiOptions,
  type LocalOptions,
  type Mode,
} from "../fixtures/kube-api/index.js";

import { clock, keptPorts } from "./ports.js";

/**
 * A mesh that is played: the server plays the cluster, a real HTTP server a pair of caller and destination plays what
 * Envoy makes of the PeerAuthentications in the store, and the sidecars tell of their listeners by dumps of real ones.
 */
export class MeshWorld implements AsyncDisposable {
  api!: KubeApi;
  readonly log: string[] = [];
  readonly ledgers: Ledger[] = [];
  readonly files: Record<string, string> = {};
  /** What becomes of a request, before the policies have their say. */
  behave: (from: string, to: string, request: IncomingMessage) => Mode | undefined = () => undefined;
  /** Whether the sidecars hold what the policies say; else they hold PERMISSIVE. */
  holding = true;
  /** Called before the command of an exec is run: an answer of its own takes the place of it. */
  intercept: ExecHandler | undefined;
  private readonly servers: Httpbin[] = [];

  static async start(options: { api?: KubeApiOptions; local?: LocalOptions } = {}): Promise<MeshWorld> {
    const world = new MeshWorld();
    const addresses = new Map<string, Record<string, string>>();
    for (const from of ["foo", "bar", "legacy"]) {
      const hosts: Record<string, string> = {};
      for (const to of ["foo", "bar"]) {
        const server = await startHttpbin({
          mode: (request) =>
            world.behave(from, to, request) ?? (from === "legacy" && world.strict(to) ? "reset" : "answer"),
          ...(from === "legacy" ? {} : { xfcc: xfccOf(from, "sleep") }),
        });
        world.servers.push(server);
        hosts[`httpbin.${to}:8000`] = server.address;
      }
      addresses.set(from, hosts);
    }
    const local = runLocally({ hosts: ({ namespace }) => addresses.get(namespace) ?? {}, ...options.local });
    const exec: ExecHandler = async (target, command, stdin, out, gone) => {
      const own: unknown = await world.intercept?.(target, command, stdin, out, gone);
      if (own !== undefined) return own;
      if (command[0] !== "pilot-agent") return local(target, command, stdin, out, gone);
      out.stdout.write(dump(world.holding && world.strict(target.namespace) ? "strict" : "permissive"));
      return 0;
    };
    exec.close = () => local.close();
    world.api = await startKubeApi({
      controllers: { readyAfterMs: 5 },
      deletion: { namespaceMs: 10, podMs: 0 },
      ...options.api,
      exec,
    });
    putIstio(world.api.store);
    // The controllers have something to do about istiod.
    await clock.sleep(50);
    return world;
  }

  /** Whether the policies in the store make a namespace's workloads STRICT. */
  strict(namespace: string): boolean {
    const modeOf = (of: string): string | undefined =>
      (this.policy(of)?.["spec"] as { mtls?: { mode?: string } } | undefined)?.mtls?.mode;
    return (modeOf(namespace) ?? modeOf("istio-system")) === "STRICT";
  }

  policy(namespace: string, name = "default"): KubeObject | undefined {
    return this.api.store.get({ apiVersion: "security.istio.io/v1", kind: "PeerAuthentication", namespace, name });
  }

  async run(
    raw: Record<string, string> = {},
    more: Partial<RunPorts> = {},
    set: Partial<Settings> = {},
  ): Promise<RunResult> {
    const settings = settingsFrom({
      cluster: "current",
      kubeconfig: this.api.kubeconfigPath,
      ...raw,
    });
    return await run(
      { ...settings, allowMeshWide: true, ...set },
      {
        ...keptPorts(this.log, this.files),
        remember: (ledger) => void this.ledgers.push(ledger),
        ...more,
      },
    );
  }

  /** Waits for a line of the log. */
  async until(line: string): Promise<void> {
    const end = performance.now() + 10_000;
    while (!this.log.includes(line)) {
      if (performance.now() > end) throw new Error(`the log never said ${line}: ${this.log.join(" | ")}`);
      await clock.sleep(5);
    }
  }

  /** Everything in the cluster that a run made or changed: `Kind namespace/name`. */
  leftOvers(): string[] {
    return this.api.store
      .everything()
      .filter(({ object: { metadata } }) =>
        JSON.stringify([metadata.labels, metadata.annotations, metadata.name]).includes("mtls-gate"),
      )
      .map(({ object: { kind, metadata } }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
  }

  /** The exec requests that opened a stream of calls. */
  streams(): number {
    return this.api.requestsOf("GET", /\/exec$/u).filter(({ query }) => query.getAll("command")[0] === "sh").length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.api.close();
    await Promise.all(this.servers.map((server) => server.close()));
  }
}

function dump(mode: "strict" | "permissive"): string {
  return readFileSync(join(import.meta.dirname, "..", "probe", "fixtures", `listener-${mode}.json`), "utf8");
}

/** A world in which somebody else's foo and legacy are already there, without this tool's marks. */
export async function inhabited(): Promise<MeshWorld> {
  const world = await MeshWorld.start();
  await world.run({ namespaces: "foo", mode: "permissive", cleanup: "never" }, {}, { settleTimeout: 2000 });
  for (const { object } of world.api.store.everything()) {
    if (object.kind === "Lease") world.api.store.remove({ ...object, ...object.metadata });
    else {
      world.api.store.update({ ...object, ...object.metadata }, ({ metadata }) => {
        delete metadata.labels?.["mtls-gate.dev/run"];
      });
    }
  }
  world.log.length = 0;
  world.api.requests.length = 0;
  return world;
}
