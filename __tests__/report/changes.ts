/** Reports of a comparison with a base. */
import type { Report, ReportChange, ReportExposure } from "../../src/report/document.js";
import { client, destination, migration, MTLS, PLAIN, predict, REFUSED, report, STRICT_FOO } from "./builders.js";

export function change(rest: Partial<ReportChange> = {}): ReportChange {
  const from = rest.from ?? client("legacy");
  const to = rest.to ?? destination("foo");
  return {
    direction: "breaks",
    from,
    to,
    before: predict(PLAIN),
    after: predict(REFUSED, STRICT_FOO),
    because: [STRICT_FOO],
    count: 1,
    examples: [{ from, to }],
    fails: true,
    ...rest,
  };
}

export function exposed(rest: Partial<ReportExposure> = {}): ReportExposure {
  return {
    to: { namespace: "foo", service: "httpbin", port: 8000 },
    before: { plaintext: "all", says: "PERMISSIVE: plaintext is accepted", because: [] },
    after: { plaintext: "none", says: "STRICT: plaintext is refused", because: [STRICT_FOO] },
    fails: false,
    ...rest,
  };
}

/** The demo's foo made STRICT: one call breaks, another becomes mTLS. */
export function strictFoo(rest: Partial<Report> = {}): Report {
  const [permissive] = migration();
  return {
    ...report(permissive === undefined ? [] : [permissive], { mode: "predict", planned: 6 }),
    verdict: "mismatch",
    base: { kind: "git", name: "main", commit: "0123456789abcdef0123456789abcdef01234567" },
    diff: [
      change(),
      change({
        direction: "to-mtls",
        from: client("bar"),
        before: predict(PLAIN),
        after: predict(MTLS, STRICT_FOO),
        fails: false,
        count: 12,
        examples: [
          { from: client("bar"), to: destination("foo") },
          { from: client("bar", "web"), to: destination("foo") },
        ],
      }),
    ],
    exposure: [exposed()],
    ...rest,
  };
}
