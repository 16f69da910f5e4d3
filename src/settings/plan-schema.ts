/** The shape of the plan file as one zod schema: for reading it, and for the JSON schema that editors use. */
import * as z from "zod";
import { headerProblem, headersProblem, isSafe, methodProblem, METHODS } from "./destination-request.js";
import { callProblem, isUrlText, readDestinationUrl, type Scheme } from "./destination-url.js";
import { nameProblem, namespaceProblem, portProblem, readPattern } from "./pattern.js";
import { parseSelector } from "./selector.js";
import { DIRECTIONS } from "./settings.js";
import { hasControlCharacter, isDate, isDnsLabel } from "./values.js";

/**
 * Where editors find the JSON schema of a plan: in the repository, at the tag that the workflows of `init` use, so that both are
 * of one version.
 */
export const PLAN_SCHEMA_URL = "https://raw.githubusercontent.com/mtls-gate/mtls-gate/v1/docs/plan.schema.json";

/** What a plan may state of a transport: that nothing showed it is no expectation. */
const TRANSPORTS = ["mtls", "plaintext", "tls", "hbone"] as const;

export interface PlanOptions {
  /** Whether methods that can change something at a destination are allowed. */
  readonly allowUnsafeMethods: boolean;
  /** Whether nothing is called, so that every scheme will do that can be predicted. Left out: calls are made. */
  readonly predictedOnly?: boolean;
}

/** A plan that has the right shape, as it is written. */
export type PlanText = z.output<ReturnType<typeof planSchema>>;

const CODE = /^(?:[0-9]{3}|[1-5][xX]{2})$/;

/** A text with a rule of its own, which gives what is wrong or undefined. */
function text(description: string, wrong: (value: string) => string | undefined): z.ZodString {
  return z
    .string()
    .superRefine((value, context) => {
      const message = wrong(value);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .meta({ description });
}

/** A whole number within bounds. */
function whole(min: number, max: number): z.ZodInt {
  const error = `has to be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

const NOT_EMPTY = { error: "is empty: leave it out, or fill it" };

function oneOrMore<T extends z.ZodType>(item: T, description: string): z.ZodUnion<readonly [T, z.ZodArray<T>]> {
  return z.union([item, z.array(item).min(1, NOT_EMPTY)]).meta({ description });
}

const namespaceGlob = text("Namespace; the globs * and ? are allowed.", namespaceProblem);
const nameGlob = text("Name; the globs * and ? are allowed.", nameProblem);
const selector = text("Label selector of the client's pods, as kubectl writes it: app=sleep,tier!=db", (value) =>
  parseSelector(value) === null ? "is no label selector such as app=sleep,tier!=db" : undefined,
);
const phase = text("Name of the phase; the globs * and ? are allowed.", (value) =>
  /^[-a-z0-9*?]+$/.test(value) ? undefined : "is no name of a phase, such as strict-mesh",
);

const client = z
  .strictObject({
    namespace: namespaceGlob,
    workload: text("NAME or KIND/NAME, such as sleep or deployment/sleep; globs are allowed in the name.", (value) => {
      const parts = /^(?:([A-Za-z]+)\/)?([^/]+)$/.exec(value);
      return parts === null ? "has to be NAME or KIND/NAME" : nameProblem(parts[2]);
    }).optional(),
    selector: selector.optional(),
    container: text("The container that curl runs in; left out: the first that has it.", (value) =>
      isDnsLabel(value) ? undefined : "is no name of a container",
    ).optional(),
  })
  .meta({ description: "A client, or all that fit." });

function destination(options: PlanOptions) {
  const method = z
    .enum(METHODS)
    .refine((value) => options.allowUnsafeMethods || isSafe(value), {
      error: (issue) => `is ${String(issue.input)}, which can change something: allow-unsafe-methods allows it`,
    })
    .meta({
      description:
        "Default: GET, POST with grpc. Calls with others than GET, HEAD and OPTIONS need allow-unsafe-methods.",
    });
  return z
    .strictObject({
      url: text(
        "http://NAME.NAMESPACE:PORT/PATH or https://…; in mode predict ws://…, grpc://…, tcp://HOST:PORT and tls://HOST:PORT too. Any host that the client would resolve.",
        (value) => {
          const url = readDestinationUrl(value);
          if (!url.ok) return url.wrong;
          return options.predictedOnly === true ? undefined : callProblem(url.value.scheme);
        },
      ).optional(),
      service: text("NAMESPACE/NAME of a Service, instead of url.", (value) => {
        const [namespace = "", name = "", ...more] = value.split("/");
        const right = isDnsLabel(namespace) && isDnsLabel(name) && more.length === 0;
        return right ? undefined : "has to be NAMESPACE/NAME of a Service";
      }).optional(),
      port: whole(1, 65535).optional().meta({ description: "Port of the Service." }),
      path: text("Path and query at the Service. Default: /", (value) =>
        value.startsWith("/") && isUrlText(value) && !value.includes("#")
          ? undefined
          : "has to be a path that starts with /, percent-encoded where a URL needs it",
      ).optional(),
      method: method.optional(),
      headers: headers.optional(),
    })
    .refine(...together((keys) => keys.has("url") || keys.has("service"), "needs a url or a service"))
    .refine(...together((keys) => !(keys.has("url") && keys.has("service")), "has a url and a service: one is enough"))
    .refine(...together((keys) => !(keys.has("url") && keys.has("port")), "has a port beside its url", "port"))
    .refine(...together((keys) => !(keys.has("url") && keys.has("path")), "has a path beside its url", "path"))
    .refine(...together((keys) => !keys.has("service") || keys.has("port"), "has a service without a port"))
    .refine(
      ...fitting("method", (scheme, method) =>
        METHODS.some((known) => known === method) ? methodProblem(scheme, String(method)) : undefined,
      ),
    )
    .refine(...fitting("headers", headersProblem))
    .meta({ description: "A destination: a url, or a service with its port." });
}

/** A rule on what may stand beside a url of a scheme; it says what is wrong. */
function fitting(key: "method" | "headers", wrong: (scheme: Scheme, value: unknown) => string | undefined) {
  const found = (value: unknown): string | undefined => {
    const { url, [key]: beside } = value as Readonly<Record<string, unknown>>;
    const parts = typeof url === "string" ? readDestinationUrl(url) : null;
    return beside !== undefined && parts?.ok === true ? wrong(parts.value.scheme, beside) : undefined;
  };
  const check = (value: unknown): boolean => found(value) === undefined;
  const error = (issue: { readonly input?: unknown }): string | undefined => found(issue.input);
  const path: PropertyKey[] = [key];
  return [check, { error, when: isMapping, path }] as const;
}

function isMapping({ value }: { value: unknown }): boolean {
  return typeof value === "object" && value !== null;
}

/** A rule on which keys stand together, which is told also where the values have problems of their own. */
function together(right: (keys: ReadonlySet<string>) => boolean, message: string, at?: string) {
  const check = (value: unknown): boolean => right(new Set(Object.keys(value as object)));
  return [check, { error: message, when: isMapping, ...(at === undefined ? {} : { path: [at] }) }] as const;
}

const headers = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .superRefine((value, context) => {
    const seen = new Set<string>();
    for (const [name, header] of Object.entries(value)) {
      const wrong = headerProblem(name, String(header), seen);
      if (wrong !== undefined) context.addIssue({ code: "custom", path: [name], message: wrong });
      seen.add(name.toLowerCase());
    }
  })
  .meta({ description: "Request headers." });

const fromText = text("NAMESPACE or NAMESPACE/NAME, with globs.", (value) => {
  const pattern = readPattern(value);
  if (!pattern.ok) return pattern.wrong;
  return pattern.value.port === undefined ? undefined : "has a port, which a client has not";
});
const fromFields = {
  namespace: namespaceGlob.optional(),
  name: nameGlob.optional(),
  selector: selector.optional(),
};
const FROM = { description: "The clients that the rule is about. Left out: all." };
const from = z.union([fromText, z.strictObject({ ...fromFields, phase: phase.optional() })]).meta(FROM);

const toText = text("NAMESPACE, NAMESPACE/NAME or NAMESPACE/NAME:PORT, with globs.", (value) => {
  const pattern = readPattern(value);
  return pattern.ok ? undefined : pattern.wrong;
});
const toFields = {
  namespace: namespaceGlob.optional(),
  name: nameGlob.optional(),
  port: z
    .union([whole(1, 65535), text("A glob, such as 80*.", portProblem)])
    .optional()
    .meta({ description: "Port, or a glob for it." }),
  url: z
    .string()
    .min(1, NOT_EMPTY)
    .optional()
    .meta({ description: "The destination's url as the plan has it, or a glob for it." }),
};
const TO = { description: "The destinations that the rule is about. Left out: all." };
const to = z.union([toText, z.strictObject({ ...toFields, phase: phase.optional() })]).meta(TO);

const CODE_RULE = { error: "has to be three digits, such as 200 or 000, or a class, such as 2xx" };
const code = z
  .union([z.int(CODE_RULE).min(0, CODE_RULE).max(999, CODE_RULE), z.string().regex(CODE, CODE_RULE)], CODE_RULE)
  .meta({ description: 'HTTP code: three digits ("000" where no answer came) or a class such as 2xx.' });

const exit = whole(0, 255).meta({ description: "curl's exit code; 0 when the call got its answer." });

const rule = z
  .strictObject({
    from: from.optional(),
    to: to.optional(),
    code: oneOrMore(code, "HTTP code, or a list of those that will do.").optional(),
    exit: oneOrMore(exit, "curl's exit code, or a list of those that will do.").optional(),
    transport: z
      .enum(TRANSPORTS)
      .nullable()
      .optional()
      .meta({ description: "What carries the bytes between the pods. Left out or null: nothing is stated." }),
  })
  .meta({
    description: "What is expected of the calls that fit. A rule that states nothing leaves it to the prediction.",
  });

/** A comparison has no phases, so that its patterns have none. */
const accepted = z
  .strictObject({
    direction: oneOrMore(z.enum(DIRECTIONS), "What the change does to the calls, or a list of that."),
    from: z
      .union([fromText, z.strictObject(fromFields)])
      .meta(FROM)
      .optional(),
    to: z
      .union([toText, z.strictObject(toFields)])
      .meta(TO)
      .optional(),
    reason: text("Why it is accepted, for those who read the report.", (value) => {
      if (value.trim() === "") return "is empty: say why it is accepted";
      return hasControlCharacter(value.replaceAll(/\s/g, " ")) ? "has a control character" : undefined;
    }),
    until: text("The last day on which it holds, in UTC: 2026-12-31.", (value) =>
      isDate(value) ? undefined : "has to be a day as in 2026-12-31",
    ).meta({ format: "date" }),
  })
  .meta({ description: "Changes against the base that are taken as they are, up to a day." });

function planSchema(options: PlanOptions) {
  return z
    .strictObject({
      clients: z.array(client).min(1, NOT_EMPTY).optional().meta({
        description: "Who calls. Left out: every client of the namespaces.",
      }),
      destinations: z.array(destination(options)).min(1, NOT_EMPTY).optional().meta({
        description: "What is called. Left out: every Service port of the namespaces.",
      }),
      expect: z.array(rule).min(1, NOT_EMPTY).optional().meta({
        description:
          "What is expected; the first rule that fits a call holds. Left out: the prediction decides. A call that no rule fits is an error of the plan.",
      }),
      accept: z.array(accepted).min(1, NOT_EMPTY).optional().meta({
        description:
          "Changes against the base that do not fail the run. An entry that has run out is an error, one that fits no change a warning.",
      }),
    })
    .meta({ title: "mtls-gate plan", description: "Who calls what in a mesh, and what is expected of it." });
}

/** Holds a value against the schema. What comes out keeps the file's shape; plan-file.ts makes a Plan of it. */
export function checkPlan(value: unknown, options: PlanOptions): z.ZodSafeParseResult<PlanText> {
  return planSchema(options).safeParse(value);
}

/** The JSON schema of a plan file, for editors. */
export function planJsonSchema(): object {
  const { $schema, ...rest } = z.toJSONSchema(planSchema({ allowUnsafeMethods: true, predictedOnly: true }), {
    io: "input",
    target: "draft-7",
  });
  return { $schema, $id: PLAN_SCHEMA_URL, ...rest };
}
