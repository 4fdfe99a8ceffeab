/** What the forwarder's pod sees of a cluster: ZITADEL's pods and their logs, and the ConfigMap of its checkpoint. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { PodsServer } from "../forwarder/stdout/podsServer";

const CHECKPOINT = "/api/v1/namespaces/default/configmaps/siem-checkpoint";

export class KubernetesApi {
  readonly pods = new PodsServer();
  #server: Server | undefined;
  #data: Record<string, string> = {};

  static async start(): Promise<KubernetesApi> {
    const api = new KubernetesApi();
    const pods = new URL(await api.pods.listen());
    const server = createServer((asked, response) => {
      if (asked.url?.startsWith(CHECKPOINT)) void api.#configMap(asked, response);
      else passOn(asked, response, pods);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    api.#server = server;
    return api;
  }

  /** URL of the checkpoint's ConfigMap. */
  get checkpoint(): string {
    return `http://127.0.0.1:${(this.#server!.address() as AddressInfo).port}${CHECKPOINT}`;
  }

  async close(): Promise<void> {
    this.#server!.closeAllConnections();
    await new Promise((resolve) => this.#server!.close(resolve));
    await this.pods.close();
  }

  async #configMap(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    if (asked.method === "PATCH") {
      const { data } = (await json(asked)) as { data: Record<string, string> };
      this.#data = { ...this.#data, ...data };
    }
    response.writeHead(200).end(JSON.stringify({ metadata: { name: "siem-checkpoint" }, data: this.#data }));
  }
}

function passOn(asked: IncomingMessage, response: ServerResponse, { hostname, port }: URL): void {
  const { url, method, headers } = asked;
  const on = request({ hostname, port, path: url, method, headers }, (answer) => {
    response.writeHead(answer.statusCode!).flushHeaders();
    answer.pipe(response).on("close", () => on.destroy());
  });
  on.on("error", () => response.destroy());
  asked.pipe(on);
}
