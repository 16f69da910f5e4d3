import type { PodShape, Service } from "../rules/model.js";
import type { Decision } from "../rules/objects.js";
import { sees } from "../rules/sidecar-scope.js";
import type { Attempt } from "./attempt.js";
import { direct } from "./client-network.js";
import { toCluster } from "./client-upstream.js";
import { answered, closed, isHttp } from "./outcome.js";
import type { ClientLayer } from "./outcome.js";
import type { Landing } from "./server.js";
import type { KnownTarget } from "./target.js";
import type { MeshView } from "./view.js";

/** A host that the client's proxy does not know: plaintext to the address that was called, or nothing. */
export function toStranger(
  attempt: Attempt,
  target: KnownTarget,
  because: readonly Decision[],
  known: ClientLayer | null = null,
): Landing[] {
  const { view, client, scheme, port } = attempt;
  const scope = view.scope(client);
  const layer: ClientLayer = known ?? (isHttp(scheme) && view.hasHttpListener(client, port) ? "http" : "tcp");
  const catching = layer === "tcp" ? catchingAll(view, client, port) : undefined;
  if (catching !== undefined) {
    const says = `ServiceEntry ${catching.hostname} has no addresses: its listener takes all connections to port ${port}`;
    const taken: Decision = { rule: "sidecar-scope", says, object: catching.object, path: ["spec", "addresses"] };
    const cluster = { host: catching.hostname, port, subset: null };
    return toCluster(attempt, cluster, "tcp", [...because, taken], attempt.request);
  }
  const all = [...because, ...scope.because];
  if (scope.outbound === "REGISTRY_ONLY") {
    const outcomes = layer === "http" ? [answered(scheme, 502, null)] : closed(scheme, "tcp");
    return [{ outcomes, because: all }];
  }
  const says = "the client's proxy does not know the host: plaintext to the address that was called";
  return direct(attempt, target, [...all, { rule: "sidecar-scope", says }], layer);
}

/** The ServiceEntry whose listener takes connections on a port to whatever address, TLS for other names left out. */
function catchingAll(view: MeshView, client: PodShape, port: number): Service | undefined {
  return view.catchingAll(port).find((service) => {
    const own = service.ports.find((one) => one.port === port);
    if (own?.protocol !== "tcp") return false;
    const sight = sees(view.scope(client), service, port, view.settings);
    return "seen" in sight && sight.seen;
  });
}
