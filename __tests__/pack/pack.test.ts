/** The package as npm makes it, installed into an empty folder, with Node.js alone beside it. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { start } from "../bundle/runner.js";

const ROOT = resolve(import.meta.dirname, "..", "..");
const scratch = mkdtempSync(join(tmpdir(), "mtls-gate-pack-"));
const home = join(scratch, "home");
const installed = join(home, "node_modules", "mtls-gate");
let packed: readonly string[] = [];

/** npm takes what it needs from its own package: no registry is asked. */
function npm(folder: string, ...words: string[]): string {
  return execFileSync("npm", [...words, "--offline", "--no-audit", "--no-fund"], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

beforeAll(() => {
  mkdirSync(home);
  const [made] = JSON.parse(npm(ROOT, "pack", "--json", "--pack-destination", scratch)) as [
    { filename: string; files: { path: string }[] },
  ];
  packed = made.files.map(({ path }) => path);
  npm(home, "install", join(scratch, made.filename));
  // The only program on the PATH.
  mkdirSync(join(scratch, "bin"));
  symlinkSync(process.execPath, join(scratch, "bin", "node"));
}, 120_000);

/** The installed command, in a new folder outside of the repository. */
async function mtlsGate(...words: string[]): Promise<Awaited<ReturnType<typeof start>>> {
  return await start([join(home, "node_modules", ".bin", "mtls-gate"), ...words], {
    PATH: join(scratch, "bin"),
    HOME: scratch,
  });
}

describe("the package", () => {
  it("has the command line with its licences, what it reads, and nothing of the tests or the sources", () => {
    for (const path of ["dist/cli/index.js", "dist/cli/licenses.txt", "manifests/workloads/foo.yaml", "LICENSE"]) {
      expect(packed).toContain(path);
    }
    expect(packed).toContain("docs/plan.schema.json");
    expect(packed).toContain("docs/report.schema.json");
    expect(packed.filter((path) => /^(?:src|__tests__|e2e|lib|dist\/(?!cli\/))/u.test(path))).toEqual([]);
  });
  it("brings no other package with it", () => {
    expect(readdirSync(join(home, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["mtls-gate"]);
  });
});

describe("the installed command", () => {
  it("tells its version and its help", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    expect(await mtlsGate("--version")).toEqual({ exit: 0, stdout: `${version}\n`, stderr: "" });
    const help = await mtlsGate("--help");
    expect(help.exit).toBe(0);
    expect(help.stdout).toContain("mtls-gate explain --from");
  });
  it("is found by npx", () => {
    const npx = execFileSync("npx", ["--offline", "--no", "mtls-gate", "--version"], {
      cwd: home,
      encoding: "utf8",
      env: { ...process.env, npm_config_yes: "false" },
    });
    expect(npx.trim()).toMatch(/^\d+\.\d+\.\d+$/u);
  });
  it("predicts the demo's manifests, as text and as JSON that stands alone on standard output", async () => {
    const words = ["predict", "--manifests", join(installed, "manifests")];
    const text = await mtlsGate(...words);
    expect(text.exit).toBe(0);
    expect(text.stdout).toContain("pass: 10 calls, 10 pass");
    expect(text.stdout).not.toContain("\u001b");
    const json = await mtlsGate(...words, "--output", "json");
    expect(json.exit).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({ verdict: "pass", counts: { calls: 10 } });
    expect(json.stderr).toContain("report: ");
  });
  it("explains a call", async () => {
    const { exit, stdout } = await mtlsGate(
      ...["explain", "--from", "legacy/sleep", "--to", "http://httpbin.foo:8000/ip"],
      ...["--manifests", join(installed, "manifests")],
    );
    expect(exit).toBe(0);
    expect(stdout).toContain("the connection is reset (code 000, exit 56)");
  });
  it("starts off a repository", () => {
    const folder = mkdtempSync(join(scratch, "repository-"));
    cpSync(join(installed, "manifests"), join(folder, "mesh"), { recursive: true });
    const stdout = execFileSync(join(home, "node_modules", ".bin", "mtls-gate"), ["init"], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: join(scratch, "bin"), HOME: scratch },
    });
    expect(stdout).toContain("states what is predicted of 10 calls now");
    expect(readdirSync(folder).toSorted()).toEqual([".github", "mesh", "mtls-plan.yaml"]);
    const [first] = readFileSync(join(folder, "mtls-plan.yaml"), "utf8").split("\n");
    const schema = readFileSync(join(installed, "docs", "plan.schema.json"), "utf8");
    expect(first).toBe(`# yaml-language-server: $schema=${(JSON.parse(schema) as { $id: string }).$id}`);
  });
  it("completes itself in bash", async () => {
    const { exit, stdout } = await mtlsGate("completion", "bash");
    expect(exit).toBe(0);
    execFileSync("bash", ["-n"], { input: stdout });
  });
});
