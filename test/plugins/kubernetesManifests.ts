import type { Fields } from "../../local/plugins/kubernetes/propertyValues";

/** Small objects for the tests of the kubernetes plugin. */
export const configMap = (data: Fields, metadata: Fields, rest: Fields = {}): Fields => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata,
  data,
  ...rest,
});

export const secretObject = (metadata: Fields, content: Fields): Fields => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata,
  ...content,
});

/** A pod that the Pod Security level `restricted` admits; it runs `script` in Node. */
export function podTemplate(app: string, script: string, version = "1"): Fields {
  return {
    metadata: { labels: { app }, annotations: { version } },
    spec: {
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        fsGroup: 1000,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "main",
          image: "docker.io/library/node:24-bookworm-slim",
          imagePullPolicy: "IfNotPresent",
          command: ["node", "-e", script],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
        },
      ],
    },
  };
}

export const SERVES =
  "require('http').createServer((_, r) => r.end('ok')).listen(8080); process.on('SIGTERM', () => process.exit(0))";
/** Lives, but never answers its readiness probe. */
export const NEVER_READY = "setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit(0))";

export function statefulSet(metadata: Fields, spec: Fields, script = SERVES, version = "1"): Fields {
  const app = String(metadata.name);
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata,
    spec: {
      serviceName: app,
      podManagementPolicy: "Parallel",
      replicas: 1,
      selector: { matchLabels: { app } },
      template: podTemplate(app, script, version),
      ...spec,
    },
  };
}

export function deployment(metadata: Fields, app: string, script = SERVES): Fields {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: { replicas: 1, selector: { matchLabels: { app } }, template: podTemplate(app, script) },
  };
}

export const claim = (metadata: Fields, storageClassName: string, storage = "10Mi"): Fields => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata,
  spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources: { requests: { storage } } },
});

export const service = (metadata: Fields, spec: Fields): Fields => ({
  apiVersion: "v1",
  kind: "Service",
  metadata,
  spec: { ports: [{ port: 80, targetPort: 8080 }], ...spec },
});
