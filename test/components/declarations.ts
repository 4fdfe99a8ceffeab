import type { ForwarderArgs } from "../../components/arguments";

/** A declaration in which everything is known. */
export type Declaration = ForwarderArgs & { namespace: string };

export const machineKeys = ["251", "273"].map((keyId) =>
  JSON.stringify({ type: "serviceaccount", keyId, key: "-----BEGIN…", userId: "250" }),
);
const created = { userId: "250", machineKeys };

/** The least that can be declared. */
export const minimal: Declaration = {
  zitadel: { domain: "zitadel.example.com" },
  reader: created,
  destinations: [{ name: "soc", http: { url: "https://siem.example.com/records" } }],
  namespace: "audit",
};

/** Every property set, every credential by value. */
export const everything: Declaration = {
  zitadel: {
    domain: "zitadel.example.com",
    port: 8443,
    insecure: false,
    address: "http://zitadel.zitadel.svc:8080",
    ca: { value: "-----BEGIN CERTIFICATE-----" },
    trustedProxies: 1,
  },
  reader: created,
  events: {
    eventTypes: ["user.human.password.changed"],
    aggregateTypes: ["user"],
    aggregateId: "17",
    resourceOwner: "18",
    editorUserId: "19",
    from: "2026-01-01T00:00:00Z",
    to: "2027-01-01T00:00:00Z",
    startFrom: "beginning",
    sweepSeconds: 3600,
    readShare: 0.5,
    enrichment: { sessions: false, names: true },
  },
  destinations: [
    {
      name: "soc",
      http: {
        url: "https://siem.example.com:8443/records",
        body: "json",
        gzip: false,
        bearer: { value: "token" },
        signing: { secret: { value: "whsec_c2VjcmV0" } },
        ca: { value: "-----BEGIN CERTIFICATE-----" },
        clientCertificate: { certificate: { value: "-----BEGIN CERT" }, key: { value: "-----BEGIN KEY" } },
        headers: { "x-tenant": "audit" },
        secretHeaders: { "X-Api-Key": { value: "api-key" } },
        successCodes: [200, 202],
        timeoutSeconds: 10,
      },
      format: "ocsf",
      ocsfVersion: "1.8.0",
      filter: {
        include: [{ eventTypes: ["user.*", "login.*"], organizations: ["301"] }, { severities: ["high"] }],
        exclude: [{ aggregateTypes: ["session"], sources: ["events"], users: ["17"] }],
      },
      personalData: { userNames: "hash", ipAddresses: "drop", hashKey: { value: "key of the hashes" } },
      batch: { maxRecords: 100, maxBytes: 65536, inFlight: 2 },
    },
    {
      name: "lake",
      http: {
        url: "http://lake.lake.svc/in",
        basic: { userName: "zitadel", password: { value: "password" } },
        ordered: true,
      },
    },
    {
      name: "splunk",
      splunk: {
        url: "https://splunk.example.com:8088",
        token: { value: "hec-token" },
        index: "zitadel",
        sourcetype: "zitadel:audit",
        source: "production",
        host: "zitadel.example.com",
        acknowledgement: true,
        acknowledgementTimeoutSeconds: 120,
        gzip: false,
        ca: { value: "-----BEGIN CERTIFICATE-----" },
        timeoutSeconds: 10,
      },
    },
    {
      name: "otel",
      otlp: {
        url: "https://collector.example.com:4318",
        encoding: "json",
        bearer: { value: "otlp-token" },
        headers: { "x-tenant": "audit" },
        secretHeaders: { "X-Api-Key": { value: "api-key" } },
        gzip: false,
        ca: { value: "-----BEGIN CERTIFICATE-----" },
        timeoutSeconds: 10,
      },
    },
    {
      name: "elastic",
      elasticsearch: {
        url: "https://elastic.example.com:9243",
        dataStream: "logs-zitadel.audit-default",
        template: "check",
        apiKey: { value: "elastic-api-key" },
        gzip: false,
        timeoutSeconds: 10,
      },
    },
    {
      name: "opensearch",
      opensearch: {
        url: "https://opensearch.example.com:9200",
        index: "audit",
        basic: { userName: "zitadel", password: { value: "opensearch-password" } },
        ca: { value: "-----BEGIN CERTIFICATE-----" },
      },
    },
    {
      name: "kafka",
      collector: {
        exporter: {
          kafka: {
            brokers: ["kafka.example.com:9093"],
            logs: { topic: "audit", encoding: "otlp_json" },
            producer: { required_acks: -1 },
            tls: { ca_file: "/var/run/secrets/collector/kafka-ca.pem" },
            auth: {
              sasl: { mechanism: "SCRAM-SHA-512", username: "zitadel", password: `\${env:KAFKA_PASSWORD}` },
            },
          },
        },
        environment: { KAFKA_PASSWORD: { value: "kafka-password" } },
        files: { "kafka-ca.pem": { secret: { name: "company-ca", key: "ca.pem" } } },
        egressPorts: [9093],
        timeoutSeconds: 60,
      },
    },
    {
      name: "file",
      collector: {
        exporter: { file: { path: "/dev/stdout" } },
      },
    },
    {
      name: "syslog",
      syslog: {
        url: "tls://syslog.example.com",
        ca: { value: "-----BEGIN CERTIFICATE-----" },
        clientCertificate: {
          certificate: { value: "-----BEGIN CERTIFICATE-----" },
          key: { value: "-----BEGIN PRIVATE KEY-----" },
        },
        serverName: "syslog.internal",
        facility: "local4",
        appName: "zitadel-production",
        maxMessageBytes: 65536,
        confirmSeconds: 60,
        timeoutSeconds: 10,
      },
    },
    { name: "log", stdout: {} },
  ],
  logins: {
    organizations: [
      { id: "301", secrets: [{ name: "2026-11", value: "first" }] },
      {
        id: "302",
        name: "partner",
        secrets: [
          { name: "2026-11", secret: { name: "partner", key: "old" } },
          { name: "2027-02", secret: { name: "partner", key: "new" } },
        ],
      },
    ],
    webhook: {
      from: [
        {
          namespaceLabels: { "kubernetes.io/metadata.name": "ingress-nginx" },
          podLabels: { "app.kubernetes.io/component": "controller" },
        },
      ],
      targets: [
        { name: "sessions", organizationId: "301", signingKeys: [{ name: "2026-11", value: "signing" }] },
      ],
      tlsSecretName: "logins-listener",
      ingress: {
        host: "logins.example.com",
        className: "nginx",
        tlsSecretName: "logins-certificate",
        annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" },
      },
    },
    stdout: { namespace: "zitadel", labels: { app: "zitadel" } },
  },
  replicas: 3,
  releasedFields: [{ eventType: "user.human.profile.changed", field: "nickName" }],
  namespace: "audit",
  createNamespace: true,
  workloadName: "audit-trail",
  storage: {
    kind: "volume",
    size: "20Gi",
    className: "fast",
    readWriteOncePod: true,
    retain: true,
  },
  resources: { requests: { cpu: "200m" }, limits: { cpu: "1", memory: "512Mi" } },
  networkPolicy: {
    metricsFrom: [
      {
        namespaceLabels: { "kubernetes.io/metadata.name": "monitoring" },
        podLabels: { "app.kubernetes.io/name": "prometheus" },
      },
    ],
    apiServerPorts: [16443],
    egressPorts: [9000],
  },
  monitoring: { serviceMonitor: true, prometheusRule: true, labels: { release: "prometheus" } },
  collectorImage: "registry.example.com/otel/opentelemetry-collector-contrib:0.145.0",
  collectorResources: { requests: { cpu: "100m" }, limits: { memory: "1Gi" } },
  nodeImage: "registry.example.com/library/node:24-bookworm-slim",
  imagePullSecrets: ["registry"],
  logLevel: "debug",
};

/** Every credential in a Secret that exists already, as a cluster managed by GitOps has it. */
export const existingSecrets: Declaration = {
  ...minimal,
  zitadel: { ...minimal.zitadel, ca: { secret: { name: "company-ca", key: "ca.pem" } } },
  reader: { existingKey: { secret: { name: "zitadel-reader", key: "key.json" } } },
  events: { startFrom: "2026-11-22T10:03:11Z" },
  destinations: [
    {
      name: "soc",
      http: {
        url: "https://siem.example.com/records",
        clientCertificate: {
          certificate: { secret: { name: "soc-client", key: "tls.crt" } },
          key: { secret: { name: "soc-client", key: "tls.key" } },
        },
        secretHeaders: { "X-Api-Key": { secret: { name: "soc", key: "api-key" } } },
        bearer: { secret: { name: "soc", key: "token" } },
        signing: { secret: { secret: { name: "soc", key: "signing" } } },
      },
    },
  ],
};

/** Login records from both sources, from a ZITADEL in the same cluster. */
export const logins: Declaration = {
  ...minimal,
  logins: {
    organizations: [{ id: "301", secrets: [{ name: "2026-11", value: "first" }] }],
    webhook: {},
    stdout: { namespace: "zitadel" },
  },
};

/** Login records from ZITADEL Cloud, through a Gateway. */
export const gateway: Declaration = {
  ...minimal,
  logins: {
    organizations: [{ id: "301", secrets: [{ name: "2026-11", value: "first" }] }],
    webhook: {
      from: [{ namespaceLabels: { "kubernetes.io/metadata.name": "gateways" } }],
      route: {
        host: "logins.example.com",
        gateways: [{ name: "public", namespace: "gateways", sectionName: "https" }],
      },
    },
  },
};

/** No volume, a published image and a network policy from elsewhere. */
export const ephemeral: Declaration = {
  ...minimal,
  reader: { personalAccessToken: { value: "pat" } },
  events: { startFrom: "beginning" },
  destinations: [{ name: "log", stdout: {} }],
  storage: { kind: "ephemeral", size: "512Mi" },
  networkPolicy: { enabled: false },
  image:
    "ghcr.io/example/zitadel-siem@sha256:4bd37a3d7d0bd3d3a4f1e3a0c1f0a0d9f4b5f9e7f6f1b0a3c8f4c7d6e5b4a392",
};

/** Fitted into a cluster with rules of its own. */
export const fitted: Declaration = {
  ...logins,
  destinations: [
    ...minimal.destinations,
    { name: "file", collector: { exporter: { file: { path: "/dev/stdout" } } } },
  ],
  imageRegistry: "registry.example.com/docker-hub",
  imagePullPolicy: "Always",
  assignedUserIds: true,
  createNamespace: true,
  replicas: 2,
  labels: { "example.com/cost-centre": "4711" },
  annotations: { "example.com/owner": "security@example.com" },
  serviceAccount: {
    annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/audit" },
    name: "audit-reader",
  },
  podTemplate: {
    labels: { "azure.workload.identity/use": "true" },
    annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "true" },
    nodeSelector: { pool: "security" },
    tolerations: [{ key: "dedicated", operator: "Equal", value: "security", effect: "NoSchedule" }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }],
        },
      },
    },
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" },
    ],
    priorityClassName: "security",
    runtimeClassName: "gvisor",
    schedulerName: "bin-packing",
    dnsPolicy: "None",
    dnsConfig: { nameservers: ["192.0.2.53"], options: [{ name: "ndots", value: "1" }] },
    hostAliases: [{ ip: "192.0.2.10", hostnames: ["siem.internal"] }],
    securityContext: { supplementalGroups: [3000] },
    volumes: [{ name: "company", configMap: { name: "company-ca" } }],
    volumeMounts: [{ name: "company", mountPath: "/etc/company", readOnly: true }],
    environment: {
      TZ: { value: "UTC" },
      TENANT: { secret: { name: "tenant", key: "name" } },
    },
    sidecars: [
      {
        name: "agent",
        image: "registry.example.com/agent:1",
        ports: [{ name: "agent", containerPort: 9000 }],
        volumeMounts: [{ name: "company", mountPath: "/etc/company", readOnly: true }],
      },
    ],
    initContainers: [
      {
        name: "wait",
        image: "registry.example.com/wait:1",
        securityContext: { capabilities: { add: ["NET_BIND_SERVICE"] }, readOnlyRootFilesystem: true },
      },
    ],
  },
};
