import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Client, Destination } from "../../src/mesh/call.js";
import { labelsOf, matrixOf, transpose } from "../../src/report/matrix.js";
import { call, client, demoCalls, destination, MTLS, PLAIN } from "./builders.js";

const columnsOf = (...destinations: Destination[]) =>
  matrixOf(destinations.map((to) => call(client("foo"), to, MTLS))).columns;
const rowsOf = (...clients: Client[]) => matrixOf(clients.map((from) => call(from, destination("foo"), MTLS))).rows;

describe("the matrix", () => {
  it("of the demo has the demo's names, in the order of the calls", () => {
    const { rows, columns, cells } = matrixOf(demoCalls(() => PLAIN));
    expect(rows).toEqual(["sleep.foo", "sleep.bar", "sleep.legacy"]);
    expect(columns).toEqual(["httpbin.foo", "httpbin.bar"]);
    expect(cells[2]?.[1]).toMatchObject({ from: { namespace: "legacy" }, to: { namespace: "bar" } });
  });

  it("tells URLs of one service apart by port, path, both, method, or the whole URL", () => {
    const to = (url: string, port = 8000, method = "GET") => destination("foo", "httpbin", { url, port, method });
    expect(columnsOf(to("http://httpbin.foo:8000/ip"), to("http://httpbin.foo:9000/ip", 9000))).toEqual([
      "httpbin.foo:8000",
      "httpbin.foo:9000",
    ]);
    expect(columnsOf(to("http://httpbin.foo:8000/ip"), to("http://httpbin.foo:8000/get?x=1"))).toEqual([
      "httpbin.foo/ip",
      "httpbin.foo/get?x=1",
    ]);
    expect(
      columnsOf(
        to("http://httpbin.foo:8000/ip"),
        to("http://httpbin.foo:8000/get"),
        to("http://httpbin.foo:9000/ip", 9000),
      ),
    ).toEqual(["httpbin.foo:8000/ip", "httpbin.foo:8000/get", "httpbin.foo:9000/ip"]);
    expect(columnsOf(to("http://httpbin.foo:8000/ip"), to("http://httpbin.foo:8000/ip", 8000, "HEAD"))).toEqual([
      "GET httpbin.foo:8000/ip",
      "HEAD httpbin.foo:8000/ip",
    ]);
    expect(columnsOf(to("http://httpbin.foo:8000/ip"), to("https://httpbin.foo:8000/ip"))).toEqual([
      "GET http://httpbin.foo:8000/ip",
      "GET https://httpbin.foo:8000/ip",
    ]);
  });

  it("lengthens only the labels that would be the same", () => {
    const ip = destination("foo", "httpbin");
    expect(columnsOf(ip, { ...ip, url: "http://httpbin.foo:8000/get" }, destination("bar"))).toEqual([
      "httpbin.foo/ip",
      "httpbin.foo/get",
      "httpbin.bar",
    ]);
  });

  it("names a host that is no Service by itself", () => {
    expect(columnsOf(destination("foo", "x", { host: "10.0.0.7", namespace: null, service: null }))).toEqual([
      "10.0.0.7",
    ]);
  });

  it("tells clients apart by container and kind", () => {
    expect(rowsOf(client("foo"), client("foo", "sleep", { container: "other" }))).toEqual([
      "sleep.foo[sleep]",
      "sleep.foo[other]",
    ]);
    expect(rowsOf(client("foo"), client("foo", "sleep", { kind: "Pod" }))).toEqual([
      "Deployment/sleep.foo",
      "Pod/sleep.foo",
    ]);
  });

  it("gives a call that comes again a column for each time", () => {
    const again = [MTLS, PLAIN, MTLS].map((outcome) => call(client("foo"), destination("foo"), outcome));
    const { columns, cells } = matrixOf(again);
    expect(columns).toEqual([1, 2, 3].map((time) => `GET http://httpbin.foo:8000/ip #${time}`));
    expect(cells).toEqual([again]);
  });

  it("leaves the cells of calls that were not made empty", () => {
    const { cells } = matrixOf([call(client("a"), destination("a"), MTLS), call(client("b"), destination("b"), MTLS)]);
    expect(cells.map((row) => row.map((cell) => cell !== undefined))).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it("holds every call once, under labels that are unlike, and can be turned", () => {
    const name = fc.constantFrom("a", "b", "a.b", "a:1", "a/x", "");
    const from = fc.record({ namespace: name, workload: name, kind: fc.constantFrom("Pod", "Job"), container: name });
    const to = fc.record({
      url: fc.constantFrom("http://a.b:1/x", "https://a.b:1/x", "http://a:2", "tcp://a:1"),
      method: fc.constantFrom("GET", "HEAD"),
      host: name,
      port: fc.constantFrom(1, 2),
      namespace: fc.option(name),
      service: fc.option(name),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(from, to), { maxLength: 25 }), (pairs) => {
        const calls = pairs.map(([from, to]) => call(from, to, MTLS));
        const matrix = matrixOf(calls);
        const held = matrix.cells.flat().filter((cell) => cell !== undefined);
        expect(held).toHaveLength(calls.length);
        expect(new Set(held)).toEqual(new Set(calls));
        expect(transpose(transpose(matrix))).toEqual(matrix);
        expect(matrix.cells.every((row) => row.length === matrix.columns.length)).toBe(true);
        const label = labelsOf(matrix);
        expect(new Set(calls.map((made) => JSON.stringify(label(made)))).size).toBe(calls.length);
      }),
    );
  });
});
