import { parseArgs } from "node:util";

/** Where a listener binds. */
export interface Address {
  host: string;
  port: number;
}

/** The command line, read. */
export interface Arguments {
  config: string;
  secrets: string;
  journal: string;
  /** The ConfigMap in the Kubernetes API that holds the checkpoint. */
  checkpoint?: string;
  /** The folder with `token`, `ca.crt` and `namespace` of the pod's service account. */
  serviceAccount?: string;
  health: Address;
  status: Address;
}

export const usage = `usage: forwarder --config <file.json> --secrets <folder> --journal <folder>
                 [--checkpoint <URL of a ConfigMap in the Kubernetes API>]
                 [--service-account <folder with token, ca.crt, namespace>]
                 [--health <host:port>, default 0.0.0.0:8081] [--status <host:port>, default 127.0.0.1:8082]`;

/** The command line is wrong; the message says where. */
export class ArgumentsError extends Error {
  override name = "ArgumentsError";
}

/** Reads the command line. Throws ArgumentsError. */
export function readArguments(args: readonly string[]): Arguments {
  const values = parse(args);
  const required = (name: "config" | "secrets" | "journal") => {
    const value = values[name];
    if (value === undefined || value === "") throw new ArgumentsError(`--${name} is missing`);
    return value;
  };
  return {
    config: required("config"),
    secrets: required("secrets"),
    journal: required("journal"),
    checkpoint: values.checkpoint,
    serviceAccount: values["service-account"],
    health: address("health", values.health ?? "0.0.0.0:8081"),
    status: address("status", values.status ?? "127.0.0.1:8082"),
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: text,
        secrets: text,
        journal: text,
        checkpoint: text,
        "service-account": text,
        health: text,
        status: text,
      },
    }).values;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // The message would repeat the argument, and what stands there by mistake may be a credential.
    if (code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL")
      throw new ArgumentsError("there is an argument without the name of an option before it");
    throw new ArgumentsError(message.replace(/\. To specify.*/, ""));
  }
}

function address(name: string, text: string): Address {
  const found = /^(.+):(\d{1,5})$/.exec(text);
  const port = Number(found?.[2]);
  if (!found?.[1] || port > 65_535)
    throw new ArgumentsError(
      `--${name} "${text}" is no address: write it as host:port, for example 127.0.0.1:8082`,
    );
  return { host: found[1].replace(/^\[(.*)\]$/, "$1"), port };
}
