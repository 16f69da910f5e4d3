import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { serialise } from "../../src/report/serialise.js";
import { reportJsonSchema, reportSchema } from "../../src/report/schema.js";
import { migration, report } from "./builders.js";

describe("the schema of the report", () => {
  it("is published as it is (vitest -u writes docs/report.schema.json)", async () => {
    const text = await format(JSON.stringify(reportJsonSchema()), { parser: "json", printWidth: 120 });
    await expect(text).toMatchFileSnapshot("../../docs/report.schema.json");
  });

  it("is draft 2020-12, and open to fields to come", () => {
    const schema = reportJsonSchema();
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: "urn:mtls-gate:report:v1",
    });
    expect(JSON.stringify(schema)).not.toContain("additionalProperties");
  });

  it.each([
    ["a verdict that is none", '"verdict": "pass"', '"verdict": "ok"'],
    ["headers of a destination", '"method": "GET"', '"method": "GET", "headers": {}'],
    ["a code of two digits", '"code": "200"', '"code": "20"'],
    ["a prediction of two forms", '"because": []', '"because": [], "unknown": "why"'],
    ["no counts", '"counts"', '"count"'],
    ["a transport that is none", '"transport": "mtls"', '"transport": "plain"'],
  ])("refuses %s", (_, right, wrong) => {
    const text = serialise(report(migration()));
    expect(reportSchema.safeParse(JSON.parse(text)).success).toBe(true);
    expect(text).toContain(right);
    expect(reportSchema.safeParse(JSON.parse(text.replace(right, wrong))).success).toBe(false);
  });
});
