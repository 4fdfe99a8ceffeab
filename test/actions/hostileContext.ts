import fc from "fast-check";

/**
 * Contexts as no server gives them, each as a JavaScript expression: fields that are missing, null or of another
 * type, getters that throw, texts of any length and script with halves of surrogate pairs in them. A password, a
 * cookie and a token, each PLANTED, are where a server has them.
 */

const units = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: "grapheme", maxLength: 60 }) },
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
      .map((codes) => String.fromCharCode(...codes)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '"}',
      "%",
      "%%",
      "%s",
      "\n",
      "\0",
      "\u2028",
      "\u007f",
      "</script>",
      "zitadel-siem/1 1 ",
    ),
  },
);

/** The source of a text; now and then a long one. */
const textSource = fc
  .tuple(
    units,
    fc.oneof(
      { weight: 120, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.nat(400) },
      { weight: 1, arbitrary: fc.nat(20_000) },
    ),
  )
  .map(([unit, times]) => (times === 1 ? source(unit) : `${source(unit)}.repeat(${times})`));

/** Unlike JSON, JavaScript's source keeps halves of surrogate pairs: as escapes. */
function source(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const oddity = fc.constantFrom(
  "null",
  "undefined",
  "0",
  "-0",
  "NaN",
  "Infinity",
  "1e308",
  "true",
  "[]",
  "{}",
  "[1, 2]",
  '["a", null, {}]',
  "function () {}",
  "() => { throw 1; }",
  "new Date(NaN)",
  "/x/g",
  "new Map()",
  "new Proxy({}, { get() { throw new Error('no'); } })",
  "Symbol('x')",
  "Object.create(null)",
  "({ toString() { throw 1; } })",
  "({ toString() { return {}; } })",
  "({ valueOf() { return 'x'; }, toString: null })",
  "new String('wrapped')",
  "[[[[]]]]",
  "Array(5000)",
  "Array(300).fill('x'.repeat(50))",
  "({ get length() { throw 1; } })",
  "({ toJSON() { throw 1; } })",

  "this",
  "new Uint8Array(4)",
);

const value = fc.oneof({ weight: 6, arbitrary: textSource }, { weight: 1, arbitrary: oddity });
const fields = (names: string[], inner: Record<string, fc.Arbitrary<string>> = {}) =>
  fc
    .tuple(
      fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] }),
      fc.record(inner, { requiredKeys: [] }),
      fc.option(fc.constantFrom(...names), { freq: 12 }),
    )
    .map(([plain, nested, thrown]) => {
      const all = Object.entries({ ...plain, ...nested }).map(([name, one]) => `${name}: ${one}`);
      return `({ ${[...all, ...(thrown ? [`get ${thrown}() { throw new Error("no"); }`] : [])].join(", ")} })`;
    });
const orOdd = (sound: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 8, arbitrary: sound }, { weight: 1, arbitrary: oddity });

const authRequest = fields(
  [
    "id",
    "agentId",
    "applicationId",
    "callbackUri",
    "instanceId",
    "userId",
    "userName",
    "loginName",
    "displayName",
    "resourceOwner",
    "requestedOrgId",
    "requestedOrgName",
    "requestedPrimaryDomain",
    "applicationResourceOwner",
    "selectedIdpConfigId",
    "uiLocales",
  ],
  {
    browserInfo: orOdd(fields(["userAgent", "acceptLanguage", "remoteIp"])),
    request: orOdd(fields(["x"], { oidc: fields(["scopes"]) })),
  },
);
const httpRequest = fc.tuple(value, value).map(
  ([host, remote]) => `({ host: ${host}, remoteAddr: ${remote}, url: "/password?x=PLANTED",
    form: { password: ["PLANTED"] }, postForm: { password: ["PLANTED"] },
    headers: { Cookie: ["PLANTED"], Authorization: ["Bearer PLANTED"], "User-Agent": ["x"] } })`,
);
const user = fields(["id", "username", "preferredLoginName", "resourceOwner"]);

const authError = fc.oneof(
  value,
  fc.constantFrom(
    '"none"',
    '"ID=COMMAND-3M0fs Message=Errors.User.Password.Invalid Parent=(PLANTED)"',
    '"password PLANTED"',
  ),
);

export const hostileContext: fc.Arbitrary<string> = orOdd(
  fc
    .record(
      {
        authMethod: orOdd(fc.constant('"password"')),
        authError,
        authRequest: orOdd(authRequest),
        httpRequest: orOdd(httpRequest),
        externalUser: fields(["externalId", "externalIdpId"]),
        user: orOdd(user),
        getUser: orOdd(user.map((one) => `function () { return ${one}; }`)),
      },
      { requiredKeys: ["authError", "authRequest"] },
    )
    .map((v1) => {
      const all = Object.entries(v1).map(([name, one]) => `${name}: ${one}`);
      return `({ accessToken: "PLANTED", idToken: "PLANTED", v1: { ${all.join(", ")} } })`;
    }),
);

/** A context in which every field that a record can hold is a text of a million units, or as long as it may be. */
export function everyFieldLong(unit: string): string {
  const ids = ["id", "agentId", "applicationId", "instanceId", "userId", "resourceOwner", "requestedOrgId"];
  const names = ["userName", "loginName", "displayName", "requestedOrgName", "requestedPrimaryDomain"];
  const others = ["applicationResourceOwner", "selectedIdpConfigId", "uiLocales"];
  const all = (fields: string[]) => fields.map((field) => `${field}: long`).join(", ");
  return `(function () {
    const long = ${unit}.repeat(1000000);
    const browserInfo = { ${all(["userAgent", "acceptLanguage"])}, remoteIp: "1".repeat(45) };
    const authRequest = { ${all([...ids, ...names, ...others])}, browserInfo: browserInfo,
      callbackUri: "https://" + long, request: { oidc: { scopes: [long] } } };
    return { v1: { authMethod: "x".repeat(40), authError: "ID=" + "x".repeat(60) + " ", authRequest: authRequest,
      httpRequest: { host: long, remoteAddr: long }, externalUser: { externalId: long } } };
  })()`;
}
