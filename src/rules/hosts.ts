/** Host names as Istio compares them (istio, pkg/config/host/name.go, pilot/pkg/model/config.go). */

/** A name without a dot is short for one in the namespace of the object it stands in; any other is taken as it is. */
export function fullHost(host: string, namespace: string, domain: string): string {
  const lower = host.toLowerCase();
  return lower.includes(".") || lower.startsWith("*") || lower === "" ? lower : `${lower}.${namespace}.svc.${domain}`;
}

export function isWildcard(host: string): boolean {
  return host.startsWith("*");
}

/** Whether everything that `host` stands for is covered by `pattern`. */
export function isSubsetOf(host: string, pattern: string): boolean {
  if (!isWildcard(pattern)) return host === pattern;
  const suffix = pattern.slice(1);
  if (isWildcard(host)) return host.length >= pattern.length && host.slice(1).endsWith(suffix);
  return host.length > 0 && host.endsWith(suffix) && host.length >= suffix.length;
}

/**
 * The most specific of the keys that cover a host: the host itself, else the longest wildcard.
 *
 * Source: istio, pilot/pkg/model/config.go:MostSpecificHostMatch.
 */
export function mostSpecific(host: string, keys: Iterable<string>): string | undefined {
  let best: string | undefined;
  for (const key of keys) {
    if (key === host) return key;
    if (!isWildcard(key) || !isSubsetOf(host, key)) continue;
    if (best === undefined || key.length > best.length) best = key;
  }
  return best;
}
