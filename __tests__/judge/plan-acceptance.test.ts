import { describe, expect, it } from "vitest";
import { PlanAcceptance } from "../../src/judge/plan-acceptance.js";
import type { InventoryClient } from "../../src/mesh/inventory-calls.js";
import { readPlan, type Plan } from "../../src/settings/plan-file.js";

const plan = (...entries: string[]): Plan => {
  const text = `accept:\n${entries.map((one) => `  - ${one}\n`).join("")}`;
  return readPlan(text, "p.yaml", { allowUnsafeMethods: false }).plan!;
};
const TODAY = "2026-06-01";
const REST = "reason: known, until: 2026-06-30";
const client = { namespace: "legacy", workload: "sleep", kind: "Deployment", container: "sleep" };
const known = { client, workload: { pods: [{ labels: { app: "sleep" } }] } } as unknown as InventoryClient;
const to = { url: "http://httpbin.foo:8000/", host: "httpbin.foo", port: 8000, namespace: "foo", service: "httpbin" };
const accepted = { reason: "known", until: "2026-06-30", file: "p.yaml", line: 2 };

describe("what a plan accepts", () => {
  it("goes by the labels of the client that was marked", () => {
    const acceptance = new PlanAcceptance(plan(`{direction: breaks, from: {selector: app=sleep}, ${REST}}`), TODAY);
    expect(acceptance.clientMark(known)).toBe("1");
    expect(acceptance.destinationMark(to)).toBe("1");
    expect(acceptance.accepted({ from: client, to }, "breaks")).toEqual(accepted);
    expect(acceptance.accepted({ from: client, to }, "opens")).toBeNull();
    expect(acceptance.accepted({ from: { ...client, namespace: "other" }, to }, "breaks")).toBeNull();
  });
  it("takes the exposure of a Service port by an entry for all clients", () => {
    const acceptance = new PlanAcceptance(plan(`{direction: to-plaintext, to: "foo/httpbin:8000", ${REST}}`), TODAY);
    const exposed = { namespace: "foo", service: "httpbin", port: 8000 };
    expect(acceptance.acceptedExposure({ to: exposed })).toEqual(accepted);
    expect(acceptance.acceptedExposure({ to: { ...exposed, port: 9090 } })).toBeNull();
  });
  it("tells of the entries that took nothing, and of those that have run out", () => {
    const acceptance = new PlanAcceptance(
      plan(
        `{direction: breaks, to: foo, ${REST}}`,
        `{direction: breaks, to: bar, ${REST}}`,
        "{direction: breaks, to: foo, reason: old, until: 2026-05-31}",
      ),
      TODAY,
    );
    acceptance.accepted({ from: client, to }, "breaks");
    expect(acceptance.problems().map(({ severity, code, where }) => [severity, code, where])).toEqual([
      ["warning", "accept-unused", { file: "p.yaml", line: 3 }],
      ["error", "accept-expired", { file: "p.yaml", line: 4 }],
    ]);
  });
  it("is nothing without a plan", () => {
    const acceptance = new PlanAcceptance(null, TODAY);
    expect([
      acceptance.clientMark(known),
      acceptance.accepted({ from: client, to }, "breaks"),
      acceptance.problems(),
    ]).toEqual(["", null, []]);
  });
});
