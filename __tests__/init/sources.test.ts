import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { habitsOf } from "../../src/init/habits.js";
import { sourcesOf } from "../../src/init/sources.js";

const OBJECT = (kind: string, name = "a", apiVersion = "v1"): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name} }\n`;
const SERVICE = OBJECT("Service");
const CONFIG = OBJECT("ConfigMap");

function found(files: Readonly<Record<string, string>>): ReturnType<typeof sourcesOf> {
  return sourcesOf(Object.entries(files).map(([path, text]) => ({ path, text })));
}

describe("plain manifests", () => {
  it("are a folder where all in it are objects, and some say something of a mesh", () => {
    expect(found({ "mesh/a/x.yaml": SERVICE, "mesh/y.yaml": CONFIG, "conf/z.yaml": CONFIG }).manifests).toEqual([
      "mesh/",
    ]);
  });
  it("are files where others lie beside them", () => {
    const files = {
      "deploy/app.yaml": SERVICE,
      "deploy/values.yaml": "replicas: 2\n",
      "deploy/sub/db.yaml": OBJECT("Deployment", "db", "apps/v1"),
      "docker-compose.yml": "services: {}\n",
    };
    expect(found(files).manifests).toEqual(["deploy/app.yaml", "deploy/sub/"]);
  });
  it("are never the whole repository, nor a workflow, nor a template", () => {
    expect(found({ "a.yaml": SERVICE, "b.yaml": SERVICE, ".github/workflows/x.yml": SERVICE }).manifests).toEqual([
      "a.yaml",
      "b.yaml",
    ]);
    expect(found({ "t/a.yaml": "apiVersion: v1\nkind: Service\nmetadata: { name: {{ .x }} }\n" }).manifests).toEqual(
      [],
    );
  });
  it("are Istio's objects, and not those of programs whose configuration looks alike", () => {
    const policy = OBJECT("PeerAuthentication", "default", "security.istio.io/v1");
    expect(
      found({ "p/mtls.yaml": policy, "k/kind.yaml": "apiVersion: kind.x-k8s.io/v1\nkind: Cluster\n" }).manifests,
    ).toEqual(["p/"]);
  });
  it("are passed over where no list can hold their names", () => {
    const { manifests, unfit } = found({ "my mesh/a.yaml": SERVICE, "$(x)/a.yaml": SERVICE, "ok/a.yaml": SERVICE });
    expect(manifests).toEqual(["ok/"]);
    expect(unfit).toEqual(["$(x)/", "my mesh/"]);
  });
});

describe("kustomizations", () => {
  const BASE = { "base/kustomization.yaml": "resources: [app.yaml]\n", "base/app.yaml": SERVICE };
  it("are those that no other takes in, and what they are made of is no manifest of its own", () => {
    const files = { ...BASE, "overlay/kustomization.yaml": "resources: [../base]\n", "overlay/patch.yaml": SERVICE };
    expect(found(files)).toEqual({
      manifests: [],
      kustomizations: ["overlay"],
      variants: [],
      charts: [],
      watched: ["base/**", "overlay/**"],
      unfit: [],
    });
  });
  it("of one base are variants, of which that of production is taken", () => {
    const files = {
      ...BASE,
      "overlays/dev/kustomization.yaml": "bases:\n  - ../../base\n",
      "overlays/prod/kustomization.yml": "resources:\n  - ../../base\n",
      "other/Kustomization": "resources: [https://example.com/x.yaml]\n",
    };
    const { kustomizations, variants } = found(files);
    expect(kustomizations).toEqual(["other", "overlays/prod"]);
    expect(variants).toEqual([{ taken: "overlays/prod", others: ["overlays/dev"] }]);
  });
  it("take in components, which are none by themselves, and end where they go round", () => {
    const files = {
      "app/kustomization.yaml": "resources: [../ring]\ncomponents: [../part]\n",
      "part/kustomization.yaml": "kind: Component\n",
      "ring/kustomization.yaml": "resources: [../ring, ../../../out]\n",
    };
    expect(found(files).kustomizations).toEqual(["app"]);
  });
});

describe("charts", () => {
  it("are those in no other, but for libraries", () => {
    const files = {
      "charts/shop/Chart.yaml": "apiVersion: v2\nname: shop\n",
      "charts/shop/charts/db/Chart.yaml": "apiVersion: v2\nname: db\n",
      "charts/shop/templates/a.yaml": SERVICE,
      "charts/lib/Chart.yaml": "apiVersion: v2\nname: lib\ntype: library\n",
    };
    expect(found(files)).toMatchObject({ charts: ["charts/shop"], manifests: [], watched: ["charts/shop/**"] });
  });
});

describe("whatever the files are", () => {
  const texts = fc.constantFrom(SERVICE, CONFIG, "a: 1\n", "{{ x }}", "resources: [../a, b]\n", "type: library\n");
  const names = fc.constantFrom("x.yaml", "kustomization.yaml", "Chart.yaml", "y y.yml", "Kustomization", "z.json");
  const folders = fc.constantFrom("", "a/", "b/", "a/b/", "a b/", "$(c)/", ".github/workflows/");
  const repositories = fc.dictionary(
    fc.tuple(folders, names).map((parts) => parts.join("")),
    texts,
  );
  it("gives the same for them in another order, and only paths that a shell and a list take as they are", () => {
    fc.assert(
      fc.property(repositories, (files) => {
        const sources = found(files);
        expect(found(Object.fromEntries(Object.entries(files).reverse()))).toEqual(sources);
        for (const path of [...sources.manifests, ...sources.kustomizations, ...sources.charts]) {
          expect(path).toMatch(/^[A-Za-z0-9._/@+][A-Za-z0-9._/@+-]*$/u);
          const named = path.replace(/\/$/u, "");
          expect(Object.keys(files).some((one) => named === "." || one === named || one.startsWith(`${named}/`))).toBe(
            true,
          );
        }
      }),
    );
  });
});

describe("the habits of other workflows", () => {
  const of = (...texts: string[]) => habitsOf(texts.map((text, n) => ({ path: `.github/workflows/${n}.yml`, text })));
  it("are what most of them do", () => {
    const pinned =
      "  runs-on: ubuntu-22.04 # old\n  - uses: actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1\n";
    expect(of(pinned, pinned, "runs-on: windows-2025\n- uses: actions/checkout@v4\n")).toEqual({
      checkout: "actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1",
      runner: "ubuntu-22.04",
      own: true,
      uses: null,
    });
  });
  it("are the usual ones where there are none, and never an expression", () => {
    expect(of("runs-on: ${{ matrix.os }}\nuses: actions/checkout@${{ x }}\n")).toMatchObject({
      checkout: "actions/checkout@v6",
      runner: "ubuntu-24.04",
      own: false,
    });
  });
  it("tell of the action that is used already", () => {
    expect(of("- uses: mtls-gate/mtls-gate@v1\n").uses).toBe(".github/workflows/0.yml");
  });
});
