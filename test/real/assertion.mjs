// node assertion.mjs KEY.json ISSUER: a JWT profile assertion of a ZITADEL machine key, on standard output.
import { createSign } from "node:crypto";
import { readFileSync } from "node:fs";

const [path, issuer] = process.argv.slice(2);
const { keyId, key, userId } = JSON.parse(readFileSync(path, "utf8"));
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const now = Math.floor(Date.now() / 1000);
const text = `${part({ alg: "RS256", kid: keyId })}.${part({ iss: userId, sub: userId, aud: issuer, iat: now - 5, exp: now + 600 })}`;
console.log(`${text}.${createSign("RSA-SHA256").update(text).sign(key, "base64url")}`);
