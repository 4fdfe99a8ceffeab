import { selfSigned } from "../completeness/certificates";
import { adminKey, configurationChange, example, type Program, providerConfig, TOKEN } from "./program";
import type { Stage } from "./stage";

/** The example of each kind of destination. */
export function destinationPrograms(stage: Stage): Program[] {
  return [
    httpTypescript(stage),
    splunkProgram(stage),
    elasticsearchProgram(stage),
    opensearchProgram(stage),
    otlpProgram(stage),
    syslogProgram(stage),
    stdoutProgram(stage),
    kafkaProgram(stage),
  ];
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
