import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readObjects } from "../../src/mesh/objects.js";
import { annotationsOf } from "../../src/report/annotations.js";
import { reportSchema } from "../../src/report/schema.js";
import { serialise } from "../../src/report/serialise.js";
import { summaryMarkdown } from "../../src/report/markdown.js";
import { terminalReport } from "../../src/report/terminal.js";
import { problemText } from "../../src/problems.js";
import { run } from "../../src/run.js";
import type { RunResult } from "../../src/run.js";
import { settingsFrom } from "../../src/settings/settings-from.js";
import { inFolder, Repository } from "../base/repository.js";
import { clock, keptPorts } from "./ports.js";
import { realPorts } from "../../src/entry/world.js";
import { MeshWorld } from "./world.js";

const ROOT = dirname(dirname(import.meta.dirname));
const STRICT = readFileSync(join(ROOT, "manifests", "policies", "mtls-ns.yaml"), "utf8");

/** The demo's workloads in a repository, with policies/ as they are on main, and then as a pull request has them. */
function pullRequest(main: Readonly<Record<string, string>>, topic: Readonly<Record<string, string>>): Repository {
  const repository = Repository.create();
  cpSync(join(ROOT, "manifests", "workloads"), join(repository.folder, "workloads"), { recursive: true });
  repository.commit({ "policies/none.yaml": "# nothing yet\n", ...main });
  repository.git("switch", "--quiet", "--create", "topic");
  repository.remove(...Object.keys(main).filter((path) => !(path in topic)));
  repository.commit(topic);
  return repository;
}

async function predict(repository: Repository, raw: Readonly<Record<string, string>> = {}): Promise<RunResult> {
  const given = { mode: "predict", manifests: "workloads", policies: "policies", base: "main", ...raw };
  const { files } = realPorts();
  return await inFolder(repository.folder, () => run(settingsFrom(given), { ...keptPorts([], {}), files }));
}

const told = ({ report }: RunResult): string[] =>
  (report.diff ?? []).map(
    ({ direction, from, to, count, fails }) =>
      `${count} ${direction} ${from.workload}.${from.namespace} → ${to.host}${fails ? " fails" : ""}`,
  );
const exposed = ({ report }: RunResult): string[] =>
  (report.exposure ?? []).map(
    ({ to, before, after, fails }) =>
      `${to.service}.${to.namespace} ${before?.plaintext ?? "-"} → ${after?.plaintext ?? "-"}${fails ? " fails" : ""}`,
  );

describe("a pull request", () => {
  it("that turns foo STRICT breaks the calls of who has no sidecar, at the policy's line", async () => {
    const result = await predict(pullRequest({}, { "policies/mtls-ns.yaml": STRICT }));
    expect(result.exit).toBe(1);
    expect(result.report.verdict).toBe("mismatch");
    expect(told(result)).toEqual(["1 breaks sleep.legacy → httpbin.foo fails"]);
    expect(exposed(result)).toEqual(["httpbin.foo all → none"]);
    const [annotation] = annotationsOf(result.report);
    expect(annotation).toMatchObject({ level: "error", file: "policies/mtls-ns.yaml", line: 9 });
    expect(annotation?.title).toBe("breaks: sleep.legacy → httpbin.foo:8000");
    expect(reportSchema.safeParse(JSON.parse(serialise(result.report))).error).toBeUndefined();
    const terminal = terminalReport(result.report, { width: 120, unicode: true, colour: false });
    expect(terminal).toContain("✗ 1 call: sleep.legacy → httpbin.foo:8000\n      200 plain → 000/56\n");
    expect(terminal).toContain(
      "because PeerAuthentication foo/default (policies/mtls-ns.yaml:9): mode STRICT for the namespace",
    );
    const summary = summaryMarkdown(result.report, { limitBytes: 2 ** 20 });
    expect(summary).toContain("#### ❌ `breaks`: calls that arrived");
    expect(summary).toContain("- because `PeerAuthentication foo/default (policies/mtls-ns.yaml:9)`: ");
  });

  it("fails on what it is asked to fail on, and on nothing else", async () => {
    const repository = pullRequest({}, { "policies/mtls-ns.yaml": STRICT });
    const open = await predict(repository, { "fail-on": "opens,to-plaintext" });
    expect([open.exit, told(open)]).toEqual([0, ["1 breaks sleep.legacy → httpbin.foo"]]);
    expect((await predict(repository, { "fail-on": "none" })).exit).toBe(0);
  });

  it("that takes STRICT away opens calls, and a port to who is not known to call", async () => {
    const result = await predict(pullRequest({ "policies/mtls-ns.yaml": STRICT }, {}));
    expect([result.exit, told(result)]).toEqual([1, ["1 opens sleep.legacy → httpbin.foo fails"]]);
    expect(exposed(result)).toEqual(["httpbin.foo none → all fails"]);
    const alone = await predict(pullRequest({ "policies/mtls-ns.yaml": STRICT }, {}), { namespaces: "foo,bar" });
    expect([alone.exit, told(alone)]).toEqual([1, []]);
    expect(exposed(alone)).toEqual(["httpbin.foo none → all fails"]);
    // What decided stands in the base alone: it is told, and no line of the change.
    expect(annotationsOf(alone.report)[0]).not.toHaveProperty("file");
    expect(annotationsOf(alone.report)[0]?.title).toBe("open to more in plaintext: httpbin.foo:8000");
  });

  it("that changes nothing of the mesh passes", async () => {
    const result = await predict(
      pullRequest({ "policies/a.yaml": STRICT }, { "policies/renamed.yaml": `# of another name\n${STRICT}` }),
    );
    expect([result.exit, told(result), exposed(result)]).toEqual([0, [], []]);
  });

  it("that takes a namespace away names it", async () => {
    const repository = pullRequest({}, {});
    repository.remove("workloads/legacy.yaml");
    const result = await predict(repository);
    expect(result.exit).toBe(0);
    expect(told(result)).toEqual(["2 gone sleep.legacy → httpbin.bar"]);
    expect(result.report.diff?.[0]?.because).toEqual([
      { rule: "inventory", says: "the namespace is gone", kind: "Namespace", name: "legacy" },
    ]);
  });

  it("that leaves a call to an authorizer could fail: it is an error, and no pass", async () => {
    const config = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    extensionProviders:\n    - name: authz\n      envoyExtAuthzGrpc: {service: authz.foo.svc.cluster.local, port: 9000}\n`;
    const custom = `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: ask, namespace: foo}\nspec: {action: CUSTOM, provider: {name: authz}, rules: [{}]}\n`;
    const repository = pullRequest(
      { "policies/mesh.yaml": config },
      { "policies/mesh.yaml": config, "policies/ask.yaml": custom },
    );
    const result = await predict(repository);
    expect(result.exit).toBe(3);
    expect(result.report.diff?.every(({ fails }) => !fails)).toBe(true);
    expect(result.report.problems.map(problemText).join("\n")).toContain(
      "it cannot be ruled out that 5 calls change in a way to fail on",
    );
    expect((await predict(repository, { "fail-on": "none" })).exit).toBe(0);
  });

  it("compares the calls of its plan, and takes a client that the base has not for new", async () => {
    const plan = `clients:\n- {namespace: legacy, workload: sleep}\n- {namespace: foo, workload: job}\ndestinations:\n- {url: "http://httpbin.foo:8000/ip"}\n- {url: "http://httpbin:8000/ip"}\n`;
    const job = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: job, namespace: foo}\nspec:\n  selector: {matchLabels: {app: job}}\n  template:\n    metadata: {labels: {app: job}}\n    spec: {containers: [{name: job, image: curl}]}\n`;
    const repository = pullRequest(
      {},
      { "policies/mtls-ns.yaml": STRICT, "policies/job.yaml": job, "plan.yaml": plan },
    );
    const result = await predict(repository, { plan: "plan.yaml" });
    expect(told(result)).toEqual(["1 breaks sleep.legacy → httpbin.foo fails", "2 new job.foo → httpbin.foo"]);
  });

  it("is refused with what to do where the base is not there", async () => {
    const result = await predict(pullRequest({}, {}), { base: "no-such" });
    expect(result.exit).toBe(2);
    expect(result.report.problems.map(problemText).join()).toContain("fetch-depth: 0");
  });
});

describe("the bases", () => {
  it("are folders, too", async () => {
    const repository = new Repository(mkdtempSync(join(tmpdir(), "mtls-gate-dir-")));
    for (const folder of ["old/workloads", "workloads"]) {
      cpSync(join(ROOT, "manifests", "workloads"), join(repository.folder, folder), { recursive: true });
    }
    repository.write({ "old/policies/none.yaml": "# nothing\n", "policies/mtls-ns.yaml": STRICT });
    const result = await predict(repository, { base: "dir:old" });
    expect(told(result)).toEqual(["1 breaks sleep.legacy → httpbin.foo fails"]);
    expect(result.report.base).toEqual({ kind: "dir", name: "old" });
  });

  it("are the cluster as it is, under the files", async () => {
    await using world = await MeshWorld.start();
    for (const file of ["foo.yaml", "legacy.yaml"]) {
      const { objects } = readObjects(readFileSync(join(ROOT, "manifests", "workloads", file), "utf8"), file);
      for (const { object } of [...objects, ...readObjects(STRICT, "strict.yaml").objects]) world.api.store.put(object);
    }
    const folder = mkdtempSync(join(tmpdir(), "mtls-gate-dir-"));
    writeFileSync(join(folder, "p.yaml"), STRICT.replace("STRICT", "PERMISSIVE"));
    await clock.sleep(300);
    const { files } = realPorts();
    const result = await world.run({ mode: "predict", base: "cluster", policies: join(folder, "p.yaml") }, { files });
    expect(result.report.base?.kind).toBe("cluster");
    expect(exposed(result)).toEqual(["httpbin.foo none → all fails"]);
    expect(told(result)).toEqual(["1 opens sleep.legacy → httpbin.foo fails"]);
    expect(result.exit).toBe(1);
  });
});
