import { loadAll } from "js-yaml";
import { describe, expect, it } from "vitest";
import { rbacInTerminal } from "../../src/entry/rbac-in-terminal.js";
import { problemText } from "../../src/problems.js";
import { readArguments } from "../../src/settings/cli-arguments.js";
import { keptPorts } from "../run/ports.js";

interface Printed {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly subjects?: readonly object[];
}

function asked(line: string): ReturnType<typeof readArguments> {
  return readArguments(["rbac", ...line.split(" ").filter((word) => word !== "")], "1");
}

async function cli(
  line: string,
  files: Readonly<Record<string, string>> = {},
): Promise<{ exit: number; out: string; err: string }> {
  const request = asked(line);
  if (request.kind !== "rbac") throw new Error(JSON.stringify(request));
  let [out, err] = ["", ""];
  const exit = await rbacInTerminal(request.options, {
    ports: keptPorts([], files),
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { exit, out, err };
}

const named = (out: string): string[] =>
  (loadAll(out) as Printed[]).map(({ kind, metadata: { name, namespace } }) => `${kind} ${namespace ?? "-"}/${name}`);

describe("rbac", () => {
  it("prints a Role and a binding a namespace, and those for the cluster", async () => {
    const { exit, out, err } = await cli("audit --namespaces shop,on --service-account ci/bot");
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    const name = "mtls-gate-audit";
    expect(named(out)).toEqual([
      ...["shop", "on", "istio-system"].flatMap((space) => [`Role ${space}/${name}`, `RoleBinding ${space}/${name}`]),
      `ClusterRole -/${name}`,
      `ClusterRoleBinding -/${name}`,
    ]);
    const subjects = (loadAll(out) as Printed[]).flatMap((one) => one.subjects ?? []);
    expect(subjects).toEqual(Array(4).fill({ kind: "ServiceAccount", namespace: "ci", name: "bot" }));
    expect(out).toContain('namespace: "on" }');
  });
  it("has a placeholder for who it is, and the name that is asked for", async () => {
    const { out } = await cli("audit --namespaces shop --name reader");
    expect(named(out)[0]).toBe("Role shop/reader");
    expect(out).toContain("name: THE-USER-OF-THE-KUBECONFIG } # write who it is\n");
  });
  it("says above each rule that can be left out what is lost", async () => {
    const { out } = await cli("audit --namespaces shop");
    const lines = out.split("\n");
    expect(lines).toContain(
      "  # optional: reading the mesh's settings; without them, the calls of clients with a sidecar are unknown",
    );
    expect(lines).toContain("  # finding clients and destinations, and calling from the clients' pods");
  });
  it("has no right that changes anything for an audit, and none to exec for a prediction", async () => {
    expect((await cli("audit --namespaces shop")).out).not.toMatch(/verbs: \[[^\]]*(?:patch|update|delete)/u);
    const { out } = await cli("predict --namespaces shop");
    expect(out).not.toContain("exec");
    expect(out).toContain("resources: [pods, services], verbs: [list]");
  });
  it("goes by the kinds and namespaces of the files", async () => {
    const policy = (kind: string, group: string): string =>
      `apiVersion: ${group}.istio.io/v1\nkind: ${kind}\nmetadata: {name: a, namespace: pay}\nspec: {}\n`;
    const files = { "p.yaml": `${policy("Sidecar", "networking")}---\n${policy("PeerAuthentication", "security")}` };
    const { out } = await cli("policies --policies p.yaml --namespaces shop", files);
    expect(named(out)).toContain("Role pay/mtls-gate-policies");
    expect(out).toContain(
      "{ apiGroups: [networking.istio.io], resources: [sidecars], verbs: [get, list, create, patch, update, delete] }",
    );
    expect(out).toContain("# optional: asking istiod whether the proxies hold the policies");
  });
  it("takes the namespaces from the plan where it names them all", async () => {
    const plan = 'clients: [{namespace: a, workload: x}]\ndestinations: [{url: "http://y.b:80/"}]\n';
    expect(named((await cli("audit --plan plan.yaml", { "plan.yaml": plan })).out)).toContain("Role b/mtls-gate-audit");
  });
});

describe("what is refused, with exit code 2", () => {
  it("rights for no namespace", async () => {
    const { exit, err } = await cli("audit");
    expect(exit).toBe(2);
    expect(err).toContain("mtls-gate: rbac needs --namespaces (");
  });
  it.each<[string, string[]]>([
    ["", ["rbac needs a mode first (mtls-gate rbac audit --namespaces shop)"]],
    [
      "nope --namespaces a",
      ['"nope" belongs to no flag (mtls-gate help rbac lists the flags)', "rbac needs a mode first"],
    ],
    ["audit --namespaces a --name A_b", ['--name is "A_b", which no object can be called']],
    ["audit --namespaces a --service-account ci", ['--service-account is "ci" and has to be NAMESPACE/NAME']],
    ["audit --namespaces A", ['--namespaces has "A", which has to be a DNS-1123 label']],
    ["audit --namespaces a --policies p.yaml", ["--policies has no use in mode audit"]],
    ["policies --namespaces a", ["mode policies needs --policies"]],
    ["audit --namespaces a --timeout 5s", ["--timeout has no use in rbac"]],
  ])("%s", (line, messages) => {
    const request = asked(line);
    if (request.kind !== "refused") throw new Error(JSON.stringify(request));
    const found = request.problems.map(problemText);
    expect(found).toHaveLength(messages.length);
    for (const [index, message] of messages.entries()) expect(found[index]).toContain(message);
  });
});
