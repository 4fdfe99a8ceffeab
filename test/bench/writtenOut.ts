import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, PersistentVolumeClaim, Service, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import { Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import type { CustomResourceOptions, Resource } from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { stringify } from "yaml";
import { AuditLogStream } from "../../components/index";
import { existingSecrets } from "../components/declarations";
import { type Manifest, manifestsOf } from "../components/representativeStacks";

const root = join(__dirname, "..", "..");
const bundleFile = join(root, "components", "dist", "forwarder.cjs");

/** What is declared: every credential in a Secret that exists, so that every manifest is known as it is. */
export const declaration = existingSecrets;

/** The declaration through the component. */
export const withComponent: PulumiFn = async () => {
  new AuditLogStream("audit-log", { ...declaration, logins: undefined });
};

type ResourceClass = new (name: string, args: never, options?: CustomResourceOptions) => Resource;

const classes: Record<string, ResourceClass> = {
  ServiceAccount,
  Role,
  RoleBinding,
  ConfigMap,
  Service,
  PersistentVolumeClaim,
  NetworkPolicy,
  StatefulSet,
};

/**
 * The same objects, each declared for itself.
 *
 * @param bundle the text of the forwarder's program
 */
export function writtenOut(bundle: string): PulumiFn {
  const manifests = writtenManifests(bundle);
  return async () => {
    const created: Resource[] = [];
    for (const [name, manifest] of manifests)
      created.push(
        new classes[manifest.kind]!(
          name,
          manifest as never,
          manifest.kind === "StatefulSet" ? { dependsOn: [...created] } : {},
        ),
      );
  };
}

/** Every manifest by a logical name, the StatefulSet last. */
function writtenManifests(bundle: unknown): [name: string, manifest: Manifest][] {
  const last = (manifest: Manifest) => (manifest.kind === "StatefulSet" ? 1 : 0);
  return manifestsOf(declaration)
    .toSorted((a, b) => last(a) - last(b))
    .map((manifest) => [`${manifest.metadata.name}-${manifest.kind}`, withBundle(manifest, bundle)]);
}

/** The manifests are made with a bundle of one line; in its place comes the real one. */
function withBundle(manifest: Manifest, bundle: unknown): Manifest {
  const { data } = manifest as { data?: Record<string, string> };
  const [key] = Object.entries(data ?? {}).find(([, text]) => text === "// the forwarder") ?? [];
  return key === undefined ? manifest : { ...manifest, ...{ data: { [key]: bundle } } };
}

/** Writes the program in YAML that declares the component; gives its folder. */
export function writeYamlWithComponent(parent: string): string {
  return writeProgram(parent, "with-component", {
    "audit-log": { type: "zitadel-siem:index:AuditLogStream", properties: literal(declaration) },
  });
}

/** Writes the program in YAML that declares each object for itself; gives its folder. */
export function writeYamlWrittenOut(parent: string): string {
  const manifests = writtenManifests({ "fn::readFile": "./forwarder.cjs" });
  const names = manifests.map(([name]) => name);
  const resources = manifests.map(([name, manifest]) => [
    name,
    {
      type: `kubernetes:${groupOf(manifest)}:${manifest.kind}`,
      properties: literal(manifest),
      ...(manifest.kind === "StatefulSet" && {
        options: { dependsOn: names.filter((other) => other !== name).map((other) => `\${${other}}`) },
      }),
    },
  ]);
  const folder = writeProgram(parent, "written-out", Object.fromEntries(resources));
  copyFileSync(bundleFile, join(folder, "forwarder.cjs"));
  return folder;
}

const groupOf = ({ apiVersion }: Manifest) => (apiVersion === "v1" ? "core/v1" : apiVersion);

function writeProgram(parent: string, name: string, resources: object): string {
  const folder = join(parent, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name, runtime: "yaml", resources }));
  return folder;
}

/** Plain data in which no text is an interpolation. */
function literal<Data>(data: Data): Data {
  return JSON.parse(JSON.stringify(data).replaceAll("${", "$${"));
}
