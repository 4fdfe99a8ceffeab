/** Folders of the forwarder's container. */
export const folders = {
  program: "/opt/zitadel-siem",
  configuration: "/etc/zitadel-siem",
  secrets: "/var/run/secrets/zitadel-siem",
  journal: "/var/lib/zitadel-siem",
  serviceAccount: "/var/run/secrets/kubernetes.io/serviceaccount",
  temporary: "/tmp",
};
