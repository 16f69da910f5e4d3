import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { httpTransport } from "../../src/github/transport.js";
import { gitHub } from "./comment-world.js";

const port = (server: Server): number => (server.address() as AddressInfo).port;

/** A proxy that makes a way to a port of this machine wherever it is asked to, or takes the question and says nothing. */
async function proxy(to: number | null): Promise<{ server: Server; asked: string[]; open: Set<Socket> }> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const server = createServer();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => undefined);
  });
  server.on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    socket.on("end", () => socket.destroy());
    if (to === null) return void socket.resume();
    const there = connect(to, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      there.pipe(socket).pipe(there);
    });
    there.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, asked, open };
}

const request = (url: string, ms: number) => ({
  method: "GET",
  url,
  headers: { authorization: "Bearer job" },
  signal: AbortSignal.timeout(ms),
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a request to GitHub", () => {
  it("goes through the proxy of the environment, and round it where no_proxy says", async () => {
    await using github = await gitHub();
    const own = Number(new URL(github.origin).port);
    const through = await proxy(own);
    vi.stubEnv("http_proxy", `http://127.0.0.1:${port(through.server)}`);
    vi.stubEnv("no_proxy", "localhost");
    // The client goes to the machine itself without a proxy in any case, so the name has to be another's.
    expect((await httpTransport(request("http://github.example/repos/team/mesh/pulls", 5000))).status).toBe(200);
    expect(through.asked).toEqual(["github.example:80"]);
    expect((await httpTransport(request(`http://localhost:${own}/repos/team/mesh/pulls`, 5000))).status).toBe(200);
    expect(through.asked).toHaveLength(1);
    through.server.close();
  });

  it("through a proxy that says nothing ends in time, and leaves nothing open", async () => {
    const silent = await proxy(null);
    vi.stubEnv("http_proxy", `http://127.0.0.1:${port(silent.server)}`);
    vi.stubEnv("no_proxy", "");
    await expect(httpTransport(request("http://github.example/x", 100))).rejects.toThrow("timeout");
    expect(silent.asked).toHaveLength(1);
    await vi.waitFor(() => expect(silent.open.size).toBe(0));
    silent.server.close();
  });

  it("to a server that says nothing leaves nothing open either", async () => {
    const open = new Set<Socket>();
    const silent = createServer(() => undefined).on("connection", (socket: Socket) => {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    await expect(httpTransport(request(`http://127.0.0.1:${port(silent)}/x`, 100))).rejects.toThrow("timeout");
    await vi.waitFor(() => expect(open.size).toBe(0));
    silent.close();
  });
});
