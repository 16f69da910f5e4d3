import { describe, expect, it } from "vitest";
import { decideInjection, webhookInjects, type InjectionWebhook, type PodToInject } from "../../src/rules/injection.js";
import type { KubeObject } from "../../src/ports.js";
import { putIstio } from "../fixtures/kube-api/istio.js";
import { DEFAULT_KINDS, Kinds } from "../fixtures/kube-api/kinds.js";
import { Store } from "../fixtures/kube-api/store.js";

/** The webhooks of Istio's chart, as the fixture has them from there; istio-semantics.md, 4. */

function chart(): InjectionWebhook[] {
  const store = new Store(new Kinds(DEFAULT_KINDS));
  putIstio(store);
  const kind = { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingWebhookConfiguration" };
  return store.list(kind).flatMap((one: KubeObject) => one["webhooks"] as InjectionWebhook[]);
}

/** The webhooks of a revision: the chart's, made out to it, without those that need no revision. */
function revision(name: string): InjectionWebhook[] {
  return JSON.parse(
    JSON.stringify(chart().slice(0, 2)).replaceAll('"default"', JSON.stringify(name)),
  ) as InjectionWebhook[];
}

type Labels = Record<string, string>;
const ENABLED = { "istio-injection": "enabled" };
const DISABLED = { "istio-injection": "disabled" };
const ASKED = { "sidecar.istio.io/inject": "true" };
const REFUSED = { "sidecar.istio.io/inject": "false" };
const REV = { "istio.io/rev": "default" };

describe("the webhooks of the default revision", () => {
  it.each<[string, Labels, Labels, boolean]>([
    ["a namespace without labels", {}, {}, false],
    ["istio-injection=enabled", ENABLED, {}, true],
    ["istio-injection=disabled", DISABLED, {}, false],
    ["enabled, and a pod that opts out", ENABLED, REFUSED, false],
    ["enabled, and a pod that asks", ENABLED, ASKED, true],
    ["disabled, and a pod that asks: the namespace wins", DISABLED, ASKED, false],
    ["disabled, and a pod of the revision: the namespace wins", DISABLED, REV, false],
    ["no label, and a pod that asks", {}, ASKED, true],
    ["no label, and a pod of the revision", {}, REV, true],
    ["no label, and a pod of the revision that opts out", {}, { ...REV, ...REFUSED }, false],
    ["istio.io/rev of the revision", REV, {}, true],
    ["istio.io/rev, and a pod that opts out", REV, REFUSED, false],
    ["istio.io/rev of another revision", { "istio.io/rev": "canary" }, {}, false],
    ["istio.io/rev of another, and a pod that asks", { "istio.io/rev": "canary" }, ASKED, false],
    ["both labels: istio-injection decides", { ...ENABLED, "istio.io/rev": "canary" }, {}, true],
    ["both labels, disabled", { ...DISABLED, ...REV }, {}, false],
  ])("%s", (_, namespace, pod, injects) => {
    expect(webhookInjects(chart(), "foo", namespace, pod)).toBe(injects);
  });
});

describe("the webhooks of another revision", () => {
  it("take namespaces and pods of that revision alone", () => {
    const webhooks = revision("canary");
    expect(webhookInjects(webhooks, "foo", { "istio.io/rev": "canary" }, {})).toBe(true);
    expect(webhookInjects(webhooks, "foo", REV, {})).toBe(false);
    expect(webhookInjects(webhooks, "foo", ENABLED, {})).toBe(false);
    expect(webhookInjects(webhooks, "foo", {}, { "istio.io/rev": "canary" })).toBe(true);
  });
});

describe("any webhooks", () => {
  it("do nothing when there are none", () => expect(webhookInjects([], "foo", ENABLED, ASKED)).toBe(false));
  it("take everything without selectors", () => expect(webhookInjects([{}], "foo", {}, {})).toBe(true));
  it("know a namespace by its name", () => {
    const selector = {
      matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["kube-system"] }],
    };
    expect(webhookInjects([{ namespaceSelector: selector }], "foo", {}, {})).toBe(true);
    expect(webhookInjects([{ namespaceSelector: selector }], "kube-system", {}, {})).toBe(false);
    expect(
      webhookInjects([{ namespaceSelector: selector }], "kube-system", { "kubernetes.io/metadata.name": "x" }, {}),
    ).toBe(false);
  });
  it("want both selectors of the same webhook", () => {
    const split = [
      { namespaceSelector: { matchLabels: { a: "1" } }, objectSelector: { matchLabels: { b: "1" } } },
      { namespaceSelector: { matchLabels: { a: "2" } }, objectSelector: { matchLabels: { b: "2" } } },
    ];
    expect(webhookInjects(split, "foo", { a: "1" }, { b: "2" })).toBe(false);
    expect(webhookInjects(split, "foo", { a: "2" }, { b: "2" })).toBe(true);
  });
});

/** What `decideInjection` says: who gets a sidecar, and the label or annotation that decided. */
describe("whether a pod gets a sidecar", () => {
  const text = (namespace: Labels, pod: Labels = {}, rest: Partial<PodToInject> = {}): string => {
    const one = { namespace: "foo", labels: pod, annotations: {}, hostNetwork: false, ...rest };
    const { injected, by } = decideInjection(one, namespace);
    return `${injected ? "yes" : "no"}${by === null ? "" : ` ${by.of} ${by.field} ${by.key}`}`;
  };
  const INJECT = "sidecar.istio.io/inject";

  it.each<[string, Labels, Labels, string]>([
    ["a namespace without labels", {}, {}, "no"],
    ["istio-injection=enabled", ENABLED, {}, "yes namespace labels istio-injection"],
    ["istio-injection=disabled", DISABLED, {}, "no namespace labels istio-injection"],
    ["istio-injection=disabled, and a pod that asks", DISABLED, ASKED, "no namespace labels istio-injection"],
    ["istio-injection=other", { "istio-injection": "other" }, {}, "no namespace labels istio-injection"],
    ["istio-injection=disabled beside a revision", { ...DISABLED, ...REV }, {}, "no namespace labels istio-injection"],
    ["a revision of the namespace", REV, {}, "yes namespace labels istio.io/rev"],
    ["enabled, and a pod that opts out", ENABLED, REFUSED, `no pod labels ${INJECT}`],
    ["a revision, and a pod that opts out", REV, REFUSED, `no pod labels ${INJECT}`],
    ["a pod that asks", {}, ASKED, `yes pod labels ${INJECT}`],
    ["a pod that asks in a cold voice", {}, { [INJECT]: "yes" }, "no"],
    ["a pod of a revision", {}, REV, "yes pod labels istio.io/rev"],
    ["a pod of a revision that opts out", {}, { ...REV, ...REFUSED }, `no pod labels ${INJECT}`],
  ])("%s: %s", (_, namespace, pod, wanted) => expect(text(namespace, pod)).toBe(wanted));

  it("an annotation opts out, and never in", () => {
    const annotated = (value: string): Partial<PodToInject> => ({ annotations: { [INJECT]: value } });
    expect(text(ENABLED, {}, annotated("false"))).toBe(`no pod annotations ${INJECT}`);
    expect(text(ENABLED, {}, annotated("true"))).toBe("yes namespace labels istio-injection");
    expect(text({}, {}, annotated("true"))).toBe("no");
  });

  it("a label goes before an annotation", () => {
    expect(text(ENABLED, ASKED, { annotations: { [INJECT]: "false" } })).toBe("yes namespace labels istio-injection");
    expect(text(ENABLED, REFUSED, { annotations: { [INJECT]: "true" } })).toBe(`no pod labels ${INJECT}`);
  });

  it("never in the host's network", () => {
    expect(text(ENABLED, ASKED, { hostNetwork: true })).toBe("no");
  });

  it.each(["kube-system", "kube-public", "kube-node-lease", "local-path-storage"])("never in %s", (namespace) => {
    expect(text(ENABLED, ASKED, { namespace })).toBe("no");
  });

  it("says the same as the webhooks of the chart, wherever nothing but labels decides", () => {
    const namespaces: Labels[] = [{}, ENABLED, DISABLED, REV, { ...ENABLED, ...REV }, { ...DISABLED, ...REV }];
    const pods: Labels[] = [{}, ASKED, REFUSED, REV, { ...REV, ...REFUSED }];
    const differing = namespaces.flatMap((namespace) =>
      pods
        .filter((pod) => webhookInjects(chart(), "foo", namespace, pod) !== text(namespace, pod).startsWith("yes"))
        .map((pod) => [namespace, pod]),
    );
    expect(differing).toEqual([]);
  });
});
