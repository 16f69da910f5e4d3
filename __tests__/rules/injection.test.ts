import { describe, expect, it } from "vitest";
import { webhookInjects, type InjectionWebhook } from "../../src/rules/injection.js";
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
