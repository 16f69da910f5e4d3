import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Predicted } from "../../src/mesh/call.js";
import type { Report } from "../../src/report/document.js";
import type { SeenCall, SeenOutcome, TruthPlan } from "./case.js";
import { callKey } from "./case.js";

/** Asks the program what it predicts, by its command line as anybody would, and holds that against what was seen. */

const run = promisify(execFile);

/** Where the program is: built by tsc beside the harness, or as it is shipped. */
export function program(): string {
  const places = [process.env["MTLS_GATE_CLI"], "lib/bench-build/src/cli.js", "lib/cli.js", "dist/cli/index.js"];
  const found = places.find((one) => one !== undefined && existsSync(one));
  if (found === undefined) throw new Error("the program is not built");
  return found;
}

/**
 * @param files manifests
 * @returns the predictions by call, see callKey; what the program says where it gave none
 */
export async function predict(files: readonly string[], plan: string): Promise<Map<string, Predicted>> {
  const folder = mkdtempSync(join(tmpdir(), "mtls-gate-truth-"));
  try {
    const words = ["predict", "--manifests", files.join(","), "--plan", plan, "--report-dir", folder];
    const end = await run(process.execPath, [program(), ...words], { maxBuffer: 64 * 2 ** 20 }).catch(
      (thrown: unknown) => thrown as { stdout: string; stderr: string },
    );
    const report = join(folder, "report.json");
    if (!existsSync(report)) throw new Error(`no prediction: ${end.stderr}${end.stdout}`);
    const { phases, problems } = JSON.parse(readFileSync(report, "utf8")) as Report;
    const found = new Map<string, Predicted>();
    for (const { from, to, predicted } of phases[0]?.calls ?? []) {
      const key = callKey({ from: `${from.namespace}/${from.workload}`, method: to.method, url: to.url });
      if (predicted !== null) found.set(key, predicted);
    }
    if (found.size === 0) throw new Error(`no prediction: ${JSON.stringify(problems).slice(0, 2000)}`);
    return found;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The prediction of a case that is no file yet. */
export async function predictCase(
  world: string,
  objects: readonly object[],
  plan: TruthPlan,
): Promise<Map<string, Predicted>> {
  const folder = mkdtempSync(join(tmpdir(), "mtls-gate-case-"));
  try {
    const files = {
      world: join(folder, "world.yaml"),
      objects: join(folder, "objects.json"),
      plan: join(folder, "plan.yaml"),
    };
    writeFileSync(files.world, world);
    writeFileSync(files.objects, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }, null, 1));
    writeFileSync(files.plan, JSON.stringify(plan, null, 1));
    return await predict([files.world, files.objects], files.plan);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How a prediction stands to what was seen of a call. */
export type Agreement = "agrees" | "disagrees" | "unknown" | "unseen";

/** A prediction agrees when it allows everything that was seen: what it allows beyond need not have come. */
export function agreement(predicted: Predicted | undefined, call: SeenCall): Agreement {
  if (call.observed.length === 0 || call.unsettled === true) return "unseen";
  if (predicted === undefined) return "disagrees";
  if ("unknown" in predicted) return "unknown";
  const allowed = "anyOf" in predicted ? predicted.anyOf : [predicted];
  const agrees = call.observed.every((seen) =>
    call.several === true
      ? allowsApart(allowed, seen)
      : allowed.some((one) => allowsAnswer(one, seen) && allowsTransport(one, seen)),
  );
  return agrees ? "agrees" : "disagrees";
}

/** The answer and what showed the transport came from any two of the pods. */
function allowsApart(allowed: readonly Allowed[], seen: SeenOutcome): boolean {
  return allowed.some((one) => allowsAnswer(one, seen)) && allowed.some((one) => allowsTransport(one, seen));
}

interface Allowed {
  readonly code: string | null;
  readonly exit: number | null;
  readonly transport: string | null;
}

function allowsAnswer({ code, exit }: Allowed, seen: SeenOutcome): boolean {
  return (code === null || code === seen.code) && (exit === null || exit === seen.exit);
}

/** Without an answer there is nothing that could have shown the transport. */
function allowsTransport({ transport }: Allowed, seen: SeenOutcome): boolean {
  return seen.code === "000" || [null, "unproven", seen.transport].includes(transport) || seen.transport === "unproven";
}
