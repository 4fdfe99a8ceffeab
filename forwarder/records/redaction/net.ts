/**
 * The second net: what looks like a secret is taken out of fields that may leave, whatever the table says
 * about them. It errs on the side of taking out: a lost word is reported in `withheld`, a leaked secret is not.
 */

/** Stands where credentials were cut out of a text. */
export const MASK = "[withheld]";

/** Without one of these a text cannot match any rule below: most texts end here. */
const suspicious = /[$:=@%{]|-----|[\w+/-]{20}|\b(?:bearer|basic|dpop|negotiate)\s/i;

/** A text that matches one of these is not let out at all. */
const secretShapes: readonly RegExp[] = [
  // Hashes as modular crypt strings ($2a$14$…, $argon2id$…, $pbkdf2-sha256$…, $1$…), …
  /\$[a-z0-9][a-z0-9_-]{0,31}\$\S{8,}/i,
  // … as some frameworks write them (pbkdf2:sha256:260000$salt$…) and as LDAP does ({SSHA}…).
  /\b(?:pbkdf2|scrypt|bcrypt|argon2|md5|sha\d)[\w:-]*\$\S{8,}/i,
  /\{(?:s?sha\d*|s?md5|crypt|pbkdf2[\w-]*|argon2\w*)\}\S{6,}/i,
  // JSON Web Tokens and anything else that is base64 of a JSON object.
  /(?<![\w-])eyJ[\w-]{4,}\.[\w-]+|(?<![\w+/-])eyJ[\w+/-]{20,}/,
  /\b(?:bearer|basic|dpop|negotiate)\s+(?:(?=\S*[\d=_])[\w.~+/=-]{8,}|[\w.~+/=-]{24,})/i,
  // Key material: PEM, PEM in base64, JWK.
  /-----BEGIN\s/,
  /LS0tLS1CRUdJTi/,
  /\\?["']kty\\?["']\s*:/i,
  // A crypto blob as text.
  /\\?["']crypted\\?["']\s*:/i,
  // Tokens that carry their maker's mark.
  /\b(?:gh[opsur]_|github_pat_|glpat-|xox[abeprs]-|sk[-_]|whsec_|SG\.|ya29\.|AIza|hvs\.)[\w.+/=-]{16,}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
];

/** Names of parameters whose values are secrets wherever the word stands, and where it stands last. */
const secretName =
  /token|secret|passw|passphrase|pwd|signature|credential|assertion|api[_-]?key|access[_-]?key/i;
const secretLastWord =
  /(?:^|[_.-]|(?<=[a-z])(?=[A-Z]))(?:key|sig|code|auth|hmac|otp|jwt|pass|session|ticket)$/i;

const parameter = /(?<![\w.%~[\]-])([\w.%~[\]-]{1,100})(["']?\s*[=:]\s*["']?)([^\s&#;,"'<>()[\]{}]+)/g;
const userInfo = /\/\/(?:[^\s/?#"'<>]+|[^\s@/]+:[^\s@"'<>]*)@/g;
/** `name:password@host` without a scheme; addresses of mail and telephony are not meant. */
const bareUserInfo =
  /(?<![\w.+/%@-])(?!(?:mailto|acct|sips?|xmpp|urn|user|login)\b:)[^\s:/@"'<>,;()]{1,64}:[^\s/@"'<>]{1,128}@(?=[^\s@])/gi;

/**
 * A text without its secrets: itself when there are none, with a mask in place of credentials in URLs and
 * parameters, or undefined when it may not leave at all. Text in a field that holds ids (`id`) may have the
 * long random words that are taken for secrets elsewhere.
 */
export function withoutSecrets(text: string, id = false): string | undefined {
  return suspicious.test(text) ? examine(text, id, 2) : text;
}

/** Whether a text holds anything that the net takes out. */
export function holdsSecret(text: string): boolean {
  return withoutSecrets(text) !== text;
}

function examine(text: string, id: boolean, decodings: number): string | undefined {
  const masked = maskCredentials(text);
  for (const shape of secretShapes) if (shape.test(masked)) return undefined;
  if (!id && holdsRandomWord(masked)) return undefined;
  if (decodings > 0 && masked.includes("%")) {
    // A URL inside a URL: cut out of the encoded text nothing can be, so the whole stays.
    const decoded = percentDecoded(masked);
    if (decoded !== masked && examine(decoded, id, decodings - 1) !== decoded) return undefined;
  }
  return masked;
}

function maskCredentials(text: string): string {
  let masked = text;
  if (masked.includes("@")) {
    masked = masked.replace(userInfo, `//${MASK}@`);
    if (masked.includes(":")) masked = masked.replace(bareUserInfo, `${MASK}@`);
  }
  if (!masked.includes("=") && !masked.includes(":")) return masked;
  return masked.replace(parameter, (whole, name: string, sign: string, _value, offset: number) => {
    const assigned = sign.includes("=");
    // In a URN (urn:ietf:params:oauth:token-type:jwt) a colon is no assignment.
    if (!assigned && masked[offset - 1] === ":") return whole;
    const decodedName = name.includes("%") ? percentDecoded(name) : name;
    const secret = secretName.test(decodedName) || (assigned && secretLastWord.test(decodedName));
    return secret ? `${name}${sign}${MASK}` : whole;
  });
}

function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

const longWord = /[\w+=-]{32,}|[\w+/=-]{40,}/g;
const hexadecimal = /^[0-9a-f]+$/i;

/** A long word that nobody would choose: hexadecimal digests, base64, generated passwords and tokens. */
function holdsRandomWord(text: string): boolean {
  for (const [word] of text.matchAll(longWord)) {
    if (hexadecimal.test(word)) {
      if (/\d/.test(word) && /[a-f]/i.test(word)) return true;
    } else if (/[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word) && changes(word) > 0.3)
      return true;
  }
  return false;
}

/** How often neighbours are of different kinds (lower case, upper case, digit, other): 0 to 1. */
function changes(word: string): number {
  let count = 0;
  let previous = kind(word.charCodeAt(0));
  for (let at = 1; at < word.length; at++) {
    const next = kind(word.charCodeAt(at));
    if (next !== previous) count++;
    previous = next;
  }
  return count / (word.length - 1);
}

function kind(code: number): number {
  if (code >= 97 && code <= 122) return 0;
  if (code >= 65 && code <= 90) return 1;
  return code >= 48 && code <= 57 ? 2 : 3;
}

/** An object that is itself a secret: ZITADEL's encrypted value, or a JSON Web Key. */
export function isSecretObject(value: object): boolean {
  let crypto = 0;
  for (const key of Object.keys(value)) {
    const name = key.toLowerCase();
    if (name === "crypted" || name === "kty") return true;
    if (name === "cryptotype" || name === "algorithm" || name === "keyid") crypto++;
  }
  return crypto === 3;
}
