import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFilePlace, problemText } from "../../src/problems.js";
import { readPlan, type Plan, type PlanOptions } from "../../src/settings/plan-file.js";

const SAFE: PlanOptions = { allowUnsafeMethods: false };
const PREDICT: PlanOptions = { allowUnsafeMethods: true, predictedOnly: true };

const plan = (text: string, options = SAFE): Plan => {
  const result = readPlan(text, "plan.yaml", options);
  expect(result.problems.map(problemText)).toEqual([]);
  return result.plan!;
};
const told = (text: string, options = SAFE): string[] => {
  const result = readPlan(text, "plan.yaml", options);
  expect(result.plan).toBeNull();
  return result.problems.map(problemText);
};

describe("a plan", () => {
  it("is the one of the design, with the line of everything", () => {
    const text = `clients:
  - {namespace: foo, workload: deployment/sleep, container: sleep}    # the kind may be left out: workload: sleep
  - {namespace: legacy, selector: app=sleep}
destinations:
  - {url: "http://httpbin.foo:8000/ip"}
  - {service: bar/httpbin, port: 8000, path: /headers}
  - {url: "http://httpbin.foo:8000/anything", method: POST, headers: {x-token: abc}}
expect:                 # first match wins
  - {from: legacy, to: foo, code: "000", exit: 56}
  - {from: legacy, code: 200, transport: plaintext}
  - {from: "*", to: "*", code: 200, transport: mtls}
`;
    const at = (line: number) => ({ file: "plan.yaml", line });
    expect(plan(text, { allowUnsafeMethods: true })).toEqual({
      file: "plan.yaml",
      clients: [
        { namespace: "foo", workload: "sleep", kind: "deployment", container: "sleep", where: at(2) },
        { namespace: "legacy", selector: [{ key: "app", operator: "in", values: ["sleep"] }], where: at(3) },
      ],
      destinations: [
        {
          url: "http://httpbin.foo:8000/ip",
          scheme: "http",
          host: "httpbin.foo",
          port: 8000,
          path: "/ip",
          method: "GET",
          headers: {},
          where: at(5),
        },
        {
          url: "http://httpbin.bar:8000/headers",
          scheme: "http",
          host: "httpbin.bar",
          port: 8000,
          path: "/headers",
          method: "GET",
          headers: {},
          service: { namespace: "bar", name: "httpbin" },
          where: at(6),
        },
        {
          url: "http://httpbin.foo:8000/anything",
          scheme: "http",
          host: "httpbin.foo",
          port: 8000,
          path: "/anything",
          method: "POST",
          headers: { "x-token": "abc" },
          where: at(7),
        },
      ],
      expect: [
        {
          from: { namespace: "legacy" },
          to: { namespace: "foo" },
          phases: [],
          code: ["000"],
          exit: [56],
          transport: null,
          where: at(9),
        },
        {
          from: { namespace: "legacy" },
          to: {},
          phases: [],
          code: ["200"],
          exit: null,
          transport: "plaintext",
          where: at(10),
        },
        {
          from: { namespace: "*" },
          to: { namespace: "*" },
          phases: [],
          code: ["200"],
          exit: null,
          transport: "mtls",
          where: at(11),
        },
      ],
    });
  });
  it("may leave everything out", () => {
    expect(plan("{}")).toEqual({ file: "plan.yaml" });
  });
  it("may be JSON", () => {
    expect(plan('{"expect": [\n{"code": "2xx"}]}').expect).toMatchObject([{ code: ["2xx"], where: { line: 2 } }]);
  });
  it("has the line of each item, where an item has several", () => {
    const { clients } = plan("clients:\n- namespace: a\n  workload: b\n-\n  namespace: c\n");
    expect(clients?.map(({ where }) => where.line)).toEqual([2, 5]);
  });
});

describe("codes, exits and ports are what is written", () => {
  it.each<[string, string[]]>([
    ["000", ["000"]],
    ['"000"', ["000"]],
    ["200", ["200"]],
    ["2xx", ["2xx"]],
    ["5XX", ["5xx"]],
    ["012", ["012"]],
    ["[200, 000, 3xx]", ["200", "000", "3xx"]],
  ])("code: %s", (text, code) => {
    expect(plan(`expect: [{code: ${text}}]`).expect?.[0]?.code).toEqual(code);
    expect(plan(`expect:\n- code: ${text}\n  exit: 0\n`).expect?.[0]?.code).toEqual(code);
  });
  it.each<[string, number[]]>([
    ["0", [0]],
    ['"56"', [56]],
    ["[52, 56]", [52, 56]],
    ["255", [255]],
  ])("exit: %s", (text, exit) => {
    expect(plan(`expect: [{exit: ${text}}]`).expect?.[0]?.exit).toEqual(exit);
  });
  it("port", () => {
    expect(plan('destinations: [{service: a/b, port: "80"}]').destinations?.[0]?.port).toBe(80);
    expect(
      plan("expect: [{to: {port: 443}}, {to: {port: 80*}}, {to: a/b:8?}]").expect?.map(({ to }) => to.port),
    ).toEqual(["443", "80*", "8?"]);
  });
  it("headers", () => {
    const { destinations } = plan('destinations: [{url: "http://a/", headers: {a: 010, b: true, c: "", d: 1e3}}]');
    expect(destinations?.[0]?.headers).toEqual({ a: "010", b: "true", c: "", d: "1e3" });
  });
});

describe("workloads", () => {
  it.each<[string, string | undefined, string]>([
    ["sleep", undefined, "sleep"],
    ["deploy/sleep", "deployment", "sleep"],
    ["Deployments/sleep", "deployment", "sleep"],
    ["sts/db", "statefulset", "db"],
    ["ds/x", "daemonset", "x"],
    ["cj/x", "cronjob", "x"],
    ["po/x", "pod", "x"],
    ["Rollout/x-*", "rollout", "x-*"],
  ])("%s", (text, kind, workload) => {
    const client = plan(`clients: [{namespace: a, workload: "${text}"}]`).clients?.[0];
    expect([client?.kind, client?.workload]).toEqual([kind, workload]);
  });
});

describe("URLs", () => {
  it.each<[url: string, parts: [scheme: string, host: string, port: number, path: string]]>([
    ["http://httpbin", ["http", "httpbin", 80, "/"]],
    ["https://httpbin", ["https", "httpbin", 443, "/"]],
    ["HTTP://HttpBin.Foo:8000", ["http", "httpbin.foo", 8000, "/"]],
    [
      "http://httpbin.foo.svc.cluster.local./x?a=b&c[]=1",
      ["http", "httpbin.foo.svc.cluster.local.", 80, "/x?a=b&c[]=1"],
    ],
    ["http://a?b", ["http", "a", 80, "/?b"]],
    ["http://10.0.0.1:15020/", ["http", "10.0.0.1", 15020, "/"]],
    ["http://[fd00::1]:80/", ["http", "fd00::1", 80, "/"]],
    ["http://a:65535/%20", ["http", "a", 65535, "/%20"]],
    ["http://a//b/../c", ["http", "a", 80, "//b/../c"]],
  ])("%s", (url, [scheme, host, port, path]) => {
    expect(plan(`destinations: [{url: '${url}'}]`).destinations).toMatchObject([{ url, scheme, host, port, path }]);
  });
  it.each<[url: string, wrong: string]>([
    ["httpbin.foo:8000", "is no URL such as http://NAME.NAMESPACE:PORT/PATH"],
    ["//httpbin/", "is no URL"],
    ["http:/httpbin", "is no URL"],
    ["", "is no URL"],
    ["ftp://a/", "has an unknown scheme: one of http, https, ws, grpc, tcp, tls"],
    ["wss://a/", "has an unknown scheme"],
    ["ws://a/", "has scheme ws, which is predicted only so far: mode predict takes it"],
    ["grpc://a:1/b", "has scheme grpc, which is predicted only so far"],
    ["tcp://a:1", "has scheme tcp, which is predicted only so far"],
    ["TLS://a:1", "has scheme tls, which is predicted only so far"],
    ["http://", "has no host"],
    ["http:///x", "has no host"],
    ["http://:80/", "has no host"],
    ["http://a:0/", "has the port 0, which has to be between 1 and 65535"],
    ["http://a:65536/", "has the port 65536"],
    ["http://a:/", 'has the port ""'],
    ["http://a:80:80/", "has the port 80:80"],
    ["http://a:http/", "has the port http"],
    ["http://u@a/", "has a user name"],
    ["http://u:p@a/", "has a user name"],
    ["http://a/#x", "has a fragment (#…), which is never sent"],
    ["http://a b/", "has a character that has to be percent-encoded in a URL"],
    ["http://a/b c", "has a character"],
    ["http://a/{b}", "has a character"],
    ["http://a\\b/", "has a character"],
    ["http://a/\\b", "has a character"],
    ["http://ä/", "has a character"],
    ["http://a/€", "has a character"],
    ["http://-a/", "has the host -a, which is neither a name nor an address"],
    ["http://a..b/", "has the host a..b"],
    ["http://1.2.3/", "has the host 1.2.3"],
    ["http://1.2.3.256/", "has the host 1.2.3.256"],
    ["http://01.2.3.4/", "has the host 01.2.3.4"],
    ["http://0x7f.1/", "has the host 0x7f.1"],
    ["http://2130706433/", "has the host 2130706433"],
    ["http://[::1/", "has the"],
    ["http://[::g]/", "has the host [::g]"],
    ["http://[fe80::1%eth0]/", "has the host"],
  ])("refuses %s", (url, wrong) => {
    expect(told(`destinations:\n- url: '${url}'\n`)).toEqual([
      expect.stringContaining(`plan.yaml:2: destinations[0].url ${wrong}`),
    ]);
  });
});

describe("URLs that are predicted only", () => {
  const planned = (destination: string) => plan(`destinations: [${destination}]`, PREDICT).destinations?.[0];
  it.each<[url: string, parts: [scheme: string, host: string, port: number, path: string, method: string]]>([
    ["http://a/b", ["http", "a", 80, "/b", "GET"]],
    ["ws://chat.foo/x?y=z", ["ws", "chat.foo", 80, "/x?y=z", "GET"]],
    ["ws://chat.foo:8080", ["ws", "chat.foo", 8080, "/", "GET"]],
    ["grpc://a.b:9000/pkg.Service/Method", ["grpc", "a.b", 9000, "/pkg.Service/Method", "POST"]],
    ["GRPC://a.b:9000", ["grpc", "a.b", 9000, "/", "POST"]],
    ["tcp://db.foo:5432", ["tcp", "db.foo", 5432, "", "GET"]],
    ["tls://[fd00::1]:443", ["tls", "fd00::1", 443, "", "GET"]],
  ])("%s", (url, [scheme, host, port, path, method]) => {
    expect(planned(`{url: '${url}'}`)).toMatchObject({ url, scheme, host, port, path, method });
  });
  it.each<[url: string, wrong: string]>([
    ["wss://a/", "has an unknown scheme: one of http, https, ws, grpc, tcp, tls"],
    ["grpc://a/", "has no port, and scheme grpc has no usual one"],
    ["tcp://a", "has no port, and scheme tcp has no usual one"],
    ["tls://a/", "has no port"],
    ["tcp://a:1/", "has a path, which scheme tcp has not: tcp://HOST:PORT"],
    ["tls://a:1?b", "has a path, which scheme tls has not: tls://HOST:PORT"],
    ["tcp://a:1#b", "has a fragment"],
  ])("refuses %s", (url, wrong) => {
    expect(told(`destinations:\n- url: '${url}'\n`, PREDICT)).toEqual([
      expect.stringContaining(`plan.yaml:2: destinations[0].url ${wrong}`),
    ]);
  });
  it.each<[destination: string, wrong: string[]]>([
    ["{url: 'ws://a/', method: POST}", ["destinations[0].method is POST, and scheme ws takes GET only"]],
    ["{url: 'grpc://a:1/', method: GET}", ["destinations[0].method is GET, and scheme grpc takes POST only"]],
    [
      "{url: 'grpc://a:1/', method: post}",
      ['destinations[0].method is "post", which is not known (did you mean POST?)'],
    ],
    [
      "{url: 'tcp://a:1', method: GET, headers: {a: b}}",
      [
        "destinations[0].method has no use with scheme tcp, which has no requests",
        "destinations[0].headers has no use with scheme tcp, which has no requests",
      ],
    ],
    ["{url: 'tls://a:1', headers: {}}", ["destinations[0].headers has no use with scheme tls, which has no requests"]],
  ])("refuses beside it: %s", (destination, wrong) => {
    expect(told(`destinations: [${destination}]`, PREDICT)).toEqual(wrong.map((one) => `plan.yaml:1: ${one}`));
  });
  it("may state the method that they have anyway, and headers where there are requests", () => {
    expect(planned("{url: 'grpc://a:1/', method: POST, headers: {x: y}}")).toMatchObject({ headers: { x: "y" } });
    expect(planned("{url: 'ws://a/', method: GET}")?.method).toBe("GET");
  });
  it("are not what a service stands for", () => {
    expect(planned("{service: bar/httpbin, port: 8000, path: /headers}")).toMatchObject({
      url: "http://httpbin.bar:8000/headers",
      scheme: "http",
      service: { namespace: "bar", name: "httpbin" },
    });
  });
});

it("takes a host of 253 characters and no more", () => {
  const host = `${"a".repeat(49)}.`.repeat(5) + "abc";
  expect(host).toHaveLength(253);
  expect(plan(`destinations: [{url: "http://${host}/"}]`).destinations?.[0]?.host).toBe(host);
  expect(told(`destinations: [{url: "http://${host}d/"}]`)).toHaveLength(1);
});

describe("every mistake has its line", () => {
  it.each<[name: string, text: string, problems: string[]]>([
    ["nothing", "", ["plan.yaml:1: the plan is empty"]],
    ["a comment", "# to do\n", ["plan.yaml:1: the plan is empty"]],
    ["two documents", "{}\n---\n\nclients: []\n", ["plan.yaml:4: a plan is one document"]],
    ["a list", "- a\n", ["plan.yaml:1: the plan has to be a mapping"]],
    ["a syntax error", "clients:\n- {namespace: foo\n", ["plan.yaml:2: not YAML: deficient indentation"]],
    [
      "a duplicate key",
      "expect:\n- code: 200\n  code: 404\n",
      ['plan.yaml:3: the key "code" is there already, on line 2'],
    ],
    [
      "an unknown key",
      "\nclient: []\n",
      ['plan.yaml:2: the plan has the unknown key "client" (did you mean clients?)'],
    ],
    ["an empty list", "clients: []\n", ["plan.yaml:1: clients is empty: leave it out, or fill it"]],
    ["no list", "expect:\n  from: a\n", ["plan.yaml:1: expect has to be a list"]],
    ["a null list", "expect:\n", ["plan.yaml:1: expect has to be a list"]],
    ["a client without namespace", "clients:\n- workload: a\n", ["plan.yaml:2: clients[0].namespace is missing"]],
    ["a client that is text", "clients:\n- foo\n", ["plan.yaml:2: clients[0] has to be a mapping"]],
    [
      "a namespace that is a number",
      "clients:\n- namespace: 8\n",
      ["plan.yaml:2: clients[0].namespace has to be text (in quotes, where YAML takes it for something else)"],
    ],
    [
      "a namespace in capitals",
      "clients:\n- namespace: Foo\n",
      [expect.stringContaining('plan.yaml:2: clients[0].namespace has the namespace "Foo"') as string],
    ],
    [
      "a workload with too many parts",
      "clients:\n- namespace: a\n  workload: x/y/z\n",
      ["plan.yaml:3: clients[0].workload has to be NAME or KIND/NAME"],
    ],
    [
      "a wrong selector",
      "clients:\n- namespace: a\n  selector: app in x\n",
      ["plan.yaml:3: clients[0].selector is no label selector such as app=sleep,tier!=db"],
    ],
    [
      "a wrong container",
      "clients:\n- {namespace: a,\n   container: A b}\n",
      ["plan.yaml:3: clients[0].container is no name of a container"],
    ],
    [
      "an unknown key of a client",
      "clients:\n- namespace: a\n  contianer: x\n",
      ['plan.yaml:3: clients[0] has the unknown key "contianer" (did you mean container?)'],
    ],
    [
      "a destination that is none",
      "destinations:\n- method: GET\n",
      ["plan.yaml:2: destinations[0] needs a url or a service"],
    ],
    [
      "a destination that is two",
      'destinations:\n- url: "http://a/"\n  service: a/b\n  port: 1\n',
      [
        "plan.yaml:2: destinations[0] has a url and a service: one is enough",
        "plan.yaml:4: destinations[0].port has a port beside its url",
      ],
    ],
    [
      "a path beside a url",
      'destinations:\n- url: "http://a/"\n  path: /x\n',
      ["plan.yaml:3: destinations[0].path has a path beside its url"],
    ],
    [
      "a service without a port",
      "destinations:\n- service: a/b\n",
      ["plan.yaml:2: destinations[0] has a service without a port"],
    ],
    [
      "a service without a namespace",
      "destinations:\n- service: b\n  port: 80\n",
      ["plan.yaml:2: destinations[0].service has to be NAMESPACE/NAME of a Service"],
    ],
    [
      "a port out of range",
      "destinations:\n- service: a/b\n  port: 65536\n",
      ["plan.yaml:3: destinations[0].port has to be a whole number from 1 to 65535"],
    ],
    [
      "a port that is a name",
      "destinations:\n- service: a/b\n  port: http\n",
      ["plan.yaml:3: destinations[0].port has to be a whole number from 1 to 65535"],
    ],
    [
      "a port in octal",
      "destinations:\n- service: a/b\n  port: 0120\n",
      ["plan.yaml:3: destinations[0].port has to be a whole number from 1 to 65535"],
    ],
    [
      "a relative path",
      "destinations:\n- service: a/b\n  port: 1\n  path: x\n",
      ["plan.yaml:4: destinations[0].path has to be a path that starts with /, percent-encoded where a URL needs it"],
    ],
    [
      "a method in small letters",
      'destinations:\n- url: "http://a/"\n  method: get\n',
      ['plan.yaml:3: destinations[0].method is "get", which is not known (did you mean GET?)'],
    ],
    [
      "a method that can change something",
      'destinations:\n- url: "http://a/"\n  method: DELETE\n',
      ["plan.yaml:3: destinations[0].method is DELETE, which can change something: allow-unsafe-methods allows it"],
    ],
    [
      "no name of a header",
      'destinations:\n- url: "http://a/"\n  headers:\n    "a b": x\n',
      ["plan.yaml:4: destinations[0].headers.a b is no name of a header"],
    ],
    [
      "a header with a line end",
      'destinations:\n- url: "http://a/"\n  headers:\n    a: x\n    b: "x\\r\\ny: z"\n',
      ["plan.yaml:5: destinations[0].headers.b has a control character in its value"],
    ],
    [
      "a header twice",
      'destinations:\n- url: "http://a/"\n  headers:\n    X-A: x\n    x-a: y\n',
      ["plan.yaml:5: destinations[0].headers.x-a is there already in other letters"],
    ],
    [
      "a header without value",
      'destinations:\n- url: "http://a/"\n  headers: {a: }\n',
      [expect.stringContaining("plan.yaml:3: destinations[0].headers.a has to be text") as string],
    ],
    [
      "a client with a port",
      "expect:\n- from: a/b:80\n",
      ["plan.yaml:2: expect[0].from has a port, which a client has not"],
    ],
    [
      "a pattern with too many parts",
      "expect:\n- to: a/b/c\n",
      ['plan.yaml:2: expect[0].to is "a/b/c" and has to be NAMESPACE, NAMESPACE/NAME or NAMESPACE/NAME:PORT'],
    ],
    [
      "a pattern with an empty part",
      "expect:\n- to: a/\n",
      ['plan.yaml:2: expect[0].to is "a/" and has to be NAMESPACE, NAMESPACE/NAME or NAMESPACE/NAME:PORT'],
    ],
    [
      "a port without a name",
      "expect:\n- to: a:80\n",
      ['plan.yaml:2: expect[0].to is "a:80" and has to be NAMESPACE, NAMESPACE/NAME or NAMESPACE/NAME:PORT'],
    ],
    [
      "a pattern's port out of range",
      "expect:\n- to: a/b:0\n",
      ['plan.yaml:2: expect[0].to has the port "0", which has to be between 1 and 65535, or a glob'],
    ],
    [
      "a pattern that is a number",
      "expect:\n- from: 5\n",
      ["plan.yaml:2: expect[0].from has to be text (in quotes, where YAML takes it for something else) or a mapping"],
    ],
    [
      "a selector of destinations",
      "expect:\n- to:\n    selector: a=b\n",
      ['plan.yaml:3: expect[0].to has the unknown key "selector" (it stands in from)'],
    ],
    [
      "a url of clients",
      "expect:\n- from:\n    url: x\n",
      ['plan.yaml:3: expect[0].from has the unknown key "url" (it stands in to)'],
    ],
    [
      "a phase of the rule itself",
      "expect:\n- from: a\n  phase: x\n",
      ['plan.yaml:3: expect[0] has the unknown key "phase" (it stands in from or to: to: {phase: strict-mesh})'],
    ],
    [
      "a code of two digits",
      "expect:\n- from: a\n  code: 20\n",
      ["plan.yaml:3: expect[0].code has to be three digits, such as 200 or 000, or a class, such as 2xx"],
    ],
    [
      "a class that is none",
      "expect:\n- code: [200,\n   6xx]\n",
      ["plan.yaml:3: expect[0].code[1] has to be three digits, such as 200 or 000, or a class, such as 2xx"],
    ],
    [
      "a code in hexadecimal",
      "expect:\n- code: 0xC8\n",
      ["plan.yaml:2: expect[0].code has to be three digits, such as 200 or 000, or a class, such as 2xx"],
    ],
    [
      "no code in the list",
      "expect:\n- code: []\n",
      ["plan.yaml:2: expect[0].code is empty: leave it out, or fill it"],
    ],
    [
      "an exit out of range",
      "expect:\n- exit: 256\n",
      ["plan.yaml:2: expect[0].exit has to be a whole number from 0 to 255"],
    ],
    [
      "an exit in octal",
      "expect:\n- exit: 056\n",
      ["plan.yaml:2: expect[0].exit has to be a whole number from 0 to 255 or a list"],
    ],
    [
      "a fraction of an exit",
      "expect:\n- exit: [56, 1.5]\n",
      ["plan.yaml:2: expect[0].exit[1] has to be a whole number from 0 to 255"],
    ],
    [
      "an unknown transport",
      "expect:\n- transport: mtsl\n",
      ['plan.yaml:2: expect[0].transport is "mtsl", which is not known (did you mean mtls?)'],
    ],
    [
      "a transport that is none",
      "expect:\n- transport: unproven\n",
      ['plan.yaml:2: expect[0].transport is "unproven", which is not known (one of: mtls, plaintext, tls, hbone)'],
    ],
  ])("%s", (_, text, problems) => {
    expect(told(text)).toEqual(problems);
  });

  it("all at once, in the order of their lines", () => {
    const text = `clients:
  - {workload: 5}
  - {namespace: "a b", containr: x}
destinations:
  - {url: "ws://x/", method: POST, headers: {"a b": x}, pth: y}
  - {service: a, port: 0}
expect:
  - {from: "a/b:1", to: "a/b/c", code: 20, exit: [1, 300], transport: x, phase: y}
exspect: []
`;
    const problems = readPlan(text, "plan.yaml", SAFE).problems;
    const lines = problems.map(({ where }) => (where && isFilePlace(where) ? where.line : undefined));
    expect(lines).toEqual([2, 2, 3, 3, 5, 5, 5, 5, 5, 6, 6, 8, 8, 8, 8, 8, 8, 9]);
    expect(problems.every(({ severity, code }) => severity === "error" && code === "invalid-plan")).toBe(true);
  });
  it("never throws, whatever is in the file", () => {
    const key = fc.constantFrom(
      "clients",
      "destinations",
      "expect",
      "from",
      "to",
      "code",
      "exit",
      "url",
      "port",
      "headers",
      "namespace",
      "__proto__",
      "constructor",
      "phase",
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, true, 0, 80, -1, 1.5, "", "a", "*", "http://a/", "a/b:1", "200", "\u0000", "a\nb"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(key, tie("value"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, (content) => {
        const { plan: read, problems } = readPlan(JSON.stringify(content), "p", SAFE);
        expect(read === null).toBe(problems.length > 0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("allow-unsafe-methods", () => {
  it.each(["GET", "HEAD", "OPTIONS"])("is not needed for %s", (method) => {
    expect(plan(`destinations: [{url: "http://a/", method: ${method}}]`).destinations?.[0]?.method).toBe(method);
  });
  it.each(["POST", "PUT", "PATCH", "DELETE"])("is needed for %s", (method) => {
    const text = `destinations: [{url: "http://a/", method: ${method}}]`;
    expect(told(text)).toHaveLength(1);
    expect(plan(text, { allowUnsafeMethods: true }).destinations?.[0]?.method).toBe(method);
  });
  it("does not allow what is no method", () => {
    expect(told('destinations: [{url: "http://a/", method: TRACE}]', { allowUnsafeMethods: true })).toHaveLength(1);
  });
});
