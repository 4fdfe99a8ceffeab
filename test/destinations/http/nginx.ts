import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brought } from "../../../tools/debian/brought";
import { until } from "../../completeness/stage";
import { freePort, listens } from "../ports";

/** A real nginx that writes down the body of each POST to /records that it takes, and refuses longer ones with 413. */
export class Nginx {
  port = 0;
  starts = 0;
  #child?: ChildProcess;

  private constructor(
    private readonly folder: string,
    private readonly longestBody: number,
  ) {}

  /** @param longestBody bytes */
  static async start(folder: string, longestBody: number): Promise<Nginx> {
    mkdirSync(folder, { recursive: true });
    const nginx = new Nginx(folder, longestBody);
    nginx.port = await freePort();
    writeFileSync(join(folder, "nginx.conf"), nginx.#configuration());
    await nginx.run();
    return nginx;
  }

  /** Starts the process; resolves when it listens. */
  async run(): Promise<void> {
    const { programs, libraries } = brought("nginx");
    const log = openSync(join(this.folder, "nginx.log"), "a");
    const files = ["-p", this.folder, "-c", "nginx.conf", "-e", "stderr"];
    this.#child = spawn(join(programs, "nginx"), files, {
      env: { LD_LIBRARY_PATH: libraries },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.starts += 1;
    await until(
      "nginx listens",
      60,
      () => listens(this.port),
      () => readFileSync(join(this.folder, "nginx.log"), "utf8").slice(-2000),
    );
  }

  /** Ends the process; requests under way are broken off. */
  async end(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await exited;
  }

  /** The ids of all records that it took, as often as each came. */
  ids(): string[] {
    const lines = readFileSync(join(this.folder, "taken.ndjson"), "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => (JSON.parse(line) as { id: string }).id);
  }

  /** The body is read for a request that is passed on; it is, to a place that answers at once. */
  #configuration(): string {
    const own = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((use) => `${use}_temp_path ${use};`);
    return `
      daemon off;
      master_process off;
      pid nginx.pid;
      events {}
      http {
        ${own.join("\n        ")}
        log_format body escape=none '$request_body';
        access_log off;
        server {
          listen 127.0.0.1:${this.port};
          client_max_body_size ${this.longestBody};
          client_body_buffer_size ${this.longestBody};
          client_body_in_single_buffer on;
          location = /records {
            access_log ${join(this.folder, "taken.ndjson")} body if=$is_taken;
            proxy_pass http://127.0.0.1:${this.port}/taken;
          }
          location = /taken {
            return 204;
          }
        }
        map $status $is_taken {
          204 1;
          default 0;
        }
      }`;
  }
}
