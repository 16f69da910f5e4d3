import type { Predicted } from "../mesh/call.js";
import { Predictor } from "./predict.js";
import { strictCalls } from "./strict-calls.js";
import type { StrictCall } from "./strict-calls.js";
import { judge, Marks } from "./strict-judge.js";
import type { Seen, Verdict } from "./strict-judge.js";
import { withPolicies } from "./strict-objects.js";
import type { StrictObject } from "./strict-objects.js";

/** A call that arrives now, and does not once its namespace is STRICT. */
export interface StrictBreak {
  /** All who make it. The outcomes are the same for all of them, and the decisions are told of the first. */
  readonly from: readonly string[];
  readonly to: string;
  readonly before: Predicted;
  readonly after: Predicted;
}

export interface UnknownCalls {
  readonly calls: number;
  /** Why, and of how many calls. */
  readonly reasons: readonly { readonly why: string; readonly calls: number }[];
}

/** What STRICT does to calls. */
export interface StrictEffect {
  /** How many calls were looked at. */
  readonly looked: number;
  readonly breaks: readonly StrictBreak[];
  readonly unknown: UnknownCalls;
}

export interface Checked {
  readonly effect: StrictEffect;
  /** The calls of `effect.breaks`. */
  readonly broken: readonly StrictCall[];
}

/** Holds what a mesh's calls do against what they do with other policies. */
export class StrictChecks {
  readonly base: Predictor;
  readonly #calls: readonly StrictCall[];
  readonly #marks = new Marks();
  readonly #before: (Seen | undefined)[] = [];

  constructor(base: Predictor) {
    this.base = base;
    this.#calls = strictCalls(base.view);
  }

  /**
   * What policies do to the calls of the mesh as it is.
   *
   * @param changed the namespaces that they change, null for all
   * @param only the namespaces whose calls are looked at; absent: all calls are
   */
  check(put: readonly StrictObject[], changed: readonly string[] | null, only?: readonly string[]): Checked {
    const after = new Predictor(withPolicies(this.base.view.inventory, put));
    const broken: StrictCall[] = [];
    const breaks: StrictBreak[] = [];
    const reasons = new Map<string, number>();
    let looked = 0;
    this.#calls.forEach((call, index) => {
      if (only !== undefined && !call.namespaces.some((one) => only.includes(one))) return;
      looked += call.from.length;
      const verdict = this.#verdict(call, index, after, changed);
      if (verdict.is === "unknown") reasons.set(verdict.why, (reasons.get(verdict.why) ?? 0) + call.from.length);
      if (verdict.is !== "broken") return;
      broken.push(call);
      breaks.push(this.#told(call, after));
    });
    const calls = [...reasons.values()].reduce((sum, one) => sum + one, 0);
    const unknown = { calls, reasons: [...reasons].map(([why, count]) => ({ why, calls: count })) };
    return { effect: { looked, breaks, unknown }, broken };
  }

  #verdict(call: StrictCall, index: number, after: Predictor, changed: readonly string[] | null): Verdict {
    const before = (this.#before[index] ??= this.#marks.see(this.base, call));
    const concerned = call.servers.some(({ pod }) => changed?.includes(pod.namespace) ?? true);
    const verdict = judge(before, this.#marks.see(after, call), concerned);
    if (verdict.is !== "broken" || !call.certificate) return verdict;
    return {
      is: "unknown",
      why: `${call.from.join(", ")} shows a certificate, and whether that is Istio's is not known`,
    };
  }

  #told({ from, text, client, container, to }: StrictCall, after: Predictor): StrictBreak {
    return {
      from,
      to: text,
      before: this.base.predict(client, container, to),
      after: after.predict(client, container, to),
    };
  }
}
