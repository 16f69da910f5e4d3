/** URLs of destinations: taken apart, and refused where curl, Istio and the reader could take them for different ones. */
import type { Read } from "./values.js";

/** Schemes that calls can be made with now, and those that are planned. */
export const SCHEMES = ["http", "https"] as const;
const LATER_SCHEMES = ["ws", "grpc", "tcp", "tls"];

export interface DestinationUrl {
  readonly scheme: (typeof SCHEMES)[number];
  /** In lower case; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query, `/` at least. */
  readonly path: string;
}

const DEFAULT_PORTS = { http: 80, https: 443 };
const PARTS = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)([^#]*)(#.*)?$/;
/** Printable ASCII without the signs that have to be percent-encoded wherever they stand in a URL. */
const URL_TEXT = /^[!#-;=?-[\]_a-z~]*$/;
const NAME = /^[A-Za-z0-9_](?:[-A-Za-z0-9_]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[-A-Za-z0-9_]*[A-Za-z0-9_])?)*\.?$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Takes a URL apart, or says what is wrong with it. */
export function readDestinationUrl(text: string): Read<DestinationUrl> {
  const parts = PARTS.exec(text);
  if (parts === null) return wrong("is no URL such as http://NAME.NAMESPACE:PORT/PATH");
  const [, schemeText = "", authority = "", path = "", fragment] = parts;
  const scheme = SCHEMES.find((known) => known === schemeText.toLowerCase());
  if (scheme === undefined) return wrong(unknownScheme(schemeText.toLowerCase()));
  if (!isUrlText(text)) return wrong("has a character that has to be percent-encoded in a URL");
  if (fragment !== undefined) return wrong("has a fragment (#…), which is never sent");
  if (authority.includes("@")) return wrong("has a user name, which would stand in the report: use a header");
  const target = readAuthority(authority, DEFAULT_PORTS[scheme]);
  if (!target.ok) return target;
  const value = { scheme, ...target.value, path: path.startsWith("/") ? path : `/${path}` };
  return { ok: true, value };
}

/** Whether the text has no character that would have to be percent-encoded in a URL. */
export function isUrlText(text: string): boolean {
  return URL_TEXT.test(text);
}

function unknownScheme(scheme: string): string {
  const now = `calls are made with ${SCHEMES.join(" and ")}`;
  return LATER_SCHEMES.includes(scheme)
    ? `has scheme ${scheme}, which is not there yet: ${now}`
    : `has an unknown scheme: ${now}`;
}

function readAuthority(authority: string, defaultPort: number): Read<{ host: string; port: number }> {
  const [, host = "", portText] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority) ?? [];
  if (host === "") return wrong("has no host");
  if (!isHost(host)) return wrong(`has the host ${host}, which is neither a name nor an address`);
  if (portText === undefined) return { ok: true, value: { host: bare(host), port: defaultPort } };
  if (!isPort(portText)) return wrong(`has the port ${portText || '""'}, which has to be between 1 and 65535`);
  return { ok: true, value: { host: bare(host), port: Number(portText) } };
}

/** Whether the text is a TCP port in decimal digits. */
export function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65535;
}

function isHost(host: string): boolean {
  if (host.startsWith("[")) return URL.canParse(`http://${host}/`);
  // What ends in a number is an address for curl and browsers, whatever its base and however many parts it has.
  const last = host.replace(/\.$/, "").split(".").at(-1) ?? "";
  if (/^(?:\d+|0x[0-9a-f]*)$/i.test(last)) return IPV4.test(host);
  return host.length <= 253 && NAME.test(host);
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
}

function wrong(text: string): { readonly ok: false; readonly wrong: string } {
  return { ok: false, wrong: text };
}
