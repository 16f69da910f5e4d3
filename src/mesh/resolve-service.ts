/** What a Service has that a host name can be compared with. */
interface Named {
  readonly namespace: string;
  readonly name: string;
  readonly kind?: string;
  readonly addresses?: readonly string[];
}

/** The Service that a host name stands for in a client's namespace, by the search path of a pod's DNS; null for none. */
export function resolveService<Service extends Named>(
  services: readonly Service[],
  host: string,
  clientNamespace: string,
): Service | null {
  const own = services.filter(({ kind }) => kind === undefined || kind === "Service");
  const byAddress = own.find(({ addresses }) => addresses?.includes(host) === true);
  if (byAddress !== undefined) return byAddress;
  const [name = "", namespace, svc] = host.toLowerCase().split(".");
  if (svc !== undefined && svc !== "svc") return null;
  const where = namespace ?? clientNamespace;
  return own.find((one) => one.name === name && one.namespace === where) ?? null;
}
