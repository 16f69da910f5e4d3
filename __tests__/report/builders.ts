/** Reports as real runs make them, with as little said as the test is about. */
import type { Client, Destination, Expected, Observed, Outcome, Predicted, Reason } from "../../src/mesh/call.js";
import { buildReport, type ReportParts } from "../../src/report/build.js";
import type { Report, ReportCall, ReportPhase } from "../../src/report/document.js";

export const MTLS: Outcome = { arrives: true, code: "200", exit: 0, transport: "mtls" };
export const PLAIN: Outcome = { arrives: true, code: "200", exit: 0, transport: "plaintext" };
export const REFUSED: Outcome = { arrives: false, code: "000", exit: 56, transport: null };
export const UNSHOWN: Outcome = { arrives: true, code: "200", exit: 0, transport: "unproven" };

export const STRICT_FOO: Reason = {
  rule: "peer-authentication",
  says: "STRICT: plaintext is refused",
  kind: "PeerAuthentication",
  namespace: "foo",
  name: "default",
  file: "manifests/policies/mtls-ns.yaml",
  line: 7,
};

export function client(namespace: string, workload = "sleep", rest: Partial<Client> = {}): Client {
  return { namespace, workload, kind: "Deployment", container: "sleep", ...rest };
}

export function destination(namespace: string, service = "httpbin", rest: Partial<Destination> = {}): Destination {
  const host = `${service}.${namespace}`;
  return { url: `http://${host}:8000/ip`, method: "GET", host, port: 8000, namespace, service, ...rest };
}

export function expect(outcome: Outcome): Expected {
  return {
    code: outcome.code === null ? null : [outcome.code],
    exit: outcome.exit === null ? null : [outcome.exit],
    transport: outcome.transport,
  };
}

export function predict(outcome: Outcome, ...because: Reason[]): Predicted {
  return { ...outcome, because };
}

export function observe(outcome: Outcome, rest: Partial<Observed> = {}): Observed {
  const shown = { mtls: "xfcc", plaintext: "echo", tls: "certificate", hbone: "hbone", unproven: null };
  const refused = outcome.code === "000";
  return {
    ...outcome,
    evidence: outcome.transport === null ? (refused ? "reset" : null) : shown[outcome.transport],
    ...(outcome.transport === "mtls" ? { identity: "spiffe://cluster.local/ns/foo/sa/sleep" } : {}),
    error: refused ? "Recv failure: Connection reset by peer" : null,
    attempts: 1,
    ms: 6,
    ...rest,
  };
}

/** A call that is as it should be, unless the rest says otherwise. */
export function call(from: Client, to: Destination, outcome: Outcome, rest: Partial<ReportCall> = {}): ReportCall {
  return {
    from,
    to,
    expected: expect(outcome),
    predicted: predict(outcome, ...(outcome === REFUSED ? [STRICT_FOO] : [])),
    observed: observe(outcome),
    verdict: "pass",
    cause: null,
    ...rest,
  };
}

export function phase(name: string, calls: readonly ReportCall[], rest: Partial<ReportPhase> = {}): ReportPhase {
  return { name, control: false, applied: [], settledMs: 412, rounds: 3, calls, ...rest };
}

export function report(phases: readonly ReportPhase[], rest: Partial<ReportParts> = {}): Report {
  return buildReport({
    mode: "migration",
    mesh: { source: "cluster", rootNamespace: "istio-system", istio: "1.31.2", kubernetes: "v1.36.3" },
    phases,
    problems: [],
    planned: 0,
    ...rest,
  });
}

/** The six calls of the demo: three clients, two destinations. */
export function demoCalls(outcome: (from: string, to: string) => Outcome): ReportCall[] {
  return ["foo", "bar", "legacy"].flatMap((from) =>
    ["foo", "bar"].map((to) => call(client(from), destination(to), outcome(from, to))),
  );
}

/** The whole migration of the demo, as it should go: 18 calls in three phases. */
export function migration(): ReportPhase[] {
  const open = (from: string): Outcome => (from === "legacy" ? PLAIN : MTLS);
  return [
    phase("permissive", demoCalls(open), { settledMs: 2104, rounds: 4 }),
    phase(
      "strict-namespace",
      demoCalls((from, to) => (from === "legacy" && to === "foo" ? REFUSED : open(from))),
      {
        applied: [
          {
            kind: "PeerAuthentication",
            namespace: "foo",
            name: "default",
            file: "manifests/policies/mtls-ns.yaml",
            line: 1,
          },
        ],
      },
    ),
    phase(
      "strict-mesh",
      demoCalls((from) => (from === "legacy" ? REFUSED : MTLS)),
      {
        applied: [
          {
            kind: "PeerAuthentication",
            namespace: "istio-system",
            name: "default",
            file: "manifests/policies/mtls-mesh.yaml",
            line: 1,
          },
        ],
      },
    ),
  ];
}

/** A matrix of clients and destinations in which every call passes but those that `change` says something of. */
export function grid(
  clients: number,
  destinations: number,
  change: (row: number, column: number) => Partial<ReportCall> = () => ({}),
): ReportCall[] {
  return Array.from({ length: clients * destinations }, (_, index) => {
    const row = Math.floor(index / destinations);
    const column = index % destinations;
    return call(
      client("load", `client-${row + 1}`),
      destination("shop", `service-${column + 1}`),
      MTLS,
      change(row, column),
    );
  });
}

/** What a refused call looks like that should have been refused and was not. */
export const LET_THROUGH: Partial<ReportCall> = {
  expected: expect(REFUSED),
  predicted: predict(REFUSED, STRICT_FOO),
  observed: observe(PLAIN),
  verdict: "mismatch",
  cause: "mesh",
};

/** Texts that try to be something else in at least one of the places where a report is shown. */
export const HOSTILE = [
  "a|b",
  "a\\|b",
  "```\n# out\n```",
  "`".repeat(100),
  "` <b>out</b> `",
  "<img src=x onerror=alert(1)>",
  "</details><script>alert(1)</script>",
  "&lt;b&gt; &#64;",
  "@everyone",
  "octo/repo#12 GH-12 #12 :smile: $x$",
  "[x](http://evil.example) ![y](http://evil.example/y.png)",
  "http://evil.example/ www.evil.example a@evil.example",
  "::error file=a.ts::owned",
  "\n::set-output name=verdict::pass",
  "x ##[error]owned",
  "\u001b[2J\u001b]8;;http://evil.example\u0007link",
  "abc\u202egpj.exe",
  "one\u2028two\u200bthree\u00adfour",
  "\ud800 lone",
  "東京サーバー 🚀",
  "'; rm -rf ~; echo '",
  "$(reboot) `reboot` %s %0A",
  "1. one\n- two\n> three\n---",
  "   ",
  "",
];
