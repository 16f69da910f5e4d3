import { describe, expect, it } from "vitest";
import { readInventory } from "../../src/mesh/read-inventory.js";
import { outsideCallers } from "../../src/predict/outside-callers.js";
import { meshOf, namespace, service, workload } from "./turn-builders.js";

const MESH = [namespace("foo"), namespace("bar"), workload("foo/httpbin"), service("foo/httpbin")];

/** Who calls what, a line each: `who > scheme foo/httpbin:8000`; a pod by its object. */
function callers(...texts: string[]): string[] {
  return outsideCallers(readInventory(meshOf(...MESH, ...texts))).map((one) => {
    const { who, scheme, service: of, pod, port, certificate } = one;
    const to = of === null ? `pod ${pod?.object.namespace}/${pod?.object.name}` : `${of.namespace}/${of.name}`;
    return `${who} > ${scheme} ${to}:${port}${certificate ? " with certificate" : ""}`;
  });
}

function object(apiVersion: string, kind: string, rest: string, meta = "name: own, namespace: foo"): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {${meta}}\n${rest}\n`;
}

function webhooks(kind: string, ...configs: string[]): string {
  const list = configs.map((one, index) => `{name: w${index}.x.io, clientConfig: ${one}}`).join(", ");
  return object("admissionregistration.k8s.io/v1", kind, `webhooks: [${list}]`, "name: own");
}

describe("the API server", () => {
  const WHO = "the API server, for its admission webhooks";

  it("calls the Services of webhooks, over TLS, each once", () => {
    const service8000 = "{service: {namespace: foo, name: httpbin, port: 8000}}";
    const text = webhooks("ValidatingWebhookConfiguration", service8000, service8000);
    expect(callers(text)).toEqual([`${WHO} > https foo/httpbin:8000`]);
  });
  it("takes port 443 where none is given", () => {
    const text = webhooks("MutatingWebhookConfiguration", "{service: {namespace: foo, name: httpbin}}");
    expect(callers(text)).toEqual([`${WHO} > https foo/httpbin:443`]);
  });
  it("calls no Service for a webhook with a URL, or one of a Service that is not there", () => {
    const text = webhooks(
      "MutatingWebhookConfiguration",
      '{url: "https://elsewhere/"}',
      "{service: {namespace: bar, name: httpbin}}",
    );
    expect(callers(text)).toEqual([]);
  });
  it("calls the Services of aggregated APIs; it has some itself", () => {
    const api = (spec: string, name: string): string =>
      object("apiregistration.k8s.io/v1", "APIService", `spec: ${spec}`, `name: ${name}`);
    const own = api("{service: {namespace: foo, name: httpbin, port: 8000}}", "v1.a.io");
    expect(callers(own, api("{group: b.io}", "v1.b.io"))).toEqual([
      "the API server, for an API that it hands on > https foo/httpbin:8000",
    ]);
  });
});

describe("an ingress controller", () => {
  const ingress = (spec: string, meta = ""): string =>
    object("networking.k8s.io/v1", "Ingress", `spec: ${spec}`, `name: own, namespace: foo${meta}`);
  const paths = (port: string): string =>
    `rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: httpbin, port: {${port}}}}}]}}]`;
  const FOUND = ["an ingress controller without sidecar > http foo/httpbin:8000"];

  it("calls the backends, by number or name", () => {
    expect(callers(ingress(`{${paths("number: 8000")}}`))).toEqual(FOUND);
    expect(callers(ingress(`{${paths("name: http")}}`))).toEqual(FOUND);
    expect(callers(ingress("{defaultBackend: {service: {name: httpbin, port: {number: 8000}}}}"))).toEqual(FOUND);
    expect(callers(ingress(`{${paths("name: other")}}`))).toEqual([]);
  });
  it("is none where the class is Istio's", () => {
    expect(callers(ingress(`{ingressClassName: istio, ${paths("number: 8000")}}`))).toEqual([]);
    const annotated = ingress(`{${paths("number: 8000")}}`, ", annotations: {kubernetes.io/ingress.class: istio}");
    expect(callers(annotated)).toEqual([]);
  });
});

describe("the world outside the cluster", () => {
  it("calls Services of type NodePort and LoadBalancer, all their TCP ports", () => {
    const of = (type: string): string =>
      service("foo/httpbin", "", "{name: https, port: 443}, {name: dns, port: 53, protocol: UDP}").replace(
        "spec: {",
        `spec: {type: ${type}, `,
      );
    const found = (type: string): string[] => [
      `whoever calls from outside the cluster, by the Service's type ${type} > https foo/httpbin:443`,
    ];
    expect(callers(of("NodePort"))).toEqual(found("NodePort"));
    expect(callers(of("LoadBalancer"))).toEqual(found("LoadBalancer"));
    expect(callers(of("ClusterIP"))).toEqual([]);
  });
});

describe("Prometheus by monitors", () => {
  const monitor = (kind: string, spec: string, space = "foo"): string =>
    object("monitoring.coreos.com/v1", kind, `spec: ${spec}`, `name: own, namespace: ${space}`);
  const labelled = service("foo/httpbin").replace("namespace: foo,", "namespace: foo, labels: {app: httpbin},");
  const SELECTOR = "selector: {matchLabels: {app: httpbin}}";

  it("calls the port of a Service by its name, in the monitor's namespace or those that it names", () => {
    const spec = `{${SELECTOR}, endpoints: [{port: http}]}`;
    const named = `{${SELECTOR}, namespaceSelector: {matchNames: [foo]}, endpoints: [{port: http}]}`;
    const any = `{${SELECTOR}, namespaceSelector: {any: true}, endpoints: [{port: http}]}`;
    const FOUND = ["Prometheus > http foo/httpbin:8000"];
    expect(callers(labelled, monitor("ServiceMonitor", spec))).toEqual(FOUND);
    expect(callers(labelled, monitor("ServiceMonitor", spec, "bar"))).toEqual([]);
    expect(callers(labelled, monitor("ServiceMonitor", named, "bar"))).toEqual(FOUND);
    expect(callers(labelled, monitor("ServiceMonitor", any, "bar"))).toEqual(FOUND);
  });
  it("calls a port of the pods that no Service has", () => {
    const spec = `{${SELECTOR}, endpoints: [{targetPort: 9090, scheme: HTTPS, tlsConfig: {certFile: /c}}]}`;
    expect(callers(labelled, monitor("ServiceMonitor", spec))).toEqual([
      "Prometheus > https pod foo/httpbin:9090 with certificate",
    ]);
  });
  it("calls pods by a PodMonitor", () => {
    const spec = `{${SELECTOR}, podMetricsEndpoints: [{portNumber: 9090}, {port: nameless}]}`;
    expect(callers(monitor("PodMonitor", spec))).toEqual(["Prometheus > http pod foo/httpbin:9090"]);
    const none = "{selector: {matchLabels: {app: other}}, podMetricsEndpoints: [{portNumber: 9090}]}";
    expect(callers(monitor("PodMonitor", none))).toEqual([]);
  });
});

describe("Prometheus by annotations", () => {
  const SCRAPE = 'prometheus.io/scrape: "true", prometheus.io/port: "9090"';
  const scraped = (annotations: string): string => workload("foo/httpbin", { annotations });
  const FOUND = ["Prometheus > http pod foo/httpbin:9090"];

  it("calls the sidecar of pods that will be injected, which is no call to the application", () => {
    expect(callers(scraped(SCRAPE))).toEqual([]);
  });
  it("calls pods whose metrics are not merged, that are injected already, or that have no sidecar", () => {
    expect(callers(scraped(`${SCRAPE}, prometheus.istio.io/merge-metrics: "false"`))).toEqual(FOUND);
    expect(callers(scraped(`${SCRAPE}, sidecar.istio.io/status: "{}"`))).toEqual(FOUND);
    expect(
      callers(workload("foo/httpbin", { annotations: SCRAPE, labels: 'sidecar.istio.io/inject: "false"' })),
    ).toEqual(FOUND);
  });
  it("goes by MeshConfig where the pod does not say", () => {
    const mesh =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: "enablePrometheusMerge: false"}';
    expect(callers(scraped(SCRAPE), mesh)).toEqual(FOUND);
    expect(callers(scraped(`${SCRAPE}, prometheus.istio.io/merge-metrics: "true"`), mesh)).toEqual([]);
  });
  it("calls every port of the containers where no port is given", () => {
    const annotations = 'prometheus.io/scrape: "true", prometheus.istio.io/merge-metrics: "false"';
    expect(callers(scraped(annotations))).toEqual(["Prometheus > http pod foo/httpbin:8080"]);
  });
  it("calls what is behind an annotated Service, sidecar or not", () => {
    expect(callers(service("foo/httpbin", SCRAPE))).toEqual(FOUND);
    expect(callers(service("foo/httpbin", 'prometheus.io/scrape: "true"'))).toEqual([
      "Prometheus > http foo/httpbin:8000",
    ]);
    expect(callers(service("foo/httpbin", 'prometheus.io/scrape: "false"'))).toEqual([]);
  });
});
