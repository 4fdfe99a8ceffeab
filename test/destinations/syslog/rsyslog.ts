import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnRsyslog } from "../../../tools/rsyslog/rsyslog";
import type { Certificate } from "../../completeness/certificates";
import { until } from "../../completeness/stage";
import { freePort, listens } from "../ports";

/** A real rsyslog that takes syslog over TLS from a client that it knows, and writes the structured data to a file. */
export class Rsyslog {
  port = 0;
  starts = 0;
  #child?: ChildProcess;

  private constructor(
    private readonly folder: string,
    private readonly slowdownMicros: number,
  ) {}

  /**
   * @param client the certificate that clients must have
   * @param slowdownMicros how long it waits after each 16 messages that it takes from its memory
   */
  static async start(
    folder: string,
    server: Certificate,
    client: Certificate,
    slowdownMicros = 0,
  ): Promise<Rsyslog> {
    mkdirSync(folder, { recursive: true });
    const rsyslog = new Rsyslog(folder, slowdownMicros);
    rsyslog.port = await freePort();
    const put = (name: string, text: string) => writeFileSync(join(folder, name), text);
    put("server.pem", server.cert);
    put("server-key.pem", server.key);
    put("client.pem", client.cert);
    put("rsyslog.conf", rsyslog.#configuration());
    await rsyslog.run();
    return rsyslog;
  }

  /** Starts the process; resolves when it listens. */
  async run(): Promise<void> {
    this.#child = spawnRsyslog(this.folder);
    this.starts += 1;
    await until(
      "rsyslog listens",
      60,
      () => listens(this.port),
      () => readFileSync(join(this.folder, "rsyslog.log"), "utf8").slice(-2000),
    );
  }

  /** Ends the process: by SIGTERM it writes what it has, by SIGKILL it forgets it. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await exited;
  }

  /** The id of every message that was written, as often as it was. */
  ids(): string[] {
    const file = join(this.folder, "received");
    if (!existsSync(file)) return [];
    return [...readFileSync(file, "utf8").matchAll(/^\[zitadel@32473 id="([^"]+)"[^\n]*\]$/gm)].map(
      ([, id]) => id!,
    );
  }

  #configuration(): string {
    const file = (name: string) => JSON.stringify(join(this.folder, name));
    return `
global(workDirectory=${JSON.stringify(this.folder)} maxMessageSize="64k" defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile=${file("client.pem")} defaultNetstreamDriverCertFile=${file("server.pem")}
  defaultNetstreamDriverKeyFile=${file("server-key.pem")})
main_queue(queue.type="FixedArray" queue.size="100000" queue.workerThreads="1" queue.dequeueBatchSize="16"
  queue.dequeueSlowdown="${this.slowdownMicros}" queue.timeoutShutdown="60000")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
input(type="imtcp" address="127.0.0.1" port="${this.port}")
template(name="data" type="string" string="%STRUCTURED-DATA%\\n")
action(type="omfile" file=${file("received")} template="data")
`;
  }
}
