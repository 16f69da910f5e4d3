/** The names, addresses and labels that Kubernetes and Istio take. */
import { isIP } from "node:net";

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const ANY_CASE_LABEL = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const WILDCARD_LABEL = /^(?:\*|(?:\*-?)?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)$/;
const LABEL_NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** DNS labels with dots between them. */
export function isSubdomain(text: string): boolean {
  return text.length <= 253 && text.split(".").every((part) => LABEL.test(part));
}

/** A DNS label as Istio has it, in any case (istio, pkg/config/labels/instance.go:IsDNS1123Label). */
export function isIstioLabel(text: string): boolean {
  return text.length <= 63 && ANY_CASE_LABEL.test(text);
}

/** Whether a text can be the key of a label or an annotation: `NAME` or `PREFIX/NAME`. */
export function isLabelKey(text: string): boolean {
  const slash = text.indexOf("/");
  const name = text.slice(slash + 1);
  const prefixed = slash < 0 || isSubdomain(text.slice(0, slash));
  return prefixed && name.length <= 63 && LABEL_NAME.test(name);
}

/** Whether a text can be the value of a label. */
export function isLabelValue(text: string): boolean {
  return text.length <= 63 && LABEL_VALUE.test(text);
}

/**
 * What is wrong with a host that may begin with a wildcard, undefined where nothing is (istio,
 * pkg/config/validation/agent/validation.go:ValidateWildcardDomain).
 */
export function wildcardDomainProblem(text: string): string | undefined {
  const [first = "", ...rest] = text.split(".");
  const tooLong = lengthProblem(text);
  if (tooLong !== undefined) return tooLong;
  if (first.length > 63 || !WILDCARD_LABEL.test(first)) return `has the part ${quoted(first)}, ${NO_LABEL}`;
  return rest.length === 0 ? undefined : labelsProblem(rest);
}

/** The same for a host without wildcard (istio, the same file: ValidateFQDN). */
export function domainProblem(text: string): string | undefined {
  return lengthProblem(text) ?? labelsProblem(text.split("."));
}

const NO_LABEL = "which is no part of a DNS name";

function lengthProblem(text: string): string | undefined {
  if (text === "") return "is empty";
  return text.length > 255 ? "is longer than the 255 characters that a DNS name may have" : undefined;
}

/** The last part may be empty, as in `example.com.`, but no number. */
function labelsProblem(parts: readonly string[]): string | undefined {
  const last = parts.at(-1) ?? "";
  if (/^[-+]?[0-9]+$/.test(last)) return `ends in the number ${last}, which no DNS name does`;
  const named = last === "" ? parts.slice(0, -1) : parts;
  const bad = named.find((part) => !isIstioLabel(part));
  return bad === undefined ? undefined : `has the part ${quoted(bad)}, ${NO_LABEL}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}

/** An address, or a range of them in the form `10.0.0.0/8`. */
export function isAddressRange(text: string): boolean {
  const slash = text.indexOf("/");
  if (slash < 0) return isAddress(text);
  const address = text.slice(0, slash);
  const version = address.includes("%") ? 0 : isIP(address);
  const bits = text.slice(slash + 1);
  return version !== 0 && /^(?:0|[1-9][0-9]{0,2})$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

export function isPort(port: number | undefined): boolean {
  return port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65535;
}

const DURATION = /^[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
};

/** The nanoseconds of a duration as Go writes it (`1h30m`, `1.5s`), undefined where the text is none. */
export function goDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!DURATION.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d*)?|\.\d+)([a-zµμ]+)/g);
  const sum = [...parts].reduce((total, [, count, unit]) => total + Number(count) * (NANOSECONDS[unit ?? ""] ?? 0), 0);
  return text.startsWith("-") ? -sum : sum;
}

const PROTOCOLS = [
  "tcp",
  "udp",
  "grpc",
  "grpc-web",
  "http",
  "http_proxy",
  "http2",
  "https",
  "tls",
  "mongo",
  "redis",
  "mysql",
];

/** The protocols that a port of Istio's objects can name, in any case (istio, pkg/config/protocol/instance.go:Parse). */
export function isProtocol(text: string): boolean {
  return PROTOCOLS.includes(text.toLowerCase());
}

export const PROTOCOL_NAMES = [
  "HTTP",
  "HTTP2",
  "GRPC",
  "GRPC-WEB",
  "HTTPS",
  "TLS",
  "TCP",
  "MONGO",
  "REDIS",
  "MYSQL",
  "UDP",
];

export function isHttpProtocol(text: string): boolean {
  return ["http", "http2", "http_proxy", "grpc", "grpc-web"].includes(text.toLowerCase());
}

export function isTlsProtocol(text: string): boolean {
  return ["https", "tls"].includes(text.toLowerCase());
}
