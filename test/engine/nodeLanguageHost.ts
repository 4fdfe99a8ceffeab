/**
 * `pulumi-language-nodejs` for tests: the part of Pulumi's language host that runs programs in TypeScript. The
 * real one is no download of its own and builds from no module that proxies serve. The engine starts it with its
 * address and reads the port from the first line.
 */
import * as grpc from "@grpc/grpc-js";
import { type ILanguageRuntimeServer, LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { startProgram } from "./nodeProgram";

/** The exit code of a program that has said itself why it failed (`cmd/run` of the SDK). */
const SAID_WHY = 32;

const engine = process.argv.find((argument) => /^[\w.]+:\d+$/.test(argument)) ?? "";

async function run(request: messages.RunRequest): Promise<messages.RunResponse> {
  const info = request.getInfo()!;
  const child = startProgram({
    folder: info.getProgramDirectory(),
    entryPoint: info.getEntryPoint(),
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    dryRun: request.getDryrun(),
    parallel: request.getParallel(),
    config: Object.fromEntries(request.getConfigMap().getEntryList() as [string, string][]),
    secretKeys: request.getConfigsecretkeysList(),
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const response = new messages.RunResponse();
  if (code === SAID_WHY) return response.setBail(true);
  return code === 0 ? response : response.setError(`Program exited with non-zero exit code: ${code}`);
}

const answers = {
  // The engine then takes its address from the command line.
  handshake: answer(() => Promise.reject({ code: grpc.status.UNIMPLEMENTED, details: "no handshake" })),
  // The plugins of a test run are named in its Pulumi.yaml.
  getRequiredPackages: answer(async () => new messages.GetRequiredPackagesResponse()),
  getRequiredPlugins: answer(async () => new messages.GetRequiredPluginsResponse()),
  getPluginInfo: answer(async () => new PluginInfo().setVersion("0.0.0")),
  run: answer(run),
};

function answer<Request, Response>(respond: (request: Request) => Promise<Response>) {
  return (call: { request: Request }, callback: (error: unknown, response?: Response) => void) => {
    respond(call.request).then((response) => callback(null, response), callback);
  };
}

const server = new grpc.Server();
server.addService(LanguageRuntimeService, answers as unknown as ILanguageRuntimeServer);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
