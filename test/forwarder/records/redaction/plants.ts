import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ZitadelEvent } from "../../../../forwarder/records/record";
import { fieldsOf } from "../../../../forwarder/records/redaction/table";

const recordings = join(__dirname, "../../../recordings");

/** One real event of each of 96 types. */
export const recordedEvents: readonly ZitadelEvent[] = Object.values(
  JSON.parse(readFileSync(join(recordings, "event-examples-by-type.json"), "utf8")),
);

/** Every event type that a real server lists. */
export const listedTypes: readonly string[] = (
  JSON.parse(JSON.parse(readFileSync(join(recordings, "et-types.json"), "utf8")).response.body) as {
    eventTypes: { type: string }[];
  }
).eventTypes.map(({ type }) => type);

/** What to look for in records: part of every planted secret and of nothing else. */
export const MARK = "PLANTED";

/** Texts that are secrets by their shape, each with the mark in the part that must not leave. */
export const secretTexts: readonly string[] = [
  `$2a$14$${MARK}5cVoJ5yzgkx0AAwW8.aLqaqVYP/47vZczq7TYWsJ0JgjIHKdi`,
  `$argon2id$v=19$m=65536,t=3,p=4$${MARK}NoY2h0$QWJj`,
  `$scrypt$ln=16,r=8,p=1$${MARK}c2FsdA$aGFzaA`,
  `$pbkdf2-sha256$12$${MARK}$aGFzaGhhc2g`,
  `$1$${MARK}$qnDvKvSBwOpHvWYD2L0fv/`,
  `hash is $6$rounds=5000$${MARK}$svn8UoSVapNtMuq1ukKS4`,
  `pbkdf2:sha256:260000$${MARK}$2f6f8a`,
  `{SSHA}${MARK}5en6G6MezRroT3XKqkdPOmY=`,
  `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI${MARK}.c2lnbmF0dXJl`,
  `error for token eyJhbGciOiJIUzI1NiJ9.${MARK}`,
  `Bearer ${MARK}0-abcdef`,
  `Authorization: Basic ${MARK}dXNlcjpwYXNz`,
  `-----BEGIN RSA PRIVATE KEY-----\n${MARK}\n-----END RSA PRIVATE KEY-----`,
  `LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCg${MARK}`,
  `{"kty":"RSA","d":"${MARK}"}`,
  `{\\"kty\\": \\"oct\\", \\"k\\":\\"${MARK}\\"}`,
  `{"CryptoType":0,"Algorithm":"aes","KeyID":"k","Crypted":"${MARK}"}`,
  `https://user:${MARK}@example.com/hook`,
  `smtp://${MARK}@mail.example.com:587`,
  `https://user:p@ss/${MARK}@example.com`,
  `mail:${MARK}@smtp.example.com:25`,
  `https://example.com/hook?access_token=${MARK}`,
  `https://example.com/hook?a=b&X-Amz-Signature=${MARK}&c=d`,
  `https://example.com/cb#id_token=${MARK}&state=1`,
  `https://example.com/cb?code=${MARK}`,
  `https://example.com/cb?apiKey=${MARK}`,
  `https://example.com/cb?client%5Fsecret=${MARK}`,
  `https://a.example/?next=https%3A%2F%2Fu%3A${MARK}%40b.example%2F`,
  `https://a.example/?next=https%3A%2F%2Fb.example%2F%3Ftoken%3D${MARK}`,
  `dial failed: password=${MARK} host=db`,
  `{"password": "${MARK}"}`,
  `$7$CU..../....${MARK}/aGFzaGhhc2hoYXNo`,
  `ghp_${MARK}abcdefghij0123456789`,
  `AKIAIOSFODNN7EXAMPLE/${MARK}`,
];

/** Long random words: secrets, but not in a field of ids, where identity providers have such ids too. */
export const randomWords: readonly string[] = [
  `8Zx${MARK}kq2Lw9Rt4Yp6Vn1Bm3Cs5Df7Gh0Jk2`,
  `aGVsbG8${MARK}d29ybGQ+c2VjcmV0/a2V5Cg9876XyZ12345==`,
  `d41d8cd98f00b204e9800998ecf8427e ${MARK}`,
];

/** Objects that are secrets by their fields. */
export const secretObjects: readonly object[] = [
  { CryptoType: 0, Algorithm: "aes", KeyID: "userKey", Crypted: MARK },
  { cryptoType: 0, algorithm: "aes", keyID: "userKey", crypted: MARK },
  { kty: "oct", k: MARK },
  { use: "sig", kty: "RSA", n: "x", d: MARK },
];

/** A payload that has a value at each of these paths. Where one path is the beginning of another the longer wins. */
export function payloadWith(
  paths: readonly string[],
  value: (path: string, index: number) => unknown,
): object {
  const payload: Record<string, unknown> = {};
  for (const [index, path] of [...paths].sort((a, b) => a.length - b.length).entries()) {
    const names = path.split(".");
    let place = payload;
    for (const name of names.slice(0, -1)) {
      if (typeof place[name] !== "object" || place[name] === null || Array.isArray(place[name]))
        place[name] = {};
      place = place[name] as Record<string, unknown>;
    }
    place[names.at(-1)!] = value(path, index);
  }
  return payload;
}

/** A value with every string in it, at any depth, replaced. Keys stay. */
export function withStrings(value: unknown, replace: (text: string) => unknown): unknown {
  if (typeof value === "string") return replace(value);
  if (Array.isArray(value)) return value.map((element) => withStrings(element, replace));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, within]) => [name, withStrings(within, replace)]),
  );
}

/** An event of a type with a payload, all else harmless. */
export function eventOf(type: string, payload: unknown): ZitadelEvent {
  return {
    editor: { userId: "400716688087649318", displayName: "Ann", service: "zitadel" },
    aggregate: { id: "400716688087059494", type: { type: "user" }, resourceOwner: "400716688087059494" },
    sequence: "1",
    creationDate: "2026-11-22T10:02:40.274337Z",
    payload,
    type: { type },
  };
}

/** All fields that the table knows of a type. */
export function knownPaths(type: string): string[] {
  const { leaves, withheld, secret } = fieldsOf(type)!;
  return [...leaves, ...withheld, ...secret];
}
