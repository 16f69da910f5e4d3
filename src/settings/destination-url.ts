/** URLs of destinations: taken apart, and refused where curl, Istio and the reader could take them for different ones. */
import type { Read } from "./values.js";

export const SCHEMES = ["http", "https", "ws", "grpc", "tcp", "tls"] as const;
export type Scheme = (typeof SCHEMES)[number];

const CALLED_SCHEMES: readonly Scheme[] = ["http", "https"];
/** Schemes that open a connection and ask for nothing. */
const WITHOUT_PATH: readonly Scheme[] = ["tcp", "tls"];

export interface DestinationUrl {
  readonly scheme: Scheme;
  /** In lower case; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query, `/` at least; empty with the schemes that have none, tcp and tls. */
  readonly path: string;
}

const DEFAULT_PORTS: Partial<Record<Scheme, number>> = { http: 80, https: 443, ws: 80 };
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
  if (scheme === undefined) return wrong(`has an unknown scheme: one of ${SCHEMES.join(", ")}`);
  if (!isUrlText(text)) return wrong("has a character that has to be percent-encoded in a URL");
  if (fragment !== undefined) return wrong("has a fragment (#…), which is never sent");
  if (authority.includes("@")) return wrong("has a user name, which would stand in the report: use a header");
  const target = readAuthority(authority, scheme);
  if (!target.ok) return target;
  if (!WITHOUT_PATH.includes(scheme)) {
    return { ok: true, value: { scheme, ...target.value, path: path.startsWith("/") ? path : `/${path}` } };
  }
  if (path !== "") return wrong(`has a path, which scheme ${scheme} has not: ${scheme}://HOST:PORT`);
  return { ok: true, value: { scheme, ...target.value, path } };
}

/** Why no real call can be made with a scheme; undefined where one can. */
export function callProblem(scheme: Scheme): string | undefined {
  if (CALLED_SCHEMES.includes(scheme)) return undefined;
  return `has scheme ${scheme}, which is predicted only so far: mode predict takes it`;
}

/** Whether the text has no character that would have to be percent-encoded in a URL. */
export function isUrlText(text: string): boolean {
  return URL_TEXT.test(text);
}

function readAuthority(authority: string, scheme: Scheme): Read<{ host: string; port: number }> {
  const [, host = "", portText] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority) ?? [];
  if (host === "") return wrong("has no host");
  if (!isHost(host)) return wrong(`has the host ${host}, which is neither a name nor an address`);
  if (portText === undefined) {
    const port = DEFAULT_PORTS[scheme];
    if (port === undefined) return wrong(`has no port, and scheme ${scheme} has no usual one`);
    return { ok: true, value: { host: bare(host), port } };
  }
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
