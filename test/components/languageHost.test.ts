import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { buildProducts } from "../../local/run/build";
import type { RecordedRequest } from "../sdk/recordingEngine";
import { readComponentSchema } from "./componentSchema";
import { expectGolden } from "./golden";
import { environmentAhead, plainEnvironment, type RecordedProgram, recordPreview } from "./recordedPreview";

/* What a clone is after `npm ci`, run as Pulumi itself runs it: by its language host for Node, by run-plugin. */

const root = join(__dirname, "..", "..");
beforeAll(() => buildProducts((line) => console.log(line)), 120_000);

const secondsADay = 24 * 3600;
const reader = { "zitadel:domain": "zitadel.example.com", "zitadel:jwtProfileJson": "{}" };
const programs: Record<string, RecordedProgram> = {
  "the root": {
    folder: root,
    project: "zitadel-siem",
    config: {
      "zitadel-siem:domain": "zitadel.example.com",
      "zitadel-siem:adminKey": "{}",
      "zitadel-siem:organizationId": "301",
      "zitadel-siem:readerKeys": '[{"name":"2026-11","expires":"2099-11-01T00:00:00Z"}]',
      "zitadel-siem:namespace": "audit",
      "zitadel-siem:destinationUrl": "https://siem.example.com/records",
      "zitadel-siem:destinationToken": "token",
    },
    secretKeys: ["zitadel-siem:adminKey", "zitadel-siem:destinationToken"],
  },
  "http-typescript": example("http-typescript", "audit-log-http", {
    ...reader,
    "audit-log-http:organizationId": "301",
    "audit-log-http:url": "https://siem.example.com/records",
    "audit-log-http:token": "token",
  }),
  splunk: example("splunk", "audit-log-splunk", {
    ...reader,
    "audit-log-splunk:organizationId": "301",
    "audit-log-splunk:url": "https://splunk.example.com:8088",
    "audit-log-splunk:token": "token",
    "audit-log-splunk:acknowledgement": "true",
  }),
  opensearch: example("opensearch", "audit-log-opensearch", {
    ...reader,
    "audit-log-opensearch:organizationId": "301",
    "audit-log-opensearch:url": "https://opensearch.example.com:9200",
    "audit-log-opensearch:userName": "zitadel",
    "audit-log-opensearch:password": "password",
  }),
  elasticsearch: example("elasticsearch", "audit-log-elasticsearch", {
    ...reader,
    "audit-log-elasticsearch:organizationId": "301",
    "audit-log-elasticsearch:url": "https://elasticsearch.example.com:9200",
    "audit-log-elasticsearch:apiKey": "key-token",
  }),
  stdout: example("stdout", "audit-log-stdout", {
    ...reader,
    "audit-log-stdout:organizationId": "301",
    "audit-log-stdout:format": "ecs",
  }),
  otlp: example("otlp", "audit-log-otlp", {
    ...reader,
    "audit-log-otlp:organizationId": "301",
    "audit-log-otlp:url": "https://collector.example.com:4318",
    "audit-log-otlp:apiKey": "key-token",
  }),
  syslog: example("syslog", "audit-log-syslog", {
    ...reader,
    "audit-log-syslog:organizationId": "301",
    "audit-log-syslog:url": "tls://syslog.example.com:6514",
    "audit-log-syslog:ca": "-----BEGIN CERTIFICATE-----",
    "audit-log-syslog:clientCertificate": "-----BEGIN CERTIFICATE-----",
    "audit-log-syslog:clientKey": "-----BEGIN PRIVATE KEY-----",
  }),
  kafka: example("kafka", "audit-log-kafka", {
    ...reader,
    "audit-log-kafka:organizationId": "301",
    "audit-log-kafka:broker": "kafka.example.com:9093",
    "audit-log-kafka:topic": "zitadel-audit",
    "audit-log-kafka:password": "password",
  }),
  "existing-key": example("existing-key", "audit-log-existing-key", {
    "audit-log-existing-key:domain": "zitadel.example.com",
    "audit-log-existing-key:port": "443",
    "audit-log-existing-key:insecure": "false",
    "audit-log-existing-key:namespace": "audit-log",
    "audit-log-existing-key:url": "https://siem.example.com/records",
  }),
  "key-rotation": example("key-rotation", "audit-log-key-rotation", {
    ...reader,
    "audit-log-key-rotation:organizationId": "301",
    "audit-log-key-rotation:url": "https://siem.example.com/records",
    "audit-log-key-rotation:signingSecret": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
  }),
};

function example(name: string, project: string, config: Record<string, string>): RecordedProgram {
  const secretKeys = Object.keys(config).filter((key) =>
    /token|password|secret|apiKey|jwtProfileJson/i.test(key),
  );
  return { folder: join(root, "examples", name), project, config, secretKeys };
}

/** Programs that are checked for their types when they are run, as at a person's; all are checked together below. */
const checkedWhenRun = ["the root", "http-typescript"];
const environmentOf = (name: string) => ({
  ...plainEnvironment(),
  ...(checkedWhenRun.includes(name) ? {} : { PULUMI_NODEJS_TRANSPILE_ONLY: "true" }),
});

/** Each program's preview of today, which two tests may look at. */
const today = new Map<string, Promise<RecordedRequest[]>>();
function previewToday(name: string): Promise<RecordedRequest[]> {
  const preview = today.get(name) ?? recordPreview(programs[name]!, environmentOf(name));
  today.set(name, preview);
  return preview;
}

const typesOf = (requests: RecordedRequest[]) => requests.map(({ message }) => String(message.type));

describe("as Pulumi's language host for Node runs it,", () => {
  it.each(Object.keys(programs))(
    "%s declares everything, with the plugin of ZITADEL's provider",
    async (name) => {
      const requests = await previewToday(name);
      const types = typesOf(requests);
      expect(types).toContain("zitadel-siem:index:AuditLogStream");
      expect(types).toContain("kubernetes:apps/v1:StatefulSet");
      for (const { message } of requests.filter(({ message: { type } }) =>
        /^zitadel:|:zitadel$/.test(String(type)),
      ))
        expect(message).toMatchObject({
          version: "0.2.0",
          plugindownloadurl: "github://api.github.com/pulumiverse",
        });
      expect(types.filter((type) => type.startsWith("zitadel:")).length).toBe(zitadelResources[name]);
      console.log(`${name}: ${types.length} registrations`);
    },
    120_000,
  );

  const zitadelResources: Record<string, number> = {
    "the root": 3,
    "http-typescript": 3,
    splunk: 3,
    opensearch: 3,
    elasticsearch: 3,
    stdout: 3,
    otlp: 3,
    syslog: 3,
    kafka: 3,
    "existing-key": 0,
    "key-rotation": 4,
  };

  // Between them they have what time could touch: keys that expire, a start in time, Secrets of others.
  // When every key has expired a program is refused; of those of the rotation one has in 200 days.
  it.each([
    ["the root", 365],
    ["key-rotation", 200],
    ["existing-key", 365],
  ] as const)(
    "%s asks for the same today and in %d days",
    async (name, days) => {
      const { environment, year } = environmentAhead(days * secondsADay);
      expect(year).toBe(new Date(Date.now() + days * secondsADay * 1000).getFullYear());
      const nextYear = await recordPreview(programs[name]!, environment);
      expect(inOrder(nextYear)).toEqual(inOrder(await previewToday(name)));
    },
    120_000,
  );
});

const inOrder = (requests: RecordedRequest[]) =>
  requests.map((request) => JSON.stringify(request, undefined, 1)).sort();

describe("a clone after npm ci", () => {
  it("has the types that its programs use", () => {
    const files = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith("index.ts"))
      .map((file) => join(root, "examples", file));
    expect(files.length).toBeGreaterThan(10);
    const options = "--noEmit --strict --skipLibCheck --module nodenext --target es2023 --types node".split(
      " ",
    );
    const tsc = require.resolve("typescript/bin/tsc");
    // Without the tsconfig.json of the repository, in which the packages are their sources.
    execFileSync(process.execPath, [tsc, ...options, ...files], { cwd: root, encoding: "utf8" });
  }, 120_000);

  it("gives the schema by run-plugin", async () => {
    expectGolden("schema", await readComponentSchema(join(root, "components"), root));
  }, 120_000);

  it("is loaded by plain Node, SDK and components", () => {
    const program = `
      const { MachineUser, Provider, getTriggerActions } = require("@pulumiverse/zitadel");
      const { AuditLogStream } = require("zitadel-siem");
      console.log([MachineUser, Provider, getTriggerActions, AuditLogStream].map((one) => one.name).join());`;
    const output = execFileSync(process.execPath, ["-e", program], {
      cwd: root,
      env: plainEnvironment(),
      encoding: "utf8",
    });
    expect(output).toBe("MachineUser,Provider,getTriggerActions,AuditLogStream\n");
  });

  it("has an example of AuditLogStream in a program of at most 25 lines", () => {
    const lines = Object.fromEntries(
      readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith("index.ts") && !file.includes("node_modules"))
        .map((file) => [file, readFileSync(join(root, "examples", file), "utf8")] as const)
        .filter(([, text]) => text.includes("new AuditLogStream("))
        .map(([file, text]) => [file, text.trimEnd().split("\n").length]),
    );
    console.log(`lines of the examples: ${JSON.stringify(lines)}`);
    expect(lines["http-typescript/index.ts"]).toBeLessThanOrEqual(25);
    expect(lines["existing-key/index.ts"]).toBeLessThanOrEqual(25);
  });
});
