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

// The record's text. Where the line would be too long, the longest values are cut until it fits.
function loginRecord(ctx) {
  const values = readValues(ctx);
  const envelope = [settings.marker, settings.organization, hmac("", ""), ""].join(" ").length;
  for (let most = 1600; ; most = Math.floor(most * 0.9)) {
    // ZITADEL's log takes a text like printf does: it must hold no percent sign.
    const record = JSON.stringify(claim(values, most)).replace(/%/g, "\\u0025");
    if (most === 0 || envelope + utf8Length(record) <= settings.lineBytes) return record;
  }
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
    // Nobody without the secret can foresee it, though the engine's random numbers are ordinary ones.
    id: hmac(
      settings.secret,
      ["id", time, Math.random(), Math.random(), at("authRequest", "id")].join(" "),
    ).slice(0, 32),
    time: time,
    flow: settings.flow,
    trigger: settings.trigger,
    outcome: error && (error === "none" ? "success" : "failure"),
    error: code ? code[1] : undefined,
    method: at("authMethod"),
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

// The record: no text in it is longer than `most` bytes; what was cut is named.
function claim(values, most) {
  const record = {};
  const shortened = [];
  for (const name of Object.keys(values)) {
    const value = values[name];
    if (value === undefined || value === "") continue;
    const kept = typeof value === "string" ? cut(value, most) : value;
    if (kept !== value) shortened.push(name);
    const parts = name.split(".");
    const place = parts.length === 1 ? record : (record[parts[0]] = record[parts[0]] || {});
    place[parts[parts.length - 1]] = kept;
  }
  if (shortened.length > 0) record.shortened = shortened;
  return record;
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

// ZITADEL's address is a list of bytes whose text is right, and "<nil>" where none is known.
function address(value) {
  try {
    const text = String(value);
    return /^[0-9A-Fa-f:.]{2,45}$/.test(text) ? text : undefined;
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
    return Array.from(text, (one) => (/^[\uD800-\uDFFF]$/.test(one) ? "\uFFFD" : one)).join("");
  }
}

// As much of a text as is at most so many bytes of JSON, and no half of a surrogate pair.
function cut(text, most) {
  let kept = text;
  for (let size = jsonLength(kept); size > most; size = jsonLength(kept)) {
    kept = kept.slice(0, Math.floor((kept.length * most) / size)).replace(/[\uD800-\uDBFF]$/, "");
  }
  return kept;
}

function jsonLength(text) {
  return utf8Length(JSON.stringify(text)) - 2;
}

function utf8Length(text) {
  return encodeURIComponent(text).replace(/%../g, "_").length;
}

function utf8(text) {
  const encoded = encodeURIComponent(text);
  const bytes = [];
  for (let at = 0; at < encoded.length; at++) {
    if (encoded[at] === "%") {
      bytes.push(parseInt(encoded.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes.push(encoded.charCodeAt(at));
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
  const rotate = (word, by) => (word >>> by) | (word << (32 - by));
  for (let start = 0; start < padded.length; start += 64) {
    const w = [];
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t++) {
      if (t < 16) {
        const at = start + 4 * t;
        w[t] = (padded[at] << 24) | (padded[at + 1] << 16) | (padded[at + 2] << 8) | padded[at + 3];
      } else {
        const early = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ (w[t - 15] >>> 3);
        const late = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ (w[t - 2] >>> 10);
        w[t] = (w[t - 16] + early + w[t - 7] + late) | 0;
      }
      const one =
        (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + CONSTANTS[t] + w[t]) | 0;
      const two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
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
