import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { GetSchemaRequest } from "@pulumi/pulumi/proto/provider_pb";

/** A schema of a Pulumi package, as far as tests look into it. */
export interface PackageSchema {
  resources: Record<
    string,
    { inputProperties: Record<string, PropertySchema>; properties: Record<string, PropertySchema> }
  >;
  types: Record<string, { properties?: Record<string, PropertySchema>; enum?: { value: string }[] }>;
}
export interface PropertySchema {
  type?: string;
  $ref?: string;
  description?: string;
  plain?: boolean;
}

/**
 * The schema of a package of components, from the plugin that the engine would start: `run-plugin` of the
 * Pulumi SDK found in `project`, asked over gRPC.
 */
export function readComponentSchema(folder: string, project: string): Promise<PackageSchema> {
  const sdk = join(project, "node_modules", "@pulumi", "pulumi");
  return readPluginSchema([process.execPath, join(sdk, "cmd", "run-plugin"), folder], folder);
}

/** The schema that a plugin gives, started by a command in a folder. */
export async function readPluginSchema([command, ...args]: string[], cwd: string): Promise<PackageSchema> {
  const plugin = spawn(command!, [...args, "127.0.0.1:1"], { cwd, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [port] = (await once(plugin.stdout, "data")) as [Buffer];
    const client = new ResourceProviderClient(
      `127.0.0.1:${String(port).trim()}`,
      credentials.createInsecure(),
    );
    return await new Promise((resolve, reject) =>
      client.getSchema(new GetSchemaRequest(), (error: Error | null, answer: { getSchema(): string }) =>
        error ? reject(error) : resolve(JSON.parse(answer.getSchema())),
      ),
    );
  } finally {
    plugin.kill();
  }
}
