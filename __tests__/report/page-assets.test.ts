import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { pageAssets, TARGET } from "../../scripts/generate-page.js";

it("the page's script and style are as node scripts/generate-page.ts makes them", async () => {
  expect(readFileSync(TARGET, "utf8")).toBe(await pageAssets());
});
