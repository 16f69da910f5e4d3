/**
 * The report document as a schema: what docs/report.schema.json is generated from, and what tests hold reports against.
 * Of the product only that part imports it which reads a report that another made.
 */
import * as z from "zod";
import { DIRECTIONS, MODES } from "../settings/settings.js";
import { REPORT_SCHEMA } from "./document.js";

const code = z.string().regex(/^\d{3}$/u);
const stated = z.string().regex(/^\d(?:\d\d|xx)$/u);
const exit = z.int().min(0).max(255);
const count = z.int().min(0);
const milliseconds = z.number().min(0);

const transport = z
  .enum(["mtls", "plaintext", "tls", "hbone", "unproven"])
  .describe(
    "What carries the bytes between the pods: Istio's mTLS, nothing, any other TLS, HBONE; unproven: nothing showed which.",
  );

const outcomeFields = {
  arrives: z
    .boolean()
    .nullable()
    .describe("Whether the destination's application answered; null where the answer could be the mesh's own."),
  code: code.nullable().describe('HTTP code as curl prints it, "000" for no answer; null where the scheme has none.'),
  exit: exit.nullable().describe("curl's exit code, 0 when the call got its answer."),
  transport: transport.nullable().describe("What carries the bytes between the pods; null when no connection stood."),
  grpc: z.int().min(0).max(16).optional().describe("The status of a gRPC call; absent for all others."),
};

const outcome = z.strictObject(outcomeFields).meta({ id: "outcome", description: "What the client sees of a call." });

const reason = z
  .strictObject({
    rule: z.string().describe("The rule of Istio that decided."),
    says: z.string().describe("What it decided, in words."),
    kind: z.string().optional().describe("The object that decided, where there is one."),
    namespace: z.string().optional(),
    name: z.string().optional(),
    file: z.string().optional().describe("The file that the object came from, where it came from a file."),
    line: z.int().min(1).optional(),
  })
  .meta({ id: "reason", description: "One decision of a rule of Istio." });

const because = z.array(reason).describe("The decisions that lead there, in order.");

const predicted = z
  .union([
    z.strictObject({ ...outcomeFields, because }).describe("One outcome."),
    z
      .strictObject({ anyOf: z.array(outcome).min(1), because })
      .describe("Several outcomes that can occur; the prediction is met when one of them is."),
    z.strictObject({ unknown: z.string().describe("Why the rules cannot tell."), because }).describe("Cannot tell."),
  ])
  .meta({ id: "predicted", description: "What Istio's rules give for the call." });

const expected = z
  .strictObject({
    code: z.array(stated).nullable().describe("Codes that are right: three digits, or a class such as 2xx."),
    exit: z.array(exit).nullable().describe("Exit codes of curl that are right."),
    transport: transport.nullable(),
  })
  .meta({
    id: "expected",
    description: "What the user states of the call; each field is null where nothing is stated of it.",
  });

const observed = z
  .strictObject({
    ...outcomeFields,
    evidence: z
      .string()
      .nullable()
      .describe("What showed the transport, or the end of the call: xfcc, echo, reset, timeout, …"),
    identity: z.string().optional().describe("The client's SPIFFE identity as the destination saw it."),
    error: z.string().nullable().describe("curl's own text, or what the mesh answered in place of the application."),
    attempts: count.describe("How many exec streams it took."),
    ms: milliseconds.nullable().describe("curl's total time in milliseconds."),
  })
  .meta({ id: "observed", description: "What the real call had." });

const client = z
  .strictObject({
    namespace: z.string(),
    workload: z.string().describe("The top controller by owner references; a bare Pod is its own."),
    kind: z.string().describe("The kind of the workload, such as Deployment."),
    container: z.string().describe("The container that the call is made from."),
  })
  .meta({ id: "client", description: "A workload that calls." });

const destination = z
  .strictObject({
    url: z.string().describe("As the plan has it; generated ones are http://NAME.NAMESPACE:PORT/."),
    method: z.string(),
    host: z.string(),
    port: z.int().min(1).max(65_535),
    namespace: z.string().nullable().describe("Null where the host is no Service of the mesh."),
    service: z.string().nullable(),
  })
  .meta({ id: "destination", description: "What is called. Its request headers are never in the report." });

const call = z
  .strictObject({
    from: client,
    to: destination,
    expected: expected.nullable().describe("Null when nothing is stated."),
    predicted: predicted.nullable().describe("Null when it was not predicted."),
    observed: observed.nullable().describe("Null when there was no result, or no real call was to be made."),
    verdict: z.enum(["pass", "mismatch", "unproven", "error"]),
    cause: z
      .enum(["policy", "mesh", "not-settled", "control", "transport", "unknown", "probe"])
      .nullable()
      .describe("Why the call is not a pass; null for a pass."),
  })
  .meta({ id: "call", description: "One cell of the matrix, judged." });

const classOfCalls = z
  .strictObject({
    from: z.string().describe("Places in groups.clients, as ranges: 0-4,7."),
    to: count.describe("A place in groups.destinations."),
    count: count.describe("How many calls it stands for."),
    expected: expected.nullable().describe("Null when nothing is stated."),
    predicted: predicted.describe("Its reasons are those of one of the calls."),
    verdict: z.enum(["pass", "mismatch", "unproven", "error"]),
    cause: z.enum(["policy", "unknown"]).nullable(),
  })
  .meta({ id: "class", description: "Calls of equal clients to equal destinations, with one outcome." });

const phase = z
  .strictObject({
    name: z.string(),
    control: z.boolean().describe("Whether this is the round before the policies of the phase are applied."),
    applied: z
      .array(
        z.strictObject({
          kind: z.string(),
          namespace: z.string().optional(),
          name: z.string(),
          file: z.string().optional(),
          line: z.int().min(1).optional(),
        }),
      )
      .describe("The objects that the phase applied."),
    settledMs: milliseconds
      .nullable()
      .describe(
        "How long it took until the answers no longer changed, in milliseconds; null where they did not, or nothing was probed.",
      ),
    rounds: count.describe("How many times the whole matrix was called."),
    calls: z.array(call).describe("Empty where there are classes."),
    groups: z
      .strictObject({ clients: z.array(z.array(client)), destinations: z.array(z.array(destination)) })
      .optional()
      .describe(
        "The clients and the destinations of a large prediction, those together that are the same to every rule.",
      ),
    classes: z.array(classOfCalls).optional().describe("In place of calls, where a prediction has too many to list."),
  })
  .meta({ id: "phase", description: "One state of the policies, and its matrix." });

const problem = z
  .strictObject({
    severity: z.enum(["error", "warning"]),
    code: z.string().describe("Stable, in kebab-case."),
    message: z.string(),
    where: z
      .union([
        z.strictObject({ file: z.string(), line: z.int().min(1).optional() }),
        z.strictObject({ kind: z.string(), namespace: z.string().optional(), name: z.string() }),
      ])
      .optional()
      .describe("A line of a file, or an object of the cluster."),
    hint: z.string().optional().describe("What to do about it."),
  })
  .meta({ id: "problem", description: "Something that is wrong with the input, the cluster or the run." });

const example = z.strictObject({ from: client, to: destination });

const accepted = z
  .strictObject({ reason: z.string(), until: z.iso.date(), file: z.string(), line: z.int().min(1) })
  .meta({ id: "accepted", description: "The plan's accept entry that takes a change as it is." });

const change = z
  .strictObject({
    direction: z.enum(DIRECTIONS),
    from: client,
    to: destination,
    before: predicted.nullable().describe("Null for a call that is new."),
    after: predicted.nullable().describe("Null for a call that is gone."),
    because: because.describe("What decides now, and did not before; for a call that is gone, what decided before."),
    count: count.describe("How many calls it stands for."),
    examples: z.array(example).describe("A few of the calls."),
    fails: z.boolean().describe("Whether it makes the verdict mismatch."),
    accepted: accepted.optional(),
  })
  .meta({ id: "change", description: "Calls that a change turns in one direction for one reason." });

const exposure = z
  .strictObject({ plaintext: z.enum(["all", "some", "none", "unknown"]), says: z.string(), because })
  .meta({ id: "exposure", description: "Who can reach a Service port in plaintext." });

/** Strict: a report of our own with a field that is not in the contract is a bug. */
export const reportSchema = z.strictObject({
  schema: z.literal(REPORT_SCHEMA),
  mode: z.enum(MODES).describe("What was to be proven."),
  verdict: z
    .enum(["pass", "mismatch", "unproven", "error"])
    .describe(
      "The worst of the calls, control rounds too; never pass where a call is missing, a problem is an error, or a change fails.",
    ),
  counts: z
    .strictObject({ calls: count, pass: count, mismatch: count, unproven: count, error: count })
    .describe("Calls by verdict over all phases, control rounds too."),
  mesh: z.strictObject({
    source: z.enum(["cluster", "manifests"]),
    rootNamespace: z.string(),
    istio: z.string().nullable(),
    kubernetes: z.string().nullable(),
  }),
  phases: z.array(phase),
  base: z
    .strictObject({ kind: z.enum(["git", "dir", "cluster"]), name: z.string(), commit: z.string().optional() })
    .optional()
    .describe("What the mesh was compared with."),
  diff: z.array(change).optional().describe("Which calls change, those that fail first."),
  exposure: z
    .array(
      z.strictObject({
        to: z.strictObject({ namespace: z.string(), service: z.string(), port: z.int().min(1).max(65_535) }),
        before: exposure.nullable(),
        after: exposure.nullable(),
        fails: z.boolean().describe("Whether it makes the verdict mismatch."),
        accepted: accepted.optional(),
      }),
    )
    .optional()
    .describe("Service ports that others can reach in plaintext than before, whether or not any known client does."),
  problems: z.array(problem),
});

/**
 * The published JSON schema (draft 2020-12). Open where the zod schema is strict: within v1 fields can be added, and a
 * reader passes over those that it does not know.
 */
export function reportJsonSchema(): object {
  const { $schema, ...rest } = z.toJSONSchema(reportSchema, {
    target: "draft-2020-12",
    override: ({ jsonSchema }) => {
      delete jsonSchema.additionalProperties;
      // Zod's own bound of integers is JavaScript's, and no word of the contract.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return {
    $schema,
    $id: `urn:${REPORT_SCHEMA.replaceAll("/", ":")}`,
    title: `Report of mtls-gate, ${REPORT_SCHEMA}`,
    ...rest,
  };
}
