import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

/** Node itself reads NODE_EXTRA_CA_CERTS; SSL_CERT_FILE is what most other tools read. */
export function trustUsualCertificates(): void {
  const file = process.env["SSL_CERT_FILE"];
  if (file === undefined || file === "") return;
  setDefaultCACertificates([...getCACertificates("default"), readFileSync(file, "utf8")]);
}
