import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import {
  DEFAULT_ISTIO,
  fittingVersions,
  ISTIO_SUPPORT,
  KIND_RELEASES,
  kubernetesOfImage,
  supports,
  type WantedVersions,
} from "../../../src/cluster/kind/versions.js";
import { Refusal } from "../../../src/problems.js";

const kindsOf = (wanted: WantedVersions): string[] => fittingVersions(wanted).kinds.map(({ kind }) => kind);
const refusalOf = (wanted: WantedVersions): string => {
  try {
    fittingVersions(wanted);
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.message;
    throw thrown;
  }
  throw new Error("it was not refused");
};

describe("the table", () => {
  it("is in docs/kind.md as it is here", async () => {
    const text = await readFile(new URL("../../../docs/kind.md", import.meta.url), "utf8");
    const rows = [...text.matchAll(/^\| +(\d[\d.]+) +\| +(\d[^|]*?) +\|$/gmu)].map(([, one, other]) => [one, other]);
    expect(rows).toEqual([
      ...KIND_RELEASES.map(({ kind, kubernetes }) => [kind, kubernetes]),
      ...ISTIO_SUPPORT.map(({ istio, from, to }) => [istio, `${from} to ${to}`]),
    ]);
    expect(text).toContain(`Without \`istio-version\` it is Istio ${DEFAULT_ISTIO}`);
  });
  it("names a node image by digest for every kind", () => {
    for (const { kubernetes, nodeImage } of KIND_RELEASES)
      expect(nodeImage).toMatch(new RegExp(`^kindest/node:v${kubernetes}@sha256:[0-9a-f]{64}$`, "u"));
    expect(new Set(KIND_RELEASES.map(({ nodeImage }) => nodeImage)).size).toBe(KIND_RELEASES.length);
  });
  it.each(ISTIO_SUPPORT.map(({ istio }) => istio))("has a kind for Istio %s", (istio) => {
    const { kinds, support } = fittingVersions({ istioVersion: `${istio}.0` });
    for (const { kubernetes } of kinds) expect(supports(support, kubernetes)).toBe(true);
  });
});

describe("the versions that fit", () => {
  it("are by default the newest that Istio supports, not the newest", () => {
    expect(fittingVersions({})).toMatchObject({ istio: DEFAULT_ISTIO, anyPatch: true });
    expect(kindsOf({})).toEqual(["0.32.0", "0.31.0", "0.30.0", "0.29.0"]);
  });
  it.each<[WantedVersions, string[]]>([
    [{ istioVersion: "1.29.3" }, ["0.31.0", "0.30.0", "0.29.0"]],
    [{ kubernetesVersion: "1.35" }, ["0.31.0"]],
    [{ kubernetesVersion: "1.34.0" }, ["0.30.0"]],
    [{ kindVersion: "0.30.0" }, ["0.30.0"]],
    [{ kindVersion: "0.33.0", nodeImage: "kindest/node:v1.36.3" }, ["0.33.0"]],
    [{ nodeImage: "kindest/node:v1.36.3" }, KIND_RELEASES.map(({ kind }) => kind)],
    [{ nodeImage: "own/node:latest", kubernetesVersion: "1.36" }, KIND_RELEASES.map(({ kind }) => kind)],
  ])("%j: kind %j", (wanted, kinds) => {
    expect(kindsOf(wanted)).toEqual(kinds);
  });
  it.each<[WantedVersions, RegExp]>([
    [{ istioVersion: "1.20.0" }, /it is not known which Kubernetes Istio 1\.20\.0 supports \(.*1\.31, 1\.30/u],
    [
      { kindVersion: "0.33.0" },
      /no kind release .* fits kind-version 0\.33\.0 and Istio 1\.31\.1 \(.*kind 0\.32\.0 with/u,
    ],
    [{ kindVersion: "0.5.0" }, /fit: kind 0\.32\.0 with Kubernetes 1\.36\.1/u],
    [{ kubernetesVersion: "1.37" }, /Istio 1\.31\.1 does not support Kubernetes 1\.37: it supports 1\.32 to 1\.36/u],
    [{ kubernetesVersion: "1.36.3" }, /no kind release .* fits kubernetes-version 1\.36\.3 .*node-image takes/u],
    [{ nodeImage: "kindest/node:v1.37.0" }, /does not support Kubernetes 1\.37\.0/u],
    [{ nodeImage: "own/node" }, /does not tell its Kubernetes \(set kubernetes-version as well\)/u],
    [{ nodeImage: "kindest/node:v1.36.3", kubernetesVersion: "1.35" }, /is not of kubernetes-version 1\.35/u],
  ])("%j: refused with what would fit", (wanted, message) => {
    expect(refusalOf(wanted)).toMatch(message);
  });
});

it.each([
  ["kindest/node:v1.36.3", "1.36.3"],
  ["host:5000/kindest/node:v1.36.3@sha256:abc", "1.36.3"],
  ["own/node:1.36.3-arm64", "1.36.3"],
  ["host:5000/own/node", undefined],
  ["own/node:latest", undefined],
])("the Kubernetes of %s is %s", (image, version) => {
  expect(kubernetesOfImage(image)).toBe(version);
});
