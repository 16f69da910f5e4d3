import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";

/** Debian's Chromium, and pages of it that tell what they would not be told: other requests, dialogs, errors, refused scripts. */

const PROGRAM = "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts Chromium. Where it is not there root installs it by apt-get; that it cannot be had is an error. */
export async function browser(): Promise<Browser> {
  if (!existsSync(PROGRAM)) {
    const apt = (...words: string[]): void => {
      execFileSync("apt-get", ["-q", "-y", ...words], {
        stdio: "ignore",
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      });
    };
    apt("update");
    apt("install", "--no-install-recommends", "chromium", "fonts-dejavu-core");
  }
  return await chromium.launch({ executablePath: PROGRAM, args: FLAGS });
}

export interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** What must not happen on a page that only shows a report. */
  readonly incidents: string[];
}

/** Opens a document as a file, as a person does with a downloaded report. */
export async function open(
  running: Browser,
  html: string,
  options: { readonly width?: number; readonly dark?: boolean } = {},
): Promise<Opened> {
  const file = join(mkdtempSync(join(tmpdir(), "mtls-gate-page-")), "report.html");
  writeFileSync(file, html);
  const context = await running.newContext({
    viewport: { width: options.width ?? 1400, height: 900 },
    colorScheme: options.dark === true ? "dark" : "light",
  });
  const page = await context.newPage();
  const incidents: string[] = [];
  page.on("console", (message) => incidents.push(message.text()));
  page.on("pageerror", (error) => incidents.push(error.message));
  page.on("dialog", (dialog) => {
    incidents.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (request.url() !== pathToFileURL(file).href) incidents.push(`request: ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  return { page, incidents, [Symbol.asyncDispose]: async () => await context.close() };
}
