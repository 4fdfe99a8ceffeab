import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { secretExporters } from "../../components/declaration/credentials/collectorCredentials";
import { switchedOff } from "../../contract/destinations/exporters";
import { areRefused, said, type Wrong } from "./refusal";

const environment = { PASSWORD: { value: "hunter2" } };
const lake = (exporter: unknown, others: object = { environment }) => ({
  name: "lake",
  collector: { exporter, ...others },
});
const kafka = (settings: object) => ({ kafka: { brokers: ["kafka:9092"], ...settings } });
const sasl = (password: string) => kafka({ auth: { sasl: { username: "u", password } } });

const wrong = (what: string, path: string, remedy: string, exporter: unknown, others?: object): Wrong => [
  what,
  { destinations: [lake(exporter, others)] },
  `destinations[0].collector.${path}`,
  remedy,
];

describe("a wrong exporter is refused before anything is created:", () => {
  areRefused([
    wrong("none", "exporter", "give exactly one", {}),
    wrong("two", "exporter", "has 2 exporters: give exactly one", { ...kafka({}), file: {} }),
    wrong("one by its own id", "exporter", "component type alone", { "kafka/lake": {} }),
    wrong("one without an object", "exporter.kafka", "must be an object", { kafka: null }),
    wrong("one that says yes early", "exporter.datadog", "use otlp", { datadog: {} }),
    wrong("a queue", "exporter.kafka.sending_queue", "take it out", kafka({ sending_queue: {} })),
    wrong("retries", "exporter.kafka.retry_on_failure", "take it out", kafka({ retry_on_failure: {} })),
    wrong(
      "a variable that is not declared",
      "exporter.kafka.auth.sasl.password",
      `refers to \${env:PASWORD}, which is not declared`,
      sasl(`\${env:PASWORD}`),
    ),
    wrong(
      "a variable in short, beside what is right",
      "exporter.kafka.brokers[0]",
      `refers to \${env:BROKER}, which`,
      kafka({ brokers: [`$\${A} \${PASSWORD} \${env:PASSWORD} \${BROKER:-kafka:9092}`] }),
    ),
    wrong(
      "a reference to something else",
      "exporter.kafka.client_id",
      `write \${env:NAME}`,
      kafka({ client_id: `\${file:/etc/passwd}` }),
    ),
    wrong(
      "a credential in the clear",
      "exporter.kafka.auth.sasl.password",
      "put it into environment",
      sasl("hunter2"),
    ),
    wrong("a variable's name", "environment.password", "capital letters", kafka({}), {
      environment: { password: { value: "hunter2" } },
    }),
    wrong("a file's name", "files", "lower-case letters", kafka({}), {
      files: { "../ca.pem": { value: "hunter2" } },
    }),
    wrong("a file without content", "files.ca.pem", "exactly one of { value }", kafka({}), {
      files: { "ca.pem": {} },
    }),
    wrong("a port that is none", "egressPorts[0]", "at most 65535", kafka({}), { egressPorts: [90_930] }),
    [
      "a format that no exporter takes",
      { destinations: [{ ...lake(kafka({})), format: "ecs" }] },
      "destinations[0].format",
      "collector carries nothing else",
    ],
    [
      "a variable of two destinations",
      { destinations: [lake(kafka({})), { ...lake(kafka({})), name: "other" }] },
      "destinations[1].collector.environment.PASSWORD",
      "already declared by destinations[0]",
    ],
  ]);

  it("no credential is repeated", () => {
    expect(said({ destinations: [lake(sasl("hunter2"))] })).not.toContain("hunter2");
  });
});

it("a secret in an exporter's configuration is found, wherever it is", async () => {
  const brokers = [pulumi.output("kafka:9092")];
  const destinations = [
    lake(kafka({ brokers }), { environment: { PASSWORD: { value: pulumi.secret("hunter2") } } }),
    lake(kafka({ brokers: [pulumi.secret("kafka:9092")] })),
    { name: "log", stdout: {} },
  ];
  const problems = await secretExporters(destinations as Parameters<typeof secretExporters>[0]);
  expect(problems.map(({ path }) => path)).toEqual(["destinations[1].collector.exporter"]);
});

it("an exporter gets what it knows of what is switched off", () => {
  const off = { enabled: false };
  expect(switchedOff("awss3")).toEqual({ sending_queue: off, retry_on_failure: off });
  expect(switchedOff("googlecloud")).toEqual({ sending_queue: off });
  expect(switchedOff("file")).toEqual({});
});
