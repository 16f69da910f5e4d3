import { describe, expect, it } from "vitest";
import { problemText, Refusal } from "../../src/problems.js";
import { actionInputs } from "../../src/settings/action-inputs.js";
import { INPUT_NAMES, specOf, type RawInputs } from "../../src/settings/schema.js";
import { settingsFrom } from "../../src/settings/settings-from.js";
import { MODES } from "../../src/settings/settings.js";

const problems = (raw: RawInputs): string[] => {
  try {
    settingsFrom(raw);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return thrown.problems.map(problemText);
  }
};

/** How a cluster of kind is made where nothing is said of it. */
const KIND = {
  istioProfile: "minimal",
  istioValues: [],
  nodes: 1,
  ipFamily: "ipv4",
  images: [],
  registryMirrors: [],
  mirror: "https://github.com",
  reuseCluster: false,
  clusterTimeout: 300_000,
};

describe("defaults", () => {
  it("are those of the demo's migration where nothing is given", () => {
    expect(settingsFrom({})).toEqual({
      mode: "migration",
      namespaces: ["foo", "bar"],
      legacyNamespaces: ["legacy"],
      strictNamespace: "foo",
      injection: "namespace",
      manifests: [],
      policies: [],
      cluster: "kind",
      kind: KIND,
      evidencePath: "/headers",
      probeTimeout: 5000,
      settleTimeout: 60_000,
      rolloutTimeout: 180_000,
      timeout: 900_000,
      parallel: 16,
      allowReplace: false,
      allowMeshWide: false,
      allowUnsafeMethods: false,
      failOn: ["breaks", "opens", "to-plaintext"],
      formats: ["markdown", "html"],
      comment: "on-failure",
      commentKey: "mtls-gate",
      reportDir: "mtls-gate-report",
      output: "text",
      cleanup: "always",
    });
  });
  it.each(["permissive", "strict-namespace", "strict-mesh"])("are the same in %s", (mode) => {
    expect(settingsFrom({ mode })).toEqual({ ...settingsFrom({}), mode });
  });
  it("are the cluster that is there, and all its namespaces, in the other modes", () => {
    expect(settingsFrom({ mode: "audit" })).toMatchObject({
      namespaces: [],
      legacyNamespaces: [],
      strictNamespace: "",
      cluster: "current",
    });
    expect(settingsFrom({ mode: "policies", policies: "p.yaml" })).toMatchObject({
      cluster: "current",
      namespaces: [],
    });
  });
  it("are no cluster in a prediction, unless one is named", () => {
    expect(settingsFrom({ mode: "predict", manifests: "m" })).toMatchObject({
      cluster: "none",
      namespaces: [],
      legacyNamespaces: [],
      manifests: ["m"],
      policies: [],
    });
    expect(settingsFrom({ mode: "predict", policies: "p" }).cluster).toBe("none");
    expect(settingsFrom({ mode: "predict", cluster: "local" }).cluster).toBe("local");
    expect(
      settingsFrom({ mode: "predict", cluster: "current", kubeconfig: "k", context: "c", policies: "p" }),
    ).toMatchObject({ cluster: "current", kubeconfig: "k", context: "c", policies: ["p"] });
  });
  it("follow the namespaces that are given", () => {
    expect(settingsFrom({ namespaces: "b,a" }).strictNamespace).toBe("b");
  });
  it("leave out what was not given, rather than hold undefined", () => {
    expect(Object.values(settingsFrom({})).includes(undefined as never)).toBe(false);
  });
});

it("reads every input", () => {
  expect(
    settingsFrom({
      mode: "strict-namespace",
      namespaces: ["a,b", "c\na"],
      "legacy-namespaces": "old older",
      "strict-namespace": " b ",
      injection: "kube-inject",
      revision: "1-31-2",
      cluster: "local",
      kubeconfig: "/home/me/kube config",
      context: "arn:aws:eks:x:1:cluster/c",
      "image-httpbin": "registry.example:5000/a/httpbin:1@sha256:abc",
      "image-client": "curl",
      "evidence-path": "/headers?a=b",
      "probe-timeout": "100ms",
      "settle-timeout": "2m",
      "rollout-timeout": "1h",
      timeout: "24h",
      parallel: "1",
      "allow-replace": "true",
      "allow-mesh-wide": "TRUE",
      "report-dir": "out/x",
      output: "json",
      formats: "junit,sarif\ncsv",
      comment: "always",
      "comment-key": "prod.eu",
      "github-token": "ghs_x",
      cleanup: "on-success",
      "root-namespace": "istio-config",
    }),
  ).toEqual({
    mode: "strict-namespace",
    namespaces: ["a", "b", "c"],
    legacyNamespaces: ["old", "older"],
    strictNamespace: "b",
    injection: "kube-inject",
    revision: "1-31-2",
    manifests: [],
    policies: [],
    cluster: "local",
    kubeconfig: "/home/me/kube config",
    context: "arn:aws:eks:x:1:cluster/c",
    kind: KIND,
    imageHttpbin: "registry.example:5000/a/httpbin:1@sha256:abc",
    imageClient: "curl",
    evidencePath: "/headers?a=b",
    probeTimeout: 100,
    settleTimeout: 120_000,
    rolloutTimeout: 3_600_000,
    timeout: 86_400_000,
    parallel: 1,
    allowReplace: true,
    allowMeshWide: true,
    allowUnsafeMethods: false,
    failOn: ["breaks", "opens", "to-plaintext"],
    formats: ["junit", "sarif", "csv"],
    comment: "always",
    commentKey: "prod.eu",
    githubToken: "ghs_x",
    reportDir: "out/x",
    output: "json",
    cleanup: "on-success",
    rootNamespace: "istio-config",
  });
  expect(
    settingsFrom({
      mode: "policies",
      manifests: "a.yaml b/ a.yaml",
      policies: ["p/*.yaml", "q.yaml,p/*.yaml"],
      plan: "plan.yaml",
      "allow-unsafe-methods": "true",
    }),
  ).toMatchObject({
    manifests: ["a.yaml", "b/"],
    policies: ["p/*.yaml", "q.yaml"],
    plan: "plan.yaml",
    allowUnsafeMethods: true,
  });
  expect(
    settingsFrom({ mode: "predict", manifests: "a.yaml", base: "dir:before", "fail-on": "gone opens" }),
  ).toMatchObject({ base: { kind: "dir", path: "before" }, failOn: ["opens", "gone"] });
});

it("takes no legacy namespaces where the list is given and empty", () => {
  expect(settingsFrom({ "legacy-namespaces": "" }).legacyNamespaces).toEqual([]);
});

describe("what is wrong", () => {
  it.each<[name: string, raw: RawInputs, problems: string[]]>([
    ["an unknown input", { naemspaces: "a" }, ["naemspaces is no input (did you mean namespaces?)"]],
    ["an unknown mode", { mode: "adit" }, ['mode is "adit", which is not known (did you mean audit?)']],
    ["a mode in other letters", { mode: "Audit" }, ['mode is "Audit", which is not known (did you mean audit?)']],
    ["a duration without unit", { timeout: "5" }, ['timeout "5" has no unit: 5s or 5ms']],
    ["no duration", { timeout: "soon" }, ['timeout "soon" is not a duration: write it as 5s, 2m, 500ms or 1m30s']],
    ["a short probe", { "probe-timeout": "99ms" }, ['probe-timeout "99ms" is out of range: between 100ms and 1m']],
    ["a long probe", { "probe-timeout": "61s" }, ['probe-timeout "61s" is out of range: between 100ms and 1m']],
    ["no time at all", { timeout: "0s" }, ['timeout "0s" is out of range: between 1s and 24h']],
    ["a fraction", { parallel: "1.5" }, ['parallel "1.5" is not a whole number']],
    ["no parallel call", { parallel: "0" }, ['parallel "0" is out of range: between 1 and 256']],
    ["too many", { parallel: "257" }, ['parallel "257" is out of range: between 1 and 256']],
    ["no boolean", { "allow-replace": "yes" }, ['allow-replace "yes" is neither true nor false']],
    ["no choice", { cleanup: "on-sucess" }, ['cleanup is "on-sucess", which is not known (did you mean on-success?)']],
    ["no cluster", { cluster: "prod" }, ['cluster is "prod", which is not known (one of: kind, current, local)']],
    [
      "a relative path",
      { "evidence-path": "headers" },
      ['evidence-path is "headers" and has to be a path that starts with / and has no spaces and no #'],
    ],
    [
      "a path with a line end",
      { "evidence-path": "/a\nb" },
      [String.raw`evidence-path is "/a\nb" and has to be a path that starts with / and has no spaces and no #`],
    ],
    ["an empty text", { "report-dir": "" }, ["report-dir is empty"]],
    ["a text that is only space", { context: "  " }, ["context is empty"]],
    [
      "a control character",
      { context: "a\u001b[2Jb" },
      [String.raw`context is "a\u001b[2Jb" and has to be text without control characters`],
    ],
    ["two texts", { cleanup: ["always", "never"] }, ['cleanup is given more than once: "always" and "never"']],
    [
      "no namespace of the mesh",
      { namespaces: "" },
      ["namespaces is empty: mode migration needs at least one namespace"],
    ],
    [
      "a strict namespace that is none of the mesh",
      { "strict-namespace": "legacy" },
      ["strict-namespace legacy is not among namespaces (one of: foo, bar)"],
    ],
    [
      "a namespace on both sides",
      { namespaces: "a,legacy" },
      ["namespace legacy is in namespaces and in legacy-namespaces (its workloads have a sidecar or have none)"],
    ],
    [
      "the root namespace among those of the mesh",
      { namespaces: "istio-system", "root-namespace": "istio-system" },
      ["root-namespace istio-system may not be in namespaces (policies there are for the whole mesh)"],
    ],
    [
      "the root namespace among the legacy ones",
      { "legacy-namespaces": "r", "root-namespace": "r" },
      ["root-namespace r may not be in legacy-namespaces (policies there are for the whole mesh)"],
    ],
    [
      "the root namespace in an audit",
      { mode: "audit", namespaces: "r", "root-namespace": "r" },
      ["root-namespace r may not be in namespaces (policies there are for the whole mesh)"],
    ],
    [
      "no policies",
      { mode: "policies" },
      [
        "mode policies needs policies (name files, folders or globs; mode audit proves the policies that are there already)",
      ],
    ],
    [
      "empty policies",
      { mode: "policies", policies: " , " },
      [
        "mode policies needs policies, which is empty (name files, folders or globs; mode audit proves the policies that are there already)",
      ],
    ],
    [
      "a plan in the demo",
      { plan: "p.yaml" },
      ["plan has no use in mode migration (modes policies, audit, predict take it)"],
    ],
    [
      "manifests in an audit",
      { mode: "audit", manifests: "m" },
      ["manifests has no use in mode audit (modes policies, predict take it)"],
    ],
    [
      "policies in the demo",
      { mode: "permissive", policies: "m" },
      ["policies has no use in mode permissive (modes policies, predict take it)"],
    ],
    [
      "cleanup in an audit",
      { mode: "audit", cleanup: "never" },
      ["cleanup has no use in mode audit (every mode but audit and predict takes it)"],
    ],
    [
      "a kind cluster's inputs with another cluster",
      { mode: "audit", "istio-version": "1.31.1", nodes: "2", "istio-profile": "minimal" },
      [
        "istio-version has no use with cluster current (kind takes it)",
        "nodes has no use with cluster current (kind takes it)",
      ],
    ],
    [
      "a kubeconfig with a kind cluster",
      { kubeconfig: "k", context: "c" },
      [
        "kubeconfig has no use with cluster kind, which has a kubeconfig of its own (set cluster to current)",
        "context has no use with cluster kind, which has a kubeconfig of its own (set cluster to current)",
      ],
    ],
    [
      "two ways to say one thing of a kind cluster",
      {
        "kind-config": "k.yaml",
        nodes: "2",
        "ip-family": "ipv6",
        "offline-folder": "f",
        mirror: "https://m",
        "reuse-cluster": "true",
      },
      [
        "kind-config and nodes do not go together (the file has them)",
        "kind-config and ip-family do not go together (the file has it, as networking.ipFamily)",
        "offline-folder and mirror do not go together (what is in the folder is not downloaded)",
        "reuse-cluster needs cluster-name (name the cluster to use)",
      ],
    ],
    [
      "versions, checksums and pairs that are none",
      {
        "istio-version": "1.31",
        "kubernetes-version": "x",
        "kind-sha256": "abc",
        "registry-mirrors": "docker.io",
        "istio-values": "a",
        mirror: "ftp://x",
        "cluster-name": "A",
      },
      [
        'istio-version is "1.31" and has to be an exact version such as 1.31.1',
        'kubernetes-version is "x" and has to be a version such as 1.36 or 1.36.1',
        'kind-sha256 is "abc" and has to be a SHA-256: 64 lower-case hexadecimal digits',
        'registry-mirrors has "docker.io", which has to be REGISTRY=URL, such as docker.io=https://mirror.example',
        'istio-values has "a", which has to be KEY=VALUE, such as components.cni.enabled=true',
        'mirror is "ftp://x" and has to be a URL that starts with https:// or http://, such as https://mirror.example',
        'cluster-name is "A" and has to be at most 50 lower-case letters, digits and -, with a letter or digit at both ends',
      ],
    ],
    [
      "a prediction of nothing",
      { mode: "predict", manifests: " , ", plan: "p" },
      ["mode predict needs manifests or policies, or cluster (name the files of the mesh, or the cluster that has it)"],
    ],
    [
      "a prediction on a cluster that would have to be brought up",
      { mode: "predict", manifests: "m", cluster: "kind" },
      [
        "cluster kind has no use in mode predict (leave it out to predict from the files alone; else one of: current, local)",
      ],
    ],
    [
      "a kubeconfig and a context beside a prediction from files",
      { mode: "predict", manifests: "m", kubeconfig: "k", context: "c" },
      [
        "kubeconfig has no use in mode predict without cluster (cluster current reads the mesh of that cluster)",
        "context has no use in mode predict without cluster (cluster current reads the mesh of that cluster)",
      ],
    ],
    [
      "how to call, where nothing is called",
      { mode: "predict", manifests: "m", "probe-timeout": "1s", parallel: "2" },
      [
        "probe-timeout has no use in mode predict (every mode but predict takes it)",
        "parallel has no use in mode predict (every mode but predict takes it)",
      ],
    ],
    [
      "standard input in a job",
      { mode: "predict", manifests: "a.yaml -", policies: "-" },
      [
        "manifests has -, and the action has no standard input (write it to a file in a step before)",
        "policies has -, and the action has no standard input (write it to a file in a step before)",
      ],
    ],
    [
      "an image with a space",
      { "image-client": "a b" },
      ['image-client is "a b" and has to be an image reference such as registry.example/curl:8.10.1'],
    ],
  ])("%s", (_, raw, expected) => {
    expect(problems(raw)).toEqual(expected);
  });

  it("is all told at once", () => {
    expect(
      problems({ nope: "x", timeout: "5", parallel: "many", namespaces: "a,B,-c", plan: "p", "root-namespace": "R" }),
    ).toEqual([
      expect.stringMatching(/^nope is no input/),
      expect.stringMatching(/^timeout "5"/),
      expect.stringMatching(/^parallel "many"/),
      expect.stringMatching(/^namespaces has "B", which has to be a DNS-1123 label/),
      expect.stringMatching(/^namespaces has "-c"/),
      expect.stringMatching(/^root-namespace is "R"/),
      expect.stringMatching(/^plan has no use/),
    ]);
  });
  it("does not hold an input with a problem of its own against the others", () => {
    expect(problems({ namespaces: "A", "strict-namespace": "x" })).toHaveLength(1);
    expect(problems({ mode: "policies", policies: "a\u0001" })).toHaveLength(1);
    expect(problems({ mode: "nope", plan: "p", policies: "q" })).toHaveLength(1);
    expect(problems({ mode: "predict", manifests: "a\u0001" })).toHaveLength(1);
    expect(problems({ mode: "predict", cluster: "prod", context: "c" })).toHaveLength(1);
  });
  it("is no repetition of the same text, nor a default in a mode that does not take it", () => {
    expect(problems({ cleanup: ["never", "never"] })).toEqual([]);
    expect(problems({ mode: "audit", cleanup: "always", "rollout-timeout": "180s", "allow-replace": "False" })).toEqual(
      [],
    );
    expect(problems({ mode: "audit", "rollout-timeout": "181s" })).toHaveLength(1);
  });
  it("is spelled as the front end spells it", () => {
    try {
      settingsFrom({ namespaces: "legacy", timeout: "x", odd: "1" }, { spelling: (name) => `<${name}>`, stdin: true });
      expect.unreachable();
    } catch (thrown) {
      expect((thrown as Refusal).problems.map(problemText)).toEqual([
        expect.stringContaining("<timeout>"),
        expect.stringContaining("<odd>"),
        expect.stringMatching(/<namespaces> and in <legacy-namespaces>/),
      ]);
    }
  });
  it("is a name that every object has", () => {
    expect(problems({ constructor: "x", toString: "y" })).toHaveLength(2);
    expect(problems(JSON.parse('{"__proto__": "x"}') as RawInputs)).toHaveLength(1);
  });
});

it("reads how a kind cluster is made", () => {
  expect(
    settingsFrom({
      "istio-version": "1.30.4",
      "kubernetes-version": "v1.35",
      "kind-version": "v0.31.0",
      "istio-profile": "demo",
      "istio-values": "a.b=c, d[0]=e=f",
      "istio-config": "op.yaml",
      "node-image": "own/node:v1.35.2",
      "kind-config": "kind.yaml",
      images: "a.tar b.tar",
      "registry-mirrors": "docker.io=https://m",
      "registry-config": "config.json",
      mirror: "https://m/",
      "kind-sha256": "a".repeat(64),
      "istioctl-sha256": "b".repeat(64),
      "cluster-name": "mine",
      "reuse-cluster": "true",
      "cluster-timeout": "10m",
    }).kind,
  ).toEqual({
    ...KIND,
    istioVersion: "1.30.4",
    kubernetesVersion: "1.35",
    kindVersion: "0.31.0",
    istioProfile: "demo",
    istioValues: ["a.b=c", "d[0]=e=f"],
    istioConfig: "op.yaml",
    nodeImage: "own/node:v1.35.2",
    kindConfig: "kind.yaml",
    images: ["a.tar", "b.tar"],
    registryMirrors: ["docker.io=https://m"],
    registryConfig: "config.json",
    mirror: "https://m",
    kindSha256: "a".repeat(64),
    istioctlSha256: "b".repeat(64),
    clusterName: "mine",
    reuseCluster: true,
    clusterTimeout: 600_000,
  });
});

describe("the inputs of the action", () => {
  it("are those that are not empty", () => {
    const given: Record<string, string> = { mode: "audit", namespaces: "\na\nb\n", context: "  ", plan: "" };
    expect(actionInputs((name) => given[name] ?? "")).toEqual({ mode: "audit", namespaces: "\na\nb\n" });
  });
  it("are read by their names, each", () => {
    const asked: string[] = [];
    actionInputs((name) => {
      asked.push(name);
      return "";
    });
    expect(asked).toEqual(INPUT_NAMES.filter((name) => specOf(name).only !== "cli"));
  });
  it.each(MODES)("may be all the defaults of action.yml in mode %s", (mode) => {
    const stated = INPUT_NAMES.flatMap((name) =>
      specOf(name).default === undefined ? [] : [[name, specOf(name).default]],
    );
    const needed = mode === "policies" || mode === "predict" ? { policies: "p" } : {};
    const raw = { ...(Object.fromEntries(stated) as RawInputs), ...needed, mode };
    expect(settingsFrom(raw)).toEqual(settingsFrom({ mode, ...needed }));
  });
});
