import { describe, expect, it } from "vitest";
import { explainInTerminal } from "../../src/entry/explain-in-terminal.js";
import { readArguments } from "../../src/settings/cli-arguments.js";
import { istio, STRICT, WORLD, workload } from "../predict/turn-builders.js";
import { keptPorts } from "../run/ports.js";

/** The command as a person gives it, on files that a test holds. */
async function cli(
  line: string,
  texts: readonly string[],
  second = "",
): Promise<{ exit: number; out: string; err: string }> {
  const request = readArguments(["explain", ...line.split(" "), "--manifests", "mesh.yaml,second.yaml"], "1");
  if (request.kind !== "explain") throw new Error(JSON.stringify(request));
  const files = { "mesh.yaml": texts.join("---\n"), "second.yaml": second };
  let [out, err] = ["", ""];
  const exit = await explainInTerminal(request.options, {
    ports: keptPorts([], files),
    signal: new AbortController().signal,
    colour: false,
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { exit, out, err };
}

const CALL = "--from legacy/sleep --to http://httpbin.foo:8000/ip";

describe("explain", () => {
  it("answers, with exit code 0, also where the call is refused", async () => {
    const { exit, out, err } = await cli(CALL, WORLD, STRICT);
    expect(exit).toBe(0);
    expect(err).toBe("");
    expect(out).toContain("Deployment legacy/sleep calls GET http://httpbin.foo:8000/ip\n");
    expect(out).toContain("PeerAuthentication foo/default, second.yaml:4\n");
    expect(out).toContain("Change Namespace legacy (mesh.yaml:10):\n");
  });
  it("answers in JSON alone where that is asked for", async () => {
    const { exit, out } = await cli(`${CALL} --output json`, WORLD, STRICT);
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      schema: "mtls-gate/explanation/v1",
      from: { namespace: "legacy", workload: "sleep", kind: "Deployment", container: "main" },
      predicted: { arrives: false, code: "000", exit: 56 },
      suggestions: [{ change: "replace" }, { change: "add" }, { change: "replace" }],
    });
  });
  it("takes the method and headers of the call", async () => {
    const onlyPost = istio(
      "AuthorizationPolicy",
      "foo/post",
      "{action: DENY, rules: [{to: [{operation: {methods: [POST]}}]}]}",
    );
    const get = await cli(`${CALL} --output json`, WORLD, onlyPost);
    const post = await cli(`${CALL} --output json --method POST --header x-secret:12345`, WORLD, onlyPost);
    expect(JSON.parse(get.out)).toMatchObject({ predicted: { code: "200" } });
    expect(JSON.parse(post.out)).toMatchObject({ predicted: { code: "403" }, to: { method: "POST" } });
    expect(post.out).not.toContain("12345");
  });
  it("ends with 3 where it cannot tell", async () => {
    const { exit, out } = await cli("--from legacy/sleep --to http://example.com/", WORLD);
    expect(exit).toBe(3);
    expect(out).toContain("What comes of it cannot be told: example.com is no host that the mesh knows.");
  });
});

describe("what is refused, with exit code 2", () => {
  it("a workload that is not there: the nearest one is told", async () => {
    const { exit, out, err } = await cli("--from legacy/slep --to http://httpbin.foo:8000/", WORLD);
    expect(exit).toBe(2);
    expect(out).toBe("");
    expect(err).toBe("mtls-gate: --from is legacy/slep, and there is no such workload (did you mean legacy/sleep?)\n");
  });
  it("a workload without a near name: all are told", async () => {
    const { err } = await cli("--from legacy/frontend --to http://httpbin.foo:8000/", WORLD);
    expect(err).toContain("(there are legacy/sleep, legacy/httpbin, foo/sleep, ");
  });
  it("a workload of another kind", async () => {
    const { err } = await cli("--from legacy/job/sleep --to http://httpbin.foo:8000/", WORLD);
    expect(err).toContain(
      "--from is legacy/job/sleep, and there is no such workload (there is legacy/deployment/sleep)",
    );
  });
  it("a name that several workloads have", async () => {
    const twin = workload("legacy/sleep").replace("kind: Deployment", "kind: StatefulSet");
    const { exit, err } = await cli(CALL, WORLD, twin);
    expect(exit).toBe(2);
    expect(err).toContain("(give its kind: legacy/deployment/sleep or legacy/statefulset/sleep)");
    const named = await cli("--from legacy/sts/sleep --to http://httpbin.foo:8000/ip", WORLD, twin);
    expect(named.exit).toBe(0);
  });
  it("every wrong line of the files, at once", async () => {
    const wrong = `${STRICT.replace("STRICT", "STRICKT")}---\n${istio("DestinationRule", "foo/x", "{hosts: a}")}`;
    const { exit, err } = await cli(CALL, WORLD, wrong);
    expect(exit).toBe(2);
    const lines = err.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.every((line) => line.startsWith("mtls-gate: second.yaml:"))).toBe(true);
  });
  it("a kubeconfig that is not there", async () => {
    const request = readArguments(
      ["explain", ...CALL.split(" "), "--cluster", "current", "--kubeconfig", "/nonexistent/config"],
      "1",
    );
    if (request.kind !== "explain") throw new Error(JSON.stringify(request));
    let err = "";
    const exit = await explainInTerminal(request.options, {
      ports: keptPorts([], {}),
      signal: new AbortController().signal,
      colour: false,
      out: () => undefined,
      err: (text) => (err += text),
    });
    expect(exit).toBe(2);
    expect(err).toContain("/nonexistent/config");
  });
});
