import { decideMode } from "../rules/peer-authentication.js";
import type { MtlsMode, PeerAuthentication } from "../rules/peer-authentication.js";
import type { Labels } from "../rules/selectors.js";
import { freeName, objectName, replaced, selectorsFor, serverName } from "./turn-scene.js";
import type { Candidate, Goal, Scene, Server, Spot } from "./turn-scene.js";

/** The modes that can bring a goal about, the mildest change first. */
const MODES: Readonly<Record<Goal, readonly MtlsMode[]>> = {
  arrive: ["PERMISSIVE", "DISABLE", "STRICT"],
  mtls: ["PERMISSIVE", "STRICT"],
  refuse: ["STRICT"],
};

const DOES: Readonly<Record<MtlsMode, string>> = {
  PERMISSIVE: "take plaintext as well as mTLS",
  DISABLE: "take plaintext, and let clients know that it does not end mTLS",
  STRICT: "take mTLS alone",
};

const BECAUSE: Readonly<Record<MtlsMode, string>> = {
  PERMISSIVE: "PERMISSIVE takes both, and clients with a sidecar still use mTLS",
  DISABLE: "clients that see DISABLE send plaintext, which the application can read",
  STRICT: "STRICT refuses plaintext, and clients with a sidecar use mTLS",
};

/** PeerAuthentications: of the workload and port first, then each policy that counts for the workload. */
export function authenticationCandidates(scene: Scene, goal: Goal): Candidate[] {
  const pairs = scene.spots.flatMap((spot) => spot.servers.map((server) => ({ spot, server })));
  return pairs
    .filter(({ server }) => server.pod.dataPlane === "sidecar" || server.pod.dataPlane === "ztunnel")
    .flatMap(({ spot, server }) => MODES[goal].flatMap((mode) => ofMode(scene, spot, server, mode)));
}

function ofMode(scene: Scene, spot: Spot, server: Server, mode: MtlsMode): Candidate[] {
  const { workload, namespace, mesh } = scene.view.peerAuthentications(server.pod);
  const now = decideMode({ workload, namespace, mesh }, server.port).mode;
  if (now === mode) return otherLevels(scene, [namespace, mesh], mode);
  const own = workload === undefined ? added(scene, spot, server, mode) : ofPort(scene, workload, server, mode);
  return [...own, ...otherLevels(scene, [workload, namespace, mesh], mode)];
}

function ofPort(scene: Scene, policy: PeerAuthentication, server: Server, mode: MtlsMode): Candidate[] {
  const placed = scene.source(policy);
  if (placed === undefined) return [];
  const title = `let ${serverName(server)} ${DOES[mode]} on its port ${server.port}`;
  const edits = [[["spec", "portLevelMtls", String(server.port), "mode"], mode]] as const;
  return [replaced(placed, edits, { title, why: BECAUSE[mode] })];
}

function added(scene: Scene, spot: Spot, server: Server, mode: MtlsMode): Candidate[] {
  const { namespace } = server.pod;
  // There, policies with a selector count for nothing.
  if (namespace === scene.view.settings.rootNamespace) return [];
  return selectorsFor(spot, server).map((selector) => ({
    title: `let ${serverName(server)} ${DOES[mode]} on its port ${server.port}`,
    why: BECAUSE[mode],
    change: "add",
    object: newPolicy(scene, server, selector, mode),
  }));
}

function newPolicy(scene: Scene, server: Server, selector: Labels, mode: MtlsMode): Candidate["object"] {
  const { port, pod } = server;
  const { namespace } = pod;
  const [, own] = serverName(server).split("/");
  const name = freeName(scene, "PeerAuthentication", namespace, `${own ?? "port"}-${port}-${mode}`);
  return {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name, namespace },
    spec: { selector: { matchLabels: { ...selector } }, portLevelMtls: { [String(port)]: { mode } } },
  };
}

function otherLevels(scene: Scene, policies: readonly (PeerAuthentication | undefined)[], mode: MtlsMode): Candidate[] {
  return policies.flatMap((policy) => {
    const placed = policy === undefined ? undefined : scene.source(policy);
    if (placed === undefined || policy?.spec.mtls?.mode === mode) return [];
    const title = `set ${objectName(placed.object)} to ${mode}`;
    return [replaced(placed, [[["spec", "mtls", "mode"], mode]], { title, why: BECAUSE[mode] })];
  });
}
