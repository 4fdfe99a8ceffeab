import { describe } from "vitest";
import { areRefused, type Wrong } from "./refusal";

const http = { url: "https://siem.example.com" };
const value = { value: "hunter2" };

/** One destination of this kind. */
const to = (settings: object) => ({ destinations: [{ name: "soc", http: { ...http, ...settings } }] });

const wrong: Wrong[] = [
  [
    "a header both plain and secret",
    to({ headers: { "X-Tenant": "audit" }, secretHeaders: { "x-tenant": value } }),
    "destinations[0].http.secretHeaders.x-tenant",
    "is a header that headers sets already: take one of them out",
  ],
  [
    "a secret header twice",
    to({ secretHeaders: { "X-Key": value, "x-key": value } }),
    "destinations[0].http.secretHeaders.x-key",
    "is a header that secretHeaders sets already",
  ],
  [
    "a secret header beside the credential that makes it",
    to({ secretHeaders: { Authorization: value }, bearer: value }),
    "destinations[0].http.secretHeaders.Authorization",
    "is a header that bearer sets already",
  ],
  [
    "a secret header of the signature",
    to({ secretHeaders: { "webhook-id": value }, signing: { secret: value } }),
    "destinations[0].http.secretHeaders.webhook-id",
    "is a header that signing sets already",
  ],
  [
    "a header that the forwarder sets",
    to({ headers: { "Content-Type": "text/plain" } }),
    "destinations[0].http.headers.Content-Type",
    "is a header that the forwarder itself sets already",
  ],
  [
    "a secret header without a secret",
    to({ secretHeaders: { "X-Key": {} } }),
    "destinations[0].http.secretHeaders.X-Key",
    "exactly one of { value } and { secret: { name, key } }",
  ],
  [
    "a client certificate without its key",
    to({ clientCertificate: { certificate: value } }),
    "destinations[0].http.clientCertificate.key",
    "exactly one of { value } and { secret: { name, key } }",
  ],
  [
    "a client certificate without TLS",
    to({ url: "http://siem.example.com", clientCertificate: { certificate: value, key: value } }),
    "destinations[0].http.clientCertificate",
    "goes with an https url alone",
  ],
  [
    "a status that is no success",
    to({ successCodes: [200, 500] }),
    "destinations[0].http.successCodes[1]",
    "give at most 299",
  ],
  ["no status at all", to({ successCodes: [] }), "destinations[0].http.successCodes", "give at least one"],
  [
    "several requests at once, in order",
    { destinations: [{ name: "soc", http: { ...http, ordered: true }, batch: { inFlight: 2 } }] },
    "destinations[0].batch.inFlight",
    "http.ordered sends one request at a time",
  ],
];

describe("a wrong HTTP destination is refused before anything is created:", () => areRefused(wrong));
