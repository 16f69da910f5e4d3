import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Outcome, Predicted } from "../../src/mesh/call.js";
import { turnOf } from "../../src/predict/direction.js";
import type { Turn } from "../../src/predict/direction.js";

const outcome = (arrives: boolean | null, code: string, transport: Outcome["transport"]): Outcome => ({
  arrives,
  code,
  exit: code === "000" ? 56 : 0,
  transport,
});

const OUTCOMES = {
  mtls: outcome(true, "200", "mtls"),
  hbone: outcome(true, "200", "hbone"),
  tls: outcome(true, "200", "tls"),
  plain: outcome(true, "200", "plaintext"),
  reset: outcome(false, "000", null),
  denied: outcome(false, "403", "mtls"),
  missing: outcome(false, "404", "mtls"),
} as const;

/** `mtls`, `mtls|reset`, `?` */
function predicted(text: string): Predicted {
  if (text.startsWith("?")) return { unknown: text, because: [] };
  const outcomes = text.split("|").map((name) => OUTCOMES[name as keyof typeof OUTCOMES]);
  const [first, ...others] = outcomes;
  return others.length === 0 ? { ...first!, because: [] } : { anyOf: outcomes, because: [] };
}

const shown = ({ directions, unclear }: Turn): string =>
  `${directions.join(" ")}${unclear === "no" ? "" : ` (${unclear} unknown)`}`;

/** Every pair of outcomes: a row a before, a column an after. */
const COLUMNS = ["mtls", "hbone", "tls", "plain", "reset", "denied", "missing"];
const TABLE: Record<string, readonly string[]> = {
  mtls: ["", "code", "to-plaintext", "to-plaintext", "breaks", "breaks", "breaks"],
  hbone: ["code", "", "to-plaintext", "to-plaintext", "breaks", "breaks", "breaks"],
  tls: ["to-mtls", "to-mtls", "", "to-plaintext", "breaks", "breaks", "breaks"],
  plain: ["to-mtls", "to-mtls", "to-mtls", "", "breaks", "breaks", "breaks"],
  reset: ["opens", "opens", "opens", "opens", "", "code", "code"],
  denied: ["opens", "opens", "opens", "opens", "code", "", "code"],
  missing: ["opens", "opens", "opens", "opens", "code", "code", ""],
};

describe("one outcome on each side", () => {
  const pairs = Object.entries(TABLE).flatMap(([before, row]) =>
    row.map((direction, index) => ({ before, after: COLUMNS[index]!, direction })),
  );
  it.each(pairs)("$before → $after: $direction", ({ before, after, direction }) => {
    expect(shown(turnOf(predicted(before), predicted(after)))).toBe(direction);
  });
});

describe("several outcomes, or none that is known", () => {
  it.each([
    { before: "mtls", after: "mtls|reset", turn: "breaks", why: "it always arrived, and may not" },
    { before: "mtls|reset", after: "reset", turn: "breaks", why: "it may have arrived, and never does" },
    { before: "reset", after: "mtls|reset", turn: "opens", why: "it never arrived, and may" },
    { before: "mtls|reset", after: "mtls", turn: "opens", why: "it may have been refused, and never is" },
    { before: "mtls|reset", after: "reset|mtls", turn: "", why: "the order says nothing" },
    { before: "mtls|reset", after: "mtls|denied", turn: "code", why: "it may arrive as before" },
    { before: "mtls", after: "mtls|plain", turn: "to-plaintext", why: "it may lose mTLS" },
    { before: "mtls|plain", after: "plain", turn: "to-plaintext", why: "it may have had mTLS, and never has" },
    { before: "mtls", after: "plain|reset", turn: "breaks to-plaintext", why: "both can occur: the worst first" },
    { before: "plain", after: "mtls|reset", turn: "breaks to-mtls", why: "both can occur" },
    { before: "mtls", after: "?", turn: "breaks to-plaintext code (one unknown)", why: "it could be anything" },
    { before: "reset", after: "?", turn: "opens code (one unknown)", why: "what was refused cannot break" },
    { before: "?", after: "mtls", turn: "opens code to-mtls (one unknown)", why: "it may have been refused" },
    { before: "?", after: "plain", turn: "opens to-plaintext code (one unknown)", why: "it may have had mTLS" },
    { before: "?", after: "reset", turn: "breaks code (one unknown)", why: "it may have arrived" },
    { before: "?a", after: "?a", turn: "", why: "the same is unknown for the same reasons" },
    { before: "?a", after: "?b", turn: " (both unknown)", why: "nothing is known of it" },
  ])("$before → $after: $turn, as $why", ({ before, after, turn }) => {
    expect(shown(turnOf(predicted(before), predicted(after)))).toBe(turn);
  });

  it("compares unknown outcomes by their reasons, but not by the lines that these stand on", () => {
    const unknown = (name: string, line: number): Predicted => ({
      unknown: "why",
      because: [{ rule: "r", says: "s", kind: "EnvoyFilter", name, file: "a.yaml", line }],
    });
    expect(turnOf(unknown("a", 1), unknown("a", 2)).unclear).toBe("no");
    expect(turnOf(unknown("a", 1), unknown("b", 1)).unclear).toBe("both");
  });
});

const outcomes = fc.record({
  arrives: fc.constantFrom(true, false, null),
  code: fc.constantFrom("000", "200", "403", null),
  exit: fc.constantFrom(0, 56, null),
  transport: fc.constantFrom("mtls" as const, "hbone" as const, "tls" as const, "plaintext" as const, null),
});
const predictions: fc.Arbitrary<Predicted> = fc.oneof(
  outcomes.map((one) => ({ ...one, because: [] })),
  fc.array(outcomes, { minLength: 2, maxLength: 4 }).map((anyOf) => ({ anyOf, because: [] })),
  fc.constantFrom("a", "b").map((unknown) => ({ unknown, because: [] })),
);
const SWAPPED = {
  breaks: "opens",
  opens: "breaks",
  "to-plaintext": "to-mtls",
  "to-mtls": "to-plaintext",
  code: "code",
  new: "gone",
  gone: "new",
} as const;

it("nothing turns between a prediction and itself", () => {
  fc.assert(
    fc.property(predictions, (one) => {
      expect(turnOf(one, one)).toEqual({ directions: [], unclear: "no" });
    }),
  );
});

it("the other way round, every direction is its opposite", () => {
  fc.assert(
    fc.property(predictions, predictions, (before, after) => {
      const there = turnOf(before, after);
      const back = turnOf(after, before);
      expect(back.unclear).toBe(there.unclear);
      expect([...back.directions].sort()).toEqual(there.directions.map((one) => SWAPPED[one]).sort());
    }),
  );
});

it("what turns is never passed over in silence", () => {
  fc.assert(
    fc.property(predictions, predictions, (before, after) => {
      const { directions, unclear } = turnOf(before, after);
      const text = (one: Predicted): string =>
        "unknown" in one
          ? one.unknown
          : [
              ...new Set(
                ("anyOf" in one ? one.anyOf : [one]).map((o) => [o.arrives, o.code, o.exit, o.transport].join()),
              ),
            ]
              .sort()
              .join("|");
      expect(directions.length === 0 && unclear === "no").toBe(text(before) === text(after));
    }),
  );
});
