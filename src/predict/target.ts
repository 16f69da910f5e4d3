import { isSubsetOf } from "../rules/hosts.js";
import type { PodShape, Service } from "../rules/model.js";
import type { Decision } from "../rules/objects.js";
import type { MeshView } from "./view.js";

/** What a host name of a URL leads to, for one client. */
export type Target =
  /** `alias`: the ExternalName Service that the name was of. */
  | {
      readonly kind: "service";
      readonly service: Service;
      readonly alias: Service | null;
      readonly because: Decision[];
    }
  | { readonly kind: "pod"; readonly pod: PodShape; readonly because: Decision[] }
  | { readonly kind: "nothing"; readonly because: Decision[] }
  | { readonly kind: "unknown"; readonly why: string; readonly because: Decision[] };

export type ServiceTarget = Extract<Target, { kind: "service" }>;
export type PodTarget = Extract<Target, { kind: "pod" }>;

/** What a connection can be made to. */
export type KnownTarget = ServiceTarget | PodTarget;

const RULE = "host";
const MOST_ALIASES = 5;

/**
 * Resolves a host as a pod's DNS does: a name of one or two words by the search path of the client's namespace, a full
 * name, an address. An ExternalName Service leads to what its name stands for.
 *
 * @param clientNamespace where a name without namespace is looked for
 */
export function resolve(view: MeshView, clientNamespace: string, host: string): Target {
  const name = host.toLowerCase().replace(/\.$/u, "");
  const found = byAddress(view, name) ?? byName(view, clientNamespace, name);
  if (found.kind !== "service" || found.service.externalName === null) return found;
  return followAlias(view, found.service);
}

function byAddress(view: MeshView, address: string): Target | null {
  if (!/^[\d.]+$|:/u.test(address)) return null;
  const service = view.serviceAt(address);
  if (service !== undefined) return { kind: "service", service, alias: null, because: [] };
  const pod = view.podAt(address);
  if (pod !== undefined) {
    const says = `${address} is a pod's own address`;
    return { kind: "pod", pod, because: [{ rule: RULE, says, object: pod.object, path: ["status", "podIP"] }] };
  }
  return { kind: "unknown", why: `${address} is no address of the mesh`, because: [] };
}

function byName(view: MeshView, clientNamespace: string, name: string): Target {
  const { domain } = view.settings;
  for (const candidate of candidates(name, clientNamespace, domain)) {
    const [service] = view.hosts(candidate);
    if (service !== undefined) return { kind: "service", service, alias: null, because: [] };
  }
  const wildcard = view.wildcardHosts().find((host) => isSubsetOf(name, host));
  const [entry] = wildcard === undefined ? [] : view.hosts(wildcard);
  if (entry !== undefined) return { kind: "service", service: entry, alias: null, because: [] };
  return missing(view, name, clientNamespace);
}

/** The names that DNS tries, in its order: those of the search path, then the name itself. */
function candidates(name: string, namespace: string, domain: string): string[] {
  const search = [`${namespace}.svc.${domain}`, `svc.${domain}`, domain].map((suffix) => `${name}.${suffix}`);
  return [...search, name];
}

/** A name that would be a Service's of a namespace that is known, and is none's, is no host. */
function missing(view: MeshView, name: string, clientNamespace: string): Target {
  const namespace = namespaceIn(name, clientNamespace, view.settings.domain);
  const known = namespace !== null && view.inventory.namespaces.has(namespace);
  if (!known) return { kind: "unknown", why: `${name} is no host that the mesh knows`, because: [] };
  const unreadable = view.inventory.unreadable.find(
    (one) => one.kind === "Service" && (one.namespace === undefined || one.namespace === namespace),
  );
  if (unreadable !== undefined) return { kind: "unknown", why: unreadable.why, because: [] };
  return { kind: "nothing", because: [{ rule: RULE, says: `there is no Service ${name} in ${namespace}` }] };
}

function namespaceIn(name: string, clientNamespace: string, domain: string): string | null {
  const words = name.endsWith(`.svc.${domain}`) ? name.slice(0, -`.svc.${domain}`.length) : name.replace(/\.svc$/u, "");
  const [, namespace, more] = words.split(".");
  return more === undefined ? (namespace ?? clientNamespace) : null;
}

function followAlias(view: MeshView, first: Service): Target {
  const because: Decision[] = [];
  let alias = first;
  for (let depth = 0; depth < MOST_ALIASES; depth += 1) {
    const name = alias.externalName ?? "";
    const says = `ExternalName: it stands for ${name}`;
    because.push({ rule: RULE, says, object: alias.object, path: ["spec", "externalName"] });
    const [next] = view.hosts(name);
    if (next === undefined) return { kind: "unknown", why: `${name} is outside the mesh`, because };
    if (next.externalName === null) return { kind: "service", service: next, alias: first, because };
    alias = next;
  }
  return { kind: "unknown", why: "the ExternalName Services lead in a circle", because };
}
