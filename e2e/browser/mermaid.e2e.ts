import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HOSTILE_NAMES } from "../../__tests__/report/comparison.js";
import { call, client, destination, grid, MTLS, observe, phase } from "../../__tests__/report/builders.js";
import { SAMPLES } from "../../__tests__/report/samples.js";
import { mermaidText } from "../../src/report/mermaid.js";
import { browser, open } from "./chromium.js";

/** The diagrams, drawn by Mermaid itself. */

const library = join(dirname(createRequire(import.meta.url).resolve("mermaid/package.json")), "dist", "mermaid.min.js");

let running: Browser;
beforeAll(async () => {
  running = await browser();
});
afterAll(async () => await running.close());

async function texts(diagram: string): Promise<{ labels: string[]; incidents: string[]; strangers: number }> {
  await using opened = await open(running, "<!doctype html><meta charset=utf-8><div id=out></div>");
  const { page, incidents } = opened;
  await page.addScriptTag({ content: readFileSync(library, "utf8") });
  const labels = await page.evaluate<string[]>(`(async () => {
    mermaid.initialize({ startOnLoad: false });
    const { svg } = await mermaid.render("drawn", ${JSON.stringify(diagram)});
    document.getElementById("out").innerHTML = svg;
    return [...document.querySelectorAll("#out .nodeLabel, #out .edgeLabel")].map((one) => one.textContent);
  })()`);
  const strangers = await page.evaluate<number>("document.querySelectorAll('#out script, #out img, #out a').length");
  return { labels, incidents, strangers };
}

describe("Mermaid", () => {
  it("draws the phases of the demo", async () => {
    const { labels } = await texts(mermaidText(SAMPLES.mismatch().phases[1]!));
    expect(labels.join("\n")).toMatch(/sleep\.legacy/u);
    expect(labels.join("\n")).toMatch(/✗ 200 plain/u);
  });

  it("draws a matrix of 200 × 200 calls", async () => {
    const calls = grid(200, 200, (row, column) =>
      row % 20 === column % 10 ? { observed: observe(MTLS, { code: "201" }) } : {},
    );
    const { labels } = await texts(mermaidText(phase("policies", calls)));
    expect(labels.length).toBeGreaterThan(2);
  });

  it("draws hostile names as text", async () => {
    const calls = HOSTILE_NAMES.map((name, index) =>
      call(client(name, name), destination("foo", `d${index}`), MTLS, {
        observed: observe(MTLS, { code: `${index}` }),
      }),
    );
    const { labels, incidents, strangers } = await texts(mermaidText(phase(HOSTILE_NAMES.join(" "), calls)));
    expect(labels.some((label) => label.includes("<img src=x onerror=alert(1)>"))).toBe(true);
    expect(strangers).toBe(0);
    expect(incidents.filter((text) => /dialog|request/u.test(text))).toEqual([]);
  });

  it("draws the pictures of the documentation", async () => {
    const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "mutual-tls.md"), "utf8");
    const pictures = [...page.matchAll(/^```mermaid\n(.*?)^```$/gmsu)].map(([, text = ""]) => text);
    expect(pictures).toHaveLength(2);
    const [pods, sequence] = [await texts(pictures[0]!), await texts(pictures[1]!)];
    expect(pods.labels).toEqual(expect.arrayContaining(["curl", "httpbin", "istiod", "mutual TLS"]));
    expect([...pods.incidents, ...sequence.incidents]).toEqual([]);
  });
});
