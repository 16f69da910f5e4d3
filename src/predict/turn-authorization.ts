import type { KubeObject } from "../ports.js";
import type { FieldPath } from "../rules/objects.js";
import { listAt, valueAt } from "./edit.js";
import { freeName, objectName, principalsOf, replaced, selectorsFor, serverName } from "./turn-scene.js";
import type { Candidate, Goal, Placed, Scene, Server } from "./turn-scene.js";

/** As many rules of a policy are tried one by one. */
const MOST_RULES = 10;

/** AuthorizationPolicies: an exception for the client in those that refuse it, or a policy that does. */
export function authorizationCandidates(scene: Scene, goal: Goal): Candidate[] {
  const pairs = scene.spots.flatMap((spot) => spot.servers.map((server) => ({ spot, server })));
  if (goal === "mtls") return [];
  const principals = principalsOf(scene);
  // A client that has an identity need not show it: what goes round its sidecar arrives without.
  const callers = principals.length > 0 ? [principals, []] : [[]];
  const whole = pairs.flatMap(({ spot, server }) =>
    selectorsFor(spot, server).flatMap((selector) =>
      callers.map((who) => newPolicy(scene, server, selector, who, goal)),
    ),
  );
  if (goal === "refuse") return whole;
  const ports = [...new Set(pairs.flatMap(({ server, spot }) => [server.port, spot.port?.port ?? server.port]))];
  const policies = scene.named("AuthorizationPolicy");
  const inPolicies = policies.flatMap((one) =>
    ports.flatMap((port) => callers.flatMap((who) => excepted(one, who, port))),
  );
  return [...inPolicies, ...whole];
}

/** Who is meant: the client's identity, or all that show none. */
function sourceOf(principals: readonly string[]): Record<string, string[]> {
  return principals.length > 0 ? { principals: [...principals] } : { notPrincipals: ["*"] };
}

function whoText(principals: readonly string[]): string {
  return principals.length > 0 ? principals.join(" and ") : "callers without identity";
}

function ruleFor(principals: readonly string[], port: number): object {
  return { from: [{ source: sourceOf(principals) }], to: [{ operation: { ports: [String(port)] } }] };
}

function newPolicy(
  scene: Scene,
  server: Server,
  selector: Readonly<Record<string, string>>,
  principals: readonly string[],
  goal: Goal,
): Candidate {
  const { pod, port } = server;
  const action = goal === "refuse" ? "DENY" : "ALLOW";
  const verb = action === "DENY" ? "refuse" : "let in";
  const { namespace } = pod;
  const name = freeName(scene, "AuthorizationPolicy", namespace, `${action}-${scene.request.client.name}-${port}`);
  const object: KubeObject = {
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name, namespace },
    spec: { selector: { matchLabels: { ...selector } }, action, rules: [ruleFor(principals, port)] },
  };
  return {
    title: `${verb} ${whoText(principals)} at port ${port} of ${serverName(server)}`,
    why:
      action === "DENY"
        ? "a DENY policy refuses what it matches, whatever others allow"
        : "where there are ALLOW policies, one of them has to match",
    change: "add",
    object,
  };
}

function excepted(placed: Placed, principals: readonly string[], port: number): Candidate[] {
  const { object } = placed;
  const action = valueAt(object, ["spec", "action"]) ?? "ALLOW";
  const rules = listAt(object, ["spec", "rules"]);
  const name = objectName(object);
  if (action === "ALLOW") {
    const title = `add a rule for ${whoText(principals)} and port ${port} to ${name}`;
    const edits = [[["spec", "rules", rules.length], ruleFor(principals, port)]] as const;
    return [replaced(placed, edits, { title, why: "where there are ALLOW policies, one of them has to match" })];
  }
  if (action !== "DENY") return [];
  const indices = rules.slice(0, MOST_RULES).map((_, index) => index);
  const each = indices.map((index) => [index]);
  return [...each, ...(indices.length > 1 ? [indices] : [])].flatMap((some) => spared(placed, some, principals, port));
}

/** Rules of a DENY policy that leave the client out: by its identity, or, where it has none, by the port. */
function spared(placed: Placed, indices: readonly number[], principals: readonly string[], port: number): Candidate[] {
  const edits = indices.flatMap((index) => {
    const rule: FieldPath = ["spec", "rules", index];
    return principals.length > 0 ? sparedSources(placed, rule, principals) : sparedPorts(placed, rule, port);
  });
  const what = principals.length > 0 ? principals.join(" and ") : `port ${port}`;
  const title = `leave ${what} out of what ${objectName(placed.object)} denies`;
  return [replaced(placed, edits, { title, why: "a DENY policy refuses what it matches, whatever others allow" })];
}

function sparedSources({ object }: Placed, rule: FieldPath, principals: readonly string[]): [FieldPath, unknown][] {
  const count = listAt(object, [...rule, "from"]).length;
  return Array.from({ length: Math.max(count, 1) }, (_, index) =>
    sparedSource(object, [...rule, "from", index, "source"], principals),
  );
}

function sparedSource(object: KubeObject, source: FieldPath, principals: readonly string[]): [FieldPath, unknown] {
  const listed = listAt(object, [...source, "principals"]);
  const left = listed.filter((one) => !principals.some((own) => own === one));
  // A list that were left empty would mean everybody.
  if (left.length > 0 && left.length < listed.length) return [[...source, "principals"], left];
  const accounts = ["serviceAccounts", "notServiceAccounts"].some((field) => valueAt(object, [...source, field]));
  // Istio takes service accounts or principals in one source, and not both.
  const path = [...source, accounts ? "notServiceAccounts" : "notPrincipals"];
  const names = accounts ? principals.map(accountOf) : principals;
  return [path, [...listAt(object, path), ...names]];
}

/** `cluster.local/ns/foo/sa/sleep` → `foo/sleep` */
function accountOf(principal: string): string {
  const [, , namespace = "", , account = ""] = principal.split("/");
  return `${namespace}/${account}`;
}

function sparedPorts({ object }: Placed, rule: FieldPath, port: number): [FieldPath, unknown][] {
  const count = listAt(object, [...rule, "to"]).length;
  return Array.from({ length: Math.max(count, 1) }, (_, index) => {
    const path = [...rule, "to", index, "operation", "notPorts"];
    return [path, [...listAt(object, path), String(port)]];
  });
}
