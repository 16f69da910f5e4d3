import { askedOf } from "./asked.js";
import type { Asked } from "./asked.js";
import type { GatheredBase } from "./base/gather-base.js";
import { judgeChanges, judgeExposures } from "./judge/judge-change.js";
import type { Acceptance } from "./judge/judge-change.js";
import type { Change } from "./predict/change.js";
import { compareCalls } from "./predict/compare-calls.js";
import type { ComparedCall } from "./predict/compare-calls.js";
import { compareClasses } from "./predict/compare-classes.js";
import { compareExposures, exposures } from "./predict/compare-exposure.js";
import { Predictor } from "./predict/predict.js";
import type { Side } from "./predict/presence.js";
import type { Problem } from "./problems.js";
import type { ReportComparison } from "./report/build.js";
import type { Plan } from "./settings/plan.js";
import type { Settings } from "./settings/settings.js";

/** The mesh after the change, with the calls that are asked for in it. */
export interface Compared {
  readonly predictor: Predictor;
  readonly asked: Asked;
  readonly plan: Plan | null;
}

/**
 * Compares a mesh with its base: the calls of both, one by one or, where there are many, as groups; and who can reach each
 * Service port in plaintext.
 *
 * @param mostCalls with more calls on a side, groups are compared
 */
export function compareWithBase(
  { base, before }: GatheredBase,
  { predictor, asked, plan }: Compared,
  settings: Settings,
  acceptance: Acceptance,
  mostCalls: number,
): { comparison: ReportComparison; problems: Problem[] } {
  // A client of the plan that the base has not is new, and no mistake.
  const { asked: had } = askedOf(settings, before, plan);
  const sides = { before: { predictor: new Predictor(before), asked: had }, after: { predictor, asked } };
  const changes = changesBetween(sides.before, sides.after, acceptance, mostCalls);
  const { diff, problems } = judgeChanges(changes, settings.failOn, acceptance);
  const exposed = judgeExposures(
    compareExposures(exposuresOf(sides.before), exposuresOf(sides.after)),
    settings.failOn,
    acceptance,
  );
  return {
    comparison: { base, diff, exposure: exposed.exposure },
    problems: [...problems, ...exposed.problems],
  };
}

type Sided = Pick<Compared, "predictor" | "asked">;

function changesBetween(before: Sided, after: Sided, marks: Acceptance, mostCalls: number): Change[] {
  const options = {
    clientMark: marks.clientMark.bind(marks),
    destinationMark: marks.destinationMark.bind(marks),
  };
  const [had, has] = [before.asked.everything, after.asked.everything];
  const many = Math.max(before.asked.planned, after.asked.planned) > mostCalls;
  if (had !== null && has !== null && many) {
    return compareClasses({ ...sideOf(before), everything: had }, { ...sideOf(after), everything: has }, options);
  }
  const [these, those] = apart(before.asked.calls(), after.asked.calls());
  return compareCalls({ ...sideOf(before), calls: these }, { ...sideOf(after), calls: those }, options);
}

function sideOf({ predictor, asked: { clients, named } }: Sided): Side {
  return { predictor, clients, named };
}

/** A name of the plan that is a Service on one side alone is no destination on the other. */
function apart(before: readonly ComparedCall[], after: readonly ComparedCall[]): [ComparedCall[], ComparedCall[]] {
  const services = (calls: readonly ComparedCall[]): Set<string> =>
    new Set(calls.filter(({ to }) => to.service !== null).map(({ key }) => key));
  const [had, has] = [services(before), services(after)];
  return [
    before.filter(({ key }) => had.has(key) || !has.has(key)),
    after.filter(({ key }) => has.has(key) || !had.has(key)),
  ];
}

function exposuresOf({ predictor, asked }: Sided): ReturnType<typeof exposures> {
  return exposures(predictor, asked.everything ?? asked.calls().map(({ to }) => to));
}
