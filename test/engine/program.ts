import { join } from "node:path";
import type { Configuration } from "../../local/engine";
import type { Stage } from "./stage";

export const root = join(__dirname, "..", "..");

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
export const TOKEN = "marked-bearer-token-9d1c7a";
export const SIGNING = `whsec_${Buffer.from("marked-signing-secret-4be2a901").toString("base64")}`;

export const example = (name: string) => join(root, "examples", name);

export function address({ zitadel }: Stage) {
  const { hostname: domain, port } = new URL(zitadel.url);
  return { domain, port, insecure: "true" };
}

/** Where ZITADEL is and who signs in, as the examples take it: from the provider's own configuration. */
export function providerConfig(stage: Stage): Configuration {
  const { domain, port, insecure } = address(stage);
  return {
    "zitadel:domain": domain,
    "zitadel:port": port,
    "zitadel:insecure": insecure,
    "zitadel:jwtProfileJson": { secret: adminKey(stage) },
  };
}

export const adminKey = ({ zitadel }: Stage) => JSON.stringify(zitadel.adminKey);

/** What a changed address of the receiver leads to: another configuration, and with it another pod. */
export const configurationChange = ["AuditLogStream", "ConfigMap", "Forwarder", "StatefulSet"];

/** How an example's life goes. */
type ExampleLife = Omit<Program, "name" | "folder" | "secrets"> & {
  /** Besides the administrator's key. Default: the marked token. */
  secrets?: string[];
};

/** An example that signs in with the provider's configuration and reads an organization. */
export function exampleProgram(stage: Stage, name: string, life: ExampleLife): Program {
  const { secrets = [TOKEN], config, ...others } = life;
  return {
    name: `examples/${name}`,
    folder: example(name),
    config: { ...providerConfig(stage), organizationId: stage.zitadel.organizationId, ...config },
    secrets: [...secrets, adminKey(stage)],
    ...others,
  };
}

/** A credential of another value, under this key: it is a file that is read again, so no pod is started anew for it. */
export function changedCredential(key: string): Pick<Program, "change" | "touched"> {
  return {
    change: { [key]: { secret: `${TOKEN}-changed` } },
    touched: ["AuditLogStream", "Forwarder", "Secret"],
  };
}
