/**
 * report.json. Every object is copied key by key: so the order of the keys is the contract's whatever built the report,
 * and nothing that the contract does not name gets out (a destination's headers can be secret).
 */
import type { Client, Destination, Expected, Observed, Outcome, Predicted, Reason } from "../mesh/call.js";
import { isFilePlace, type Place, type Problem } from "../problems.js";
import type {
  Accepted,
  AppliedObject,
  Counts,
  Exposure,
  Report,
  ReportBase,
  ReportCall,
  ReportChange,
  ReportClass,
  ReportExposure,
  ReportPhase,
} from "./document.js";

/** The report as JSON text: two spaces, a newline at the end, absent fields left out. */
export function serialise(report: Report): string {
  const { schema, mode, verdict, mesh } = report;
  const ordered = {
    schema,
    mode,
    verdict,
    counts: counts(report.counts),
    mesh: {
      source: mesh.source,
      rootNamespace: mesh.rootNamespace,
      istio: mesh.istio,
      kubernetes: mesh.kubernetes,
    },
    phases: report.phases.map(phase),
    base: report.base === undefined ? undefined : base(report.base),
    diff: report.diff?.map(change),
    exposure: report.exposure?.map(exposureChange),
    problems: report.problems.map(problem),
  };
  return `${JSON.stringify(ordered, null, 2)}\n`;
}

function counts({ calls, pass, mismatch, unproven, error }: Counts): Counts {
  return { calls, pass, mismatch, unproven, error };
}

function phase({ name, control, applied, settledMs, rounds, calls, groups, classes }: ReportPhase): object {
  const facts = { name, control, applied: applied.map(appliedObject), settledMs, rounds, calls: calls.map(call) };
  if (groups === undefined) return facts;
  const members = {
    clients: groups.clients.map((group) => group.map(client)),
    destinations: groups.destinations.map((group) => group.map(destination)),
  };
  return { ...facts, groups: members, classes: (classes ?? []).map(classOfCalls) };
}

function classOfCalls({ from, to, count, expected: stated, predicted: rules, verdict, cause }: ReportClass): object {
  return {
    from,
    to,
    count,
    expected: stated === null ? null : expected(stated),
    predicted: predicted(rules),
    verdict,
    cause,
  };
}

function base({ kind, name, commit }: ReportBase): object {
  return { kind, name, commit };
}

function change(turned: ReportChange): object {
  const { direction, from, to, before, after, because, count, examples, fails, accepted: by } = turned;
  return {
    direction,
    from: client(from),
    to: destination(to),
    before: before === null ? null : predicted(before),
    after: after === null ? null : predicted(after),
    because: because.map(reason),
    count,
    examples: examples.map((one) => ({ from: client(one.from), to: destination(one.to) })),
    fails,
    accepted: by === undefined ? undefined : accepted(by),
  };
}

function exposureChange({ to, before, after, fails, accepted: by }: ReportExposure): object {
  return {
    to: { namespace: to.namespace, service: to.service, port: to.port },
    before: before === null ? null : exposure(before),
    after: after === null ? null : exposure(after),
    fails,
    accepted: by === undefined ? undefined : accepted(by),
  };
}

function exposure({ plaintext, says, because }: Exposure): object {
  return { plaintext, says, because: because.map(reason) };
}

function accepted({ reason: why, until, file, line }: Accepted): object {
  return { reason: why, until, file, line };
}

function appliedObject({ kind, namespace, name, file, line }: AppliedObject): object {
  return { kind, namespace, name, file, line };
}

function call({ from, to, expected: stated, predicted: rules, observed: real, verdict, cause }: ReportCall): object {
  return {
    from: client(from),
    to: destination(to),
    expected: stated === null ? null : expected(stated),
    predicted: rules === null ? null : predicted(rules),
    observed: real === null ? null : observed(real),
    verdict,
    cause,
  };
}

function client({ namespace, workload, kind, container }: Client): Client {
  return { namespace, workload, kind, container };
}

function destination({ url, method, host, port, namespace, service }: Destination): Destination {
  return { url, method, host, port, namespace, service };
}

function expected({ code, exit, transport }: Expected): Expected {
  return { code, exit, transport };
}

function predicted(rules: Predicted): object {
  const because = rules.because.map(reason);
  if ("anyOf" in rules) return { anyOf: rules.anyOf.map(outcome), because };
  if ("unknown" in rules) return { unknown: rules.unknown, because };
  return { ...outcome(rules), because };
}

function outcome({ arrives, code, exit, transport, grpc }: Outcome): Outcome {
  return { arrives, code, exit, transport, ...(grpc === undefined ? {} : { grpc }) };
}

function observed(real: Observed): object {
  const { evidence, identity, error, attempts, ms } = real;
  return { ...outcome(real), evidence, identity, error, attempts, ms };
}

function reason({ rule, says, kind, namespace, name, file, line }: Reason): object {
  return { rule, says, kind, namespace, name, file, line };
}

function problem({ severity, code, message, where, hint }: Problem): object {
  return { severity, code, message, where: where === undefined ? undefined : place(where), hint };
}

function place(where: Place): object {
  if (isFilePlace(where)) return { file: where.file, line: where.line };
  return { kind: where.kind, namespace: where.namespace, name: where.name };
}
