import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse, stringify } from "yaml";
import type { Configuration } from "../../local/engine";
import type { KubernetesObject } from "../../local/plugins/cluster";
import { findOnPath } from "../../tools/pulumi/ensurePulumi";
import { selfSigned } from "../completeness/certificates";
import type { Stage } from "./stage";

const root = join(__dirname, "..", "..");

/** A program of this repository and how it is run against a stage. */
export interface Program {
  /** As a person finds it: `examples/yaml`, or `the root`. */
  name: string;
  /** Folder with its Pulumi.yaml. */
  folder: string;
  /** As `pulumi config set --path` takes it. */
  config: Configuration;
  /** What is configured otherwise in the test's change, and the types of the resources that it touches. */
  change: Configuration;
  touched: string[];
  /** What must not be found in the clear anywhere, besides what is created. */
  secrets: string[];
  /** Whether records reach the stage's receiver. Default true. */
  delivers?: boolean;
  /** Does what the program expects to be done by others; gives the secrets that it made, and the way back. */
  prepare?(stage: Stage): Promise<{ secrets: string[]; undo(): Promise<void> }>;
}

/** Marked credentials, so that they are found wherever they go. */
const TOKEN = "marked-bearer-token-9d1c7a";
const SIGNING = `whsec_${Buffer.from("marked-signing-secret-4be2a901").toString("base64")}`;

/** The root's program and every example. */
export function programs(stage: Stage): Program[] {
  return [
    rootProgram(stage),
    httpTypescript(stage),
    splunkProgram(stage),
    elasticsearchProgram(stage),
    opensearchProgram(stage),
    otlpProgram(stage),
    syslogProgram(stage),
    stdoutProgram(stage),
    kafkaProgram(stage),
    existingKey(stage),
    keyRotation(stage),
    loginsSplunk(stage),
    loginsEndpoint(stage),
    yamlProgram(stage),
  ];
}

const example = (name: string) => join(root, "examples", name);

function address({ zitadel }: Stage) {
  const { hostname: domain, port } = new URL(zitadel.url);
  return { domain, port, insecure: "true" };
}

/** Where ZITADEL is and who signs in, as the examples take it: from the provider's own configuration. */
function providerConfig(stage: Stage): Configuration {
  const { domain, port, insecure } = address(stage);
  return {
    "zitadel:domain": domain,
    "zitadel:port": port,
    "zitadel:insecure": insecure,
    "zitadel:jwtProfileJson": { secret: adminKey(stage) },
  };
}

const adminKey = ({ zitadel }: Stage) => JSON.stringify(zitadel.adminKey);

/** What a changed address of the receiver leads to: another configuration, and with it another pod. */
const configurationChange = ["AuditLogStream", "ConfigMap", "Forwarder", "StatefulSet"];

function rootProgram(stage: Stage): Program {
  const folder = join(stage.folder, "root");
  mkdirSync(folder);
  for (const file of ["Pulumi.yaml", "index.ts", "package.json", "tsconfig.json"])
    copyFileSync(join(root, file), join(folder, file));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return {
    name: "the root",
    folder,
    config: {
      ...address(stage),
      adminKey: { secret: adminKey(stage) },
      organizationId: stage.zitadel.organizationId,
      "readerKeys[0].name": "2026-11",
      "readerKeys[0].expires": "2035-11-01T00:00:00Z",
      destinationUrl: stage.receiver.url,
      destinationToken: { secret: TOKEN },
    },
    change: { destinationUrl: `${stage.receiver.url}?changed` },
    touched: configurationChange,
    secrets: [TOKEN, adminKey(stage)],
  };
}

function httpTypescript(stage: Stage): Program {
  return {
    name: "examples/http-typescript",
    folder: example("http-typescript"),
    config: {
      ...providerConfig(stage),
      organizationId: stage.zitadel.organizationId,
      url: stage.receiver.url,
      token: { secret: TOKEN },
    },
    // A credential is a file that is read again: no pod is started anew for it.
    change: { token: { secret: `${TOKEN}-changed` } },
    touched: ["AuditLogStream", "Forwarder", "Secret"],
    secrets: [TOKEN, adminKey(stage)],
  };
}

function splunkProgram(stage: Stage): Program {
  return {
    name: "examples/splunk",
    folder: example("splunk"),
    config: {
      ...providerConfig(stage),
      organizationId: stage.zitadel.organizationId,
      url: stage.receiver.url,
      token: { secret: TOKEN },
    },
    change: { token: { secret: `${TOKEN}-changed` } },
    touched: ["AuditLogStream", "Forwarder", "Secret"],
    secrets: [TOKEN, adminKey(stage)],
  };
}

function elasticsearchProgram(stage: Stage): Program {
  return {
    name: "examples/elasticsearch",
    folder: example("elasticsearch"),
    config: {
      ...providerConfig(stage),
      organizationId: stage.zitadel.organizationId,
      url: stage.receiver.url,
      apiKey: { secret: TOKEN },
    },
    change: { apiKey: { secret: `${TOKEN}-changed` } },
    touched: ["AuditLogStream", "Forwarder", "Secret"],
    secrets: [TOKEN, adminKey(stage)],
  };
}

function opensearchProgram(stage: Stage): Program {
  return {
    name: "examples/opensearch",
    folder: example("opensearch"),
    config: {
      ...providerConfig(stage),
      organizationId: stage.zitadel.organizationId,
      url: stage.receiver.url,
      userName: "zitadel",
      password: { secret: TOKEN },
    },
    // The receiver is no OpenSearch: it has no index template.
    delivers: false,
    change: { url: `${stage.receiver.url}/changed` },
    touched: configurationChange,
    secrets: [TOKEN, adminKey(stage)],
  };
}

function otlpProgram(stage: Stage): Program {
  return {
    name: "examples/otlp",
    folder: example("otlp"),
    config: {
      ...providerConfig(stage),
      organizationId: stage.zitadel.organizationId,
      url: stage.receiver.url,
      apiKey: { secret: TOKEN },
    },
    change: { url: `${stage.receiver.url}/changed` },
    touched: configurationChange,
    secrets: [TOKEN, adminKey(stage)],
  };
}

function syslogProgram(stage: Stage): Program {
  const { key, cert } = selfSigned("zitadel-siem", "DNS:zitadel-siem");
  return {
    name: "examples/syslog",
    folder: example("syslog"),
    config: {
      ...providerConfig(stage),
      organizationId: stage.zitadel.organizationId,
      url: "tls://127.0.0.1:6514",
      ca: cert,
      clientCertificate: cert,
      clientKey: { secret: key },
    },
    // The receiver is no syslog server.
    delivers: false,
    // Another port is another one that the pod may reach.
    change: { url: "tls://127.0.0.1:6515" },
    touched: [...configurationChange, "NetworkPolicy"].sort(),
    secrets: [key, adminKey(stage)],
  };
}

function stdoutProgram(stage: Stage): Program {
  return {
    name: "examples/stdout",
    folder: example("stdout"),
    config: { ...providerConfig(stage), organizationId: stage.zitadel.organizationId },
    // The receiver is not asked: records stay in the pod's log.
    delivers: false,
    change: { format: "zitadel" },
    touched: configurationChange,
    secrets: [adminKey(stage)],
  };
}

function kafkaProgram(stage: Stage): Program {
  return {
    name: "examples/kafka",
    folder: example("kafka"),
    config: {
      ...providerConfig(stage),
      organizationId: stage.zitadel.organizationId,
      broker: "kafka.example.com:9093",
      password: { secret: TOKEN },
    },
    // No Collector runs here.
    delivers: false,
    // The Collector reads its environment when it starts.
    change: { password: { secret: `${TOKEN}-changed` } },
    touched: ["AuditLogStream", "Forwarder", "RandomId", "Secret", "StatefulSet"],
    secrets: [TOKEN, adminKey(stage)],
  };
}

function existingKey(stage: Stage): Program {
  return {
    name: "examples/existing-key",
    folder: example("existing-key"),
    config: { ...address(stage), url: stage.receiver.url },
    change: { url: `${stage.receiver.url}?changed` },
    touched: configurationChange,
    secrets: [],
    async prepare({ zitadel, workload }) {
      const { users, members, administrator } = zitadel;
      const { aggregateId: userId } = await users.addMachine(administrator, {
        userName: "brought-along",
        name: "brought along",
        accessTokenType: 0,
      });
      await members.add(administrator, userId, ["IAM_OWNER_VIEWER"]);
      const [, key] = await users.addKey(administrator, userId, Date.parse("2035-01-01") * 1000);
      const namespace = "audit-log";
      const { objects } = workload.supervisor;
      const create = (object: KubernetesObject) => objects.create(object, false);
      create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      const secret = (name: string, stringData: Record<string, string>) =>
        create({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData });
      secret("zitadel-reader", { "key.json": JSON.stringify(key) });
      secret("siem", { token: TOKEN });
      return {
        secrets: [TOKEN, JSON.stringify(key)],
        undo: () =>
          workload.supervisor.delete(
            { apiVersion: "v1", kind: "Namespace", name: namespace },
            () => undefined,
          ),
      };
    },
  };
}

function keyRotation(stage: Stage): Program {
  return {
    name: "examples/key-rotation",
    folder: example("key-rotation"),
    config: {
      ...providerConfig(stage),
      organizationId: stage.zitadel.organizationId,
      url: stage.receiver.url,
      signingSecret: { secret: SIGNING },
    },
    change: { url: `${stage.receiver.url}?changed` },
    touched: configurationChange,
    secrets: [SIGNING, adminKey(stage)],
  };
}

function loginsSplunk(stage: Stage): Program {
  return {
    name: "examples/logins-splunk",
    folder: example("logins-splunk"),
    config: {
      ...providerConfig(stage),
      organizationId: stage.zitadel.organizationId,
      // No pods of ZITADEL run here.
      collect: "false",
      url: stage.receiver.url,
      token: { secret: TOKEN },
    },
    change: { token: { secret: `${TOKEN}-changed` } },
    touched: ["AuditLogStream", "Forwarder", "Secret"],
    secrets: [TOKEN, adminKey(stage)],
  };
}

function loginsEndpoint(stage: Stage): Program {
  return {
    name: "examples/logins-endpoint",
    folder: example("logins-endpoint"),
    config: {
      ...providerConfig(stage),
      organizationId: stage.zitadel.organizationId,
      url: "https://logins.example.com/in",
    },
    change: { url: "https://other.example.com/in" },
    touched: ["Action", "LoginActions"],
    secrets: [adminKey(stage)],
    delivers: false,
  };
}

function yamlProgram(stage: Stage): Program {
  return {
    name: "examples/yaml",
    folder: findOnPath("pulumi-language-yaml") ? example("yaml") : forOldYaml(stage, example("yaml")),
    config: {
      ...address(stage),
      ...providerConfig(stage),
      organizationId: stage.zitadel.organizationId,
      url: stage.receiver.url,
      token: { secret: TOKEN },
    },
    change: { url: `${stage.receiver.url}?changed` },
    touched: configurationChange,
    secrets: [TOKEN, adminKey(stage)],
  };
}

/**
 * A copy for the YAML language that can be built from its module (1.9.1): it is older than the engine and finds
 * the stack's configuration under the key `configuration` of its time alone, without Pulumi.yaml's defaults.
 */
function forOldYaml(stage: Stage, folder: string): string {
  const copy = join(stage.folder, basename(folder));
  mkdirSync(copy);
  const { config, ...program } = parse(readFileSync(join(folder, "Pulumi.yaml"), "utf8"));
  const configuration = Object.fromEntries(
    Object.entries<{ type: string; secret?: boolean }>(config).map(([key, { type, secret }]) => [
      key,
      { type, ...(secret && { secret }) },
    ]),
  );
  writeFileSync(join(copy, "Pulumi.yaml"), stringify({ ...program, configuration }));
  return copy;
}
