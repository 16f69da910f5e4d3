import type { Field, Finding } from "../../field.js";
import { wrong } from "../../field.js";
import { presentOf, when } from "./common.js";

const CREDENTIALS = ["credentialName", "credentialNames"];
const CERTIFICATES = ["serverCertificate", "privateKey", "caCertificates", "tlsCertificates"];

/** The TLS settings of a Gateway's server or a Sidecar's ingress (istio, pkg/config/validation/validation.go:validateTLSOptions). */
export function* serverTls(tls: Field): Generator<Finding> {
  const mode = tls.at("mode").text;
  if (mode === "ISTIO_MUTUAL") {
    for (const field of presentOf(tls, [...CERTIFICATES, ...CREDENTIALS]))
      yield wrong("conflicting-fields", field, "cannot be set beside mode ISTIO_MUTUAL");
    return;
  }
  const mutual = mode === "MUTUAL" || mode === "OPTIONAL_MUTUAL";
  if (!mutual && mode !== "SIMPLE") return;
  if (presentOf(tls, CREDENTIALS).some((field) => field.text !== "" || field.items().length > 0)) return;
  if (mutual && tls.at("caCertificates").text === "")
    yield wrong("missing-field", tls.at("caCertificates"), `is missing, and mode ${mode} needs it`);
  const several = tls.at("tlsCertificates").items();
  for (const certificate of several.length > 0 ? several : [tls])
    for (const field of [certificate.at("serverCertificate"), certificate.at("privateKey")])
      yield* when(
        field.text === "",
        "missing-field",
        field,
        `is missing, and mode ${mode} needs it`,
        "or credentialName",
      );
}
