import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readStream } from "../../src/probe/answers.js";
import { probeInput, type ProbeRequest } from "../../src/probe/requests.js";
import { PROBE_SCRIPT, SCRATCH_FOLDERS } from "../../src/probe/script.js";

/** The program of a client pod, run for real by every shell and curl that this machine has. */

const run = promisify(execFile);

async function shells(): Promise<{ name: string; argv: string[] }[]> {
  const found: { name: string; argv: string[] }[] = [];
  for (const argv of [["dash"], ["busybox", "sh"], ["bash", "--norc", "--posix"], ["sh"]]) {
    const there = await run(argv[0]!, [...argv.slice(1), "-c", "exit 0"]).then(
      () => true,
      () => false,
    );
    if (there) found.push({ name: argv.join(" "), argv });
  }
  return found;
}

/** MTLS_GATE_CURLS names more curl programs, colon-separated, such as one that is too old for %{exitcode}. */
const curls = ["curl", ...(process.env["MTLS_GATE_CURLS"] ?? "").split(":").filter((path) => path !== "")];

/** A second and more: a curl without a threaded resolver gives up at once on less. */
const TIMEOUT_MS = 1200;

let server: Server;
let resetting: ReturnType<typeof createTcpServer>;
let base: string;
let resetBase: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === "/hang") return;
    const status = /^\/status\/(\d+)$/u.exec(request.url ?? "")?.[1];
    response.statusCode = status === undefined ? 200 : Number(status);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ url: request.url, method: request.method, headers: request.headers }, null, 2));
  });
  resetting = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.resetAndDestroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => resetting.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  resetBase = `http://127.0.0.1:${(resetting.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  resetting.close();
});

async function stream(
  argv: readonly string[],
  requests: readonly ProbeRequest[],
  options: { curl?: string; parallel?: number; env?: Record<string, string>; scratch?: string[]; ends?: boolean } = {},
): Promise<{ stdout: string; stderr: string; code: number | null; ms: number }> {
  const [file, ...args] = argv;
  const env: Record<string, string> = { PATH: process.env["PATH"] ?? "", ...options.env };
  if (options.curl?.includes("/") === true) env["PATH"] = `${options.curl.replace(/\/curl$/u, "")}:${env["PATH"]}`;
  const start = performance.now();
  const child = spawn(
    file!,
    [
      ...args,
      "-c",
      PROBE_SCRIPT,
      "mtls-gate",
      "NONCE1",
      String(options.parallel ?? 16),
      ...(options.scratch ?? SCRATCH_FOLDERS),
    ],
    { env },
  );
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.on("error", () => undefined);
  // Unless it is to end, standard input stays open, as on a server that cannot close one direction.
  const ends = options.ends === true;
  child.stdin.write(
    probeInput(requests, { nonce: "NONCE1", mark: "MARK1" }, { ends, timeoutMs: TIMEOUT_MS, ipv4: true }),
  );
  if (ends) child.stdin.end();
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    stdout: Buffer.concat(out).toString(),
    stderr: Buffer.concat(err).toString(),
    code,
    ms: performance.now() - start,
  };
}

function request(
  id: string,
  url: string,
  more: Partial<ProbeRequest["destination"]> & { companion?: boolean } = {},
): ProbeRequest {
  return {
    id,
    destination: { url, method: more.method ?? "GET", headers: more.headers ?? {} },
    companion: more.companion ?? false,
  };
}

describe.each(await shells())("the probe script in $name", ({ argv }) => {
  const ways = curls.flatMap((curl) => [
    { curl, ends: false },
    { curl, ends: true },
  ]);
  it.each(ways)(
    "tells the code, exit and kept answers of every request, with $curl, input ending: $ends",
    async ({ curl, ends }) => {
      const requests = [
        request("0", `${base}/ip`),
        request("1", `${base}/status/503`),
        request("2", `${resetBase}/ip`),
        request("3", `${base}/hang`),
        request("4", "http://127.0.0.1:1/"),
        request("5", `${base}/head`, { method: "HEAD" }),
        request("6", `${base}/anything`, {
          companion: true,
          headers: { "X-Quote": `a "b" \\ $(touch /tmp/pwned) 'c'` },
        }),
        request("7", `${base}/[x]{a,b}$(id)`, { companion: true }),
      ];
      const result = await stream(argv, requests, { curl, ends });
      const { hello, answers, bodies, ended } = readStream(result.stdout, "NONCE1");
      expect(result.stderr).toBe("");
      expect(hello).toMatchObject({ scratch: true });
      expect(ended).toBe(true);
      expect([...answers].map(([id, { code, exit }]) => `${id} ${code} ${exit}`).sort()).toEqual([
        "0 200 0",
        "1 503 0",
        "2 000 56",
        "3 000 28",
        "4 000 7",
        "5 200 0",
        "6 200 0",
        "7 200 0",
      ]);
      const echo = JSON.parse(bodies.get("6") ?? "") as { headers: Record<string, string> };
      expect(echo.headers["x-quote"]).toBe(`a "b" \\ $(touch /tmp/pwned) 'c'`);
      expect(echo.headers["x-mtls-gate-probe"]).toBe("MARK1");
      expect((JSON.parse(bodies.get("7") ?? "") as { url: string }).url).toBe("/[x]{a,b}$(id)");
      expect(existsSync("/tmp/pwned")).toBe(false);
      // The request that hangs is the one that takes its whole deadline.
      expect(answers.get("3")!.ms).toBeGreaterThanOrEqual(TIMEOUT_MS - 20);
    },
  );

  it("makes requests side by side", async () => {
    const requests = Array.from({ length: 8 }, (_, index) => request(String(index), `${base}/hang`));
    const result = await stream(argv, requests);
    expect(readStream(result.stdout, "NONCE1").answers.size).toBe(8);
    expect(result.ms).toBeLessThan(4 * TIMEOUT_MS);
  });

  it("leaves nothing behind", async () => {
    await stream(argv, [request("0", `${base}/ip`, { companion: true })]);
    expect(
      ["/dev/shm", "/tmp"].flatMap((folder) => readdirSync(folder)).filter((name) => name.startsWith("mtls-gate.")),
    ).toEqual([]);
  });

  it("says that there is no curl", async () => {
    const empty = mkdtempSync(join(tmpdir(), "no-curl-"));
    const shell = execFileSync("sh", ["-c", `command -v ${argv[0]!}`], { encoding: "utf8" }).trim();
    const result = await stream([shell, ...argv.slice(1)], [request("0", `${base}/ip`)], { env: { PATH: empty } });
    const output = readStream(result.stdout, "NONCE1");
    expect(output.hello).toEqual({ curl: null, scratch: false });
    expect(output.answers.size).toBe(0);
    expect(output.ended).toBe(true);
  });

  it("tells results even where it may write nowhere, and then keeps no answer", async () => {
    const result = await stream(argv, [request("0", `${base}/ip`, { companion: true })], {
      scratch: ["/proc/nowhere", "relative"],
    });
    const output = readStream(result.stdout, "NONCE1");
    expect(output.hello?.scratch).toBe(false);
    expect(output.answers.get("0")).toMatchObject({ code: "200", exit: 0 });
    expect(output.bodies.size).toBe(0);
    expect(output.ended).toBe(true);
  });
});
