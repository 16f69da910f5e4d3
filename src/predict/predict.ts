import type { Outcome, Predicted, Reason } from "../mesh/call.js";
import type { Workload } from "../mesh/inventory.js";
import type { PodShape } from "../rules/model.js";
import type { Decision } from "../rules/objects.js";
import { readDestinationUrl } from "../settings/destination-url.js";
import type { Scheme } from "../settings/destination-url.js";
import { departKnowing } from "./unreadable.js";
import { Obstacles } from "./obstacles.js";
import type { Landing } from "./server.js";
import { resolve } from "./target.js";
import type { Target } from "./target.js";
import { MeshView } from "./view.js";
import type { Inventory } from "../mesh/inventory.js";

/** What is called, as far as the prediction reads it. */
export interface PredictedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The pod that is called, where the URL's host stands for one whose address is not known. */
  readonly pod?: PodShape;
}

/** Predicts calls in one mesh; what it has looked up it keeps, so that many calls cost little more than few. */
export class Predictor {
  readonly view: MeshView;
  readonly obstacles: Obstacles;

  constructor(inventory: Inventory) {
    this.view = new MeshView(inventory);
    this.obstacles = new Obstacles(this.view);
  }

  /**
   * What a call of a workload's container gives, with the decisions on its way. Pods that differ, of the client and behind
   * the destination, give as many outcomes as there are; where one of them is unknown, all are.
   *
   * @param address of the one pod that calls, where it is known
   */
  predict(client: Workload, container: string, to: PredictedRequest, address?: string): Predicted {
    return combined(this.landings(client, container, to, address));
  }

  /** What `predict` puts together: what becomes of the call for each pod of the client and each endpoint, in a stable order. */
  landings(client: Workload, container: string, to: PredictedRequest, address?: string): Landing[] {
    const parts = readDestinationUrl(to.url);
    if (!parts.ok) return [{ unknown: `the URL ${parts.wrong}`, because: [] }];
    const { scheme, host, port, path } = parts.value;
    const request = requestOf(to, scheme, host, port, path);
    const called = client.pods.filter(({ addresses }) => address !== undefined && addresses.includes(address));
    return (called.length > 0 ? called : client.pods).flatMap((pod) =>
      departKnowing({
        view: this.view,
        obstacles: this.obstacles,
        client: pod,
        container,
        scheme,
        target: to.pod === undefined ? resolve(this.view, pod.namespace, host) : podTarget(to.pod),
        port,
        request,
      }),
    );
  }
}

function podTarget(pod: PodShape): Target {
  return { kind: "pod", pod, because: [] };
}

const DEFAULT_PORT: Readonly<Partial<Record<Scheme, number>>> = { http: 80, ws: 80, https: 443 };

function requestOf(
  to: PredictedRequest,
  scheme: Scheme,
  host: string,
  port: number,
  path: string,
): Parameters<typeof departKnowing>[0]["request"] {
  const given = Object.fromEntries(Object.entries(to.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const bare = host.includes(":") ? `[${host}]` : host;
  return {
    host: given["host"] ?? (DEFAULT_PORT[scheme] === port ? bare : `${bare}:${port}`),
    method: to.method,
    path: path === "" ? "/" : path,
    headers: { "user-agent": "curl/8", accept: "*/*", ...given },
    sni: null,
  };
}

/** Several landings as one prediction: equal outcomes once, in the order in which they came. */
function combined(landings: readonly Landing[]): Predicted {
  const unknown = landings.find((one) => "unknown" in one);
  if (unknown !== undefined && "unknown" in unknown) {
    return { unknown: unknown.unknown, because: unknown.because.map(reasonOf) };
  }
  const outcomes = new Map<string, Outcome>();
  const because = new Map<string, Reason>();
  for (const landing of landings) {
    if (!("outcomes" in landing)) continue;
    const before = outcomes.size;
    for (const outcome of landing.outcomes) {
      const key = JSON.stringify(outcome);
      if (!outcomes.has(key)) outcomes.set(key, outcome);
    }
    // What adds no outcome adds no reason: ten pods that are alike would say the same ten times.
    if (outcomes.size === before && because.size > 0) continue;
    for (const reason of landing.because.map(reasonOf)) because.set(JSON.stringify(reason), reason);
  }
  const [only, ...others] = outcomes.values();
  if (only === undefined) return { unknown: "the client has no pods", because: [] };
  const reasons = [...because.values()];
  return others.length === 0 ? { ...only, because: reasons } : { anyOf: [only, ...others], because: reasons };
}

/** A decision as reports show it: with the file and line of the field that decided. */
export function reasonOf({ rule, says, object, path }: Decision): Reason {
  if (object === undefined) return { rule, says };
  const line = object.at.lineOf(path ?? []);
  return {
    rule,
    says,
    kind: object.kind,
    ...(object.namespace === "" ? {} : { namespace: object.namespace }),
    name: object.name,
    ...(object.at.file === undefined ? {} : { file: object.at.file }),
    ...(line === undefined || object.at.file === undefined ? {} : { line }),
  };
}
