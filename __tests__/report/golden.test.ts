/** What people see, committed, so that a change of it is reviewed as they would see it. `vitest -u` writes them anew. */
import { describe, expect, it } from "vitest";
import { summaryMarkdown } from "../../src/report/markdown.js";
import { serialise } from "../../src/report/serialise.js";
import { terminalReport } from "../../src/report/terminal.js";
import { reportSchema } from "../../src/report/schema.js";
import { SAMPLES } from "./samples.js";

describe.each(Object.entries(SAMPLES))("%s", (name, sample) => {
  it("is the same Markdown", async () => {
    const markdown = summaryMarkdown(sample(), { limitBytes: 1_048_576 });
    await expect(markdown).toMatchFileSnapshot(`../golden/${name}.md`);
  });

  it("is the same text on a terminal", async () => {
    const text = terminalReport(sample(), { width: 100, unicode: true, colour: false, context: "kind-mtls gate" });
    await expect(text).toMatchFileSnapshot(`../golden/${name}.txt`);
  });

  it("is a report by its schema, unless its names are none that Kubernetes has", () => {
    const issues = reportSchema.safeParse(JSON.parse(serialise(sample()))).error?.issues;
    if (name === "hostile") expect(issues?.length).toBeGreaterThan(0);
    else expect(issues).toBeUndefined();
  });
});
