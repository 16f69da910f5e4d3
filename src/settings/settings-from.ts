/** Raw texts from any front end → Settings, with every problem listed at once. */
import * as z from "zod";
import { errorProblem, Refusal, type Problem } from "../problems.js";
import { crossFieldProblems } from "./cross-field.js";
import {
  INPUT_NAMES,
  isInputName,
  specOf,
  type FrontEnd,
  type InputName,
  type InputSpec,
  type RawInputs,
  type Spelling,
  type Values,
  type WithDefaults,
} from "./schema.js";
import { DEMO_MODES, DIRECTIONS, FORMATS, type Base, type KindSettings, type Mode, type Settings } from "./settings.js";
import { hintFor } from "./suggest.js";
import { durationText, readBoolean, readDuration, readInteger, readList, type Read } from "./values.js";

const ACTION: FrontEnd = { spelling: (name) => name, stdin: false };

/**
 * The settings that the raw texts stand for, with defaults filled in. Reads nothing but its arguments.
 * The front end is the action's where none is given.
 * Throws a Refusal with all problems where there are any.
 */
export function settingsFrom(raw: RawInputs, frontEnd: FrontEnd = ACTION): Settings {
  const { spelling } = frontEnd;
  const problems: Problem[] = [];
  const values = readValues(raw, spelling, problems);
  const mode = values.mode ?? "migration";
  // A wrong mode would make every rule about modes speak of the default one.
  const modeKnown = raw["mode"] === undefined || values.mode !== undefined;
  const defaults = tableDefaults();
  const settings = settingsOf({ ...defaults, ...values }, mode);
  if (modeKnown) {
    const given = Object.keys(raw).filter(isInputName);
    problems.push(...crossFieldProblems({ settings, given, values, defaults, frontEnd }));
  }
  if (problems.length > 0) throw new Refusal(problems);
  return settings;
}

function readValues(raw: RawInputs, spelling: Spelling, problems: Problem[]): Values {
  const values: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(raw)) {
    if (!isInputName(name)) {
      const hint = hintFor(name, INPUT_NAMES.map(spelling));
      problems.push(errorProblem("unknown-input", `${spelling(name)} is no input`, undefined, hint));
      continue;
    }
    const result = schemaOf(name).safeParse(text);
    if (result.success) values[name] = result.data;
    else {
      for (const issue of result.error.issues) {
        const hint = (issue as { params?: { hint?: string } }).params?.hint;
        problems.push(errorProblem("invalid-input", `${spelling(name)} ${issue.message}`, undefined, hint));
      }
    }
  }
  return values;
}

const schemas = new Map<InputName, z.ZodType>();

/** The zod schema of one input: raw text or texts in, the value out. Made on first use, since most runs give few inputs. */
function schemaOf(name: InputName): z.ZodType {
  let schema = schemas.get(name);
  if (schema === undefined) {
    const spec = specOf(name);
    schema =
      spec.kind === "list" ? listSchema(spec) : oneText.transform((text, context) => readOne(spec, text, context));
    schemas.set(name, schema);
  }
  return schema;
}

const oneText = z.union([z.string(), z.array(z.string())]).transform((text, context) => {
  const [first, ...others] = [text].flat();
  if (first !== undefined && others.every((other) => other === first)) return first.trim();
  context.addIssue({
    code: "custom",
    message: `is given more than once: ${[first, ...others].map(quoted).join(" and ")}`,
  });
  return z.NEVER;
});

function listSchema(spec: InputSpec & { kind: "list" }): z.ZodType {
  return z.union([z.string(), z.array(z.string())]).transform((text, context) => {
    const items = readList(text);
    for (const item of items) {
      if (spec.shape?.pattern.test(item) === false) {
        context.addIssue({ code: "custom", message: `has ${quoted(item)}, which has to be ${spec.shape.rule}` });
      }
    }
    return items;
  });
}

function readOne(spec: Exclude<InputSpec, { kind: "list" }>, text: string, context: z.RefinementCtx): unknown {
  const fail = (wrong: string, hint?: string): never => {
    context.addIssue({ code: "custom", message: wrong, ...(hint === undefined ? {} : { params: { hint } }) });
    return z.NEVER;
  };
  if (text === "") return fail("is empty");
  switch (spec.kind) {
    case "string":
      return spec.shape?.pattern.test(text) === false
        ? fail(`is ${quoted(text)} and has to be ${spec.shape.rule}`)
        : text;
    case "enum":
      if (spec.values.includes(text)) return text;
      return fail(`is ${quoted(text)}, which is not known`, hintFor(text, spec.values));
    case "boolean":
      return unwrap(readBoolean(text), text, fail);
    case "integer":
      return unwrap(bounded(readInteger(text), spec, String), text, fail);
    case "duration":
      return unwrap(bounded(readDuration(text), spec, durationText), text, fail);
  }
}

function unwrap<T>(read: Read<T>, text: string, fail: (wrong: string) => never): T {
  return read.ok ? read.value : fail(`${quoted(text)} ${read.wrong}`);
}

function bounded(
  read: Read<number>,
  { min, max }: { min: number; max: number },
  show: (n: number) => string,
): Read<number> {
  if (!read.ok || (read.value >= min && read.value <= max)) return read;
  return { ok: false, wrong: `is out of range: between ${show(min)} and ${show(max)}` };
}

/** A text as it was given, in quotes, with what a terminal or log could take for a command made visible. */
function quoted(text: string | undefined): string {
  return JSON.stringify(text ?? "");
}

function settingsOf(all: WithDefaults, mode: Mode): Settings {
  const demo = DEMO_MODES.includes(mode);
  const namespaces = all.namespaces ?? (demo ? ["foo", "bar"] : []);
  return {
    mode,
    namespaces,
    legacyNamespaces: demo ? all["legacy-namespaces"] : [],
    strictNamespace: all["strict-namespace"] ?? namespaces[0] ?? "",
    injection: all.injection,
    ...given("revision", all.revision),
    manifests: all.manifests ?? [],
    policies: all.policies ?? [],
    ...given("plan", all.plan),
    ...given("base", all.base === undefined ? undefined : baseOf(all.base)),
    failOn: DIRECTIONS.filter((one) => all["fail-on"].includes(one)),
    formats: FORMATS.filter((one) => all.formats.includes(one)),
    output: all.output,
    comment: all.comment,
    commentKey: all["comment-key"],
    ...given("githubToken", all["github-token"]),
    cluster: all.cluster ?? defaultCluster(mode),
    ...given("kubeconfig", all.kubeconfig),
    ...given("context", all.context),
    kind: kindSettings(all),
    ...given("imageHttpbin", all["image-httpbin"]),
    ...given("imageClient", all["image-client"]),
    evidencePath: all["evidence-path"],
    probeTimeout: all["probe-timeout"],
    settleTimeout: all["settle-timeout"],
    rolloutTimeout: all["rollout-timeout"],
    timeout: all.timeout,
    parallel: all.parallel,
    allowReplace: all["allow-replace"],
    allowMeshWide: all["allow-mesh-wide"],
    allowUnsafeMethods: all["allow-unsafe-methods"],
    reportDir: all["report-dir"],
    cleanup: all.cleanup,
    ...given("rootNamespace", all["root-namespace"]),
  };
}

function kindSettings(all: WithDefaults): KindSettings {
  return {
    ...given("istioVersion", all["istio-version"]),
    ...given("kubernetesVersion", all["kubernetes-version"]?.replace(/^v/, "")),
    ...given("kindVersion", all["kind-version"]?.replace(/^v/, "")),
    istioProfile: all["istio-profile"],
    istioValues: all["istio-values"] ?? [],
    ...given("istioConfig", all["istio-config"]),
    ...given("kindConfig", all["kind-config"]),
    nodes: all.nodes,
    ipFamily: all["ip-family"],
    ...given("nodeImage", all["node-image"]),
    images: all.images ?? [],
    registryMirrors: all["registry-mirrors"] ?? [],
    ...given("registryConfig", all["registry-config"]),
    mirror: all.mirror.replace(/\/+$/, ""),
    ...given("offlineFolder", all["offline-folder"]),
    ...given("kindSha256", all["kind-sha256"]),
    ...given("istioctlSha256", all["istioctl-sha256"]),
    ...given("clusterName", all["cluster-name"]),
    reuseCluster: all["reuse-cluster"],
    clusterTimeout: all["cluster-timeout"],
  };
}

function baseOf(text: string): Base {
  if (text === "cluster") return { kind: "cluster" };
  return text.startsWith("dir:") ? { kind: "dir", path: text.slice("dir:".length) } : { kind: "git", ref: text };
}

function defaultCluster(mode: Mode): Settings["cluster"] {
  if (mode === "predict") return "none";
  return DEMO_MODES.includes(mode) ? "kind" : "current";
}

function tableDefaults(): WithDefaults {
  const defaults = INPUT_NAMES.flatMap((name) => {
    const text = specOf(name).default;
    return text === undefined ? [] : [[name, schemaOf(name).parse(text)]];
  });
  return Object.fromEntries(defaults) as WithDefaults;
}

function given<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return (value === undefined ? {} : { [key]: value }) as Partial<Record<K, T>>;
}
