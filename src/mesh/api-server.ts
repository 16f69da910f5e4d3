/**
 * Whether a Service is the one by which pods reach the API server. Every cluster has it, in `default`, and no workload of the mesh
 * is behind it. It speaks TLS alone, and answers 400 to a call that a plan for the mesh expects to be mTLS: it is only called where
 * a plan names it.
 */
export function isApiServer({ namespace, name }: { readonly namespace: string; readonly name: string }): boolean {
  return namespace === "default" && name === "kubernetes";
}
