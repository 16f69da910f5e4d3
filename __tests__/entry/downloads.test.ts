import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { downloads } from "../../src/entry/downloads.js";
import { host } from "../../src/entry/host.js";

const folder = mkdtempSync(join(tmpdir(), "mtls-gate-downloads-"));
const server = createServer((request, response) => {
  response.statusCode = request.url === "/kind" ? 200 : 404;
  response.end("#!/bin/sh\necho kind v0.0.1\n");
});
let url = "";

beforeAll(async () => {
  process.env["RUNNER_TEMP"] = join(folder, "temp");
  process.env["RUNNER_TOOL_CACHE"] = join(folder, "cache");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

describe("a release", () => {
  it("is fetched, told apart by its checksum, and kept as a program", async () => {
    expect(await downloads.kept("kind", "0.0.1")).toBeNull();
    const file = await downloads.fetch(`${url}/kind`);
    // sha256sum of what the server gives
    expect(await downloads.sha256(file)).toBe(execFileSync("sha256sum", [file], { encoding: "utf8" }).slice(0, 64));
    const kept = await downloads.keep(file, { tool: "kind", version: "0.0.1", archive: false });
    expect(execFileSync(join(kept, "kind"), { encoding: "utf8" })).toBe("kind v0.0.1\n");
    expect(await downloads.kept("kind", "0.0.1")).toBe(kept);
    expect(await downloads.kept("kind", "0.0.2")).toBeNull();
  });

  it("is taken out of its archive", async () => {
    writeFileSync(join(folder, "istioctl"), "#!/bin/sh\n");
    const archive = join(folder, "istioctl.tar.gz");
    execFileSync("tar", ["-czf", archive, "-C", folder, "istioctl"]);
    const kept = await downloads.keep(archive, { tool: "istioctl", version: "1.0.0", archive: true });
    expect(statSync(join(kept, "istioctl")).mode & 0o777).toBe(0o755);
  });

  it("that is not there rejects", async () => {
    await expect(downloads.fetch(`${url}/gone`)).rejects.toThrow("404");
  });
});

describe("the machine", () => {
  it("makes folders that nobody else can read, and removes them", async () => {
    const made = await host.makeFolder();
    expect(statSync(made).mode & 0o777).toBe(0o700);
    await host.writeText(join(made, "a", "b"), "text");
    expect(readFileSync(join(made, "a", "b"), "utf8")).toBe("text");
    expect([await host.isFile(join(made, "a", "b")), await host.isFile(made)]).toEqual([true, false]);
    await host.removeFolder(made);
    expect(await host.readText(join(made, "a", "b"))).toBeNull();
  });

  it("tells what is free, and nothing of what is not there", async () => {
    expect(host.freeMemory()).toBeGreaterThan(0);
    expect(await host.freeDisk(folder)).toBeGreaterThan(0);
    expect(await host.freeDisk(join(folder, "gone"))).toBeNull();
  });
});
