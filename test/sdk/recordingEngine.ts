import * as grpc from "@grpc/grpc-js";
import * as engine from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engineMessages from "@pulumi/pulumi/proto/engine_pb";
import * as monitor from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/resource_pb";
import type { Message } from "google-protobuf";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

/** A request as the engine got it: the method and every field of the message, structs as plain objects. */
export interface RecordedRequest {
  method: "RegisterResource" | "ReadResource" | "Invoke";
  /** The resource's name, or the function's token. */
  name: string;
  message: Record<string, unknown>;
}

/**
 * The engine's side of a program's run, as far as a program can tell: it grants every resource and echoes its
 * inputs as its outputs. What it was asked is in `requests`, what was logged in `messages`, of that what was logged as
 * an error in `errors`.
 */
export class RecordingEngine {
  readonly requests: RecordedRequest[] = [];
  readonly messages: string[] = [];
  readonly errors: string[] = [];
  #server = new grpc.Server();

  private constructor() {
    this.#server.addService(monitor.ResourceMonitorService as grpc.ServiceDefinition, {
      supportsFeature: answer((request: messages.SupportsFeatureRequest) => {
        // Secrets travel in the older form, which both languages know: an object with a signature.
        const supported = ["secrets", "resourceReferences", "resourceHooks"].includes(request.getId());
        return new messages.SupportsFeatureResponse().setHassupport(supported);
      }),
      registerResource: answer((request: messages.RegisterResourceRequest) => {
        this.#record("RegisterResource", request.getName(), request);
        const id = request.getCustom() ? `id of ${request.getName()}` : "";
        return new messages.RegisterResourceResponse()
          .setUrn(urn(request.getType(), request.getName()))
          .setId(id)
          .setObject(request.getObject());
      }),
      readResource: answer((request: messages.ReadResourceRequest) => {
        this.#record("ReadResource", request.getName(), request);
        return new messages.ReadResourceResponse()
          .setUrn(urn(request.getType(), request.getName()))
          .setProperties(request.getProperties());
      }),
      invoke: answer((request: messages.ResourceInvokeRequest) => {
        this.#record("Invoke", request.getTok(), request);
        return new messages.ResourceInvokeResponse().setReturn(request.getArgs());
      }),
      registerResourceOutputs: answer(() => new Empty()),
      registerResourceHook: answer(() => new Empty()),
      signalAndWaitForShutdown: answer(() => new Empty()),
    });
    this.#server.addService(engine.EngineService as grpc.ServiceDefinition, {
      log: answer((request: engineMessages.LogRequest) => {
        this.messages.push(request.getMessage());
        if (request.getSeverity() === engineMessages.LogSeverity.ERROR)
          this.errors.push(request.getMessage());
        return new Empty();
      }),
      getRootResource: answer(() => new engineMessages.GetRootResourceResponse()),
      setRootResource: answer(() => new engineMessages.SetRootResourceResponse()),
    });
  }

  /** Starts one on a free port; `address` is what a program gets as its engine and its monitor. */
  static async start(): Promise<RecordingEngine & { address: string }> {
    const recording = new RecordingEngine();
    const port = await new Promise<number>((resolve, reject) =>
      recording.#server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    return Object.assign(recording, { address: `127.0.0.1:${port}` });
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #record(method: RecordedRequest["method"], name: string, message: Message): void {
    const fields = plain(message.toObject());
    for (const getter of ["getObject", "getProperties", "getArgs"] as const) {
      const struct = (message as Partial<Record<typeof getter, () => Struct | undefined>>)[getter]?.();
      if (struct) {
        fields[getter.slice(3).toLowerCase()] = struct.toJavaScript() satisfies Record<
          string,
          JavaScriptValue
        >;
      }
    }
    this.requests.push({ method, name, message: fields });
  }
}

function urn(type: string, name: string): string {
  return `urn:pulumi:stack::project::${type}::${name}`;
}

function answer<Request, Response>(respond: (request: Request) => Response) {
  return (call: { request: Request }, callback: (error: null, response: Response) => void) =>
    callback(null, respond(call.request));
}

/** Without the values that protobuf gives to fields that were not sent, and without messages that hold nothing. */
function plain(message: object): Record<string, unknown> {
  const sent = Object.entries(message)
    .map(([field, value]) => [field, isMessage(value) ? plain(value) : value] as const)
    .filter(([, value]) => value && !(typeof value === "object" && Object.keys(value).length === 0));
  return Object.fromEntries(sent);
}

function isMessage(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
