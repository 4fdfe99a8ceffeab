import * as grpc from "@grpc/grpc-js";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Kind } from "./zitadelKind";
import { type Failure, type Properties, UNKNOWN, type Value } from "./zitadelProperties";

/** A request of the engine. */
export type Call<Request> = { request: Request };

/** A handler that answers with what `respond` gives, or with its error's message alone. */
export function answer<Request, Response>(respond: (call: Call<Request>) => Response | Promise<Response>) {
  return (call: Call<Request>, callback: grpc.sendUnaryData<Response>) => {
    Promise.resolve()
      .then(() => respond(call))
      .then(
        (response) => callback(null, response),
        (error: Error & Partial<grpc.ServiceError>) =>
          callback({ code: grpc.status.UNKNOWN, details: error.message, metadata: error.metadata }),
      );
  };
}

/**
 * A failed update leaves the new state behind, with the reason: so the Terraform bridge answers, and the engine
 * keeps both.
 */
export function halfDone(id: string, state: Struct, error: Error): Error {
  const detail = new messages.ErrorResourceInitFailed()
    .setId(id)
    .setProperties(state)
    .setReasonsList([error.message]);
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(grpc.status.UNKNOWN).setMessage(error.message).setDetailsList([any]);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return Object.assign(new Error(error.message), { metadata });
}

export function failureMessage({ property, reason }: Failure): messages.CheckFailure {
  return new messages.CheckFailure().setProperty(property).setReason(reason);
}

const secretKey = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

/** A state as it goes to the engine: what is secret by itself is marked. */
export function outputs(kind: Kind, state: Properties): Struct {
  const marked = Object.entries(state).map(([property, value]): [string, Value] => {
    const isSecret = kind.properties[property]?.secret && value !== UNKNOWN;
    return [property, isSecret ? { [secretKey]: secretMark, value } : value];
  });
  return struct(Object.fromEntries(marked));
}

export function struct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
}

/** The properties of a message without marks of secrets, which the engine's state may hold of earlier answers. */
export function plain(properties: Struct | undefined): Properties {
  return Object.fromEntries(
    Object.entries((properties?.toJavaScript() ?? {}) as Properties).map(([property, value]) => {
      const isSecret = typeof value === "object" && value !== null && secretKey in value;
      return [property, isSecret ? (value as Properties).value! : value];
    }),
  );
}
