// Made by zitadel-siem from what its declaration says: a change that is made here by hand is overwritten.
//
// Says of each login attempt who, when, from where and with which result, as one line of JSON, in ZITADEL's log,
// to a webhook, or both with the very same text. The text is signed with this organization's own secret, so that
// nobody else's line can pass for it.
//
// The form, the cookies and the other headers of the request are never read: they hold the password.

const settings = {
  organization: "organization",
  secret: "secret",
  flow: "internal",
  trigger: "post authentication",
  log: true,
  webhook: "https://example.com/",
  extra: { acceptLanguage: ["authRequest", "browserInfo", "acceptLanguage"] },
  marker: "zitadel-siem/1",
  lineBytes: 1900,
};

function loginAction(ctx) {
  const record = loginRecord(ctx);
  const signature = hmac(settings.secret, record);
  if (settings.log) {
    require("zitadel/log").log([settings.marker, settings.organization, signature, record].join(" "));
  }
  // Last: where nothing answers, ZITADEL ends the run right here, and no catch holds it.
  if (settings.webhook) {
    const body = { organization: settings.organization, signature: signature, record: record };
    require("zitadel/http").fetch(settings.webhook, { method: "POST", body: body });
  }
}

// The record's text. Where the line would be too long, its longest texts are cut to one length at which it fits.
function loginRecord(ctx) {
  const values = readValues(ctx);
  const short = ["id", "time", "flow", "trigger", "outcome", "error", "method", "ip"];
  const texts = Object.keys(values).filter(
    (name) => typeof values[name] === "string" && short.indexOf(name) < 0,
  );
  const sizes = texts.map((name) => fitting(values[name], 1600).bytes);
  const without = Object.assign({}, values, ...texts.map((name) => ({ [name]: "" })));
  const line = [settings.marker, settings.organization, recordOf(without, [])].join(" ");
  const room = settings.lineBytes - line.length - 65 - ',"shortened":[]'.length;
  let most = 1600;
  const needed = () =>
    sizes.reduce((sum, size, at) => sum + (size < most ? size : most + texts[at].length + '"",'.length), 0);
  while (needed() > room && most > 0) most = Math.floor(most * 0.95);
  const shortened = texts.filter((_, at) => sizes[at] >= most);
  for (const name of shortened) values[name] = values[name].slice(0, fitting(values[name], most).units);
  return recordOf(values, shortened);
}

// What ctx says, by the field's name; what it does not say is absent.
function readValues(ctx) {
  const v1 = read(ctx, ["v1"]);
  const at = (...path) => text(read(v1, path));
  const user = settings.trigger === "post creation" ? createdUser(v1) : read(v1, ["user"]);
  const error = settings.trigger === "post authentication" ? at("authError") : undefined;
  const code = /(?:^|\s)ID=([A-Za-z0-9_-]{1,60})(?:\s|$)/.exec(error);
  const time = new Date().toISOString();
  const values = {
    // The engine's random numbers may repeat after a restart: the time and the request make the id new.
    id: hmac(
      settings.secret,
      ["id", time, Math.random(), Math.random(), at("authRequest", "id")].join(" "),
    ).slice(0, 32),
    time: time,
    flow: settings.flow,
    trigger: settings.trigger,
    outcome: error && (error === "none" ? "success" : "failure"),
    error: code ? code[1] : undefined,
    method: word(read(v1, ["authMethod"])),
    instance: at("authRequest", "instanceId"),
    "user.id": at("authRequest", "userId") || text(read(user, ["id"])),
    "user.loginName":
      at("authRequest", "loginName") ||
      text(read(user, ["preferredLoginName"])) ||
      text(read(user, ["username"])),
    userOrganization: at("authRequest", "resourceOwner") || text(read(user, ["resourceOwner"])),
    requestedOrganization: at("authRequest", "requestedOrgId"),
    application: at("authRequest", "applicationId"),
    identityProvider: at("authRequest", "selectedIdpConfigId") || at("externalUser", "externalIdpId"),
    authRequest: at("authRequest", "id"),
    agent: at("authRequest", "agentId"),
    ip: address(read(v1, ["authRequest", "browserInfo", "remoteIp"])),
    userAgent: at("authRequest", "browserInfo", "userAgent"),
  };
  for (const name of Object.keys(settings.extra)) {
    const value = read(v1, settings.extra[name]);
    values["extra." + name] = name === "callbackHost" ? host(text(value)) : plain(value);
  }
  return values;
}

function recordOf(values, shortened) {
  const record = {};
  for (const name of Object.keys(values)) {
    if (values[name] === undefined) continue;
    const [first, second] = name.split(".");
    if (second === undefined) record[first] = values[name];
    else record[first] = Object.assign(record[first] || {}, { [second]: values[name] });
  }
  if (shortened.length > 0) record.shortened = shortened;
  // ZITADEL's log takes a text like printf does: it must hold no percent sign.
  return JSON.stringify(record).replace(/%/g, "\\u0025");
}

function read(from, path) {
  try {
    return path.reduce((value, name) => value[name], from);
  } catch (missing) {
    return undefined;
  }
}

function createdUser(v1) {
  try {
    return v1.getUser();
  } catch (unknown) {
    return undefined;
  }
}

// A text that is not empty; anything else is absent. No more of it is taken than a record could hold.
function text(value) {
  return typeof value === "string" && value !== "" ? wellFormed(value.slice(0, 2000)) : undefined;
}

// A text, number or boolean, or a list of texts as one text.
function plain(value) {
  try {
    if (Array.isArray(value)) return text(Array.from(value.slice(0, 100)).filter(text).join(" "));
    return typeof value === "boolean" || Number.isFinite(value) ? value : text(value);
  } catch (hostile) {
    return undefined;
  }
}

// ZITADEL's method is an object whose text is one word.
function word(value) {
  const said = typeof value === "object" && value !== null ? spoken(value) : value;
  return typeof said === "string" && /^\w{1,40}$/.test(said) ? said : undefined;
}

// ZITADEL's address is a list of bytes whose text is right, and "<nil>" where none is known.
function address(value) {
  const said = spoken(value);
  return /^[0-9A-Fa-f:.]{2,45}$/.test(said) ? said : undefined;
}

function spoken(value) {
  try {
    return String(value);
  } catch (hostile) {
    return undefined;
  }
}

function host(uri) {
  const parts = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^/?#]*@)?([^/?#@]+)/.exec(uri);
  return parts ? parts[1] : undefined;
}

// Half of a surrogate pair is no character and has no UTF-8: it becomes U+FFFD.
function wellFormed(text) {
  try {
    encodeURIComponent(text);
    return text;
  } catch (halves) {
    let whole = "";
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      const next = text.charCodeAt(at + 1);
      if (unit < 0xd800 || unit > 0xdfff) whole += text[at];
      else if (unit < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) whole += text[at] + text[++at];
      else whole += "\uFFFD";
    }
    return whole;
  }
}

// How much of a text, up to a character's end, fits in so many bytes of JSON, and how many it takes at most.
function fitting(text, most) {
  let bytes = 0;
  let units = 0;
  while (units < text.length) {
    const code = text.codePointAt(units);
    const plain = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    const size = code < 0x20 || code === 0x25 ? 6 : code === 0x22 || code === 0x5c ? 2 : plain;
    if (bytes + size > most) return { units: units, bytes: most };
    bytes += size;
    units += code < 0x10000 ? 1 : 2;
  }
  return { units: units, bytes: bytes };
}

function utf8(text) {
  const bytes = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at);
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else {
      bytes.push(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
      at++;
    }
  }
  return bytes;
}

// HMAC-SHA256 (RFC 2104, FIPS 180-4) of a text with a text as key, as 64 hex digits.
function hmac(key, text) {
  let keyBytes = utf8(key);
  if (keyBytes.length > 64) keyBytes = sha256(keyBytes);
  const block = Array.from({ length: 64 }, (_, at) => keyBytes[at] || 0);
  const inner = sha256(block.map((byte) => byte ^ 0x36).concat(utf8(text)));
  const outer = sha256(block.map((byte) => byte ^ 0x5c).concat(inner));
  return outer.map((byte) => (byte + 256).toString(16).slice(1)).join("");
}

function sha256(bytes) {
  const state = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ];
  const padded = bytes.concat(0x80);
  while (padded.length % 64 !== 56) padded.push(0);
  padded.push(0, 0, 0, 0);
  for (let shift = 24; shift >= 0; shift -= 8) padded.push(((bytes.length * 8) >>> shift) & 255);
  const w = [];
  for (let start = 0; start < padded.length; start += 64) {
    for (let t = 0; t < 16; t++) {
      const at = start + 4 * t;
      w[t] = (padded[at] << 24) | (padded[at + 1] << 16) | (padded[at + 2] << 8) | padded[at + 3];
    }
    for (let t = 16; t < 64; t++) {
      const x = w[t - 15];
      const y = w[t - 2];
      const early = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const late = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[t] = (w[t - 16] + early + w[t - 7] + late) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t++) {
      const high = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const low = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const one = (h + high + (g ^ (e & (f ^ g))) + CONSTANTS[t] + w[t]) | 0;
      const two = (low + ((a & b) | (c & (a | b)))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => {
      state[at] = (state[at] + word) | 0;
    });
  }
  const digest = [];
  for (const word of state) digest.push(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);
  return digest;
}

const CONSTANTS = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
];
