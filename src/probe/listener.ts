import type { MtlsMode } from "../rules/peer-authentication.js";

/** What an inbound listener of a sidecar takes on a port, read from Envoy's own dump. Pure. */

interface FilterChain {
  readonly name?: string;
  readonly filter_chain_match?: {
    readonly destination_port?: number;
    readonly transport_protocol?: string;
  };
  readonly transport_socket?: object;
}

interface ConfigDump {
  readonly configs?: readonly {
    readonly name?: string;
    readonly active_state?: { readonly listener?: { readonly filter_chains?: readonly FilterChain[] } };
  }[];
}

/** The part of Envoy's admin interface that answers with the inbound listener alone. */
export const INBOUND_DUMP = "config_dump?resource=dynamic_listeners&name_regex=virtualInbound";

/** The filter chains of the inbound listener, or null where the text holds none. */
export function inboundChains(dump: string): readonly FilterChain[] | null {
  try {
    const { configs } = JSON.parse(dump) as ConfigDump;
    return configs?.find((one) => one.name === "virtualInbound")?.active_state?.listener?.filter_chains ?? null;
  } catch {
    return null;
  }
}

/**
 * The mode that the filter chains of a port amount to: whether they take plaintext, TLS, or both. Null where no chain
 * is for the port. A port that no Service declares has the chains that name no port.
 *
 * Source: istio, pilot/pkg/networking/core/filterchain_options.go:getFilterChainMatchOptions.
 */
export function heldMode(chains: readonly FilterChain[], port: number): MtlsMode | null {
  const own = chains.filter((chain) => chain.filter_chain_match?.destination_port === port);
  const general = chains.filter(
    (chain) =>
      chain.filter_chain_match?.destination_port === undefined && chain.name?.startsWith("virtualInbound") === true,
  );
  const counting = own.length > 0 ? own : general;
  const terminates = (chain: FilterChain): boolean => chain.transport_socket !== undefined;
  const tls = counting.some(terminates);
  const plaintext = counting.some(
    (chain) => !terminates(chain) && chain.filter_chain_match?.transport_protocol !== "tls",
  );
  if (tls) return plaintext ? "PERMISSIVE" : "STRICT";
  return plaintext ? "DISABLE" : null;
}
