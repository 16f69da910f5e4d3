import type { PortProtocol } from "./model.js";

/** The ports on which servers speak first, so that sniffing would wait for ever. */
const SERVER_FIRST_PORTS = [25, 53, 3306, 27017];

const BY_NAME: Readonly<Record<string, PortProtocol>> = {
  http: "http",
  http_proxy: "http",
  http2: "http2",
  grpc: "grpc",
  "grpc-web": "grpc",
  tcp: "tcp",
  mongo: "tcp",
  redis: "tcp",
  mysql: "tcp",
  https: "tls",
  tls: "tls",
  udp: "udp",
};

const BY_APP_PROTOCOL: Readonly<Record<string, PortProtocol>> = {
  "kubernetes.io/h2c": "http2",
  "kubernetes.io/ws": "http",
  "kubernetes.io/wss": "tls",
};

/**
 * What a Service's port says of its bytes: by `appProtocol`, else by its name up to the first hyphen; `auto` (found out
 * from the first bytes) where neither names a protocol.
 *
 * Source: istio, pkg/config/kube/conversion.go:ConvertProtocol; pkg/config/protocol/instance.go:Parse.
 */
export function portProtocol(port: {
  readonly port: number;
  readonly name?: string;
  readonly protocol?: string;
  readonly appProtocol?: string;
}): PortProtocol {
  if (port.protocol === "UDP") return "udp";
  if (port.appProtocol !== undefined && Object.hasOwn(BY_APP_PROTOCOL, port.appProtocol)) {
    return BY_APP_PROTOCOL[port.appProtocol] ?? "auto";
  }
  const text = (port.appProtocol ?? port.name ?? "").toLowerCase();
  const word = text.startsWith("grpc-web") ? "grpc-web" : (text.split("-")[0] ?? "");
  if (Object.hasOwn(BY_NAME, word)) return BY_NAME[word] ?? "auto";
  return SERVER_FIRST_PORTS.includes(port.port) ? "tcp" : "auto";
}

/**
 * What a word stands for where a protocol is named outright, as in ServiceEntries and Sidecars: the word as a whole, and
 * no port is well known.
 *
 * Source: istio, pkg/config/protocol/instance.go:Parse.
 */
export function namedProtocol(word: string | undefined): PortProtocol {
  const key = (word ?? "").toLowerCase();
  return Object.hasOwn(BY_NAME, key) ? (BY_NAME[key] ?? "auto") : "auto";
}

/** Which filter chains a port's protocol gets (istio, pilot/pkg/networking/networking.go:ModelProtocolToListenerProtocol). */
export type ListenerProtocol = "http" | "tcp" | "auto";

export function listenerProtocol(protocol: PortProtocol): ListenerProtocol {
  switch (protocol) {
    case "http":
    case "http2":
    case "grpc":
      return "http";
    case "tcp":
    case "tls":
    case "udp":
      return "tcp";
    case "auto":
      return "auto";
  }
}

/** Whether a proxy speaks HTTP/2 to what is behind such a port. */
export function speaksHttp2(protocol: PortProtocol): boolean {
  return protocol === "http2" || protocol === "grpc";
}
