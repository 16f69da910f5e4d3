import type { MeshObject } from "./objects.js";
import type { Labels } from "./selectors.js";
import { selects } from "./selectors.js";

/** An EnvoyFilter of the API, as far as it says where it patches. */
export interface EnvoyFilterSpec {
  readonly workloadSelector?: { readonly labels?: Labels };
  readonly configPatches?: readonly EnvoyPatch[];
  readonly targetRefs?: readonly object[];
}

interface EnvoyPatch {
  readonly applyTo?: string;
  readonly match?: {
    readonly context?: string;
    readonly listener?: { readonly portNumber?: number };
    readonly cluster?: { readonly portNumber?: number; readonly service?: string };
  };
  readonly patch?: { readonly operation?: string; readonly value?: unknown };
}

export type Direction = "inbound" | "outbound";

/** Filters that only look at traffic: metrics, logs, and what proxies tell each other of themselves. */
const WATCHING = [
  "istio.stats",
  "istio.alpn",
  "istio.metadata_exchange",
  "envoy.filters.network.metadata_exchange",
  "envoy.filters.network.upstream.metadata_exchange",
  "envoy.filters.http.peer_metadata",
  "envoy.filters.http.grpc_stats",
];

/** The filter that stands in for Istio's own `istio.alpn`: it tells the server's proxy that HTTP is inside. */
const SET_FILTER_STATE = "envoy.extensions.filters.http.set_filter_state.v3.Config";
const ALPN_KEY = "envoy.network.application_protocols";

/**
 * Whether an EnvoyFilter can change what becomes of calls of a workload in one direction. Patches that are known by their
 * content to be harmless do not count.
 *
 * Source: istio, pilot/pkg/model/push_context.go:EnvoyFilters, pilot/pkg/networking/core/envoyfilter.
 *
 * @returns the index of the first patch that can, or null
 */
export function patches(
  filter: MeshObject<EnvoyFilterSpec>,
  workload: { readonly namespace: string; readonly labels: Labels },
  direction: Direction,
  rootNamespace: string,
): number | null {
  const { namespace, spec } = filter;
  if (namespace !== rootNamespace && namespace !== workload.namespace) return null;
  if ((spec.targetRefs ?? []).length > 0) return null;
  if (!selects({ matchLabels: spec.workloadSelector?.labels ?? {} }, workload.labels)) return null;
  const index = (spec.configPatches ?? []).findIndex((one) => concerns(one, direction) && !isHarmless(one));
  return index < 0 ? null : index;
}

function concerns({ match, applyTo }: EnvoyPatch, direction: Direction): boolean {
  const context = match?.context ?? "ANY";
  if (context === "ANY") return applyTo !== "BOOTSTRAP" || direction === "outbound";
  return context === (direction === "inbound" ? "SIDECAR_INBOUND" : "SIDECAR_OUTBOUND");
}

function isHarmless({ applyTo, patch }: EnvoyPatch): boolean {
  const inserts = ["INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST", "ADD"].includes(patch?.operation ?? "");
  if (!inserts || (applyTo !== "HTTP_FILTER" && applyTo !== "NETWORK_FILTER")) return false;
  const value = record(patch?.value);
  const name = value["name"];
  if (typeof name === "string" && WATCHING.includes(name)) return true;
  const config = record(value["typed_config"]);
  const type = config["@type"];
  if (typeof type !== "string" || !type.endsWith(`/${SET_FILTER_STATE}`)) return false;
  const set = config["on_request_headers"];
  return Array.isArray(set) && set.every((one) => record(one)["object_key"] === ALPN_KEY);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
