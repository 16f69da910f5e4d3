import { ambientPlaintext } from "../rules/ambient-peer-authentication.js";
import { ambientTransport } from "../rules/ambient-transport.js";
import { attaches } from "../rules/authorization.js";
import type { AuthorizationPolicy } from "../rules/authorization-policy.js";
import { inboundCaptured } from "../rules/capture.js";
import type { PodShape } from "../rules/model.js";
import { decideMode } from "../rules/peer-authentication.js";
import type { RequestAuthentication } from "../rules/request-authentication.js";
import { questionsOf } from "./caller-classes.js";
import { Interner, ObjectIds } from "./interner.js";
import { Near } from "./near.js";
import type { Predictor } from "./predict.js";
import { inboundPort, takesTls } from "./server.js";

/** The policies that decide at some servers, with a key that stands for them. */
export interface PolicyList {
  readonly key: number;
  readonly policies: readonly AuthorizationPolicy[];
}

/** Ports of pods by what rules read of them: two of one class answer every connection alike. */
export class ServerClasses {
  readonly #predictor: Predictor;
  readonly #ids = new ObjectIds();
  readonly #classes = new Interner();
  readonly #lists = new Interner();
  readonly #byPod = new Map<PodShape, Map<number, number>>();
  readonly #policies = new Map<PodShape, PolicyList>();
  readonly #tokens: Near<RequestAuthentication>;
  readonly #peers: Near<Predictor["view"]["inventory"]["peerAuthentications"][number]>;
  /** The identities that some DestinationRule insists on. */
  readonly #insisted: ReadonlySet<string>;

  constructor(predictor: Predictor) {
    this.#predictor = predictor;
    const { inventory, settings } = predictor.view;
    const tokens = inventory.requestAuthentications as readonly RequestAuthentication[];
    this.#tokens = new Near(tokens, settings.rootNamespace);
    this.#peers = new Near(inventory.peerAuthentications, settings.rootNamespace);
    this.#insisted = new Set(
      inventory.destinationRules.flatMap(({ spec }) =>
        [spec, ...(spec.subsets ?? [])].flatMap(({ trafficPolicy }) =>
          [trafficPolicy, ...(trafficPolicy?.portLevelSettings ?? [])].flatMap(
            (one) => one?.tls?.subjectAltNames ?? [],
          ),
        ),
      ),
    );
  }

  /** The class of a port of a pod, as a number. */
  of(pod: PodShape, port: number): number {
    const known = this.#byPod.get(pod) ?? new Map<number, number>();
    this.#byPod.set(pod, known);
    let found = known.get(port);
    if (found === undefined) known.set(port, (found = this.#classes.of(this.#look(pod, port))));
    return found;
  }

  #look(pod: PodShape, port: number): string {
    const { view, obstacles } = this.#predictor;
    const facts = [
      port,
      pod.dataPlane,
      this.#ids.of(obstacles.network(pod, "inbound")?.because.object),
      pod.ports.length === 0 || pod.ports.some(({ containerPort }) => containerPort === port),
      takesTls(pod),
      decideMode(view.peerAuthentications(pod), port).mode,
      pod.labels["security.istio.io/tlsMode"] === "istio",
      ambientTransport({ dataPlane: "sidecar" }, pod, view.settings).transport,
      ambientTransport({ dataPlane: "ztunnel" }, pod, view.settings).transport,
    ];
    const own =
      pod.dataPlane === "sidecar"
        ? this.#sidecar(pod, port)
        : pod.dataPlane === "ztunnel"
          ? this.#ztunnel(pod, port)
          : [];
    return [...facts, ...own].join("|");
  }

  #sidecar(pod: PodShape, port: number): readonly unknown[] {
    const { view, obstacles } = this.#predictor;
    const { captured } = inboundCaptured(pod, port, view.settings.capture);
    const { protocol, http2 } = inboundPort(view, pod, port);
    const spiffe = `spiffe://${view.settings.trustDomain}/ns/${pod.namespace}/sa/${pod.serviceAccount}`;
    const tokens = this.#tokens.of(pod.namespace).filter((one) => attaches(one, pod, view.settings.rootNamespace));
    return [
      captured,
      this.#ids.of(obstacles.sidecar(pod, "inbound")?.because.object),
      protocol,
      http2,
      this.#insisted.has(spiffe) ? spiffe : "",
      this.#ids.list(tokens),
      ...this.#authorization(pod),
    ];
  }

  #ztunnel(pod: PodShape, port: number): readonly unknown[] {
    const { rootNamespace } = this.#predictor.view.settings;
    const { refused } = ambientPlaintext(this.#peers.of(pod.namespace), pod, port, rootNamespace);
    return [refused, ...this.#authorization(pod)];
  }

  #authorization(pod: PodShape): readonly unknown[] {
    const { key, policies } = this.policies(pod);
    const asksAddress = policies.some((one) => questionsOf(one).destinationAddress);
    return [key, asksAddress ? pod.addresses.join() : ""];
  }

  /** The policies that decide at a pod. */
  policies(pod: PodShape): PolicyList {
    let found = this.#policies.get(pod);
    if (found === undefined) {
      const decides = pod.dataPlane === "sidecar" || pod.dataPlane === "ztunnel";
      const policies = decides ? this.#predictor.view.authorizationPolicies(pod) : [];
      this.#policies.set(pod, (found = { policies, key: this.#lists.of(this.#ids.list(policies)) }));
    }
    return found;
  }
}
