import { describe, expect, it } from "vitest";
import { tieProblems } from "../../src/mesh/ties.js";
import {
  deployment,
  destinationRule,
  mesh,
  object,
  peerAuthentication,
  sidecar,
  type Part,
} from "../predict/builders.js";

/** Policies between which nothing but their names decides. */

const texts = (...parts: Part[]): string[] => tieProblems(mesh(...parts)).map(({ message }) => message);
const aged = (year: number): object => ({ creationTimestamp: `${year}-01-01T00:00:00Z` });
const HTTPBIN = { selector: { matchLabels: { app: "httpbin" } } };

describe("PeerAuthentications without selector", () => {
  it("are a tie in one namespace, and the name decides", () => {
    expect(texts(peerAuthentication("foo/b", "STRICT"), peerAuthentication("foo/a", "DISABLE"))).toEqual([
      "PeerAuthentication foo/a (mesh.yaml:3) and PeerAuthentication foo/b (mesh.yaml:1) are both for namespace foo, " +
        "and nothing says which is older: a is taken, by its name",
    ]);
  });
  it("are one of the mesh in the root namespace", () => {
    const root = [peerAuthentication("istio-system/a", "STRICT"), peerAuthentication("istio-system/b", "STRICT")];
    expect(texts(...root)[0]).toContain("are both for the mesh");
  });
  it("are none where one is older, or in two namespaces", () => {
    const old = peerAuthentication("foo/a", "STRICT", {}, aged(2025));
    expect(texts(old, peerAuthentication("foo/b", "STRICT", {}, aged(2026)))).toEqual([]);
    expect(texts(old, peerAuthentication("foo/b", "STRICT"))).toEqual([]);
    expect(texts(peerAuthentication("foo/a", "STRICT"), peerAuthentication("bar/a", "STRICT"))).toEqual([]);
    expect(texts(peerAuthentication("foo/a", "STRICT"))).toEqual([]);
  });
  it("are one where both are as old, and only the oldest two count", () => {
    const old = (name: string): object => peerAuthentication(name, "STRICT", {}, aged(2025));
    expect(texts(old("foo/a"), old("foo/b"))).toHaveLength(1);
    expect(texts(old("foo/z"), peerAuthentication("foo/a", null), peerAuthentication("foo/b", null))).toEqual([]);
  });
  it("are none with one that has a selector", () => {
    expect(texts(peerAuthentication("foo/a", "STRICT"), peerAuthentication("foo/b", "STRICT", HTTPBIN))).toEqual([]);
  });
});

describe("PeerAuthentications with selector", () => {
  const both = [peerAuthentication("foo/a", "STRICT", HTTPBIN), peerAuthentication("foo/b", "STRICT", HTTPBIN)];

  it("are a tie where both take one pod", () => {
    expect(texts(...both, deployment("foo/httpbin"))[0]).toContain("are both for Deployment foo/httpbin");
  });
  it("are told once for many pods", () => {
    const parts = { labels: { app: "httpbin" } };
    expect(texts(...both, deployment("foo/httpbin"), deployment("foo/other", parts))).toHaveLength(1);
  });
  it("are told by the two that count, whoever else is for a pod", () => {
    const all = [...both, peerAuthentication("foo/c", "STRICT", { selector: { matchLabels: { version: "v1" } } })];
    const parts = { labels: { app: "httpbin", version: "v1" } };
    expect(texts(...all, deployment("foo/httpbin"), deployment("foo/other", parts))).toHaveLength(1);
  });
  it("are none where no pod is taken by both", () => {
    const other = peerAuthentication("foo/b", "STRICT", { selector: { matchLabels: { app: "other" } } });
    expect(texts(both[0]!, other, deployment("foo/httpbin"), deployment("foo/other"))).toEqual([]);
    expect(texts(...both, deployment("bar/httpbin"))).toEqual([]);
    expect(texts(...both)).toEqual([]);
  });
});

describe("DestinationRules", () => {
  const rule = (name: string, host = "httpbin", rest: object = {}): object =>
    destinationRule(name, host, { mode: "DISABLE" }, rest);

  it("are a tie for one host, however it is written", () => {
    const full = "httpbin.foo.svc.cluster.local";
    expect(texts(rule("foo/a"), rule("foo/b", full))).toHaveLength(1);
    expect(texts(rule("foo/a"), rule("foo/b", "other"))).toEqual([]);
    expect(texts(rule("foo/a"), rule("bar/b", full))).toEqual([]);
  });
  it("are none where one has no policy", () => {
    expect(texts(rule("foo/a"), destinationRule("foo/b", "httpbin", null, { subsets: [] }))).toEqual([]);
  });
  it("are none where they are exported or select otherwise", () => {
    expect(texts(rule("foo/a"), rule("foo/b", "httpbin", { exportTo: ["."] }))).toEqual([]);
    const selecting = { workloadSelector: { matchLabels: { app: "a" } } };
    expect(texts(rule("foo/a"), rule("foo/b", "httpbin", selecting))).toEqual([]);
    expect(texts(rule("foo/a", "httpbin", selecting), rule("foo/b", "httpbin", selecting))).toHaveLength(1);
  });
});

it("Sidecars without selector are a tie in one namespace", () => {
  const selecting = { workloadSelector: { labels: { app: "a" } } };
  expect(texts(sidecar("foo/a", {}), sidecar("foo/b", {}))).toHaveLength(1);
  expect(texts(sidecar("foo/a", {}), sidecar("bar/b", {}))).toEqual([]);
  expect(texts(sidecar("foo/a", {}), sidecar("foo/b", selecting))).toEqual([]);
});

it("a tie is a warning at the second one's place, with what to do", () => {
  const yaml = (name: string): string =>
    `apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: ${name}\n  namespace: foo\nspec: {}`;
  expect(tieProblems(mesh(yaml("a"), yaml("b")))).toMatchObject([
    { severity: "warning", code: "tie", where: { file: "mesh.yaml", line: 10 } },
  ]);
});

it("other kinds never are", () => {
  const policy = (name: string): object => object("security.istio.io/v1", "AuthorizationPolicy", name, {});
  expect(texts(policy("foo/a"), policy("foo/b"))).toEqual([]);
});
