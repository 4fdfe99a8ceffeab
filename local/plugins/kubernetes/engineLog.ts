import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Lines for the person at the terminal, shown beside the resource that they are about while it is worked on. */
export class EngineLog {
  #engine: EngineClient | undefined;

  attach(address: string): void {
    this.#engine = new EngineClient(address, grpc.credentials.createInsecure());
  }

  say(urn: string, line: string): void {
    const request = new LogRequest()
      .setSeverity(LogSeverity.INFO)
      .setUrn(urn)
      .setMessage(line)
      .setEphemeral(true);
    this.#engine?.log(request, () => undefined);
  }
}
