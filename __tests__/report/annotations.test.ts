import { describe, expect, it } from "vitest";
import { errorProblem, warningProblem } from "../../src/problems.js";
import { annotationsOf } from "../../src/report/annotations.js";
import { call, client, destination, grid, LET_THROUGH, MTLS, phase, report, STRICT_FOO } from "./builders.js";
import { hostile, SAMPLES } from "./samples.js";

describe("annotations", () => {
  it("are none for a pass", () => {
    expect(annotationsOf(SAMPLES["all-pass-migration"]())).toEqual([]);
  });

  it("put a mismatch at the line of the policy that decided", () => {
    const [first] = annotationsOf(SAMPLES.mismatch());
    expect(first).toMatchObject({
      level: "error",
      title: "mismatch: sleep.legacy → httpbin.foo",
      file: STRICT_FOO.file,
      line: STRICT_FOO.line,
    });
    expect(first?.message.split("\n")).toEqual([
      "strict-namespace: the mesh does not do what Istio's rules make of its policies",
      "call: GET http://httpbin.foo:8000/ip",
      "expected: code 000, exit 56",
      "predicted: code 000, exit 56",
      "observed: code 200, exit 0, transport plaintext",
      "because PeerAuthentication foo/default (manifests/policies/mtls-ns.yaml:7): STRICT: plaintext is refused",
    ]);
  });

  it("come worst first: mismatch, error problem, error, unproven, warning", () => {
    const made = (verdict: "error" | "unproven") =>
      call(client(verdict), destination("foo"), MTLS, { observed: null, verdict, cause: "probe" });
    const all = annotationsOf(
      report(
        [phase("p", [made("unproven"), made("error"), call(client("m"), destination("foo"), MTLS, LET_THROUGH)])],
        {
          problems: [
            warningProblem("w", "careful", { file: "a.yaml", line: 2 }),
            errorProblem("e", "broken", { kind: "Pod", namespace: "foo", name: "x" }, "look"),
          ],
        },
      ),
    );
    expect(all.map(({ level, title }) => `${level} ${title}`)).toEqual([
      "error mismatch: sleep.m → httpbin.foo",
      "error mtls-gate: e",
      "error error: sleep.error → httpbin.foo",
      "warning unproven: sleep.unproven → httpbin.foo",
      "warning mtls-gate: w",
    ]);
    expect(all[1]?.message).toBe("Pod foo/x: broken\nlook");
    expect(all[4]).toMatchObject({ file: "a.yaml", line: 2 });
  });

  it("merge what is the same in several phases, whatever time it took", () => {
    const found = call(client("legacy"), destination("foo"), MTLS, LET_THROUGH);
    const later = { ...found, observed: { ...found.observed!, ms: 99, attempts: 2 } };
    const all = annotationsOf(report([phase("one", [found], { control: true }), phase("two", [later])]));
    expect(all).toHaveLength(1);
    expect(all[0]?.message).toMatch(/^control round of one, two: /u);
  });

  it("are at most ten, and the tenth says how many more there are", () => {
    const failing = (count: number) =>
      annotationsOf(
        report([
          phase(
            "p",
            grid(1, count, () => LET_THROUGH),
          ),
        ]),
      );
    expect(failing(10)).toHaveLength(10);
    expect(failing(10).at(-1)?.title).toBe("mismatch: client-1.load → service-10.shop");
    expect(failing(26)).toHaveLength(10);
    expect(failing(26).at(-1)).toEqual({
      level: "error",
      title: "mtls-gate",
      message: "… and 17 more in the job summary",
    });
    expect(failing(11).at(-1)?.message).toBe("… and 2 more in the job summary");
  });

  it("hold nothing hostile but visible text", () => {
    const all = annotationsOf(hostile(), 1000);
    expect(all.length).toBeGreaterThan(25);
    for (const { title, message, file } of all) {
      expect(`${title}${file ?? ""}`).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(message.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
    }
  });
});
