import { collectorCredentials } from "../../components/declaration/credentials/collectorCredentials";
import {
  type CredentialFile,
  forwarderCredentials,
  machineKeyFile,
} from "../../components/declaration/credentials/credentialFiles";
import { connectedPorts, forwarderConfiguration } from "../../components/declaration/forwarderConfiguration";
import { readPlain } from "../../components/declaration/read";
import { bundleOf } from "../../components/kubernetes/bundle";
import { collectorConfiguration } from "../../components/kubernetes/collectorConfiguration";
import { forwarderManifests } from "../../components/kubernetes/forwarderManifests";
import { restrictedNamespace } from "../../components/kubernetes/namespace";
import { workloadOf } from "../../components/kubernetes/workload";
import {
  type Declaration,
  ephemeral,
  everything,
  existingSecrets,
  fitted,
  gateway,
  logins,
  machineKeys,
  minimal,
} from "./declarations";

/** A Kubernetes object as it is sent to the API server. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

/** Every manifest of stacks that between them show every kind and every variant. */
export function representativeStacks(): Record<string, Manifest[]> {
  const stacks = { minimal, everything, existingSecrets, ephemeral, logins, gateway, fitted };
  return Object.fromEntries(Object.entries(stacks).map(([name, args]) => [name, manifestsOf(args)]));
}

/** The manifests of one declaration in which everything is known. */
export function manifestsOf(args: Declaration): Manifest[] {
  const workload = workloadOf(args, args.workloadName ?? "audit-log");
  const machineKeyFiles = args.reader.machineKeys ? [machineKeyFile("251"), machineKeyFile("273")] : [];
  const configuration = forwarderConfiguration({ ...args, machineKeyFiles }, readPlain);
  const credentials = forwarderCredentials(args);
  const text = collectorConfiguration(configuration);
  const exporters = collectorCredentials(args.destinations);
  const exporterValues = valuesOf(exporters.map(({ name, credential }) => ({ file: name, credential })));
  const values = {
    ...Object.fromEntries(machineKeyFiles.map((file, index) => [file, machineKeys[index]!])),
    ...valuesOf(credentials),
  };
  const { bundle, furtherClaims, webhooks, podLogs, ...manifests } = forwarderManifests(args, {
    workload,
    configurationText: JSON.stringify(configuration, undefined, 2),
    configurationHash: "f0".repeat(32),
    connectedPorts: connectedPorts(configuration),
    credentials,
    collector:
      text === undefined
        ? undefined
        : { text, credentials: exporters, values: exporterValues, valuesVersion: "0a1b2c3d4e" },
    credentialValues: Object.keys(values).length > 0 ? values : undefined,
    bundle: args.image === undefined ? bundleOf("// the forwarder") : undefined,
  });
  const namespace = args.createNamespace ? [restrictedNamespace(workload)] : [];
  const all = [
    ...namespace,
    ...Object.values(manifests),
    bundle?.manifest,
    ...furtherClaims("17b3c2ae-5a0f-4d39-9a51-1f2a43b6a3a8"),
    ...Object.values(webhooks ?? {}),
    ...Object.values(podLogs ?? {}),
  ];
  return JSON.parse(JSON.stringify(all.filter((manifest) => manifest !== undefined)));
}

function valuesOf(files: readonly Pick<CredentialFile, "file" | "credential">[]): Record<string, string> {
  return Object.fromEntries(
    files.flatMap(({ file, credential: { value } }) => (typeof value === "string" ? [[file, value]] : [])),
  );
}
