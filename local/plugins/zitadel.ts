/**
 * The provider plugin `zitadel` for the local run and the tests: it does to a ZITADEL what the plugin of
 * pulumiverse/zitadel 0.2.0 (Terraform provider 1.2.0 behind Pulumi's Terraform bridge 3.62) does, for the resources
 * that the project uses. What programs rely on is listed, with sources, in `zitadelBehaviours.ts`.
 */
import "../engineMarker";
import * as grpc from "@grpc/grpc-js";
import { type IResourceProviderServer, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { provider } from "./zitadelProtocol";

const server = new grpc.Server();
server.addService(ResourceProviderService, provider as IResourceProviderServer);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    throw error;
  }
  // The engine reads the port from the first line.
  console.log(port);
});
