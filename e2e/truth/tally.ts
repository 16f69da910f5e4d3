import type { Predicted } from "../../src/mesh/call.js";
import type { KubeObject } from "../../src/ports.js";
import { callKey } from "./case.js";
import type { SeenCall } from "./case.js";
import { coverage, coverageTable } from "./coverage.js";
import { agreement } from "./predictor.js";
import { inShort } from "./tell.js";

/** With more unknown or unseen than this, a run has shown too little; one of few cases can have more by chance. */
const MOST_BLIND = 0.02;
const MOST_BLIND_OF_FEW = 0.15;
const MANY_CALLS = 4_000;

/** What a run has come to so far. */
export class Tally {
  private calls = 0;
  private unseen = 0;
  private unknown = 0;
  private disagreements = 0;
  /** Calls other than 200 over mTLS: a predictor that always says 200 would be wrong about them. */
  private effects = 0;
  /** Disagreements by what both sides say, with the cases that have them. */
  private readonly groups = new Map<string, number[]>();
  private readonly good: number[] = [];
  private readonly bad: number[] = [];
  private readonly times: number[] = [];
  private readonly objects: (readonly KubeObject[])[] = [];
  private readonly refused: string[] = [];

  refusal(why: string): void {
    this.refused.push(why);
  }

  /** @returns the calls that disagree */
  add(
    index: number,
    objects: readonly KubeObject[],
    calls: readonly SeenCall[],
    predicted: ReadonlyMap<string, Predicted> | null,
    ms: number,
  ): SeenCall[] {
    const wrong: SeenCall[] = [];
    for (const call of calls) {
      const how = predicted === null ? blindly(call) : agreement(predicted.get(callKey(call)), call);
      this.calls += 1;
      if (how === "unseen") this.unseen += 1;
      if (how === "unknown") this.unknown += 1;
      if (how === "disagrees") {
        wrong.push(call);
        const text = inShort(call, predicted?.get(callKey(call)));
        this.groups.set(text, [...(this.groups.get(text) ?? []), index]);
      }
      if (hasEffect(call)) this.effects += 1;
    }
    this.disagreements += wrong.length;
    (wrong.length === 0 ? this.good : this.bad).push(index);
    this.times.push(ms);
    this.objects.push(objects);
    return wrong;
  }

  /** @returns the exit code */
  print(wanted: number): number {
    const ofCalls = (count: number): string => `${count} (${((100 * count) / Math.max(1, this.calls)).toFixed(1)} %)`;
    const seconds = this.times.reduce((sum, ms) => sum + ms, 0) / 1000 / Math.max(1, this.times.length);
    const shown = this.good.length + this.bad.length;
    console.log(
      [
        "cases that have each kind and field:",
        coverageTable(coverage(this.objects)),
        `refused by the API server, and drawn again: ${this.refused.length}`,
        ...this.refused.map((why) => `  ${why}`),
        `calls: ${this.calls}`,
        `other than 200 over mTLS: ${ofCalls(this.effects)}`,
        `not settled, or without result: ${ofCalls(this.unseen)}`,
        `predicted as unknown: ${ofCalls(this.unknown)}`,
        ...[...this.groups]
          .sort(([, a], [, b]) => b.length - a.length)
          .map(([text, cases]) => `  ${cases.length} × ${text} (cases ${[...new Set(cases)].slice(0, 8).join(", ")})`),
        `disagreements: ${this.disagreements}${this.bad.length === 0 ? "" : `, in cases ${this.bad.join(", ")}`}`,
        `seconds a case: ${seconds.toFixed(1)}`,
        `${this.good.length} passed, ${this.bad.length} failed, ${Math.max(0, wanted - shown)} skipped`,
      ].join("\n"),
    );
    const blind =
      Math.max(this.unknown, this.unseen) > this.calls * (this.calls < MANY_CALLS ? MOST_BLIND_OF_FEW : MOST_BLIND);
    return this.bad.length > 0 || shown < wanted || blind ? 1 : 0;
  }
}

function blindly(call: SeenCall): "agrees" | "unseen" {
  return call.observed.length === 0 || call.unsettled === true ? "unseen" : "agrees";
}

export function hasEffect(call: SeenCall): boolean {
  return call.observed.some(
    ({ code, transport }) => code !== "200" || (transport !== "mtls" && transport !== "unproven"),
  );
}
