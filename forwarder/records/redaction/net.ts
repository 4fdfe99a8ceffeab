/**
 * The second net: what looks like a secret is taken out of fields that may leave, whatever the table says
 * about them. It errs on the side of taking out: a lost word is reported in `withheld`, a leaked secret is not.
 */

/** Stands where credentials were cut out of a text. */
export const MASK = "[withheld]";

/** Without one of these a text cannot match any rule below: most texts end here. */
const suspicious = /[$:=@%{]|-----|eyJ|[\w+/-]{16}|\b(?:bearer|basic|dpop|negotiate)\s/i;

/** A text that matches one of these is not let out at all. */
const secretShapes: readonly RegExp[] = [
  // Hashes as modular crypt strings ($2a$14$…, $argon2id$…, $pbkdf2-sha256$…, $1$…), …
  /\$[a-z0-9][a-z0-9_-]{0,31}\$\S{8,}/i,
  // … as some frameworks write them (pbkdf2:sha256:260000$salt$…) and as LDAP does ({SSHA}…).
  /\b(?:pbkdf2|scrypt|bcrypt|argon2|md5|sha\d)[\w:-]*\$\S{8,}/i,
  /\{(?:s?sha\d*|s?md5|crypt|pbkdf2[\w-]*|argon2\w*)\}\S{6,}/i,
  // JSON Web Tokens and anything else that is base64 of a JSON object.
  /(?<![\w-])eyJ[\w-]{4,}\.[\w-]+|(?<![\w+/-])eyJ[\w+/-]{20,}/,
  /\b(?:[Bb]earer|BEARER|[Bb]asic|BASIC|[Dd][Pp]o[Pp]|[Nn]egotiate)\s+(?:(?=\S*(?:[\d=_]|[a-z][A-Z]))[\w.~+/=-]{8,}|[\w.~+/=-]{24,})/,
  // Headers that hold nothing but credentials.
  /\b(?:authorization|cookie)\\?["']?\s*[:=]/i,
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

/** A text without one of these holds no such name: spares most texts the search. */
const partOfSecretName =
  /token|secret|pass|pwd|signa|credential|assertion|key|sig|code|auth|hmac|otp|jwt|session|ticket|%/i;
/** A name and what gives it a value: `token=`, `"token": `, `token%3D` is looked at decoded. */
const assignment = /(?<![\w.%~[\]-])([\w.%~[\]-]{1,100})(?:\\?["'])?\s*([=:])\s*(\\?["']?)/g;
/** A greedy user part: passwords hold `@` and `/` although they should not. */
const userInfo = /\/\/(?:[^\s@/]{1,400}:\S{0,1000}|[^\s/?#]{1,1000})@/g;
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
  return partOfSecretName.test(masked) ? maskParameters(masked) : masked;
}

function maskParameters(text: string): string {
  let masked = "";
  let copied = 0;
  assignment.lastIndex = 0;
  for (let match = assignment.exec(text); match; match = assignment.exec(text)) {
    const [, name, sign, quote] = match as unknown as [string, string, string, string];
    if (!isSecretName(name, sign) || (sign === ":" && text[match.index - 1] === ":")) continue;
    const from = assignment.lastIndex;
    // A template's placeholder (?code={{.Code}}) is no value.
    if (text.startsWith("{{", from)) continue;
    const rest = text.slice(from);
    const length = (quote === "" ? /^[^\s&]*/ : /^[^"']*/).exec(rest)![0].length;
    if (length === 0) continue;
    masked += text.slice(copied, from) + MASK;
    copied = from + length;
    assignment.lastIndex = copied;
  }
  return copied === 0 ? text : masked + text.slice(copied);
}

function isSecretName(encoded: string, sign: string): boolean {
  const name = encoded.includes("%") ? percentDecoded(encoded) : encoded;
  return secretName.test(name) || (sign === "=" && secretLastWord.test(name));
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
    } else if (/[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word) && looksRandom(word)) return true;
  }
  return false;
}

/**
 * Whether lower-case letters stand alone or in twos: in random text of letters and digits they come 1.7 at a
 * time and in many places, in names (LongNameOfAnOrganization2026) three and more, in ids (V2_4007-at_4008)
 * rarely; or whether many letters have digits between them in four places. This misses one of 80 random words
 * of 32 letters and digits, one of 500 of 43, none of 64.
 */
function looksRandom(text: string): boolean {
  const runs = text.match(/[a-z]+/g)!;
  const letters = text.replace(/[^a-zA-Z]/g, "").length;
  if (letters >= 12 && text.match(/\d+/g)!.length >= 4) return true;
  return runs.length >= 4 && runs.reduce((sum, run) => sum + run.length, 0) / runs.length < 3;
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
