/** What is surely not meant in policies, seen against the pods and Services of the mesh. */
import type { Place, Problem } from "../problems.js";
import { warningProblem } from "../problems.js";
import type { PodShape, Service, ServicePort } from "../rules/model.js";
import type { FieldPath, MeshObject } from "../rules/objects.js";
import type { LabelSelector } from "../rules/selectors.js";
import { selects } from "../rules/selectors.js";
import { nearest } from "../settings/suggest.js";
import { Field, shown } from "./field.js";
import { cutShort } from "./istio-schema/webhook/destination-rule.js";

/** The part of an inventory that advice is about. */
export interface AdvisedMesh {
  readonly services: readonly Service[];
  readonly pods: readonly PodShape[];
  readonly peerAuthentications: readonly MeshObject[];
  readonly destinationRules: readonly MeshObject[];
  readonly authorizationPolicies: readonly MeshObject[];
}

/**
 * Warnings, each with its line, for policies that Istio takes and that do nothing, or something else than they seem to: a
 * port of the Service where one of the workload is asked for, or the other way round; a selector that selects no pod; a host
 * that is no Service.
 *
 * Where nothing is known of a namespace's pods, nothing is said of its selectors, and without Services nothing of hosts: the
 * files may be a part of the mesh only.
 *
 * Source: istio, pilot/pkg/security/authn/policy_applier.go (ports of PeerAuthentications are the workload's);
 * pilot/pkg/security/authz/model/model.go (and those of AuthorizationPolicies);
 * pilot/pkg/networking/util/util.go:GetPortLevelTrafficPolicy (those of DestinationRules are the Service's);
 * pilot/pkg/model/config.go:ResolveShortnameToFQDN.
 */
export function adviceFor(mesh: AdvisedMesh, rootNamespace: string): Problem[] {
  const pods = Map.groupBy(mesh.pods, ({ namespace }) => namespace);
  const services = Map.groupBy(mesh.services, ({ namespace }) => namespace);
  const reach = (policy: MeshObject, everywhere: boolean): Reach =>
    everywhere
      ? { pods: mesh.pods, services: mesh.services, where: "the mesh" }
      : {
          pods: pods.get(policy.namespace) ?? [],
          services: services.get(policy.namespace) ?? [],
          where: policy.namespace,
        };
  const hosts = new Hosts(mesh.services);
  return [
    // One with a selector in the root namespace counts nowhere, which is told with the policy itself.
    ...mesh.peerAuthentications
      .filter(({ namespace }) => namespace !== rootNamespace)
      .flatMap((policy) => peerAuthenticationAdvice(policy, reach(policy, false))),
    ...mesh.authorizationPolicies.flatMap((policy) =>
      authorizationPolicyAdvice(policy, reach(policy, policy.namespace === rootNamespace)),
    ),
    ...mesh.destinationRules.flatMap((rule) => [
      ...selectorAdvice(rule, ["spec", "workloadSelector"], reach(rule, false)),
      ...hostAdvice(rule, hosts),
    ]),
  ];
}

/** What a policy can be for. */
interface Reach {
  readonly pods: readonly PodShape[];
  readonly services: readonly Service[];
  readonly where: string;
}

function peerAuthenticationAdvice(policy: MeshObject, reach: Reach): Problem[] {
  const selected = selectedPods(policy, reach);
  const ports = specOf(policy).at("portLevelMtls").entries();
  return [
    ...selectorAdvice(policy, ["spec", "selector"], reach),
    ...workloadPortAdvice(
      policy,
      ports.map(([key, field]) => [Number(key), field]),
      selected,
      reach.services,
    ),
  ];
}

function authorizationPolicyAdvice(policy: MeshObject, reach: Reach): Problem[] {
  const spec = specOf(policy);
  // A waypoint's ports are others.
  if (spec.at("targetRef").present || spec.at("targetRefs").items().length > 0) return [];
  const selected = selectedPods(policy, reach);
  const ports = spec.at("rules").items().flatMap(portsOfRule);
  return [
    ...selectorAdvice(policy, ["spec", "selector"], reach),
    ...workloadPortAdvice(
      policy,
      ports.map((field) => [Number(field.text), field]),
      selected,
      reach.services,
    ),
  ];
}

function portsOfRule(rule: Field): Field[] {
  const operations = rule
    .at("to")
    .items()
    .map((to) => to.at("operation"));
  const conditions = rule
    .at("when")
    .items()
    .filter((one) => one.at("key").text === "destination.port");
  return [
    ...operations.flatMap((one) => [...one.at("ports").items(), ...one.at("notPorts").items()]),
    ...conditions.flatMap((one) => [...one.at("values").items(), ...one.at("notValues").items()]),
  ];
}

function specOf(object: MeshObject): Field {
  return new Field(object.spec, ["spec"]);
}

function selectedPods(policy: MeshObject, { pods }: Reach): readonly PodShape[] {
  const selector = selectorOf(specOf(policy).at("selector"));
  return selector === null ? pods : pods.filter(({ labels }) => selects(selector, labels));
}

/** The selector that is written, with texts alone in it; null where it asks for nothing. */
function selectorOf(field: Field): LabelSelector | null {
  const pairs = field
    .at("matchLabels")
    .entries()
    .map(([key, { text }]) => [key, text] as const);
  return pairs.length === 0 ? null : { matchLabels: Object.fromEntries(pairs) };
}

function selectorAdvice(policy: MeshObject, path: readonly string[], { pods, where }: Reach): Problem[] {
  const field = path.slice(1).reduce((at, step) => at.at(step), specOf(policy));
  const selector = selectorOf(field);
  if (selector === null || pods.length === 0 || pods.some(({ labels }) => selects(selector, labels))) return [];
  const message = `${field.name} selects no pod of ${where}`;
  const miss = field
    .at("matchLabels")
    .entries()
    .find(([key, { text }]) => !pods.some((pod) => pod.labels[key] === text));
  const at = miss?.[1] ?? field;
  return [warning("selects-nothing", message, policy, at.path, miss && labelHint(miss[0], miss[1].text, pods))];
}

function labelHint(key: string, value: string, pods: readonly PodShape[]): string {
  const values = [...new Set(pods.flatMap(({ labels }) => labels[key] ?? []))];
  if (values.length > 0) {
    const meant = nearest(value, values);
    if (meant !== undefined) return `did you mean ${key}: ${meant}?`;
    return `${key} is there with ${values.slice(0, 5).map(shown).join(", ")}`;
  }
  const meant = nearest(key, [...new Set(pods.flatMap(({ labels }) => Object.keys(labels)))]);
  return meant === undefined ? `no pod there has the label ${key}` : `did you mean the label ${meant}?`;
}

/** A policy of a workload that names the Service's port: pods never see it. */
function workloadPortAdvice(
  policy: MeshObject,
  ports: readonly (readonly [port: number, field: Field])[],
  pods: readonly PodShape[],
  services: readonly Service[],
): Problem[] {
  const declared = new Set(pods.flatMap((pod) => pod.ports.map(({ containerPort }) => containerPort)));
  const doubted = ports.filter(([port]) => !declared.has(port));
  if (doubted.length === 0) return [];
  const byNamespace = Map.groupBy(pods, ({ namespace }) => namespace);
  const behind = services.flatMap((service) => targetsOf(service, byNamespace.get(service.namespace) ?? []));
  return doubted.flatMap(([port, field]) => {
    const mistaken = behind.filter(({ service }) => service.port === port);
    const [first] = mistaken;
    if (first === undefined || behind.some(({ target }) => target === port)) return [];
    const targets = [...new Set(mistaken.map(({ target }) => target))].join(" and ");
    const message = `${field.name} is ${port}, a port of the Service ${first.of}; the workload takes it on ${targets}`;
    return [warning("port-of-service", message, policy, field.path, `write ${targets}`)];
  });
}

interface Target {
  readonly of: string;
  readonly service: ServicePort;
  readonly target: number;
}

/** The ports of pods that a Service's ports come to. `pods` are those of its namespace. */
function targetsOf(service: Service, pods: readonly PodShape[]): Target[] {
  const { selector, namespace, name } = service;
  if (selector === null) return [];
  const own = pods.filter(({ labels }) => selects({ matchLabels: selector }, labels));
  return service.ports.flatMap((port) =>
    [...new Set(own.flatMap((pod) => targetPort(port, pod) ?? []))].map((target) => ({
      of: `${namespace}/${name}`,
      service: port,
      target,
    })),
  );
}

function targetPort({ targetPort: wanted }: ServicePort, pod: PodShape): number | undefined {
  return typeof wanted === "number" ? wanted : pod.ports.find(({ name }) => name === wanted)?.containerPort;
}

/** The Services by the names that rules can call them. */
class Hosts {
  readonly all: readonly Service[];
  private readonly byHostname: ReadonlyMap<string, Service>;
  private readonly byName: ReadonlyMap<string, readonly Service[]>;
  private readonly wildcards: readonly Service[];

  constructor(services: readonly Service[]) {
    this.all = services;
    this.byHostname = new Map(services.map((one) => [one.hostname, one]));
    this.byName = Map.groupBy(
      services.filter(({ kind }) => kind === "Service"),
      ({ name }) => name,
    );
    this.wildcards = services.filter(({ hostname }) => hostname.startsWith("*"));
  }

  /** The Services that a host of a rule in a namespace is for. A name without a dot is one of the rule's namespace. */
  matching(host: string, namespace: string): readonly Service[] {
    if (host.startsWith("*")) {
      const suffix = host.slice(1);
      return this.all.filter(({ hostname }) => hostname.endsWith(suffix));
    }
    if (!host.includes(".")) return this.named(host).filter((one) => one.namespace === namespace);
    const exact = this.byHostname.get(host);
    const wild = this.wildcards.filter(({ hostname }) => host.endsWith(hostname.slice(1)));
    return exact === undefined ? wild : [exact, ...wild];
  }

  named(name: string): readonly Service[] {
    return this.byName.get(name) ?? [];
  }

  names(namespace: string): string[] {
    return this.all.filter((one) => one.namespace === namespace).map(({ name }) => name);
  }
}

function hostAdvice(rule: MeshObject, hosts: Hosts): Problem[] {
  const host = specOf(rule).at("host");
  // What has the form of a shortened name is told with the rule itself.
  if (host.text === "" || hosts.all.length === 0 || cutShort(host.text, rule.namespace) !== undefined) return [];
  const services = hosts.matching(host.text, rule.namespace);
  if (services.length > 0) return servicePortAdvice(rule, services);
  const message = `${host.name} is ${shown(host.value)}, which is no Service and no host of a ServiceEntry`;
  return [warning("host-matches-nothing", message, rule, host.path, hostHint(host.text, rule.namespace, hosts))];
}

function hostHint(host: string, namespace: string, hosts: Hosts): string | undefined {
  const [name = "", of] = host.split(".");
  const same = hosts.named(name);
  const meant = same.find((one) => one.namespace === of) ?? same[0];
  if (meant !== undefined) return `write ${meant.hostname}`;
  const near = nearest(name, hosts.names(of ?? namespace));
  return near === undefined ? undefined : `did you mean the Service ${near}?`;
}

/** Settings for a port that the Service has not, but its pods. */
function servicePortAdvice(rule: MeshObject, services: readonly Service[]): Problem[] {
  const spec = specOf(rule);
  const policies = [spec, ...spec.at("subsets").items()].map((one) => one.at("trafficPolicy"));
  const numbers = policies.flatMap((policy) =>
    policy
      .at("portLevelSettings")
      .items()
      .map((one) => one.at("port").at("number")),
  );
  const ports = services.flatMap((service) => service.ports);
  return numbers.flatMap((field) => {
    if (ports.some(({ port }) => port === field.number)) return [];
    const meant = ports.find((port) => port.targetPort === field.number);
    if (meant === undefined) return [];
    const message = `${field.name} is ${shown(field.value)}, the port of the workload; here stands the Service's, ${meant.port}`;
    return [warning("port-of-workload", message, rule, field.path, `write ${meant.port}`)];
  });
}

function warning(code: string, message: string, object: MeshObject, path: FieldPath, hint?: string): Problem {
  return warningProblem(code, message, placeOf(object, path), hint);
}

function placeOf({ kind, namespace, name, at }: MeshObject, path: FieldPath): Place {
  if (at.file === undefined) return { kind, namespace, name };
  const line = at.lineOf(path);
  return { file: at.file, ...(line === undefined ? {} : { line }) };
}
