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
  /** Where webhook calls are taken; used only with `logins.webhook`. */
  webhooks: Address;
  /** Which pod of the StatefulSet this is. Ordinal 0 reads events and logs, every one takes webhook calls. */
  ordinal: number;
  /** Base URLs of the other replicas' health listeners. */
  peers: string[];
  health: Address;
  status: Address;
}

export const usage = `usage: forwarder --config <file.json> --secrets <folder> --journal <folder>
                 [--checkpoint <URL of a ConfigMap in the Kubernetes API>]
                 [--service-account <folder with token, ca.crt, namespace>]
                 [--pod <name of the StatefulSet's pod, whose ordinal counts>, default ordinal 0]
                 [--peers <base URLs of the other replicas' health listeners, comma separated>]
                 [--webhooks <host:port>, default 0.0.0.0:8080, with logins.webhook only]
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
    webhooks: address("webhooks", values.webhooks ?? "0.0.0.0:8080"),
    ordinal: values.pod === undefined ? 0 : ordinal(values.pod),
    peers: values.peers === undefined ? [] : baseUrls(values.peers),
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
        webhooks: text,
        pod: text,
        peers: text,
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

/** The number at the end of a StatefulSet's pod: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-identity */
function ordinal(pod: string): number {
  const found = /-(\d{1,5})$/.exec(pod);
  if (!found)
    throw new ArgumentsError(
      `--pod "${pod}" is no pod of a StatefulSet: its name ends in a number, for example forwarder-0`,
    );
  return Number(found[1]);
}

function baseUrls(text: string): string[] {
  const urls = text.split(",").filter((url) => url !== "");
  for (const url of urls)
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new ArgumentsError(
        "--peers holds something that is no URL: give http:// or https:// URLs with commas between them",
      );
  return urls.map((url) => url.replace(/\/+$/, ""));
}
