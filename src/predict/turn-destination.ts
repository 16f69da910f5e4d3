import { fullHost } from "../rules/hosts.js";
import type { ClientTls, DestinationRule, PlacedTls } from "../rules/destination-rule.js";
import type { PodShape, Service } from "../rules/model.js";
import type { Labels } from "../rules/selectors.js";
import { listAt } from "./edit.js";
import { freeName, objectName, replaced } from "./turn-scene.js";
import type { Candidate, Goal, Scene, Spot } from "./turn-scene.js";

/** What clients are told by DestinationRules: the TLS that they send, and the subsets that routes name. */
export function destinationCandidates(scene: Scene, goal: Goal): Candidate[] {
  if (goal === "refuse") return [];
  const { pods } = scene.request.client;
  return scene.spots.flatMap((spot) => [
    ...pods.flatMap((pod) => ofClient(scene, spot, pod, goal)),
    ...(spot.service === null || spot.subset === null ? [] : subsets(scene, spot, spot.service, spot.subset)),
  ]);
}

type Mode = "ISTIO_MUTUAL" | "DISABLE";

const SENDS: Readonly<Record<Mode, string>> = { ISTIO_MUTUAL: "mTLS", DISABLE: "plaintext" };
const BECAUSE: Readonly<Record<Mode, string>> = {
  ISTIO_MUTUAL: "ISTIO_MUTUAL is Istio's mTLS, which the server's sidecar takes in any mode but DISABLE",
  DISABLE: "with DISABLE the client's sidecar sends plaintext, which a server without sidecar can read",
};

function ofClient(scene: Scene, spot: Spot, pod: PodShape, goal: Goal): Candidate[] {
  const { service, port, subset } = spot;
  if (service === null || port === null || pod.dataPlane !== "sidecar") return [];
  const modes: readonly Mode[] = goal === "mtls" ? ["ISTIO_MUTUAL"] : ["ISTIO_MUTUAL", "DISABLE"];
  const chosen = scene.view.destinationPolicy(pod, service, port.port, subset);
  const tls = chosen === null || chosen === "no-subset" ? null : (chosen.tls ?? chosen.endpointTls);
  return [
    ...(tls === null ? [] : ofTls(scene, spot, tls, modes)),
    ...modes.flatMap((mode) => ownRule(scene, service, pod, mode)),
  ];
}

function ofTls(scene: Scene, spot: Spot, { tls, of, path }: PlacedTls, modes: readonly Mode[]): Candidate[] {
  const placed = scene.source(of);
  if (placed === undefined) return [];
  const name = objectName(placed.object);
  return [
    ...names(scene, spot, tls).map((wanted) =>
      replaced(placed, [[[...path, "subjectAltNames"], wanted]], {
        title: `correct the subjectAltNames of ${name}`,
        why: "the client ends the handshake where the server is not one of them",
      }),
    ),
    ...modes.map((mode) =>
      replaced(placed, [[path, { mode }]], {
        title: `let clients send ${SENDS[mode]}: mode ${mode} in ${name}`,
        why: BECAUSE[mode],
      }),
    ),
    replaced(placed, [[path, undefined]], {
      title: `leave the transport to the clients' sidecars: take tls out of ${name}`,
      why: "by themselves they use mTLS to servers that take it, and plaintext to others",
    }),
  ];
}

/** The identities of the pods behind the Service; then none, which stands for just those. */
function names(scene: Scene, { servers }: Spot, tls: ClientTls): (string[] | undefined)[] {
  if ((tls.subjectAltNames ?? []).length === 0) return [];
  const { trustDomain } = scene.view.settings;
  const own = servers.map(({ pod }) => `spiffe://${trustDomain}/ns/${pod.namespace}/sa/${pod.serviceAccount}`);
  return [[...new Set(own)], undefined];
}

/** A rule of the client's namespace goes before those of others, and is for its clients alone. */
function ownRule(scene: Scene, service: Service, { namespace }: PodShape, mode: Mode): Candidate[] {
  if (rulesFor(scene, service).some((one) => one.namespace === namespace)) return [];
  const name = freeName(scene, "DestinationRule", namespace, `${service.name}-${service.namespace}`);
  return [
    {
      title: `let clients of namespace ${namespace} send ${SENDS[mode]} to ${service.hostname}`,
      why: BECAUSE[mode],
      change: "add",
      object: {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: { name, namespace },
        spec: { host: service.hostname, trafficPolicy: { tls: { mode } }, exportTo: ["."] },
      },
    },
  ];
}

function rulesFor({ inventory, view }: Scene, { hostname }: Service): DestinationRule[] {
  return inventory.destinationRules.filter(
    ({ spec, namespace }) => fullHost(spec.host ?? "", namespace, view.settings.domain) === hostname,
  );
}

function subsets(scene: Scene, { servers }: Spot, service: Service, subset: string): Candidate[] {
  const labels = labelsOf(
    servers.map(({ pod }) => pod),
    service,
    subset,
  );
  if (labels === null) return [];
  const why = "a route leads to the subset, and the subset has to lead to pods";
  const rules = rulesFor(scene, service);
  const changed = rules.flatMap((rule) => {
    const placed = scene.source(rule);
    if (placed === undefined) return [];
    const all = listAt(placed.object, ["spec", "subsets"]);
    const index = (rule.spec.subsets ?? []).findIndex(({ name }) => name === subset);
    if (index >= 0) {
      const title = `let subset ${subset} of ${objectName(placed.object)} select pods that there are`;
      return [replaced(placed, [[["spec", "subsets", index, "labels"], labels]], { title, why })];
    }
    const title = `add subset ${subset} to ${objectName(placed.object)}`;
    return [replaced(placed, [[["spec", "subsets", all.length], { name: subset, labels }]], { title, why })];
  });
  if (rules.length > 0) return changed;
  const { namespace } = service;
  const name = freeName(scene, "DestinationRule", namespace, service.name);
  const spec = { host: service.hostname, subsets: [{ name: subset, labels }] };
  const metadata = { name, namespace };
  const object = { apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata, spec };
  return [{ title: `add a DestinationRule with subset ${subset}`, why, change: "add", object }];
}

/** What a subset of that name could be meant to select: the label that has its name as value, else a version. */
function labelsOf(pods: readonly PodShape[], { selector }: Service, subset: string): Labels | null {
  const all = pods.flatMap(({ labels }) => Object.entries(labels)).filter(([key]) => !key.includes("istio.io/"));
  const same = all.find(([, value]) => value === subset);
  const version = all.find(([key]) => key === "version" || key === "app.kubernetes.io/version");
  const found = same ?? version ?? Object.entries(selector ?? {})[0];
  return found === undefined ? null : { [found[0]]: found[1] };
}
