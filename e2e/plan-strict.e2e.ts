import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { planStrictInTerminal } from "../src/entry/plan-strict-in-terminal.js";
import { clock, realPorts } from "../src/entry/world.js";
import type { Predicted } from "../src/mesh/call.js";
import { readInventory } from "../src/mesh/read-inventory.js";
import { readObjects } from "../src/mesh/objects.js";
import { Predictor } from "../src/predict/predict.js";
import type { StrictPlan } from "../src/predict/strict-plan.js";
import { readArguments } from "../src/settings/cli-arguments.js";
import { becomes, quiet, rolledOut } from "./demo-calls.js";
import { demoManifests, file, kubectl } from "./local-mesh.js";

/**
 * What `plan-strict` writes, on the real mesh: stage after stage is applied as it stands in the folder, and every client
 * calls every server after each. All calls that arrived still do, over mTLS where both sides have a sidecar.
 */

const NAMES = { foo: "p-foo", bar: "p-bar", legacy: "p-legacy" };
const SPACES = Object.values(NAMES);
const ROOT_NAMESPACE = "istio-system";

interface Planned {
  readonly exit: number;
  readonly plan: Pick<StrictPlan, "namespaces" | "mesh">;
  readonly folder: string;
}

async function planned(manifests: string): Promise<Planned> {
  const folder = mkdtempSync(join(tmpdir(), "mtls-gate-e2e-"));
  const words = ["plan-strict", "--manifests", file("mesh.yaml", manifests), "--out", folder, "--output", "json"];
  const request = readArguments(words, "1");
  if (request.kind !== "plan-strict") throw new Error(JSON.stringify(request));
  let out = "";
  const exit = await planStrictInTerminal(request.options, {
    ports: { ...realPorts(), clock, log: quiet },
    signal: new AbortController().signal,
    colour: false,
    out: (text) => (out += text),
    err: () => undefined,
  });
  return { exit, plan: JSON.parse(out) as Planned["plan"], folder };
}

/** The folders of the stages, in order. */
function stagesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith("stage-"))
    .sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)))
    .map((name) => join(folder, name));
}

/** Every client calls every server, and sees what is predicted of the manifests with the policies that are applied. */
async function everythingIsAsPredicted(manifests: string): Promise<Predicted[]> {
  const policies = await kubectl(["get", "peerauthentications", "-A", "-o", "yaml"]);
  const { objects } = readObjects(`${manifests}\n---\n${policies}`, "mesh.yaml");
  const predictor = new Predictor(readInventory({ source: "manifests", objects }));
  const seen: Predicted[] = [];
  for (const from of SPACES) {
    const client = predictor.view.inventory.workloads.find(
      ({ namespace, name }) => namespace === from && name === "sleep",
    );
    if (client === undefined) throw new Error(`no sleep in ${from}`);
    for (const to of SERVERS) {
      const url = `http://httpbin.${to}:8000/headers`;
      const predicted = predictor.predict(client, "sleep", { url, method: "GET", headers: {} });
      await becomes(`${from}/sleep`, url, predicted);
      seen.push(predicted);
    }
  }
  return seen;
}

function arriving(all: readonly Predicted[]): number {
  return all.filter((one) => "arrives" in one && one.arrives === true).length;
}

async function clear(): Promise<void> {
  for (const namespace of [...SPACES, ROOT_NAMESPACE]) {
    await kubectl(["-n", namespace, "delete", "peerauthentications", "--all"]);
  }
}

/** The demo with as many sidecars as the manifests say. */
async function start(manifests: string): Promise<void> {
  await kubectl(["apply", "-f", "-"], manifests);
  for (const namespace of SPACES) await kubectl(["-n", namespace, "rollout", "restart", "deployment"]);
  await rolledOut(SPACES);
}

/** Namespace legacy in the mesh, too. */
function withSidecars(manifests: string): string {
  const legacy = `metadata:\n  name: ${NAMES.legacy}\n`;
  expect(manifests).toContain(legacy);
  return manifests.replace(legacy, `${legacy}  labels:\n    istio-injection: enabled\n`);
}

/** Namespace legacy has no server. */
const SERVERS = [NAMES.foo, NAMES.bar];
const CALLS = SPACES.length * SERVERS.length;

beforeAll(async () => {
  await kubectl(["apply", "-f", "-"], await demoManifests(NAMES));
  await rolledOut(SPACES);
});

beforeEach(clear);

afterAll(async () => {
  await clear();
  await kubectl(["delete", "namespace", ...SPACES, "--ignore-not-found"]);
});

describe("plan-strict on the real mesh", () => {
  it("every stage leaves every call arriving, up to the whole mesh", { timeout: 900_000 }, async () => {
    const manifests = withSidecars(await demoManifests(NAMES));
    await start(manifests);
    expect(arriving(await everythingIsAsPredicted(manifests))).toBe(CALLS);

    const { exit, folder } = await planned(manifests);
    expect(exit).toBe(0);
    const stages = stagesIn(folder);
    expect(stages).toHaveLength(SPACES.length + 1);
    for (const stage of stages) {
      await kubectl(["apply", "-f", stage]);
      expect(arriving(await everythingIsAsPredicted(manifests))).toBe(CALLS);
    }
  });

  it("a client without sidecar breaks as it is told, and not with the exceptions", { timeout: 900_000 }, async () => {
    const manifests = await demoManifests(NAMES);
    await start(manifests);
    const { exit, plan, folder } = await planned(manifests);
    expect(exit).toBe(1);
    expect(stagesIn(folder)).toEqual([]);

    await kubectl(["apply", "-f", join(folder, "exceptions")]);
    expect(arriving(await everythingIsAsPredicted(manifests))).toBe(CALLS);
    await clear();

    const foo = plan.namespaces.find(({ namespace }) => namespace === NAMES.foo);
    expect(foo?.breaks).toHaveLength(1);
    await kubectl(["apply", "-f", "-"], JSON.stringify(foo?.exceptions?.at(-1)?.object));
    for (const { to, after } of foo?.breaks ?? []) await becomes(`${NAMES.legacy}/sleep`, `${to}headers`, after);
    expect(arriving(await everythingIsAsPredicted(manifests))).toBe(CALLS - 1);
  });
});
