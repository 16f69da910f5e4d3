import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { comparison, HOSTILE_NAMES, opened as openedPort } from "../../__tests__/report/comparison.js";
import { grid, LET_THROUGH, phase, report } from "../../__tests__/report/builders.js";
import { hostile, SAMPLES } from "../../__tests__/report/samples.js";
import { terminal } from "../../src/report/escape.js";
import { reportHtml } from "../../src/report/html.js";
import { browser, open } from "./chromium.js";

/** The HTML report as a person has it: opened as a file in Chromium. */

let running: Browser;
beforeAll(async () => {
  running = await browser();
});
afterAll(async () => await running.close());

const large = report(
  [
    phase(
      "policies",
      grid(200, 200, (row, column) => ((row * 7 + column) % 37 === 5 ? LET_THROUGH : {})),
    ),
  ],
  {
    mode: "policies",
    planned: 40_000,
  },
);

describe("the page", () => {
  it("draws the phases side by side, each call with its three values", async () => {
    await using opened = await open(running, reportHtml(SAMPLES.mismatch()));
    const { page, incidents } = opened;
    expect(await page.getByRole("grid").count()).toBe(3);
    expect(await page.getByRole("gridcell").count()).toBe(18);
    const cell = page.getByRole("gridcell", { name: "sleep.legacy to httpbin.foo: mismatch" });
    expect(await cell.getAttribute("aria-label")).toContain("expected 000/56, predicted 000/56, observed 200 plain");
    expect(await cell.textContent()).toBe("✕exp000/56pred000/56obs200 plain");
    expect(incidents).toEqual([]);
  });

  it("shows the reasons and the command of a call that is clicked", async () => {
    await using opened = await open(running, reportHtml(SAMPLES.mismatch(), { context: "kind-gate" }));
    const { page } = opened;
    await page.getByRole("gridcell", { name: "sleep.legacy to httpbin.foo: mismatch" }).click();
    const text = await page.getByRole("dialog").textContent();
    expect(text).toContain("PeerAuthentication foo/default (manifests/policies/mtls-ns.yaml:7)");
    expect(text).toContain("STRICT: plaintext is refused");
    expect(text).toContain("kubectl --context kind-gate -n legacy exec deploy/sleep");
    expect(text).toContain("permissive: 200 plain");
  });

  it("is worked by keyboard alone, and gives the focus back", async () => {
    await using opened = await open(running, reportHtml(SAMPLES["ten-by-twenty"]()));
    const { page } = opened;
    const active = async (): Promise<string | null> =>
      await page.evaluate<string | null>("document.activeElement.dataset.at ?? null");
    for (let tabs = 0; tabs < 20 && (await active()) === null; tabs += 1) await page.keyboard.press("Tab");
    expect(await active()).toBe("0,0");
    expect(await page.evaluate("document.querySelectorAll('.cell[tabindex=\"0\"]').length")).toBe(1);
    for (const [key, at] of [
      ["ArrowRight", "0,1"],
      ["ArrowDown", "1,1"],
      ["End", "1,19"],
      ["Control+End", "9,19"],
      ["ArrowDown", "9,19"],
      ["Home", "9,0"],
      ["Control+Home", "0,0"],
      ["ArrowLeft", "0,0"],
    ] as const) {
      await page.keyboard.press(key);
      expect(await active(), key).toBe(at);
    }
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await page.keyboard.press("Enter");
    expect(await page.getByRole("dialog").isVisible()).toBe(true);
    await page.keyboard.press("Escape");
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(await active()).toBe("0,0");
  });

  it("filters by namespace, verdict and search", async () => {
    await using opened = await open(running, reportHtml(SAMPLES.mismatch()));
    const { page } = opened;
    const status = async (): Promise<string | null> => await page.getByRole("status").textContent();
    expect(await status()).toBe("18 cells");
    await page.getByLabel("from namespace").selectOption("legacy");
    expect(await status()).toBe("6 of 18 cells");
    await page.getByRole("button", { name: "pass" }).click();
    expect(await status()).toBe("2 of 18 cells");
    await page.getByRole("searchbox").fill("httpbin.bar");
    expect(await status()).toBe("1 of 18 cells");
  });

  it("shows changes before and after, and filters them by direction", async () => {
    await using opened = await open(running, reportHtml(comparison()));
    const { page, incidents } = opened;
    const changes = page.getByRole("table", { name: "Changes" });
    expect(await changes.getByRole("row").count()).toBe(4);
    await page.getByLabel("direction").selectOption("breaks");
    expect(await changes.getByRole("row").count()).toBe(2);
    await changes.getByRole("button").first().click();
    expect(await page.getByRole("dialog").textContent()).toMatch(/Before and after.*code 200.*code 000/su);
    expect(await page.getByRole("table", { name: "Exposure" }).textContent()).toContain("none: STRICT");
    expect(incidents).toEqual([]);
  });

  it("says which Service port fails the run, and what accepts one", async () => {
    await using failing = await open(running, reportHtml(openedPort()));
    expect(await failing.page.getByRole("heading", { level: 1 }).textContent()).toContain(
      "A Service port is open to more in plaintext",
    );
    const cells = failing.page.getByRole("table", { name: "Exposure" }).getByRole("cell");
    expect((await cells.allTextContents()).slice(0, 2)).toEqual(["✕ fails", "httpbin.foo:8000"]);
    const accepted = { reason: "the old client goes", until: "2027-03-31", file: "plan.yaml", line: 12 };
    await using taken = await open(running, reportHtml(openedPort({ fails: false, accepted })));
    expect(
      await taken.page.getByTitle("accepted until 2027-03-31 (plan.yaml:12): the old client goes").textContent(),
    ).toBe("accepted");
    expect([...failing.incidents, ...taken.incidents]).toEqual([]);
  });

  it("shows hostile names as text, and runs none of them", async () => {
    await using opened = await open(running, reportHtml(hostile(HOSTILE_NAMES)));
    const { page, incidents } = opened;
    const known = new Set(HOSTILE_NAMES.map((name) => `${terminal(name)}.${terminal(name)}`.slice(0, 100)));
    const shown = await page.getByRole("rowheader").allTextContents();
    expect(shown.length).toBeGreaterThan(10);
    for (const text of shown) expect([...known].some((name) => text.startsWith(name.slice(0, 60)))).toBe(true);
    await page.locator(".cell:not(.none)").first().click();
    expect(await page.evaluate("document.querySelectorAll('img, iframe, a, script:not([type])').length")).toBe(1);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(incidents).toEqual([]);
  });

  it("refuses a script that is not its own", async () => {
    const html = reportHtml(SAMPLES.mismatch()).replace("</main>", "</main><script>document.title='owned'</script>");
    await using opened = await open(running, html);
    expect(await opened.page.title()).toBe("mismatch: mtls-gate migration");
    expect(opened.incidents.join()).toContain("Content Security Policy");
  });

  it("holds 200 × 200 calls: drawn, scrolled and filtered without waiting", async () => {
    await using opened = await open(running, reportHtml(large));
    const { page, incidents } = opened;
    expect(await page.getByRole("status").textContent()).toBe("40,000 cells");
    expect(await page.evaluate<number>("document.querySelectorAll('.cell').length")).toBeLessThan(5000);
    const took = await page.evaluate<number>(`(() => {
      const box = document.querySelector("input[type=search]");
      const start = performance.now();
      box.value = "client-117";
      box.dispatchEvent(new Event("input"));
      return performance.now() - start;
    })()`);
    expect(await page.getByRole("status").textContent()).toBe("200 of 40,000 cells");
    expect(took).toBeLessThan(1000);
    await page.getByRole("searchbox").fill("");
    await page.locator(".cell").first().click();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+End");
    expect(await page.evaluate("document.activeElement.dataset.at")).toBe("199,199");
    expect(incidents).toEqual([]);
  });

  it.each([
    ["narrow", { width: 360 }],
    ["dark", { dark: true }],
  ])("fits a %s screen", async (_, options) => {
    await using opened = await open(running, reportHtml(SAMPLES.mismatch()), options);
    const { page, incidents } = opened;
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    const colour = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    expect(colour).toBe("dark" in options ? "rgb(13, 17, 23)" : "rgb(246, 248, 250)");
    expect(incidents).toEqual([]);
  });
});
