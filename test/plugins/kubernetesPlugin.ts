import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { RUN_LOG, RUN_MARKER } from "../../local/engineEnvironment";
import { installPlugins } from "../../local/enginePlugins";
import { type Fields, fromMessage, toMessage } from "../../local/plugins/kubernetes/propertyValues";

/** What a resource looks like to the engine: its inputs as checked, and its state. */
export interface EngineResource {
  urn: string;
  id: string;
  inputs: Fields;
  state: Fields;
}

export interface EngineDiff {
  changes: boolean;
  replaces: string[];
  deleteBeforeReplace: boolean;
  /** Path to kind: `spec.replicas` → `UPDATE`. */
  detail: Record<string, string>;
}

/** A step after which the engine keeps a resource although it failed. */
export class HalfDone extends Error {
  constructor(
    message: string,
    readonly id: string,
    readonly state: Fields,
    readonly reasons: string[],
  ) {
    super(message);
  }
}

/** The plugin as the engine starts it, and the engine's side of the protocol. */
export class Plugin {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly client: ResourceProviderClient,
    private readonly engine: grpc.Server,
    /** What the plugin told the engine while it worked. */
    readonly said: readonly string[],
    /** Milliseconds from the start of the process to its port. */
    readonly startTime: number,
  ) {}

  static async start(
    configuration: Record<string, string>,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Plugin> {
    const folder = mkdtempSync(join(tmpdir(), "kubernetes-plugin-"));
    const [installed] = await installPlugins(["kubernetes"], folder);
    const runId = randomUUID();
    const log = join(folder, "run.log");
    writeFileSync(log, `${runId}\n`);
    const said: string[] = [];
    const { engine, port: enginePort } = await startEngine((line) => said.push(line));
    const begin = performance.now();
    const child = spawn(join(installed!.folder, "pulumi-resource-kubernetes"), [`127.0.0.1:${enginePort}`], {
      env: { PATH: process.env.PATH, [RUN_MARKER]: runId, [RUN_LOG]: log, ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const port = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout!).once("line", resolve);
      child.once("exit", (code) => reject(new Error(`the plugin ended with exit code ${code}`)));
    }).catch((error) => {
      engine.forceShutdown();
      rmSync(folder, { recursive: true });
      throw error;
    });
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const plugin = new Plugin(child, folder, client, engine, said, performance.now() - begin);
    const configure = new messages.ConfigureRequest().setAcceptsecrets(true);
    for (const [name, value] of Object.entries(configuration)) {
      configure.getVariablesMap().set(`kubernetes:config:${name}`, value);
    }
    await plugin.call("configure", configure);
    return plugin;
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill();
    await exited;
    this.client.close();
    this.engine.forceShutdown();
    rmSync(this.folder, { recursive: true });
  }

  async check(
    name: string,
    inputs: Fields,
    olds?: Fields,
    seed = name,
    urn = urnOf(name, inputs),
  ): Promise<{ urn: string; inputs: Fields }> {
    const request = new messages.CheckRequest()
      .setUrn(urn)
      .setNews(toMessage(inputs))
      .setRandomseed(Buffer.from(seed));
    if (olds) request.setOlds(toMessage(olds));
    const response = await this.call<messages.CheckResponse>("check", request);
    return { urn, inputs: fromMessage(response.getInputs()) };
  }

  /** Check and Create, as the engine does for a new resource. */
  async create(
    name: string,
    given: Fields,
    { timeout = 0, preview = false, patch = false } = {},
  ): Promise<EngineResource> {
    const { urn, inputs } = await this.check(name, given, undefined, name, urnOf(name, given, patch));
    const request = new messages.CreateRequest()
      .setUrn(urn)
      .setProperties(toMessage(inputs))
      .setTimeout(timeout)
      .setPreview(preview);
    const response = await this.call<messages.CreateResponse>("create", request);
    return { urn, id: response.getId(), inputs, state: fromMessage(response.getProperties()) };
  }

  /** Check and Diff of changed inputs. */
  async diff(resource: EngineResource, given: Fields, ignoreChanges: string[] = []): Promise<EngineDiff> {
    const { inputs } = await this.check(nameOf(resource.urn), given, resource.inputs);
    const request = new messages.DiffRequest()
      .setUrn(resource.urn)
      .setId(resource.id)
      .setOlds(toMessage(resource.state))
      .setOldInputs(toMessage(resource.inputs))
      .setNews(toMessage(inputs))
      .setIgnorechangesList(ignoreChanges);
    const response = await this.call<messages.DiffResponse>("diff", request);
    const kinds = Object.entries(messages.PropertyDiff.Kind);
    const entries: [string, string][] = [];
    response.getDetaileddiffMap().forEach((property, path) => {
      entries.push([path, kinds.find(([, number]) => number === property.getKind())![0]]);
    });
    return {
      changes: response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME,
      replaces: response.getReplacesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
      detail: Object.fromEntries(entries),
    };
  }

  async update(
    resource: EngineResource,
    given: Fields,
    { timeout = 0, preview = false, ignoreChanges = [] as string[] } = {},
  ): Promise<EngineResource> {
    const { inputs } = await this.check(nameOf(resource.urn), given, resource.inputs);
    const request = new messages.UpdateRequest()
      .setUrn(resource.urn)
      .setId(resource.id)
      .setOlds(toMessage(resource.state))
      .setOldInputs(toMessage(resource.inputs))
      .setNews(toMessage(inputs))
      .setTimeout(timeout)
      .setPreview(preview)
      .setIgnorechangesList(ignoreChanges);
    const response = await this.call<messages.UpdateResponse>("update", request);
    return { ...resource, inputs, state: fromMessage(response.getProperties()) };
  }

  /** As `pulumi refresh` reads; undefined if the object is gone. */
  async read(resource: EngineResource): Promise<EngineResource | undefined> {
    const request = new messages.ReadRequest()
      .setUrn(resource.urn)
      .setId(resource.id)
      .setProperties(toMessage(resource.state))
      .setInputs(toMessage(resource.inputs));
    const response = await this.call<messages.ReadResponse>("read", request);
    if (response.getId() === "") return undefined;
    return {
      urn: resource.urn,
      id: response.getId(),
      inputs: fromMessage(response.getInputs()),
      state: fromMessage(response.getProperties()),
    };
  }

  async delete(resource: EngineResource, { timeout = 0 } = {}): Promise<void> {
    const request = new messages.DeleteRequest()
      .setUrn(resource.urn)
      .setId(resource.id)
      .setProperties(toMessage(resource.state))
      .setTimeout(timeout);
    await this.call("delete", request);
  }

  async cancel(): Promise<void> {
    await this.call("cancel", new Empty());
  }

  private async call<Response>(method: keyof ResourceProviderClient, request: object): Promise<Response> {
    const send = promisify(this.client[method] as unknown as Send<Response>).bind(this.client);
    try {
      return await send(request);
    } catch (error) {
      const { details, metadata } = error as grpc.ServiceError;
      const [packed] = metadata.get("grpc-status-details-bin");
      if (packed === undefined) throw new Error(details);
      const [any] = Status.deserializeBinary(packed as Buffer).getDetailsList();
      const detail = messages.ErrorResourceInitFailed.deserializeBinary(any!.getValue_asU8());
      throw new HalfDone(
        details,
        detail.getId(),
        fromMessage(detail.getProperties()),
        detail.getReasonsList(),
      );
    }
  }
}

type Send<Response> = (request: object, callback: (error: Error | null, response: Response) => void) => void;

/** The part of the engine that takes what plugins say. */
async function startEngine(say: (line: string) => void): Promise<{ engine: grpc.Server; port: number }> {
  const engine = new grpc.Server();
  const log: grpc.handleUnaryCall<LogRequest, Empty> = ({ request }, callback) => {
    say(request.getMessage());
    callback(null, new Empty());
  };
  engine.addService(EngineService, { log } as unknown as grpc.UntypedServiceImplementation);
  const credentials = grpc.ServerCredentials.createInsecure();
  const port = await promisify(engine.bindAsync.bind(engine))("127.0.0.1:0", credentials);
  return { engine, port: port! };
}

/** The URN of a resource of the object's kind, or of a Patch of one, in a stack that exists only here. */
function urnOf(name: string, { apiVersion, kind }: Fields, patch = false): string {
  const version = String(apiVersion);
  const type = `${version.includes("/") ? version : `core/${version}`}:${kind}${patch ? "Patch" : ""}`;
  return `urn:pulumi:test::test::kubernetes:${type}::${name}`;
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1)!;
}
