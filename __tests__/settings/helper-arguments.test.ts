import { describe, expect, it } from "vitest";
import { problemText } from "../../src/problems.js";
import { readArguments } from "../../src/settings/cli-arguments.js";
import { HELPER_COMMANDS, HELPERS } from "../../src/settings/helper-commands.js";
import { INPUT_NAMES } from "../../src/settings/schema.js";
import { settingsFrom } from "../../src/settings/settings-from.js";

const words = (line: string): string[] => line.split(" ").filter((word) => word !== "");
const read = (line: string) => readArguments(words(line), "1.2.3");
const explain = (given: string | readonly string[]) => {
  const request = readArguments(["explain", ...(typeof given === "string" ? words(given) : given)], "1");
  if (request.kind !== "explain") throw new Error(JSON.stringify(request));
  return request.options;
};
const planStrict = (line: string) => {
  const request = read(`plan-strict ${line}`);
  if (request.kind !== "plan-strict") throw new Error(JSON.stringify(request));
  return request.options;
};
const problems = (line: string) => {
  const request = read(line);
  if (request.kind !== "refused") throw new Error(JSON.stringify(request));
  return request.problems.map(problemText);
};

const CALL = "--from legacy/sleep --to http://httpbin.foo:8000/ip";

describe("explain", () => {
  it("takes a call and the files of the mesh", () => {
    expect(explain(`${CALL} --manifests a.yaml b/ --policies - --root-namespace istio-config`)).toEqual({
      from: { namespace: "legacy", workload: "sleep" },
      to: {
        url: "http://httpbin.foo:8000/ip",
        scheme: "http",
        host: "httpbin.foo",
        port: 8000,
        path: "/ip",
        method: "GET",
        headers: {},
      },
      output: "text",
      settings: {
        ...settingsFrom({ mode: "predict", manifests: ["a.yaml", "b/"], "root-namespace": "istio-config" }),
        policies: ["-"],
      },
    });
  });
  it("takes a call in a cluster that is there", () => {
    expect(explain(`${CALL} --cluster=current --kubeconfig k --context c --output json`)).toMatchObject({
      output: "json",
      settings: { mode: "predict", cluster: "current", kubeconfig: "k", context: "c", manifests: [] },
    });
  });
  it("takes the kind of the client, in any spelling", () => {
    expect(explain("--from foo/Deploy/sleep --to http://a --manifests m").from).toEqual({
      namespace: "foo",
      kind: "deployment",
      workload: "sleep",
    });
  });
  it("takes a method and headers, with colons and spaces in their values", () => {
    const given = [
      ...words(CALL),
      "--manifests",
      "m",
      "--method",
      "DELETE",
      "--header",
      "x-token: a b:c",
      "y:",
      "--header=z:1",
    ];
    expect(explain(given).to).toMatchObject({ method: "DELETE", headers: { "x-token": "a b:c", y: "", z: "1" } });
  });
  it.each([
    ["ws://a.b/", "GET"],
    ["grpc://a.b:9000/p.S/M", "POST"],
    ["tcp://a.b:1", "GET"],
  ])("knows the method of %s", (url, method) => {
    expect(explain(`--from a/b --to ${url} --manifests m`).to.method).toBe(method);
  });
});

describe("plan-strict", () => {
  it("takes the files of the mesh", () => {
    expect(
      planStrict("--manifests m --policies p --namespaces a,b --root-namespace r --out steps --output json"),
    ).toEqual({
      out: "steps",
      output: "json",
      settings: settingsFrom({
        mode: "predict",
        manifests: "m",
        policies: "p",
        namespaces: "a,b",
        "root-namespace": "r",
      }),
    });
  });
  it("writes no policies unless it is told where", () => {
    expect(planStrict("--cluster local")).toEqual({
      output: "text",
      settings: settingsFrom({ mode: "predict", cluster: "local" }),
    });
  });
});

describe("what is wrong", () => {
  it.each<[line: string, problems: string[]]>([
    [
      "explain",
      [
        "explain needs --from (NAMESPACE/WORKLOAD)",
        "explain needs --to (a URL such as http://httpbin.foo:8000/)",
        "explain needs --manifests or --policies, or --cluster (name the files of the mesh, or the cluster that has it)",
      ],
    ],
    [
      "plan-strict --out --output",
      [
        "--out is empty",
        "--output is empty",
        "plan-strict needs --manifests or --policies, or --cluster (name the files of the mesh, or the cluster that has it)",
      ],
    ],
    [
      `explain ${CALL} --manifests m --cluster kind`,
      [
        "--cluster kind has no use in explain (leave it out to predict from the files alone; else one of: current, local)",
      ],
    ],
    [
      `explain ${CALL} --manifests m --context c`,
      ["--context has no use in explain without --cluster (--cluster current reads the mesh of that cluster)"],
    ],
    [
      `explain ${CALL} --manifests - --policies -`,
      ["standard input (-) can be read once, and is in --manifests and --policies (write one to a file)"],
    ],
    [
      `explain ${CALL} --manifests m --namespaces a --plan p`,
      [
        "--namespaces has no use in explain (mtls-gate help explain lists the flags)",
        "--plan has no use in explain (mtls-gate help explain lists the flags)",
      ],
    ],
    [`explain ${CALL} --manifests m --form a/b`, ['"--form" is no flag (did you mean --from?)']],
    [`explain ${CALL} --manifests m --headers=a:b`, ['"--headers" is no flag (did you mean --header?)']],
    [
      `plan-strict --manifests m --from a/b stray`,
      [
        '"--from" is no flag (mtls-gate help plan-strict lists the flags)',
        '"stray" belongs to no flag (mtls-gate help plan-strict lists the flags)',
      ],
    ],
    ["audit --from a/b", ['"--from" is no flag (mtls-gate help <mode> lists the flags)']],
    [
      "explain --from a/b --from a/c --to http://x --to http://x --manifests m",
      ['--from is given more than once: "a/b" and "a/c"'],
    ],
    [
      "explain --from sleep --to httpbin.foo:8000 --manifests m",
      [
        '--from is "sleep" and has to be NAMESPACE/WORKLOAD or NAMESPACE/KIND/WORKLOAD',
        '--to "httpbin.foo:8000" is no URL such as http://NAME.NAMESPACE:PORT/PATH',
      ],
    ],
    [
      "explain --from foo/* --to tcp://a:1/x --manifests m",
      [
        '--from is "foo/*" and has to be NAMESPACE/WORKLOAD or NAMESPACE/KIND/WORKLOAD',
        '--to "tcp://a:1/x" has a path, which scheme tcp has not: tcp://HOST:PORT',
      ],
    ],
    [
      "explain --from a/b/c/d --to http://x --manifests m",
      ['--from is "a/b/c/d" and has to be NAMESPACE/WORKLOAD or NAMESPACE/KIND/WORKLOAD'],
    ],
    [
      `explain ${CALL} --manifests m --method get --output yaml`,
      [
        '--method is "get", which is not known (did you mean GET?)',
        '--output is "yaml", which is not known (one of: text, json)',
      ],
    ],
    [
      "explain --from a/b --to grpc://x:1 --manifests m --method GET",
      ["--method is GET, and scheme grpc takes POST only"],
    ],
    [
      "explain --from a/b --to tls://x:1 --manifests m --method GET --header a:b",
      [
        "--method has no use with scheme tls, which has no requests",
        "--header has no use with scheme tls, which has no requests",
      ],
    ],
    [
      `explain ${CALL} --manifests m --header a X-B:1 x-b:2 :c`,
      [
        '--header "a" has to be NAME:VALUE',
        '--header "x-b:2" is there already in other letters',
        '--header ":c" is no name of a header',
      ],
    ],
  ])("%s", (line, expected) => {
    expect(problems(line)).toEqual(expected);
  });
  it("is a control character in a folder's name", () => {
    const request = readArguments(["plan-strict", "--manifests", "m", "--out", "a\nb"], "1");
    expect(request.kind === "refused" && request.problems.map(problemText)).toEqual([
      String.raw`--out is "a\nb" and has to be text without control characters`,
    ]);
  });
});

describe("help", () => {
  it.each(HELPERS)("shows the flags of %s and no others", (helper) => {
    const request = read(`help ${helper}`);
    expect(read(`${helper} --nope --help`)).toEqual(request);
    if (request.kind !== "print") throw new Error(JSON.stringify(request));
    expect(request.exit).toBe(0);
    expect(request.text).toMatch(new RegExp(`^Usage: mtls-gate ${helper} (?:(?:MODE )?--|\\[flags\\])`, "u"));
    const { own, shared } = HELPER_COMMANDS[helper];
    const flags = HELPERS.flatMap((one) => Object.keys(HELPER_COMMANDS[one].own));
    for (const name of new Set([...INPUT_NAMES, ...flags])) {
      const shown = new RegExp(`^  --${name} [<[]`, "m").test(request.text);
      expect([name, shown]).toEqual([name, name in own || shared.some((one) => one === name)]);
    }
    expect(/Default:\s+text\./.test(request.text)).toBe("output" in own);
    expect(request.text).not.toMatch(/preset|undefined/);
  });
  it.each(HELPERS)("shows examples of %s that are right", (helper) => {
    for (const example of HELPER_COMMANDS[helper].examples) {
      expect(read(example.replace(/^mtls-gate /, "")).kind).toBe(helper);
    }
  });
});
