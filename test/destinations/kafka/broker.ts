import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../../tools/pulumi/goProgram";
import { until } from "../../completeness/stage";
import { freePort, listens } from "../ports";

const pom = join(__dirname, "..", "..", "..", "tools", "kafka", "pom.xml");
/** Any id in Kafka's form. */
const CLUSTER_ID = "4L6g3nShT-eMCtK--X86sw";
const memory = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/** Where tools/kafka/build.sh puts it. */
function classPath(): string {
  const hash = createHash("sha256").update(readFileSync(pom)).digest("hex");
  return join(cacheFolder(), `kafka-${hash.slice(0, 12)}`, "lib", "*");
}

/** Runs one of Kafka's own programs; gives its standard output. */
function run(program: string, ...given: string[]): string {
  return execFileSync("java", [...memory, "-cp", classPath(), program, ...given], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** A real broker of Kafka that is its own controller, as a process of its own. */
export class KafkaBroker {
  #child?: ChildProcess;
  starts = 0;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(folder: string): Promise<KafkaBroker> {
    mkdirSync(folder, { recursive: true });
    const [port, controller] = [await freePort(), await freePort()];
    const settings = {
      "process.roles": "broker,controller",
      "node.id": "1",
      "controller.quorum.voters": `1@127.0.0.1:${controller}`,
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      "controller.listener.names": "CONTROLLER",
      "log.dirs": join(folder, "data"),
      "num.partitions": "3",
      "offsets.topic.replication.factor": "1",
      "offsets.topic.num.partitions": "1",
      "group.initial.rebalance.delay.ms": "0",
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    const broker = new KafkaBroker(folder, port);
    writeFileSync(broker.#settings, lines.join(""));
    run("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", broker.#settings);
    await broker.run();
    return broker;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts the process; resolves when it listens. */
  async run(): Promise<void> {
    const log = openSync(join(this.folder, "broker.log"), "a");
    const started = [...memory, "-cp", classPath(), "kafka.Kafka", this.#settings];
    this.#child = spawn("java", started, { stdio: ["ignore", log, log] });
    closeSync(log);
    this.starts += 1;
    await until(
      "the broker listens",
      180,
      () => listens(this.port),
      () => readFileSync(join(this.folder, "broker.log"), "utf8").slice(-2000),
    );
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await exited;
  }

  /** Every message of a topic, one a line, as Kafka's own console consumer reads them. */
  messages(topic: string): string {
    const where = ["--bootstrap-server", this.address, "--topic", topic];
    const ends = run("org.apache.kafka.tools.GetOffsetShell", ...where, "--time", "latest");
    const count = [...ends.matchAll(/:(\d+)$/gm)].reduce((sum, [, end]) => sum + Number(end), 0);
    const all = ["--from-beginning", "--max-messages", String(count), "--timeout-ms", "120000"];
    return run("org.apache.kafka.tools.consumer.ConsoleConsumer", ...where, ...all);
  }

  get #settings(): string {
    return join(this.folder, "server.properties");
  }
}
