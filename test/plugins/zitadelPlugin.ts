import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { RUN_LOG, RUN_MARKER } from "../../local/engineEnvironment";
import { installPlugins } from "../../local/enginePlugins";

export type Properties = Record<string, unknown>;

/** What stands for an unknown value on the wire. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A resource as the engine keeps it. */
export interface Resource {
  urn: string;
  id: string;
  inputs: Properties;
  /** What the plugin answered, without the marks of secrets. */
  state: Properties;
  /** Properties that the plugin marked as secrets. */
  secrets: string[];
}

/** The error of a failed update, with the state that it leaves. */
export class HalfDone extends Error {
  constructor(
    message: string,
    readonly state: Properties,
  ) {
    super(message);
  }
}

/** The plugin as a process of its own, driven as the engine drives it. */
export class ZitadelPlugin {
  private constructor(
    private readonly folder: string,
    private readonly process: ChildProcess,
    private readonly client: ResourceProviderClient,
  ) {}

  /** Bundles and starts the plugin as a local run does. */
  static async start(): Promise<ZitadelPlugin> {
    const folder = mkdtempSync(join(tmpdir(), "zitadel-plugin-"));
    const [installed] = await installPlugins(["zitadel"], folder);
    const log = join(folder, "log");
    writeFileSync(log, "a run\n");
    const child = spawn(join(installed!.folder, "pulumi-resource-zitadel"), [], {
      env: { [RUN_MARKER]: "a run", [RUN_LOG]: log },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const port = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout!).once("line", resolve);
      child.once("exit", (code) => reject(new Error(`the plugin ended with ${code}`)));
    });
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    return new ZitadelPlugin(folder, child, client);
  }

  stop(): void {
    this.client.close();
    this.process.kill();
    rmSync(this.folder, { recursive: true });
  }

  async checkConfig(args: Properties): Promise<string[]> {
    const request = new messages.CheckRequest().setNews(struct(args));
    const response = await this.#call<messages.CheckResponse>("checkConfig", request);
    return response.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`);
  }

  configure(args: Properties): Promise<messages.ConfigureResponse> {
    return this.#call(
      "configure",
      new messages.ConfigureRequest().setArgs(struct(args)).setAcceptsecrets(true),
    );
  }

  /** The checked inputs. Throws with the failures. */
  async check(urn: string, inputs: Properties, before?: Properties): Promise<Properties> {
    const request = new messages.CheckRequest()
      .setUrn(urn)
      .setNews(struct(inputs))
      .setRandomseed(Buffer.from(urn));
    const response = await this.#call<messages.CheckResponse>(
      "check",
      before ? request.setOlds(struct(before)) : request,
    );
    const failures = response
      .getFailuresList()
      .map((failure) => `${failure.getProperty()}: ${failure.getReason()}`);
    if (failures.length > 0) {
      throw new Error(failures.join("\n"));
    }
    return response.getInputs()!.toJavaScript();
  }

  /** What the program's new inputs mean for a resource. */
  async diff(resource: Resource, given: Properties) {
    const inputs = await this.check(resource.urn, given, resource.inputs);
    const response = await this.#call<messages.DiffResponse>(
      "diff",
      this.#change(new messages.DiffRequest(), resource, inputs),
    );
    return {
      changes: response.getDiffsList(),
      replaces: response.getReplacesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
    };
  }

  async create(
    kind: string,
    given: Properties,
    { name = "example", preview = false } = {},
  ): Promise<Resource> {
    const urn = urnOf(kind, name);
    const inputs = await this.check(urn, given);
    const request = new messages.CreateRequest()
      .setUrn(urn)
      .setProperties(struct(inputs))
      .setPreview(preview);
    const response = await this.#call<messages.CreateResponse>("create", request);
    return { urn, id: response.getId(), inputs, ...stateOf(response.getProperties()) };
  }

  /** The resource after the update. Throws `HalfDone` where the plugin says what an error left behind. */
  async update(resource: Resource, given: Properties, { preview = false } = {}): Promise<Resource> {
    const inputs = await this.check(resource.urn, given, resource.inputs);
    const request = this.#change(new messages.UpdateRequest(), resource, inputs).setPreview(preview);
    const response = await this.#call<messages.UpdateResponse>("update", request);
    return { ...resource, inputs, ...stateOf(response.getProperties()) };
  }

  /** The resource after a refresh; nothing where it is gone. */
  async refresh(resource: Resource): Promise<Resource | undefined> {
    const request = new messages.ReadRequest()
      .setUrn(resource.urn)
      .setId(resource.id)
      .setProperties(struct(resource.state))
      .setInputs(struct(resource.inputs));
    return this.#read(request);
  }

  import(kind: string, id: string): Promise<Resource | undefined> {
    return this.#read(new messages.ReadRequest().setUrn(urnOf(kind, "imported")).setId(id));
  }

  async delete(resource: Resource): Promise<void> {
    const request = new messages.DeleteRequest()
      .setUrn(resource.urn)
      .setId(resource.id)
      .setProperties(struct(resource.state));
    await this.#call("delete", request);
  }

  /** The function's answer, or its failures as an error. */
  async getTriggerActions(args: Properties): Promise<Properties> {
    const token = "zitadel:index/getTriggerActions:getTriggerActions";
    const request = new messages.InvokeRequest().setTok(token).setArgs(struct(args));
    const response = await this.#call<messages.InvokeResponse>("invoke", request);
    const failures = response.getFailuresList().map((failure) => failure.getReason());
    if (failures.length > 0) {
      throw new Error(failures.join("\n"));
    }
    return response.getReturn()!.toJavaScript();
  }

  async #read(request: messages.ReadRequest): Promise<Resource | undefined> {
    const response = await this.#call<messages.ReadResponse>("read", request);
    const inputs = response.getInputs()?.toJavaScript() ?? {};
    const found = {
      urn: request.getUrn(),
      id: response.getId(),
      inputs,
      ...stateOf(response.getProperties()),
    };
    return found.id ? found : undefined;
  }

  #change<Request extends messages.DiffRequest | messages.UpdateRequest>(
    request: Request,
    resource: Resource,
    inputs: Properties,
  ): Request {
    return request
      .setId(resource.id)
      .setUrn(resource.urn)
      .setOlds(struct(resource.state))
      .setNews(struct(inputs))
      .setOldInputs(struct(resource.inputs)) as Request;
  }

  #call<Response>(method: keyof ResourceProviderClient, request: object): Promise<Response> {
    type Method = (
      request: object,
      callback: (error: grpc.ServiceError | null, response: Response) => void,
    ) => void;
    return new Promise((resolve, reject) =>
      (this.client[method] as unknown as Method).call(this.client, request, (error, response) =>
        error ? reject(errorOf(error)) : resolve(response),
      ),
    );
  }
}

function errorOf(error: grpc.ServiceError): Error {
  const [status] = error.metadata.get("grpc-status-details-bin");
  const detail = status && Status.deserializeBinary(status as Buffer).getDetailsList()[0];
  if (!detail) {
    return new Error(error.details);
  }
  const left = messages.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
  return new HalfDone(left.getReasonsList().join("\n"), stateOf(left.getProperties()).state);
}

function urnOf(kind: string, name: string): string {
  const file = kind[0]!.toLowerCase() + kind.slice(1);
  return `urn:pulumi:stack::project::a:component:Parent$zitadel:index/${file}:${kind}::${name}`;
}

function struct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
}

function stateOf(properties: Struct | undefined): Pick<Resource, "state" | "secrets"> {
  const state = (properties?.toJavaScript() ?? {}) as Properties;
  const secrets = Object.keys(state).filter((name) => {
    const value = state[name];
    return typeof value === "object" && value !== null && "4dabf18193072939515e22adb298388d" in value;
  });
  for (const name of secrets) {
    state[name] = (state[name] as { value: unknown }).value;
  }
  return { state, secrets };
}
