import { clock } from "../src/entry/world.js";
import type { Outcome, Predicted } from "../src/mesh/call.js";
import type { Log } from "../src/ports.js";
import { kubectl } from "./local-mesh.js";

/** Calls between the demo's workloads on the real mesh, held against what is predicted of them. */

const SETTLES_MS = 40_000;

/** A log that says nothing. */
export const quiet: Log = {
  info: nothing,
  warning: nothing,
  progress: nothing,
  group: async (_, work) => await work(),
};

function nothing(): void {
  // The test runner tells what there is to tell.
}

interface Seen {
  readonly code: string;
  readonly exit: number;
  readonly mtls: boolean;
}

/** One call with curl; the server repeats the headers that it got, among them what its sidecar says of the client. */
export async function call(from: string, url: string): Promise<Seen> {
  const [namespace = "", workload = ""] = from.split("/");
  const curl = ["curl", "-s", "--max-time", "5", "-w", String.raw`\n%{http_code} %{exitcode}`, url];
  // A shell in between: kubectl makes an error of curl's exit code.
  const script = `${curl.map((word) => `'${word}'`).join(" ")} || true`;
  const out = await kubectl(["-n", namespace, "exec", `deploy/${workload}`, "-c", workload, "--", "sh", "-c", script]);
  const lines = out.trimEnd().split("\n");
  const [code = "", exit = ""] = (lines.at(-1) ?? "").split(" ");
  return { code, exit: Number(exit), mtls: /x-forwarded-client-cert/iu.test(lines.slice(0, -1).join("\n")) };
}

function fits(predicted: Predicted, seen: Seen): boolean {
  if ("unknown" in predicted) return false;
  const all: readonly Outcome[] = "anyOf" in predicted ? predicted.anyOf : [predicted];
  return all.some(
    ({ code, exit, arrives, transport }) =>
      code === seen.code && exit === seen.exit && (arrives !== true || seen.mtls === (transport === "mtls")),
  );
}

/** Calls until three answers in a row are as predicted. */
export async function becomes(from: string, url: string, predicted: Predicted): Promise<void> {
  const end = clock.now() + SETTLES_MS;
  let right = 0;
  while (right < 3) {
    const seen = await call(from, url).catch(String);
    right = typeof seen !== "string" && fits(predicted, seen) ? right + 1 : 0;
    if (right === 0 && clock.now() > end) {
      throw new Error(`seen ${JSON.stringify(seen)}, predicted ${JSON.stringify({ ...predicted, because: [] })}`);
    }
    await clock.sleep(300);
  }
}

/** Waits until all Deployments of the namespaces are there as they should be, and nothing else answers. */
export async function rolledOut(namespaces: readonly string[]): Promise<void> {
  for (const namespace of namespaces) {
    await kubectl(["-n", namespace, "rollout", "status", "deployment", "--timeout=120s"]);
  }
  // A pod that is on its way out may still answer.
  while ((await leaving(namespaces)) !== "") await clock.sleep(500);
}

async function leaving(namespaces: readonly string[]): Promise<string> {
  const names = "jsonpath={.items[?(@.metadata.deletionTimestamp)].metadata.name}";
  const pods = namespaces.map((name) => kubectl(["-n", name, "get", "pods", "-o", names]));
  return (await Promise.all(pods)).join("").trim();
}
