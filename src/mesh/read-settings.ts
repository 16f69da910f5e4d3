import { CAPTURE_DEFAULTS } from "../rules/capture.js";
import type { CaptureDefaults } from "../rules/capture.js";
import type { MeshSettings } from "../rules/model.js";
import { NOWHERE } from "../rules/objects.js";
import type { Located, MeshObject } from "../rules/objects.js";
import { parseLocated } from "../yaml/located.js";
import { meshObject } from "./mesh-object.js";
import type { ReadObject } from "./read-objects.js";

/** MeshConfig and istiod's own settings, from the ConfigMap `istio`, an IstioOperator or istiod's Deployment. */

export const DEFAULT_ROOT_NAMESPACE = "istio-system";
const DOMAIN = "cluster.local";

interface MeshConfig {
  readonly rootNamespace?: unknown;
  readonly trustDomain?: unknown;
  readonly trustDomainAliases?: unknown;
  readonly enableAutoMtls?: unknown;
  readonly enablePrometheusMerge?: unknown;
  readonly outboundTrafficPolicy?: { readonly mode?: unknown };
  readonly pathNormalization?: { readonly normalization?: unknown };
  readonly defaultServiceExportTo?: unknown;
  readonly defaultDestinationRuleExportTo?: unknown;
  readonly defaultVirtualServiceExportTo?: unknown;
  readonly extensionProviders?: unknown;
}

interface Operator {
  readonly profile?: unknown;
  readonly meshConfig?: MeshConfig;
  readonly values?: {
    readonly pilot?: { readonly env?: Readonly<Record<string, unknown>> };
    readonly global?: { readonly proxy?: Readonly<Record<string, unknown>> };
  };
}

interface Found {
  readonly config: MeshConfig;
  readonly object: MeshObject;
}

/**
 * The settings of a mesh; what nothing says is as Istio has it by default.
 *
 * @param rootNamespace as the user gives it; it goes before MeshConfig's own
 */
export function readMeshSettings(objects: readonly ReadObject[], rootNamespace: string | undefined): MeshSettings {
  const operators = objects.filter(({ key }) => key === "install.istio.io/IstioOperator");
  const found = fromConfigMap(objects) ?? fromOperator(operators[0]);
  const config = found?.config ?? {};
  const specs = operators.map(({ object }) => (object["spec"] ?? {}) as Operator);
  const normalization = config.pathNormalization?.normalization;
  return {
    rootNamespace: rootNamespace ?? textOf(config.rootNamespace) ?? DEFAULT_ROOT_NAMESPACE,
    domain: DOMAIN,
    trustDomain: textOf(config.trustDomain) ?? DOMAIN,
    trustDomainAliases: textsOf(config.trustDomainAliases) ?? [],
    enableAutoMtls: config.enableAutoMtls !== false,
    enablePrometheusMerge: config.enablePrometheusMerge !== false,
    outboundTrafficPolicy: config.outboundTrafficPolicy?.mode === "REGISTRY_ONLY" ? "REGISTRY_ONLY" : "ALLOW_ANY",
    pathNormalization: NORMALIZATIONS.find((one) => one === normalization) ?? "BASE",
    defaultServiceExportTo: textsOf(config.defaultServiceExportTo),
    defaultDestinationRuleExportTo: textsOf(config.defaultDestinationRuleExportTo),
    defaultVirtualServiceExportTo: textsOf(config.defaultVirtualServiceExportTo),
    extensionProviders: authorizersOf(config.extensionProviders),
    capture: captureOf(specs),
    ambient: specs.some(isAmbient) || objects.some(isAmbientIstiod),
    object: found?.object ?? null,
  };
}

const NORMALIZATIONS = ["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"] as const;

/** A ConfigMap `istio`, or of a revision, whose `mesh` is a text of YAML of its own: its lines count from the key's. */
function fromConfigMap(objects: readonly ReadObject[]): Found | null {
  const maps = objects.filter(
    ({ key, object }) => key === "/ConfigMap" && /^istio(?:-[a-z0-9-]+)?$/u.test(object.metadata.name),
  );
  for (const { object, at } of maps.sort((a, b) => a.object.metadata.name.length - b.object.metadata.name.length)) {
    const text = (object["data"] as { mesh?: unknown } | undefined)?.mesh;
    if (typeof text !== "string") continue;
    const [document] = parseLocated(text, "mesh").documents;
    if (document === undefined || typeof document.value !== "object" || document.value === null) continue;
    const located: Located = {
      ...(at.file === undefined ? {} : { file: at.file }),
      lineOf: (path) => {
        const key = at.lineOf(["data", "mesh"]);
        return key === undefined ? undefined : key + document.lineOf(path);
      },
    };
    return {
      config: document.value,
      object: { ...meshObject(object, at), at: at.file === undefined ? NOWHERE : located },
    };
  }
  return null;
}

function fromOperator(operator: ReadObject | undefined): Found | null {
  const config = (operator?.object["spec"] as Operator | undefined)?.meshConfig;
  if (operator === undefined || config === undefined) return null;
  const { at } = operator;
  const located: Located = {
    ...(at.file === undefined ? {} : { file: at.file }),
    lineOf: (path) => at.lineOf(["spec", "meshConfig", ...path]),
  };
  return { config, object: { ...meshObject(operator.object, at), at: located } };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function textsOf(value: unknown): string[] | null {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : null;
}

/** The providers that a CUSTOM policy can name. */
function authorizersOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return (value as Record<string, unknown>[])
    .filter((one) => one["envoyExtAuthzHttp"] !== undefined || one["envoyExtAuthzGrpc"] !== undefined)
    .map(({ name }) => name)
    .filter((name) => typeof name === "string");
}

function captureOf(operators: readonly Operator[]): CaptureDefaults {
  const proxy = operators.map(({ values }) => values?.global?.proxy).find((one) => one !== undefined) ?? {};
  const names = Object.keys(CAPTURE_DEFAULTS) as (keyof CaptureDefaults)[];
  const given = names.flatMap((name) => {
    const value = proxy[name];
    return typeof value === "string" || typeof value === "number" ? [[name, String(value)] as const] : [];
  });
  return { ...CAPTURE_DEFAULTS, ...Object.fromEntries(given) };
}

function isAmbient({ profile, values }: Operator): boolean {
  return profile === "ambient" || isTrue(values?.pilot?.env?.["PILOT_ENABLE_AMBIENT"]);
}

interface Deployment {
  readonly template?: {
    readonly spec?: { readonly containers?: readonly { env?: readonly { name?: string; value?: unknown }[] }[] };
  };
}

function isAmbientIstiod({ key, object }: ReadObject): boolean {
  if (key !== "apps/Deployment" || object.metadata.labels?.["app"] !== "istiod") return false;
  const containers = (object["spec"] as Deployment | undefined)?.template?.spec?.containers ?? [];
  return containers.some(({ env }) => env?.some((one) => one.name === "PILOT_ENABLE_AMBIENT" && isTrue(one.value)));
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}
