import type { PodShape, Service } from "../rules/model.js";
import { listAt } from "./edit.js";
import { objectName, replaced } from "./turn-scene.js";
import type { Candidate, Goal, Scene, Spot } from "./turn-scene.js";

const EXPORT_TO = "networking.istio.io/exportTo";

/** What hides a Service from the client's proxy, and what a Service says of its ports. */
export function visibilityCandidates(scene: Scene, goal: Goal): Candidate[] {
  if (goal === "refuse") return [];
  return scene.spots.flatMap((spot) => {
    const { service } = spot;
    if (service === null) return [];
    return [
      ...scene.request.client.pods.flatMap((pod) => [
        ...named(scene, pod, service),
        ...exported(scene, service, pod.namespace),
      ]),
      ...(goal === "arrive" ? ports(scene, spot, service) : []),
    ];
  });
}

function named(scene: Scene, pod: PodShape, { hostname, namespace }: Service): Candidate[] {
  const sidecar = scene.view.sidecar(pod);
  const placed = sidecar === null ? undefined : scene.source(sidecar);
  if (sidecar === null || placed === undefined) return [];
  const name = objectName(placed.object);
  const host = `${namespace === pod.namespace ? "." : namespace}/${hostname}`;
  const egress = sidecar.spec.egress ?? [];
  const texts = {
    title: `name ${hostname} in the egress hosts of ${name}`,
    why: "the client's proxy knows only the hosts that its Sidecar names",
  };
  const added = egress.map(({ hosts = [] }, index) =>
    replaced(
      placed,
      [
        [
          ["spec", "egress", index, "hosts"],
          [...hosts, host],
        ],
      ],
      texts,
    ),
  );
  // Where all listeners are for ports of their own, none is for this one.
  if (egress.length > 0 && egress.every((one) => one.port !== undefined)) {
    added.push(replaced(placed, [[["spec", "egress", egress.length], { hosts: [host] }]], texts));
  }
  const any = replaced(placed, [[["spec", "outboundTrafficPolicy", "mode"], "ALLOW_ANY"]], {
    title: `let proxies of ${name} call hosts that they do not know`,
    why: "with ALLOW_ANY such calls go out in plaintext",
  });
  return [...added, any];
}

function exported(scene: Scene, service: Service, to: string): Candidate[] {
  const placed = scene.source(service.object);
  const { exportTo } = service;
  if (placed === undefined || exportTo?.includes("*") === true || exportTo?.includes(to) === true) return [];
  const all = [...(exportTo ?? ["."]), to];
  const texts = {
    title: `export ${objectName(placed.object)} to namespace ${to}`,
    why: "proxies know only what is exported to their namespace",
  };
  if (service.kind === "ServiceEntry") return [replaced(placed, [[["spec", "exportTo"], all]], texts)];
  return [replaced(placed, [[["metadata", "annotations", EXPORT_TO], all.join(",")]], texts)];
}

/** What a Service can say of a port for bytes of a scheme. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  http: "http",
  ws: "http",
  grpc: "grpc",
  tcp: "tcp",
  tls: "tls",
  https: "https",
};

function ports(scene: Scene, { port, servers }: Spot, service: Service): Candidate[] {
  const called = scene.url.port;
  const placed = scene.source(service.object);
  if (placed?.object.kind !== "Service") return [];
  const name = objectName(placed.object);
  const declared = [...new Set(servers.flatMap(({ pod }) => pod.ports.map(({ containerPort }) => containerPort)))];
  if (port === null) {
    if (!declared.includes(called)) return [];
    const entry = { name: `${PROTOCOLS[scene.url.scheme] ?? "tcp"}-${called}`, port: called, targetPort: called };
    const at = listAt(placed.object, ["spec", "ports"]).length;
    const why = "a Service is called on its own ports alone";
    return [replaced(placed, [[["spec", "ports", at], entry]], { title: `add port ${called} to ${name}`, why })];
  }
  const at = ["spec", "ports", port.index];
  return [
    ...declared
      .filter((one) => one !== port.targetPort)
      .slice(0, 3)
      .map((one) =>
        replaced(placed, [[[...at, "targetPort"], one]], {
          title: `let port ${port.port} of ${name} lead to port ${one} of its pods`,
          why: "that is a port that their containers declare",
        }),
      ),
    ...spoken(scene, service, port.index),
    ...servers.flatMap((server) => {
      const other = scene.view.declaring(server.pod, server.port);
      return other === null || other.service === service ? [] : spoken(scene, other.service, other.port.index);
    }),
  ];
}

function spoken(scene: Scene, service: Service, index: number): Candidate[] {
  const placed = scene.source(service.object);
  const protocol = PROTOCOLS[scene.url.scheme];
  if (placed === undefined || protocol === undefined) return [];
  return [
    replaced(placed, [[["spec", "ports", index, "appProtocol"], protocol]], {
      title: `say in ${objectName(placed.object)} that the port speaks ${protocol}`,
      why: "sidecars read the bytes of a port as what its Service says that they are",
    }),
  ];
}
