/**
 * The names of a cluster as addresses of this machine: behind each address of a Service or of a StatefulSet's pod
 * stands a port of loopback that stays while the pods behind it come and go, and have other ports each time.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { ServiceObject } from "./manifests";
import type { Pod } from "./pod";

/** What runs at the moment. */
export interface Reachable {
  service(namespace: string, name: string): ServiceObject | undefined;
  pods: readonly Pod[];
}

/** `<service>.<namespace>.svc` or `<pod>.<service>.<namespace>.svc`, and the port. */
const CLUSTER_URL = /http:\/\/((?:[-a-z0-9]+\.)?[-a-z0-9]+\.[-a-z0-9]+\.svc)(?::(\d+))?(?=[/,?#]|$)/g;

/** The addresses (`<host>:<port>`) of a cluster in a text. */
export const clusterAddresses = (text: string): string[] =>
  [...text.matchAll(CLUSTER_URL)].map(([, host, port = "80"]) => `${host}:${port}`);

/** The text with every URL of such an address leading to this machine, where its port is known. */
export const withLocalAddresses = (text: string, ports: ReadonlyMap<string, number>): string =>
  text.replace(CLUSTER_URL, (url, host: string, port = "80") => {
    const local = ports.get(`${host}:${port}`);
    return local === undefined ? url : `http://127.0.0.1:${local}`;
  });

export class ClusterNetwork {
  readonly #servers = new Map<string, Promise<Server>>();
  readonly #sockets = new Set<Socket>();
  #turn = 0;

  constructor(private readonly reachable: Reachable) {}

  /** A URL inside the cluster as one of this machine; another URL as it is. */
  async reach(url: string): Promise<string> {
    return withLocalAddresses(url, await this.portsFor(clusterAddresses(url)));
  }

  /** The port of 127.0.0.1 behind each address. */
  async portsFor(addresses: readonly string[]): Promise<Map<string, number>> {
    const ports = addresses.map(async (address): Promise<[string, number]> => {
      const server = this.#servers.get(address) ?? this.#listen(address);
      this.#servers.set(address, server);
      return [address, ((await server).address() as AddressInfo).port];
    });
    return new Map(await Promise.all(ports));
  }

  async close(): Promise<void> {
    const servers = await Promise.all(this.#servers.values());
    for (const server of servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #listen(address: string): Promise<Server> {
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#passOn(socket, address));
    return new Promise((resolve, reject) => {
      server.once("error", reject).listen(0, "127.0.0.1", () => resolve(server));
    });
  }

  #passOn(socket: Socket, address: string): void {
    const port = this.#target(address);
    // As on a cluster, where nobody is behind an address its connections are refused.
    if (port === undefined) {
      socket.resetAndDestroy();
      return;
    }
    const target = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    for (const [one, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      this.#sockets.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy()).on("close", () => this.#sockets.delete(one));
    }
  }

  #target(address: string): number | undefined {
    const [host = "", port] = address.split(":");
    const [namespace = "", service = "", pod] = host.split(".").slice(0, -1).reverse();
    if (pod !== undefined)
      return this.#port(
        this.reachable.pods.find(({ identity }) => identity.namespace === namespace && identity.name === pod),
        Number(port),
      );
    const { selector = {}, ports = [] } = this.reachable.service(namespace, service)?.spec ?? {};
    const declared = ports.find((one) => one.port === Number(port));
    const ready = this.reachable.pods.filter(
      (one) => one.ready && one.identity.namespace === namespace && hasLabels(one, selector),
    );
    return declared && this.#port(ready[this.#turn++ % ready.length], declared.targetPort ?? declared.port);
  }

  #port(pod: Pod | undefined, port: number | string): number | undefined {
    return pod?.ports.map((ports) => ports.get(port)).find((found) => found !== undefined);
  }
}

function hasLabels({ identity }: Pod, selector: Record<string, string>): boolean {
  const labels = identity.template.metadata?.labels ?? {};
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
