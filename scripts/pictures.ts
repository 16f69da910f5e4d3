/**
 * Makes the pictures in docs/images: report.png, report-dark.png and comment.png from two runs on the local mesh in which a policy
 * is not what was expected (a forgotten exception in the demo, and one that a pull request brings), gate.png from the comparison of
 * docs/diff.md.
 *
 *     node scripts/pictures.ts
 *
 * It needs the local mesh, Chromium, and npx for what makes HTML of the comment's Markdown. For GitHub's look it needs the
 * fonts of Debian's fonts-noto-core and fonts-noto-color-emoji.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { step } from "../__tests__/bundle/runner.ts";
import { browser } from "../e2e/browser/chromium.ts";
import { demoManifests, kubectl, mesh, ROOT } from "../e2e/local-mesh.ts";
import type { Report } from "../src/report/document.ts";

const MARKED = "marked@18.2.1";
const IMAGES = join(ROOT, "docs", "images");
const SPACES = ["foo", "bar", "legacy"];

/** What somebody has left in namespace bar. */
const FORGOTTEN = `
apiVersion: v1
kind: Namespace
metadata: { name: bar, labels: { istio-injection: enabled } }
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: httpbin-for-legacy, namespace: bar }
spec:
  selector: { matchLabels: { app: httpbin } }
  mtls: { mode: PERMISSIVE }
`;

/** The repository of the pull request. */
const PROPOSED = {
  "policies/foo.yaml": `# Namespace foo takes mutual TLS only.
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: foo
spec:
  mtls:
    mode: STRICT
---
# Lets the load test in until it has a sidecar.
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: load-test
  namespace: foo
spec:
  selector:
    matchLabels:
      app: httpbin
  portLevelMtls:
    8080:
      mode: PERMISSIVE
`,
  "mtls-plan.yaml": `clients:
  - { namespace: "*", workload: deployment/sleep }
destinations:
  - { url: "http://httpbin.foo:8000/ip" }
  - { url: "http://httpbin.bar:8000/ip" }
expect:
  - { from: legacy, to: foo, code: "000", exit: 56 }
  - { from: legacy, to: bar, code: 200, transport: plaintext }
  - { code: 200, transport: mtls }
`,
};

/** A comment as GitHub shows it, near enough. */
const STYLE = `
body { margin: 16px; width: 880px; font: 14px/1.5 "Noto Sans", "Noto Color Emoji", sans-serif; color: #1f2328; }
article { border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden; }
header { padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0; color: #59636e; }
header b { color: #1f2328; }
header i { border: 1px solid #d1d9e0; border-radius: 2em; padding: 0 7px; font: 500 12px "Noto Sans"; }
main { padding: 16px; }
main > :last-child { margin-bottom: 0; }
h2, h3 { margin: 24px 0 16px; line-height: 1.25; font-weight: 600; }
h2 { margin-top: 0; padding-bottom: .3em; font-size: 1.5em; border-bottom: 1px solid #d1d9e0b3; }
h3 { font-size: 1.25em; }
p, details, ul, table { margin: 0 0 16px; }
ul { padding-left: 2em; }
ul ul { margin: 0; }
a { color: #0969da; text-decoration: underline; }
code { padding: .2em .4em; border-radius: 6px; background: #818b981f; font: 12px "DejaVu Sans Mono", monospace; }
table { border-collapse: collapse; }
th, td { padding: 6px 13px; border: 1px solid #d1d9e0; text-align: left; }
tr:nth-child(2n) { background: #f6f8fa; }
`;

/** Runs the demo beside the exception, and gives the folder of its report. */
async function demoRun(folder: string): Promise<string> {
  const out = join(folder, "demo");
  const words = [join(ROOT, "dist", "cli", "index.js"), "migration", "--cluster", "local", "--report-dir", out];
  await kubectl(["apply", "-f", "-"], FORGOTTEN);
  spawnSync(process.execPath, words, { stdio: "ignore" });
  await kubectl(["delete", "namespace", "bar"]);
  oneMismatch(out);
  return out;
}

/** Runs the action as on a pull request, without a GitHub that would take the comment, and gives the comment's Markdown. */
async function pullRequest(folder: string): Promise<string> {
  for (const name of ["mesh", "policies"]) mkdirSync(join(folder, name));
  const files = {
    ...PROPOSED,
    "mesh/demo.yaml": await demoManifests(Object.fromEntries(SPACES.map((one) => [one, one]))),
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  const event = join(folder, "event.json");
  const [head, base] = ["5f0c1d2e3b4a5968778695a4b3c2d1e0f9e8d7c6", "0123456789abcdef0123456789abcdef01234567"].map(
    (sha) => ({ sha, repo: { full_name: "team/mesh" } }),
  );
  writeFileSync(event, JSON.stringify({ number: 7, pull_request: { number: 7, head, base } }));
  const inputs = {
    mode: "policies",
    manifests: "mesh/",
    policies: "policies/",
    plan: "mtls-plan.yaml",
    namespaces: SPACES.join(),
    cluster: "current",
    kubeconfig: (await mesh()).kubeconfig,
    "report-dir": "report",
    "github-token": "a-token-of-nobody",
  };
  const env = {
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_API_URL: "http://127.0.0.1:9",
    GITHUB_EVENT_NAME: "pull_request",
    GITHUB_EVENT_PATH: event,
  };
  const { outputs } = await step("action", inputs, { env, cwd: folder });
  oneMismatch(join(folder, "report"));
  return outputs["comment-body"] ?? "";
}

/** Makes the comparison of docs/diff.md, and gives the folder of its report. */
function comparison(folder: string): string {
  const report = join(folder, "report");
  const commands = `
    git init -q -b main
    cp -r ${ROOT}/manifests/workloads mesh
    git add mesh
    git -c user.name=a -c user.email=a@example.com commit -q -m "the mesh as it is"
    git switch -q --create strict-foo
    cp ${ROOT}/manifests/policies/mtls-ns.yaml mesh/
    ! ${process.execPath} ${ROOT}/dist/cli/index.js predict --manifests mesh/ --base main --report-dir ${report}`;
  execFileSync("bash", ["-e", "-c", commands], { cwd: folder, stdio: "ignore" });
  return report;
}

/** A picture of another run would be one of something else than its caption says. */
function oneMismatch(folder: string): void {
  const { counts, problems } = JSON.parse(readFileSync(join(folder, "report.json"), "utf8")) as Report;
  if (counts.mismatch === 1 && counts.pass === counts.calls - 1) return;
  throw new Error(`not the run that is wanted: ${JSON.stringify({ counts, problems })}`);
}

function commentPage(markdown: string): string {
  const html = execFileSync("npx", ["--yes", MARKED, "--gfm"], { input: markdown, encoding: "utf8" });
  const head = "<header><b>github-actions</b> <i>bot</i> commented</header>";
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><article>${head}<main>${html}</main></article>`;
}

async function page(running: Browser, file: string, width: number, colorScheme: "light" | "dark"): Promise<Page> {
  const opened = await running.newPage({
    viewport: { width, height: 1100 },
    deviceScaleFactor: 2,
    colorScheme,
    reducedMotion: "reduce",
  });
  await opened.goto(pathToFileURL(file).href);
  return opened;
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), "mtls-gate-pictures-"));
const gate = join(comparison(newFolder()), "report.html");
const demo = join(await demoRun(newFolder()), "report.html");
const comment = join(newFolder(), "comment.html");
writeFileSync(comment, commentPage(await pullRequest(newFolder())));

const running = await browser();
const light = await page(running, demo, 1200, "light");
await light.locator(".cell.v-mismatch").click();
await light.evaluate("scrollTo(0, 0)");
await light.screenshot({ path: join(IMAGES, "report.png") });
const dark = await page(running, demo, 1340, "dark");
await dark.screenshot({ path: join(IMAGES, "report-dark.png"), fullPage: true });
const compared = await page(running, gate, 1280, "light");
await compared.screenshot({ path: join(IMAGES, "gate.png"), fullPage: true });
const shown = await page(running, comment, 912, "light");
await shown.locator("details").last().locator("summary").click();
await shown.locator("article").screenshot({ path: join(IMAGES, "comment.png") });
await running.close();
