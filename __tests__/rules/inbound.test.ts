import { describe, expect, it } from "vitest";
import { receive } from "../../src/rules/inbound.js";
import type { Reception, Wire } from "../../src/rules/inbound.js";
import type { MtlsMode } from "../../src/rules/peer-authentication.js";
import type { ListenerProtocol } from "../../src/rules/protocol.js";

/** The whole table: every mode, every protocol, everything that can come. */

const WIRES = {
  "plain http": { transport: "plaintext", alpn: "tcp", content: "http" },
  "plain tcp": { transport: "plaintext", alpn: "tcp", content: "other" },
  tls: { transport: "tls", alpn: "tcp", content: "other" },
  "mtls http": { transport: "mtls", alpn: "http", content: "http" },
  "mtls http as tcp": { transport: "mtls", alpn: "tcp", content: "http" },
  "mtls tcp": { transport: "mtls", alpn: "tcp", content: "other" },
} as const satisfies Record<string, Wire>;

type Row = [MtlsMode, ListenerProtocol, Record<keyof typeof WIRES, string>];

/** `http`, `tcp`: taken by such a chain; `+` where it ended the mTLS; anything else is why not. */
function text(reception: Reception): string {
  return "refused" in reception ? reception.refused : `${reception.taken}${reception.decrypted ? "+" : ""}`;
}

const OF_MTLS = {
  http: { "mtls http": "http+", "mtls http as tcp": "http+", "mtls tcp": "codec" },
  tcp: { "mtls http": "tcp+", "mtls http as tcp": "tcp+", "mtls tcp": "tcp+" },
  auto: { "mtls http": "http+", "mtls http as tcp": "tcp+", "mtls tcp": "tcp+" },
};
const CLOSED = { "plain http": "no-chain", "plain tcp": "no-chain", tls: "handshake" };
const RAW_MTLS = { "mtls http": "tcp", "mtls http as tcp": "tcp", "mtls tcp": "tcp" };
const NO_MTLS = { "mtls http": "codec", "mtls http as tcp": "codec", "mtls tcp": "codec" };

const TABLE: Row[] = [
  ["STRICT", "http", { ...CLOSED, ...OF_MTLS.http }],
  ["STRICT", "tcp", { ...CLOSED, ...OF_MTLS.tcp }],
  ["STRICT", "auto", { ...CLOSED, ...OF_MTLS.auto }],
  ["PERMISSIVE", "http", { "plain http": "http", "plain tcp": "codec", tls: "no-chain", ...OF_MTLS.http }],
  ["PERMISSIVE", "tcp", { "plain http": "tcp", "plain tcp": "tcp", tls: "tcp", ...OF_MTLS.tcp }],
  ["PERMISSIVE", "auto", { "plain http": "http", "plain tcp": "tcp", tls: "tcp", ...OF_MTLS.auto }],
  ["DISABLE", "http", { "plain http": "http", "plain tcp": "codec", tls: "codec", ...NO_MTLS }],
  ["DISABLE", "tcp", { "plain http": "tcp", "plain tcp": "tcp", tls: "tcp", ...RAW_MTLS }],
  ["DISABLE", "auto", { "plain http": "http", "plain tcp": "tcp", tls: "tcp", ...RAW_MTLS }],
];

describe("what a sidecar does with a connection", () => {
  it.each(TABLE)("%s, a port for %s", (mode, declared, row) => {
    const found = Object.fromEntries(
      Object.entries(WIRES).map(([name, wire]) => [name, text(receive(mode, declared, wire))]),
    );
    expect(found).toEqual(row);
  });
});
