import * as z from "zod";
import type { Client, Destination, Observed, Predicted } from "../../mesh/call.js";
import { errorProblem, Refusal } from "../../problems.js";
import { REPORT_SCHEMA } from "../document.js";
import type { Cause, Verdict } from "../document.js";

/** What a plan is made of in a report. */
export interface ReadReport {
  readonly mode: string;
  readonly phases: readonly {
    readonly name: string;
    readonly calls: readonly {
      readonly from: Client;
      readonly to: Destination;
      readonly predicted: Predicted | null;
      readonly observed: Observed | null;
      readonly verdict: Verdict;
      readonly cause: Cause | null;
    }[];
  }[];
}

const transport = z.enum(["mtls", "plaintext", "tls", "hbone", "unproven"]).nullable();
const outcome = {
  arrives: z.boolean().nullable(),
  code: z
    .string()
    .regex(/^\d{3}$/u)
    .nullable(),
  exit: z.int().min(0).max(255).nullable(),
  transport,
};
const because = z.array(z.looseObject({ rule: z.string(), says: z.string() }));
const predicted = z.union([
  z.object({ unknown: z.string(), because }),
  z.object({ anyOf: z.array(z.object(outcome)), because }),
  z.object({ ...outcome, because }),
]);
const observed = z.object({
  ...outcome,
  evidence: z.string().nullable(),
  error: z.string().nullable(),
  attempts: z.number(),
  ms: z.number().nullable(),
});
const call = z.object({
  from: z.object({ namespace: z.string(), workload: z.string(), kind: z.string(), container: z.string() }),
  to: z.object({
    url: z.string(),
    method: z.string(),
    host: z.string(),
    port: z.int(),
    namespace: z.string().nullable(),
    service: z.string().nullable(),
  }),
  predicted: predicted.nullable(),
  observed: observed.nullable(),
  verdict: z.enum(["pass", "mismatch", "unproven", "error"]),
  cause: z.enum(["policy", "mesh", "not-settled", "control", "transport", "unknown", "probe"]).nullable(),
});
const report = z.object({
  schema: z.literal(REPORT_SCHEMA),
  mode: z.string(),
  phases: z.array(z.object({ name: z.string(), calls: z.array(call) })),
});

/**
 * Reads the text of a report.json, as far as a plan is made of it; fields that came later are passed over.
 *
 * @throws Refusal where it is none
 */
export function readReport(text: string, file: string): ReadReport {
  const hint = `give the report.json of a run, of schema ${REPORT_SCHEMA}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new Refusal([errorProblem("invalid-report", "the report is no JSON", { file }, hint)], { cause: thrown });
  }
  const result = report.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "it" : issue.path.map(String).join(".");
  throw new Refusal([
    errorProblem("invalid-report", `this is no report: ${where} is not as it has to be`, { file }, hint),
  ]);
}
