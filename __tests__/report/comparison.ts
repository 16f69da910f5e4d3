/** A comparison with a base, made by hand: what mode predict tells of a change that turns `foo` STRICT. */
import type { Report, ReportChange, ReportExposure } from "../../src/report/document.js";
import {
  client,
  demoCalls,
  destination,
  HOSTILE,
  MTLS,
  phase,
  PLAIN,
  predict,
  REFUSED,
  report,
  STRICT_FOO,
} from "./builders.js";

const from = client("legacy");
const to = destination("foo");

export const CHANGES: readonly ReportChange[] = [
  {
    direction: "breaks",
    from,
    to,
    before: predict(PLAIN),
    after: predict(REFUSED, STRICT_FOO),
    because: [STRICT_FOO],
    count: 12,
    examples: [
      { from, to },
      { from: client("legacy", "batch"), to },
    ],
    fails: true,
  },
  {
    direction: "opens",
    from: client("bar"),
    to: destination("bar"),
    before: predict(REFUSED, STRICT_FOO),
    after: predict(PLAIN),
    because: [STRICT_FOO],
    count: 1,
    examples: [{ from: client("bar"), to: destination("bar") }],
    fails: false,
    accepted: { reason: "the old client goes in spring", until: "2027-03-31", file: "plan.yaml", line: 12 },
  },
  {
    direction: "new",
    from: client("bar", "canary"),
    to,
    before: null,
    after: predict(MTLS),
    because: [],
    count: 1,
    examples: [{ from: client("bar", "canary"), to }],
    fails: false,
  },
];

/** Every call passes, and one change fails the run. */
export function comparison(diff: readonly ReportChange[] = CHANGES): Report {
  const calls = demoCalls((one, other) => (one !== "legacy" ? MTLS : other === "foo" ? REFUSED : PLAIN)).map(
    (call) => ({
      ...call,
      expected: null,
      observed: null,
    }),
  );
  return {
    ...report([phase("predict", calls, { rounds: 0, settledMs: null })], { mode: "predict", planned: 6 }),
    verdict: diff.some(({ fails }) => fails) ? "mismatch" : "pass",
    base: { kind: "git", name: "origin/main", commit: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567" },
    diff,
    exposure: [
      {
        to: { namespace: "foo", service: "httpbin", port: 8000 },
        before: { plaintext: "all", says: "whoever reaches its address", because: [] },
        after: { plaintext: "none", says: "STRICT", because: [STRICT_FOO] },
        fails: false,
      },
    ],
  };
}

const OPENED = { kind: "PeerAuthentication", namespace: "foo", name: "default", file: "policies/foo.yaml", line: 4 };

/** No call changes, and one Service port is open to whoever reaches it. */
export function opened(rest: Partial<ReportExposure> = {}): Report {
  const says = "PERMISSIVE takes plaintext, and no AuthorizationPolicy asks for an identity";
  return {
    ...comparison([]),
    verdict: rest.accepted === undefined ? "mismatch" : "pass",
    exposure: [
      {
        to: { namespace: "foo", service: "httpbin", port: 8000 },
        before: { plaintext: "none", says: "STRICT refuses plaintext", because: [STRICT_FOO] },
        after: {
          plaintext: "all",
          says,
          because: [{ rule: "peer-authentication/mode", says: "PERMISSIVE", ...OPENED }],
        },
        fails: true,
        ...rest,
      },
    ],
  };
}

/** Names that try to be something else in a page, a table, an XML document, a diagram or an object of JavaScript. */
export const HOSTILE_NAMES = [
  ...HOSTILE,
  "</script><script>alert(1)</script>",
  "<!--<script>",
  "<img src=x onerror=alert(1)>",
  "javascript:alert(1)",
  "]]></failure><testcase name='green'/>",
  "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
  "\u0000\u0001\u000b\ufffe\uffff",
  '=HYPERLINK("http://evil.example","x")',
  "+1",
  "-1+1",
  "@SUM(A1)",
  "\t=1+1",
  " =1",
  "|calc",
  "%1",
  "＝1",
  '"]; click c0 call alert(1)',
  "end",
  "%%{init: {}}%%",
  "#quot;",
  "`**bold**`",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "{0} [link](1) \\[x\\]",
  "\u202eevil\u2066\u2069",
  "a\u0301".repeat(200),
  "x".repeat(3000),
  "../../etc/passwd",
  "C:\\windows\\x",
  "%2e%2e/%00",
];
