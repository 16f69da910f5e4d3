import type { Workload } from "../mesh/inventory.js";
import { inventoryDestinations } from "../mesh/inventory-calls.js";
import type { PodShape, Service } from "../rules/model.js";
import { outsideCallers, outsideWorkload } from "./outside-callers.js";
import type { OutsideCaller } from "./outside-callers.js";
import type { PredictedRequest } from "./predict.js";
import { clientClasses } from "./strict-clients.js";
import { resolve } from "./target.js";
import type { MeshView } from "./view.js";

/** A pod of the mesh that answers, on its own port. */
export interface StrictServer {
  readonly pod: PodShape;
  readonly port: number;
}

/** What is called, and the pods behind it that a PeerAuthentication can be for. */
interface Called {
  readonly to: PredictedRequest;
  /** The URL, or what a person would say where there is none. */
  readonly text: string;
  readonly servers: readonly StrictServer[];
  /** Of the Service, and of the pods of the mesh behind it. */
  readonly namespaces: readonly string[];
}

/** A call that may be made, by one client or several. */
export interface StrictCall extends Called {
  /** All who make it, and for whom the same comes of it. */
  readonly from: readonly string[];
  readonly client: Workload;
  readonly container: string;
  /** Whether the client shows a certificate that may be Istio's, though it has no sidecar. */
  readonly certificate: boolean;
}

/** Everything that may be called: each workload calls each TCP port of each Service, and then those outside the mesh. */
export function strictCalls(view: MeshView): StrictCall[] {
  const { inventory } = view;
  const all = [...new Set(inventory.services.map(({ namespace }) => namespace))];
  const called = inventoryDestinations(inventory, all).flatMap(({ namespace, service, port }) => {
    const found = view.service(namespace ?? "", service ?? "");
    return found === undefined ? [] : [toService(view, found, port)];
  });
  const inside = clientClasses(view).flatMap((client) =>
    called.map((one): StrictCall => ({ ...client, ...one, certificate: false })),
  );
  return [...inside, ...outsideCallers(inventory).map((one) => fromOutside(view, one))];
}

/** @param scheme of what is called; where none is given, as the port's protocol has it */
function toService(view: MeshView, service: Service, port: number, scheme?: OutsideCaller["scheme"]): Called {
  const own = service.ports.find((one) => one.port === port && one.protocol !== "udp");
  const host = `${service.name}.${service.namespace}`;
  const url = `${scheme ?? (own?.protocol === "tls" ? "https" : "http")}://${host}:${port}/`;
  const servers = serversOf(view, host, port);
  return { to: { url, method: "GET", headers: {} }, text: url, servers, namespaces: spaces(service, servers) };
}

function serversOf(view: MeshView, host: string, port: number): StrictServer[] {
  const target = resolve(view, "", host);
  if (target.kind !== "service") return [];
  const { service } = target;
  const own = service.ports.find((one) => one.port === port && one.protocol !== "udp");
  // Without an address of its own, a name leads to the pods, and the port is theirs.
  const pods = service.headless ? view.podsBehind(service).map((pod) => ({ pod, port })) : [];
  const endpoints = own === undefined ? [] : view.endpoints(service, own);
  const behind = endpoints.flatMap((one) => (one.kind === "pod" ? [{ pod: one.pod, port: one.port }] : []));
  return [...pods, ...behind].filter(({ pod }) => isMember(pod));
}

function spaces({ namespace }: { readonly namespace: string }, servers: readonly StrictServer[]): string[] {
  return [...new Set([namespace, ...servers.map(({ pod }) => pod.namespace)])];
}

/** Whether a PeerAuthentication can be for a pod. */
export function isMember({ dataPlane }: PodShape): boolean {
  return dataPlane === "sidecar" || dataPlane === "ztunnel";
}

function fromOutside(view: MeshView, caller: OutsideCaller): StrictCall {
  const { who, object, certificate, service, pod, port, scheme } = caller;
  const client = outsideWorkload(caller);
  const place = `${object.kind} ${object.namespace === "" ? "" : `${object.namespace}/`}${object.name}`;
  const called = service === null ? toPod(pod, port, scheme) : toService(view, service, port, scheme);
  return { ...called, from: [`${who} (${place})`], client, container: client.containers[0] ?? "", certificate };
}

function toPod(pod: PodShape | null, port: number, scheme: OutsideCaller["scheme"]): Called {
  const { object, namespace } = pod ?? { object: { kind: "Pod", name: "" }, namespace: "" };
  const text = `port ${port} of the pods of ${object.kind} ${namespace}/${object.name}`;
  const to = {
    url: `${scheme}://pod.${namespace}:${port}/`,
    method: "GET",
    headers: {},
    ...(pod === null ? {} : { pod }),
  };
  const servers = pod !== null && isMember(pod) ? [{ pod, port }] : [];
  return { to, text, servers, namespaces: spaces({ namespace }, servers) };
}
