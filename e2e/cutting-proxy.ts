import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request as httpsRequest } from "node:https";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as tlsConnect, type TLSSocket } from "node:tls";
import { load } from "js-yaml";

/** A proxy in front of the API server that cuts probe streams in the middle: after the first bytes of their output. */
export interface CuttingProxy extends AsyncDisposable {
  /** A kubeconfig that goes through it. */
  readonly kubeconfig: string;
  /** How many streams it has cut. */
  attempts(): number;
}

interface Kubeconfig {
  clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
  users: { user: { "client-certificate-data": string; "client-key-data": string } }[];
}

/** Bytes of a stream that pass before the cut: the answer to the upgrade, and a part of the first results. */
const PASS_BYTES = 200;

/** @param cuts asked at each probe stream whether to cut it */
export async function cuttingProxy(kubeconfig: string, cuts: () => boolean): Promise<CuttingProxy> {
  const folder = mkdtempSync(join(tmpdir(), "mtls-gate-proxy-"));
  const text = readFileSync(kubeconfig, "utf8");
  const { clusters, users } = load(text) as Kubeconfig;
  const { server, "certificate-authority-data": ca } = clusters[0]!.cluster;
  const user = users[0]!.user;
  const upstream = new URL(server);
  const credentials = {
    ca: decode(ca),
    cert: decode(user["client-certificate-data"]),
    key: decode(user["client-key-data"]),
  };
  const options = { host: upstream.hostname, port: Number(upstream.port), ...credentials };
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-keyout",
      join(folder, "key"),
      "-out",
      join(folder, "cert"),
      "-days",
      "1",
      "-subj",
      "/CN=proxy",
      "-addext",
      "subjectAltName=IP:127.0.0.1",
    ],
    { stdio: "ignore" },
  );
  let cut = 0;
  const proxy = createServer(
    { key: readFileSync(join(folder, "key")), cert: readFileSync(join(folder, "cert")) },
    (request, response) => {
      const onward = httpsRequest(
        { ...options, method: request.method, path: request.url, headers: request.headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on("error", () => response.destroy());
      request.pipe(onward);
    },
  );
  proxy.on("upgrade", (request: IncomingMessage, socket: TLSSocket, head: Buffer) => {
    const onward = tlsConnect(options, () => {
      const headers = request.rawHeaders.reduce(
        (lines, word, index) => lines + (index % 2 === 0 ? `${word}: ` : `${word}\r\n`),
        "",
      );
      onward.write(`${request.method ?? "GET"} ${request.url ?? ""} HTTP/1.1\r\n${headers}\r\n`);
      onward.write(head);
      socket.pipe(onward);
    });
    const probe = request.url?.includes("command=sh") === true && cuts();
    if (probe) cut += 1;
    let passed = 0;
    onward.on("data", (chunk: Buffer) => {
      passed += chunk.length;
      socket.write(chunk);
      if (probe && passed > PASS_BYTES) {
        socket.destroy();
        onward.destroy();
      }
    });
    onward.on("close", () => socket.destroy());
    for (const one of [socket, onward]) one.on("error", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const own = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const path = join(folder, "kubeconfig");
  writeFileSync(path, text.replace(server, own).replace(ca, readFileSync(join(folder, "cert")).toString("base64")), {
    mode: 0o600,
  });
  return {
    kubeconfig: path,
    attempts: () => cut,
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

function decode(base64: string): Buffer {
  return Buffer.from(base64, "base64");
}
