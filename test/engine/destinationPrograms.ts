import { selfSigned } from "../completeness/certificates";
import { changedCredential, configurationChange, exampleProgram, type Program, TOKEN } from "./program";
import type { Stage } from "./stage";

/** The example of each kind of destination. */
export function destinationPrograms(stage: Stage): Program[] {
  const { url } = stage.receiver;
  const token = { secret: TOKEN };
  const { key, cert } = selfSigned("zitadel-siem", "DNS:zitadel-siem");
  return [
    exampleProgram(stage, "http-typescript", { config: { url, token }, ...changedCredential("token") }),
    exampleProgram(stage, "splunk", { config: { url, token }, ...changedCredential("token") }),
    exampleProgram(stage, "elasticsearch", {
      config: { url, apiKey: token },
      ...changedCredential("apiKey"),
    }),
    exampleProgram(stage, "opensearch", {
      config: { url, userName: "zitadel", password: token },
      // The receiver is no OpenSearch: it has no index template.
      delivers: false,
      change: { url: `${url}/changed` },
      touched: configurationChange,
    }),
    exampleProgram(stage, "otlp", {
      config: { url, apiKey: token },
      change: { url: `${url}/changed` },
      touched: configurationChange,
    }),
    exampleProgram(stage, "syslog", {
      config: {
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
      secrets: [key],
    }),
    exampleProgram(stage, "stdout", {
      config: {},
      // The receiver is not asked: records stay in the pod's log.
      delivers: false,
      change: { format: "zitadel" },
      touched: configurationChange,
      secrets: [],
    }),
    exampleProgram(stage, "kafka", {
      config: { broker: "kafka.example.com:9093", password: token },
      // No Collector runs here.
      delivers: false,
      ...changedCredential("password"),
      // The Collector reads its environment when it starts.
      touched: ["AuditLogStream", "Forwarder", "RandomId", "Secret", "StatefulSet"],
    }),
  ];
}
