import { describe } from "vitest";
import { areRefused, type Wrong } from "./refusal";

const http = { url: "https://siem.example.com" };

const wrong: Wrong[] = [
  ["no destination", { destinations: [] }, "destinations", "declare at least one destination"],
  [
    "no list of destinations",
    { destinations: undefined },
    "destinations",
    "declare at least one destination",
  ],
  [
    "two kinds in one",
    { destinations: [{ name: "soc", http, stdout: {} }] },
    "destinations[0]",
    "give exactly one",
  ],
  [
    "no kind",
    { destinations: [{ name: "soc" }] },
    "destinations[0]",
    "give exactly one of http, splunk, elasticsearch, opensearch, otlp, collector, syslog, stdout",
  ],
  [
    "syslog to an address that is none",
    { destinations: [{ name: "soc", syslog: { url: "https://syslog.example.com" } }] },
    "destinations[0].syslog.url",
    "must be tls:// or, without encryption, tcp:// and a host",
  ],
  [
    "syslog over TCP without a port",
    { destinations: [{ name: "soc", syslog: { url: "tcp://syslog.example.com" } }] },
    "destinations[0].syslog.url",
    "must name the port",
  ],
  [
    "syslog without encryption and with an authority",
    {
      destinations: [{ name: "soc", syslog: { url: "tcp://syslog.example.com:601", ca: { value: "x" } } }],
    },
    "destinations[0].syslog.url",
    "must be tls:// for ca, clientCertificate and serverName to mean anything",
  ],
  [
    "a destination name twice",
    {
      destinations: [
        { name: "soc", http },
        { name: "soc", stdout: {} },
      ],
    },
    "destinations[1].name",
    "give another",
  ],
  [
    "a URL that is none",
    {
      destinations: [
        { name: "log", stdout: {} },
        { name: "soc", http: { url: "siem.example.com" } },
      ],
    },
    "destinations[1].http.url",
    "must be an http or https URL",
  ],
  [
    "a password in a URL",
    { destinations: [{ name: "soc", http: { url: "https://me:hunter2@siem.example.com" } }] },
    "destinations[0].http.url",
    "use bearer or basic",
  ],
  [
    "a token among a URL's parameters",
    { destinations: [{ name: "soc", http: { url: "https://siem.example.com/in?api_key=hunter2" } }] },
    "destinations[0].http.url",
    "use bearer, basic or secretHeaders",
  ],
  [
    "a token as a plain header",
    { destinations: [{ name: "soc", http: { ...http, headers: { "X-Auth-Token": "hunter2" } } }] },
    "destinations[0].http.headers.X-Auth-Token",
    "use bearer, basic or secretHeaders",
  ],
  [
    "a credential in both forms",
    {
      destinations: [
        { name: "soc", http: { ...http, bearer: { value: "x", secret: { name: "a", key: "b" } } } },
      ],
    },
    "destinations[0].http.bearer",
    "exactly one of { value } and { secret: { name, key } }",
  ],
  [
    "a credential without a key",
    { destinations: [{ name: "soc", http: { ...http, bearer: { secret: { name: "a" } } } }] },
    "destinations[0].http.bearer.secret.key",
    "give the Secret's key",
  ],
  [
    "Splunk without a token",
    { destinations: [{ name: "soc", splunk: { url: "https://splunk.example.com:8088" } }] },
    "destinations[0].splunk.token",
    "exactly one of { value } and { secret: { name, key } }",
  ],
  [
    "an empty index of Splunk",
    {
      destinations: [
        { name: "soc", splunk: { url: "https://splunk.example.com:8088", token: { value: "t" }, index: "" } },
      ],
    },
    "destinations[0].splunk.index",
    "is empty",
  ],
  [
    "monthly indices and a data stream at once",
    {
      destinations: [
        {
          name: "soc",
          opensearch: { url: "https://opensearch.example.com:9200", index: "a", dataStream: "b" },
        },
      ],
    },
    "destinations[0].opensearch.dataStream",
    "give one of them",
  ],
  [
    "an API key and a password at once",
    {
      destinations: [
        {
          name: "soc",
          elasticsearch: {
            url: "https://elastic.example.com:9200",
            apiKey: { value: "x" },
            basic: { userName: "me", password: { value: "y" } },
          },
        },
      ],
    },
    "destinations[0].elasticsearch.basic",
    "give one of them",
  ],
  [
    "an index that cannot be",
    {
      destinations: [
        { name: "soc", opensearch: { url: "https://opensearch.example.com:9200", index: "Audit Log" } },
      ],
    },
    "destinations[0].opensearch.index",
    "lower-case letters",
  ],
  [
    "OTLP in another format",
    {
      destinations: [{ name: "soc", format: "zitadel", otlp: { url: "https://collector.example.com:4318" } }],
    },
    "destinations[0].format",
    "must be otel",
  ],
  [
    "a name of a secret header that is none",
    {
      destinations: [
        {
          name: "soc",
          otlp: { url: "https://collector.example.com:4318", secretHeaders: { "a b": { value: "x" } } },
        },
      ],
    },
    "destinations[0].otlp.secretHeaders",
    "letters, digits and '-'",
  ],
];

describe("a wrong destination is refused before anything is created:", () => areRefused(wrong));
