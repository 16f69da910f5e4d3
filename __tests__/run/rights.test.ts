import { loadAll } from "js-yaml";
import { describe, expect, it } from "vitest";
import { rbac } from "../../src/rbac-run.js";
import { readArguments } from "../../src/settings/cli-arguments.js";
import type { Rule } from "../fixtures/kube-api/index.js";
import { keptPorts } from "./ports.js";
import { inhabited, MeshWorld } from "./world.js";

/** Runs by a user who has exactly the rights that `mtls-gate rbac` prints. */

interface Printed {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
}

const STRICT = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: foo}
spec: {mtls: {mode: STRICT}}
`;

async function printed(line: string, files: Readonly<Record<string, string>> = {}): Promise<Printed[]> {
  const request = readArguments(["rbac", ...line.split(" ")], "1");
  if (request.kind !== "rbac") throw new Error(JSON.stringify(request));
  return loadAll(await rbac(request.options, keptPorts([], files))) as Printed[];
}

/** Gives the user of a world these rights, and no others. */
function grant(world: MeshWorld, documents: readonly Printed[]): void {
  for (const { metadata, rules } of documents) {
    if (rules !== undefined) world.api.access.set(metadata.namespace ?? "*", rules);
  }
  world.api.access.enforce = true;
}

/** Somebody's mesh, with a plan and a policy to run on it. */
async function planned(): Promise<MeshWorld> {
  const world = await inhabited();
  world.files["plan.yaml"] =
    'clients: [{namespace: foo, workload: sleep}, {namespace: legacy, workload: sleep}]\ndestinations: [{url: "http://httpbin.foo:8000/ip"}]\n';
  world.files["policy.yaml"] = STRICT;
  return world;
}

const AUDIT = { mode: "audit", plan: "plan.yaml", namespaces: "foo,legacy" };

describe("with the rights that are printed", () => {
  it("an audit passes, predicts every call, and misses nothing", async () => {
    await using world = await planned();
    grant(world, await printed("audit --namespaces foo,legacy"));
    const { report, exit } = await world.run(AUDIT);
    expect(report.problems).toEqual([]);
    expect(exit).toBe(0);
    expect(report.phases[0]!.calls.map(({ predicted }) => predicted !== null && "code" in predicted)).toEqual([
      true,
      true,
    ]);
    expect(report.mesh.istio).toBe("1.31.2");
  });

  it("policies are applied and removed", async () => {
    await using world = await planned();
    grant(world, await printed("policies --policies policy.yaml --namespaces foo,legacy", { "policy.yaml": STRICT }));
    const { report, exit } = await world.run({ ...AUDIT, mode: "policies", policies: "policy.yaml" });
    expect(report.problems).toEqual([]);
    expect(exit).toBe(0);
    expect(world.leftOvers()).toEqual([]);
  });

  it.each(["migration", "permissive", "strict-namespace", "strict-mesh"])("mode %s passes", async (mode) => {
    await using world = await MeshWorld.start();
    grant(world, await printed(`${mode} --namespaces foo --allow-mesh-wide true`));
    const { report, exit } = await world.run({ mode, namespaces: "foo" });
    expect(report.problems).toEqual([]);
    expect(exit).toBe(0);
    expect(world.leftOvers()).toEqual([]);
  });
});

/** Kinds that the played server has not, so that it says so before it looks at rights. */
const ABSENT = ["wasmplugins", "trafficextensions", "networkpolicies", "routes"];

describe("an audit has no right too many", () => {
  it("each is used", async () => {
    await using world = await planned();
    const asked = new Set<string>();
    const { access } = world.api;
    const allowed = access.allowed.bind(access);
    access.allowed = (namespace, question) => {
      // A Namespace is in itself, as the API server has it.
      const where = question.resource === "namespaces" ? undefined : namespace;
      asked.add(JSON.stringify([where ?? "*", question.verb, question.group, question.resource]));
      return allowed(namespace, question);
    };
    const documents = await printed("audit --namespaces foo,legacy");
    grant(world, documents);
    await world.run(AUDIT);
    // All namespaces' names are asked for only where none are given.
    await world.run({ mode: "audit" });
    const unused = documents.flatMap(({ metadata: { namespace = "*" }, rules = [] }) =>
      rules.flatMap(({ verbs, apiGroups, resources }) =>
        verbs.flatMap((verb) =>
          resources
            .map((resource) => JSON.stringify([namespace, verb, apiGroups[0], resource]))
            .filter((text) => !asked.has(text) && !ABSENT.some((kind) => text.includes(kind))),
        ),
      ),
    );
    expect(unused).toEqual([]);
  });
});

describe("with one right less", () => {
  it.each([
    ["foo", "pods/exec", "2 rights"],
    ["legacy", "services", "2 rights"],
    ["foo", "endpointslices", "2 rights"],
    ["foo", "peerauthentications", "3 unreadable"],
    ["istio-system", "authorizationpolicies", "3 unreadable"],
    ["istio-system", "configmaps", "3 unreadable"],
    ["*", "virtualservices", "3 unreadable"],
    ["*", "namespaces", "0 unreadable"],
    ["foo", "replicasets", "0 unreadable"],
    ["istio-system", "deployments", "0 "],
    ["*", "mutatingwebhookconfigurations", "0 "],
  ])("in %s on %s: %s", async (where, resource, end) => {
    await using world = await planned();
    const documents = await printed("audit --namespaces foo,legacy");
    grant(
      world,
      documents.map((one) => ((one.metadata.namespace ?? "*") === where ? lessOf(one, resource) : one)),
    );
    const { report, exit } = await world.run(AUDIT);
    expect(`${exit} ${report.problems.map(({ code }) => code).join()}`).toBe(end);
    if (end !== "0 ")
      expect(report.problems.map(({ message }) => message.toLowerCase()).join()).toContain(
        resource.replace(/s$/u, "").replace("ie", ""),
      );
  });
});

function lessOf(document: Printed, resource: string): Printed {
  if (document.rules === undefined) return document;
  const rules = document.rules.map((rule) => ({
    ...rule,
    resources: rule.resources.filter((one) => one !== resource),
  }));
  expect(rules).not.toEqual(document.rules);
  return { ...document, rules };
}
