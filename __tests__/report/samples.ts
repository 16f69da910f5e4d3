/** The reports that golden files are made of: one for each way in which a run can end. */
import { errorProblem, warningProblem } from "../../src/problems.js";
import type { Report } from "../../src/report/document.js";
import {
  call,
  client,
  demoCalls,
  destination,
  expect,
  grid,
  HOSTILE,
  LET_THROUGH,
  migration,
  MTLS,
  observe,
  phase,
  PLAIN,
  predict,
  REFUSED,
  report,
  STRICT_FOO,
  UNSHOWN,
} from "./builders.js";

export const SAMPLES = {
  "all-pass-migration": () => report(migration(), { planned: 18 }),

  mismatch: () => {
    const phases = migration();
    const refused = (index: number) => (call: (typeof phases)[number]["calls"][number], at: number) =>
      at === index ? { ...call, ...LET_THROUGH } : call;
    const strict = phases[1]!;
    const mesh = phases[2]!;
    const policy = {
      expected: expect(PLAIN),
      predicted: predict(REFUSED, STRICT_FOO),
      observed: observe(REFUSED),
      verdict: "mismatch",
      cause: "policy",
    } as const;
    return report(
      [
        phases[0]!,
        { ...strict, calls: strict.calls.map(refused(4)) },
        { ...mesh, calls: mesh.calls.map((call, at) => (at === 5 ? { ...call, ...policy } : call)) },
      ],
      {
        planned: 18,
        problems: [
          warningProblem(
            "namespace-undeclared",
            "namespace staging is in no file",
            { file: "mesh.yaml", line: 12 },
            "declare it, or take it out of namespaces",
          ),
        ],
      },
    );
  },

  "unproven-control": () => {
    const control = demoCalls((from) => (from === "legacy" ? PLAIN : MTLS)).map((made) =>
      made.from.namespace === "legacy"
        ? {
            ...made,
            expected: null,
            observed: observe(REFUSED, {
              exit: 7,
              evidence: "connection-refused",
              error: "Failed to connect to httpbin.foo port 8000",
            }),
            verdict: "mismatch" as const,
            cause: "mesh" as const,
          }
        : { ...made, expected: null },
    );
    const calls = demoCalls((from) => (from === "legacy" ? REFUSED : MTLS)).map((made) =>
      made.from.namespace === "legacy" ? { ...made, verdict: "unproven" as const, cause: "control" as const } : made,
    );
    const proven = control.map((made) =>
      made.verdict === "mismatch"
        ? {
            ...made,
            predicted: { unknown: "the client's pod is not ready", because: [] },
            verdict: "unproven" as const,
            cause: "unknown" as const,
          }
        : made,
    );
    return report([phase("strict-mesh", proven, { control: true }), phase("strict-mesh", calls, { settledMs: 900 })], {
      mode: "strict-mesh",
      planned: 12,
    });
  },

  "probe-error": () =>
    report(
      [
        phase("audit", [
          call(client("foo"), destination("foo"), MTLS),
          call(client("foo"), destination("bar"), MTLS, { observed: null, verdict: "error", cause: "probe" }),
          call(client("jobs", "nightly", { kind: "CronJob", container: "main" }), destination("foo"), MTLS, {
            expected: null,
            predicted: {
              anyOf: [MTLS, { ...REFUSED, exit: 52 }],
              because: [{ rule: "auto-mtls", says: "one of two replicas has no sidecar" }],
            },
            observed: null,
            verdict: "error",
            cause: "probe",
          }),
          call(
            client("foo"),
            destination("foo", "db", { url: "tcp://db.foo:5432", port: 5432, host: "db.foo" }),
            UNSHOWN,
            {
              observed: observe({ arrives: true, code: null, exit: 0, transport: "unproven" }, { attempts: 2 }),
              expected: expect({ arrives: true, code: null, exit: 0, transport: "mtls" }),
              verdict: "unproven",
              cause: "transport",
            },
          ),
        ]),
      ],
      {
        mode: "audit",
        planned: 6,
        problems: [
          errorProblem(
            "exec-broken",
            "the exec stream ended without a status",
            { kind: "Pod", namespace: "jobs", name: "nightly-28391-x2x7k" },
            "look at the pod's events",
          ),
        ],
      },
    ),

  "not-settled": () =>
    report(
      [
        phase(
          "strict-namespace",
          demoCalls((from) => (from === "legacy" ? PLAIN : MTLS)).map((made) => ({
            ...made,
            predicted: made.from.namespace === "legacy" ? predict(REFUSED, STRICT_FOO) : made.predicted,
            verdict: "unproven" as const,
            cause: "not-settled" as const,
          })),
          { settledMs: null, rounds: 41 },
        ),
      ],
      { mode: "strict-namespace", planned: 6 },
    ),

  hostile: () => hostile(),

  "ten-by-twenty": () =>
    report(
      [
        phase(
          "policies",
          grid(10, 20, (row, column) => (row === 3 && column % 7 === 5 ? LET_THROUGH : {})),
          {
            applied: [
              { kind: "PeerAuthentication", namespace: "shop", name: "default", file: "policies/shop.yaml", line: 3 },
            ],
          },
        ),
      ],
      { mode: "policies", planned: 200 },
    ),
} satisfies Readonly<Record<string, () => Report>>;

/** Every text of a report that can come from outside is hostile. */
export function hostile(texts: readonly string[] = HOSTILE): Report {
  const calls = texts.map((text) =>
    call(
      client(text, text, { container: text }),
      destination(text, text, { url: `http://x/${text}`, method: text, host: text }),
      MTLS,
      {
        expected: { code: [text], exit: [1], transport: null },
        predicted: {
          unknown: text,
          because: [{ rule: text, says: text, kind: text, namespace: text, name: text, file: text, line: 3 }],
        },
        observed: observe(MTLS, { code: text, evidence: text, identity: text, error: text }),
        verdict: "mismatch",
        cause: "policy",
      },
    ),
  );
  return report(
    [
      phase(texts.join(" "), calls, {
        applied: texts.map((text) => ({ kind: text, namespace: text, name: text, file: text, line: 1 })),
      }),
    ],
    {
      mode: "policies",
      planned: calls.length,
      mesh: { source: "cluster", rootNamespace: texts.join(""), istio: texts.join(""), kubernetes: texts.join("") },
      problems: texts.flatMap((text) => [
        errorProblem(text, text, { file: text, line: 2 }, text),
        warningProblem(text, text, { kind: text, namespace: text, name: text }),
      ]),
    },
  );
}
