import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  holdsSecret,
  isSecretObject,
  MASK,
  withoutSecrets,
} from "../../../../forwarder/records/redaction/net";
import { MARK, randomWords, recordedEvents, secretTexts, withStrings } from "./plants";

const letters = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"];
const random = (extra: string, minLength: number, maxLength = minLength) =>
  fc.string({ unit: fc.constantFrom(...letters, ...extra), minLength, maxLength });
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
/** What a URL may hold as a name, password or parameter value without encoding. */
const plainValue = random("-._~", 1, 20).map((text) => `${MARK}${text}`);
const around = fc.constantFrom("", "see ", "(", '"', "error: ", "a=b&", "x\n");

describe("the net takes out", () => {
  test.each([...secretTexts, ...randomWords])("%s", (text) => {
    expect(withoutSecrets(text) ?? "").not.toContain(MARK);
  });

  test("hashes in modular crypt format, wherever they stand", () => {
    const scheme = fc.constantFrom(
      "2a",
      "2b",
      "2y",
      "argon2i",
      "argon2id",
      "scrypt",
      "pbkdf2-sha256",
      "1",
      "5",
      "6",
      "7",
      "y",
      "apr1",
      "P",
      "H",
      "md5salted-suffix",
    );
    fc.assert(
      fc.property(around, scheme, random("./", 8, 60), around, (before, name, hash, after) => {
        expect(withoutSecrets(`${before}$${name}$${hash}${after}`)).toBeUndefined();
      }),
    );
  });

  test("JSON Web Tokens, wherever they stand", () => {
    const part = random("-_", 4, 60);
    fc.assert(
      fc.property(around, part, part, random("-_", 0, 60), (before, header, payload, signature) => {
        expect(withoutSecrets(`${before}eyJ${header}.${payload}.${signature}`)).toBeUndefined();
      }),
    );
  });

  test("user names and passwords in URLs, and nothing else of the URL", () => {
    fc.assert(
      fc.property(plainValue, plainValue, (user, password) => {
        expect(withoutSecrets(`https://${user}:${password}@example.com/a?b=c`)).toBe(
          `https://${MASK}@example.com/a?b=c`,
        );
        expect(withoutSecrets(`amqp://${user}@example.com:5672`)).toBe(`amqp://${MASK}@example.com:5672`);
      }),
    );
  });

  test("secret parameters of URLs, and nothing else of the URL", () => {
    const names = [
      ..."token access_token id_token refresh_token secret client_secret clientSecret key api_key apiKey".split(
        " ",
      ),
      ..."signature X-Amz-Signature sig code auth password passwd pwd assertion SAMLAssertion credential".split(
        " ",
      ),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.constantFrom("?", "?a=b&", "#"),
        plainValue,
        (name, sign, value) => {
          expect(withoutSecrets(`https://example.com/x${sign}${name}=${value}&state=7`)).toBe(
            `https://example.com/x${sign}${name}=${MASK}&state=7`,
          );
        },
      ),
    );
  });

  test("credentials in URLs within URLs, encoded once or twice", () => {
    fc.assert(
      fc.property(
        plainValue,
        fc.constantFrom("https://u:V@b.example/", "https://b.example/?token=V"),
        (value, inner) => {
          const once = encodeURIComponent(inner.replace("V", value));
          for (const text of [once, encodeURIComponent(once)])
            expect(withoutSecrets(`https://a.example/?next=${text}`)).toBeUndefined();
        },
      ),
    );
  });

  test("generated secrets, as ZITADEL and others make them", () => {
    const secret = fc.oneof(
      random("", 64),
      random("", 40, 80),
      random("-_", 43, 90),
      random("+/", 44, 100).map((text) => `${text}==`),
    );
    let missed = 0;
    fc.assert(
      fc.property(around, secret, (before, text) => {
        if (withoutSecrets(before + text) !== undefined) missed++;
      }),
      { numRuns: 4000 },
    );
    // What random text happens to look like words is rare.
    expect(missed).toBeLessThan(40);
    fc.assert(
      fc.property(fc.constantFrom(32, 40, 64, 128), (length) => {
        fc.assert(
          fc.property(
            hex(length).filter((text) => /\d/.test(text) && /[a-f]/.test(text)),
            (text) => withoutSecrets(text) === undefined,
          ),
          { numRuns: 50 },
        );
      }),
      { numRuns: 10 },
    );
  });

  test("the same from its own output: nothing more", () => {
    fc.assert(
      fc.property(fc.constantFrom(...secretTexts), around, (text, before) => {
        const clean = withoutSecrets(before + text);
        if (clean !== undefined) expect(withoutSecrets(clean)).toBe(clean);
      }),
    );
  });

  test("objects that are encrypted values or keys", () => {
    expect(isSecretObject({ CryptoType: 0, Algorithm: "aes", KeyID: "k", Crypted: "x" })).toBe(true);
    expect(isSecretObject({ crypted: "x" })).toBe(true);
    expect(isSecretObject({ CryptoType: 0, Algorithm: "aes", KeyID: "k" })).toBe(true);
    expect(isSecretObject({ kty: "RSA", n: "x", e: "AQAB" })).toBe(true);
    expect(isSecretObject({ keyId: "k", algorithm: "RS256" })).toBe(false);
  });
});

describe("the net leaves alone", () => {
  test.each([
    "",
    "zitadel-admin@zitadel.localhost",
    "mailto:support@example.com",
    "acct:bob@example.com",
    "400716688087059494",
    "V2_400716725634468902-at_400716743753927718",
    "4f8d1c9e-2b3a-4c5d-8e7f-0a1b2c3d4e5f",
    "2026-11-22T10:03:11.665392983Z",
    "urn:zitadel:iam:org:project:id:zitadel:aud",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:token-type:access_token",
    "http://zitadel-vhkjoa.localhost:8080/ui/console/auth/callback",
    "https://example.com/ui/v2/login/verify?userId=400716&orgId=40071&state=abc",
    "https://example.com/verify?code={{.Code}}&user={{.UserID}}",
    "https://medium.com/@someone/a-story",
    "Errors.User.Password.Invalid",
    "ID=COMMAND-3M0fs Message=Errors.User.Password.Invalid",
    "Basic authentication",
    "Please enter your password",
    "Hallo {{.DisplayName}},",
    "#5469d4",
    "project.application.config.oidc.secret.changed",
    "MyVeryLongOrganizationNameWithManyWordsInIt2026",
    "very-long-kubernetes-service-name-7d9f8b6c5d-x2x4z.namespace.svc.cluster.local",
    "cn=admin,ou=people,dc=example,dc=com",
    "(&(objectClass=person)(uid=%s))",
    "2001:db8:85a3::8a2e:370:7334",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "costs $5 or $10",
    "100 % sure",
  ])("%s", (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  test("ids of identity providers in fields of ids", () => {
    for (const id of [
      "000123.0a1b2c3d4e5f60718293a4b5c6d7e8f9.1234",
      "Xk3vP9qLm2Rt7Yw4Zb8Nc5Hd1Fg6Js0AaBbCcDdEe_-",
    ])
      expect(withoutSecrets(id, true)).toBe(id);
  });

  test("every string of the recorded events but those that the table withholds", () => {
    const caught: string[] = [];
    for (const event of recordedEvents)
      withStrings(event, (text) => {
        if (holdsSecret(text)) caught.push(text.slice(0, 6));
        return text;
      });
    // Base64 of the mail template and of the machine key's public key, hashes, and what is encrypted.
    expect(caught.length).toBeLessThan(20);
  });
});

test("the net ends soon with hostile texts", () => {
  const hostile = [
    "//",
    "//a:",
    "a:",
    "$a$",
    "%",
    "=",
    "eyJ",
    "a=",
    '"a":',
    "bearer ",
    "-----BEGIN",
    "://@",
    "x@",
    "a.b-c_",
    "{{",
  ];
  // Where a rule takes more than linear time this takes hours, and the test's deadline ends it.
  for (const piece of hostile)
    for (const tail of ["", "@", " @", "=", " ="])
      withoutSecrets(piece.repeat(100_000 / piece.length) + tail);
});
