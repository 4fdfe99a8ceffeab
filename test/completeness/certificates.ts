import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate that signed itself, and its key; PEM. It is its own authority. */
export interface Certificate {
  key: string;
  cert: string;
}

/** Makes a certificate for some names (`DNS:localhost`, `IP:127.0.0.1`) with a common name, by openssl. */
export function selfSigned(commonName: string, names: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), "zitadel-siem-certificate-"));
  try {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
        ...["-subj", `/CN=${commonName}`, "-addext", `subjectAltName=${names}`],
        ...["-keyout", key, "-out", cert],
      ],
      { stdio: "ignore" },
    );
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
