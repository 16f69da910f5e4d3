import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NamedClient } from "../../../src/report/plan/matrix.js";
import { firstDifference } from "../../../src/report/plan/check.js";
import { Statements } from "../../../src/report/plan/matrix.js";
import { planRules } from "../../../src/report/plan/rules.js";
import type { Stated } from "../../../src/report/plan/stated.js";
import { planText } from "../../../src/report/plan/text.js";
import { problemText } from "../../../src/problems.js";
import { expectedFor, readPlan, type NamedDestination, type Plan } from "../../../src/settings/plan-file.js";

/** A plan of a matrix, read back, says of every call what the matrix has, and says it in few rules. */

const OK: Stated = { code: ["200"], exit: [0], transport: "mtls" };
const PLAIN: Stated = { code: ["200"], exit: [0], transport: "plaintext" };
const CLOSED: Stated = { code: ["000"], exit: [52, 56], transport: null };
const NOTHING: Stated = { nothing: "nobody\nknows" };

interface Cell {
  readonly from: NamedClient;
  readonly to: NamedDestination;
  readonly stated: Stated;
}

const client = (name: string): NamedClient => {
  const [namespace = "", workload = ""] = name.split("/");
  return { namespace, workload };
};
const destination = (name: string, path = "/"): NamedDestination => {
  const [names = "", port = "80"] = name.split(":");
  const [namespace = "", service = ""] = names.split("/");
  const host = `${service}.${namespace}`;
  return { url: `http://${host}:${port}${path}`, host, port: Number(port), namespace, service };
};

function written(cells: readonly Cell[]): { lines: string[]; text: string; plan: Plan; wrong: unknown } {
  const statements = new Statements();
  for (const { from, to, stated } of cells) statements.add(from, to, stated);
  const matrix = statements.matrix();
  const text = planText({ head: ["a test"], clients: null, destinations: null, rules: planRules(matrix) });
  const { plan, problems } = readPlan(text, "p.yaml", { allowUnsafeMethods: false });
  expect(problems.map(problemText)).toEqual([]);
  const lines = text.split("\n").filter((line) => line.startsWith("  - "));
  return { lines: lines.map((line) => line.slice(4)), text, plan: plan!, wrong: firstDifference(matrix, plan!) };
}

/** Every client to every destination, by a function. */
function table(
  clients: readonly string[],
  destinations: readonly string[],
  stated: (from: string, to: string) => Stated,
): Cell[] {
  return clients.flatMap((from) =>
    destinations.map((to) => ({ from: client(from), to: destination(to), stated: stated(from, to) })),
  );
}

const CLIENTS = ["bar/sleep", "foo/sleep", "legacy/sleep"];
const SERVICES = ["bar/httpbin:8000", "foo/httpbin:8000"];

describe("a plan", () => {
  it("is one rule where all is alike", () => {
    expect(written(table(CLIENTS, SERVICES, () => OK)).lines).toEqual([
      '{ from: "*", to: "*", code: 200, exit: 0, transport: mtls }',
    ]);
  });
  it("has a namespace's exceptions before the general rule", () => {
    const { lines } = written(
      table(CLIENTS, SERVICES, (from, to) =>
        from.startsWith("legacy") ? (to.startsWith("foo") ? CLOSED : PLAIN) : OK,
      ),
    );
    expect(lines).toEqual([
      '{ from: legacy, to: foo, code: "000", exit: [52, 56] }',
      "{ from: legacy, code: 200, exit: 0, transport: plaintext }",
      '{ from: "*", to: "*", code: 200, exit: 0, transport: mtls }',
    ]);
  });
  it("names a workload, a Service or a port only where its namespace is not alike", () => {
    const clients = ["a/one", "a/two", "b/one", "b/two"];
    const services = ["a/x:80", "a/x:81", "a/y:80", "b/x:80"];
    const { lines, wrong } = written(
      table(clients, services, (from, to) => (from === "a/one" && to === "a/x:81" ? CLOSED : OK)),
    );
    expect(wrong).toBeNull();
    expect(lines).toEqual([
      '{ from: a/one, to: "a/x:81", code: "000", exit: [52, 56] }',
      '{ from: "*", to: "*", code: 200, exit: 0, transport: mtls }',
    ]);
  });
  it("says once what holds for a port everywhere", () => {
    const services = Array.from({ length: 12 }, (_, i) => [`ns-${i}/a:80`, `ns-${i}/a:9090`]).flat();
    const { lines } = written(
      table(["a/x", "b/y", "c/z"], services, (from, to) =>
        to.endsWith(":9090") ? PLAIN : from === "c/z" ? CLOSED : OK,
      ),
    );
    expect(lines).toEqual([
      '{ to: "*/*:9090", code: 200, exit: 0, transport: plaintext }',
      '{ from: c, code: "000", exit: [52, 56] }',
      '{ from: "*", to: "*", code: 200, exit: 0, transport: mtls }',
    ]);
  });
  it("states nothing where nothing is known, and says why in a comment of one line", () => {
    const { text, plan } = written(table(CLIENTS, SERVICES, (from) => (from.startsWith("legacy") ? NOTHING : OK)));
    expect(text).toContain("  # nothing is expected: nobody\\nknows\n  - { from: legacy }\n");
    const call = { from: { ...client("legacy/sleep"), kind: "Deployment", container: "c" } };
    const to = { ...destination("foo/httpbin:8000"), method: "GET", headers: {} };
    expect(expectedFor(plan, { ...call, to }, "predict")).toBeNull();
  });
  it("states nothing of calls that differ and that no pattern can tell apart", () => {
    const to = destination("foo/x:80");
    const { text } = written([
      { from: client("a/b"), to, stated: OK },
      { from: client("a/b"), to, stated: CLOSED },
    ]);
    expect(text).toContain("# nothing is expected: calls differ that no pattern can tell apart\n");
  });
  it("tells URLs of one port apart, and hosts that are no Service", () => {
    const outside = { url: "http://example.com/?a", host: "example.com", port: 80, namespace: null, service: null };
    const cells: Cell[] = [
      { from: client("a/b"), to: destination("foo/x:80", "/ip"), stated: OK },
      { from: client("a/b"), to: destination("foo/x:80", "/admin"), stated: CLOSED },
      { from: client("a/b"), to: destination("foo/y:80"), stated: OK },
      { from: client("a/b"), to: outside, stated: PLAIN },
    ];
    const { lines, wrong } = written(cells);
    expect(wrong).toBeNull();
    expect(lines).toContain(
      '{ to: { namespace: foo, name: x, port: 80, url: "http://x.foo:80/admin" }, code: "000", exit: [52, 56] }',
    );
    expect(lines).toContain('{ to: { url: "http://example.com/?a" }, code: 200, exit: 0, transport: plaintext }');
  });
  it("quotes names that YAML takes for something else", () => {
    const { lines, wrong } = written(
      table(["on/null", "1e3/123", "x/true"], ["no/y:80", "x/off:80"], (from, to) =>
        from === "on/null" ? CLOSED : from === "1e3/123" && to === "no/y:80" ? PLAIN : OK,
      ),
    );
    expect(wrong).toBeNull();
    expect(lines.at(-1)).toBe('{ from: "*", to: "*", code: 200, exit: 0, transport: mtls }');
  });
});

describe("a small change of the mesh", () => {
  const stated = (from: string, to: string): Stated =>
    from.startsWith("legacy") ? (to.startsWith("foo") ? CLOSED : PLAIN) : OK;
  const before = written(table(CLIENTS, SERVICES, stated)).text;

  it("changes nothing where a workload or a Service is like its namespace", () => {
    const clients = [...CLIENTS, "legacy/other", "foo/a", "bar/z"];
    expect(written(table(clients, [...SERVICES, "foo/a:80", "bar/z:80"], stated)).text).toBe(before);
  });
  it("adds a line for what is not like the rest", () => {
    const { text } = written(
      table([...CLIENTS, "foo/a"], SERVICES, (from, to) => (from === "foo/a" ? PLAIN : stated(from, to))),
    );
    const added = text.split("\n").filter((line) => !before.split("\n").includes(line));
    expect(added).toEqual(["  - { from: foo/a, code: 200, exit: 0, transport: plaintext }"]);
  });
  it("does not depend on the order in which the calls are told", () => {
    const cells = table(["b/x", "a/y", "a/x"], ["b/s:80", "a/s:81", "a/s:80"], (from, to) =>
      from > to ? CLOSED : from.startsWith("a") ? PLAIN : OK,
    );
    expect(written(cells.toReversed()).lines.toSorted()).toEqual(written(cells).lines.toSorted());
  });
});

const place = fc.constantFrom("a", "b", "c");
const cell = fc.record({
  from: fc.tuple(place, place).map(([namespace, workload]): NamedClient => ({ namespace, workload })),
  to: fc
    .tuple(place, place, fc.constantFrom("80", "81", "9090"), fc.constantFrom("/", "/", "/", "/b"))
    .map(([namespace, service, port, path]) => destination(`${namespace}/${service}:${port}`, path)),
  stated: fc.constantFrom(OK, PLAIN, CLOSED, NOTHING),
});

it("says of every call exactly what is stated, whatever the calls are", () => {
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 120 }), (cells) => {
      const { wrong, lines } = written(cells);
      expect(wrong).toBeNull();
      expect(lines.length).toBeLessThanOrEqual(cells.length + 1);
    }),
    { numRuns: 200 },
  );
});

it("holds where whole namespaces are alike but for a few", () => {
  const exception = fc.tuple(fc.nat(8), fc.nat(17), fc.constantFrom(OK, PLAIN, CLOSED));
  const clients = ["a", "b", "c"].flatMap((space) => ["x", "y", "z"].map((name) => `${space}/${name}`));
  const services = clients.flatMap((name) => [`${name}:80`, `${name}:81`]);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(OK, PLAIN, CLOSED), { minLength: 9, maxLength: 9 }),
      fc.array(exception, { maxLength: 4 }),
      (blocks, exceptions) => {
        const { wrong, lines } = written(
          table(clients, services, (from, to) => {
            const own = exceptions.find(([a, b]) => clients[a] === from && services[b] === to);
            return own?.[2] ?? blocks["abc".indexOf(from[0]!) * 3 + "abc".indexOf(to[0]!)]!;
          }),
        );
        expect(wrong).toBeNull();
        expect(lines.length).toBeLessThanOrEqual(9 + exceptions.length);
      },
    ),
    { numRuns: 100 },
  );
});
