import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Predicted } from "../../src/mesh/call.js";
import type { KubeObject } from "../../src/ports.js";
import type { SeenCall, TruthPlan } from "./case.js";

/** The file of a run, a JSON object a line: the fixed mesh first, then the cases. */

export interface Head {
  readonly seed: string;
  readonly istio: string;
  /** The fixed mesh's manifests. */
  readonly world: string;
  /** Its pods, as the cluster has them; absent in files of before. */
  readonly pods?: string;
}

/**
 * What the prediction reads of the fixed mesh: half of the cases by templates alone, which the rules of injection make pods
 * of, and half with the pods as they are, which have addresses.
 */
export function manifestsFor({ world, pods }: Pick<Head, "world" | "pods">, index: number): string {
  return pods === undefined || index % 2 === 1 ? world : `${world}\n---\n${pods}\n`;
}

export interface RecordedCase {
  readonly index: number;
  readonly attempt: number;
  /** With the time of their creation on the mesh. */
  readonly objects: readonly KubeObject[];
  readonly plan: TruthPlan;
  readonly calls: readonly SeenCall[];
  /** By callKey; absent where the run asked for none. */
  readonly predicted?: Readonly<Record<string, Predicted>>;
  readonly ms: number;
}

export function startFile(path: string, head: Head): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(head)}\n`);
}

export function addCase(path: string, one: RecordedCase): void {
  appendFileSync(path, `${JSON.stringify(one)}\n`);
}

export function readFile(path: string): { head: Head; cases: RecordedCase[] } {
  const [first = "", ...rest] = readFileSync(path, "utf8").trim().split("\n");
  return { head: JSON.parse(first) as Head, cases: rest.map((line) => JSON.parse(line) as RecordedCase) };
}
