import type { Call, Expected } from "../mesh/call.js";

/** What a phase of the demo makes STRICT: nothing, some namespaces, or the whole mesh. */
export type Strict = { readonly namespaces: readonly string[] } | "mesh" | "none";

/**
 * What Istio's mTLS migration task says of a call: a client without a sidecar is refused by a STRICT workload, all the
 * rest is 200, over mTLS between sidecars.
 *
 * @param legacy the namespaces whose clients have no sidecar
 */
export function demoExpectation(call: Pick<Call, "from" | "to">, strict: Strict, legacy: readonly string[]): Expected {
  const outside = legacy.includes(call.from.namespace);
  if (outside && isStrict(call.to.namespace, strict)) return { code: ["000"], exit: [56], transport: null };
  return { code: ["200"], exit: [0], transport: outside ? "plaintext" : "mtls" };
}

function isStrict(namespace: string | null, strict: Strict): boolean {
  if (strict === "mesh") return true;
  return strict !== "none" && namespace !== null && strict.namespaces.includes(namespace);
}
