import type { Field, Finding } from "../../field.js";
import { shown, wrong } from "../../field.js";
import { goDuration } from "../../names.js";
import { presentOf, when } from "./common.js";

/** A connection pool, of a DestinationRule or a Sidecar (istio, pkg/config/validation/validation.go:validateConnectionPool). */
export function* connectionPool(pool: Field): Generator<Finding> {
  if (!pool.present) return;
  const [http, tcp] = [pool.at("http"), pool.at("tcp")];
  if (!http.present && !tcp.present) yield wrong("missing-field", pool, "is empty");
  const counts = ["http1MaxPendingRequests", "http2MaxRequests", "maxRequestsPerConnection", "maxRetries"];
  for (const field of [...presentOf(http, [...counts, "maxConcurrentStreams"]), tcp.at("maxConnections")])
    yield* when((field.number ?? 0) < 0, "out-of-range", field, `is ${shown(field.value)}, and has to be 0 or more`);
  yield* when(
    http.at("h2UpgradePolicy").text === "UPGRADE" && http.at("useClientProtocol").value === true,
    "conflicting-fields",
    http.at("useClientProtocol"),
    "cannot be true beside h2UpgradePolicy UPGRADE",
  );
  const keepAlive = http.at("http2KeepAlive");
  for (const field of keepAlive.present ? [keepAlive.at("interval"), keepAlive.at("timeout")] : [])
    yield* when(!field.present, "missing-field", field, "is missing");
  yield* idleTimeout(tcp.at("idleTimeout"));
}

function* idleTimeout(field: Field): Generator<Finding> {
  if (field.text === "") return;
  const nanoseconds = goDuration(field.text);
  const fits = nanoseconds !== undefined && nanoseconds >= 0 && nanoseconds % 1e6 === 0;
  yield* when(!fits, "invalid-value", field, `is ${shown(field.value)}`, "write it as 5s or 250ms, or 0s for none");
}
