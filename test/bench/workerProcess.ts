import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

/** What a process of the bench can be asked; every argument and answer is plain data. */
// biome-ignore lint/suspicious/noExplicitAny: the type of each call's argument is its own
export type Calls = Record<string, (argument: any) => unknown>;

type Asked<Call> = Call extends (argument: infer Argument) => unknown ? Argument : never;
type Answered<Call> = Call extends (...given: never[]) => infer Answer ? Awaited<Answer> : never;

interface Request {
  number: number;
  name: string;
  argument: unknown;
}

interface Reply {
  number: number;
  answer?: unknown;
  error?: string;
}

/** Answers the calls of the process that started this one, and ends with it. */
export function serve(calls: Calls): void {
  const call = async ({ name, argument }: Request) => calls[name]!(argument);
  process.on("message", (request: Request) => {
    const { number } = request;
    const reply = (rest: Omit<Reply, "number">) => process.send!({ number, ...rest });
    call(request).then(
      (answer) => reply({ answer }),
      (error: Error) => reply({ error: error.stack }),
    );
  });
  process.once("disconnect", () => process.exit());
}

/**
 * A part of the bench in a process of its own, so that what one part costs slows no other down but by the
 * machine that they share.
 */
export class WorkerProcess<Served extends Calls> {
  private readonly waiting = new Map<
    number,
    { resolve(answer: unknown): void; reject(error: Error): void }
  >();
  private count = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on("message", ({ number, answer, error }: Reply) => {
      const asked = this.waiting.get(number);
      this.waiting.delete(number);
      if (error === undefined) asked?.resolve(answer);
      else asked?.reject(new Error(error));
    });
    child.once("exit", (code, signal) => {
      for (const { reject } of this.waiting.values())
        reject(new Error(`a process of the bench ended in the midst of a call (${signal ?? code})`));
      this.waiting.clear();
    });
  }

  /** @param file the process's module in this folder, without its extension */
  static start<Served extends Calls>(file: string): WorkerProcess<Served> {
    return new WorkerProcess(fork(join(__dirname, `${file}.ts`), { execArgv: ["--import", "tsx"] }));
  }

  get pid(): number {
    return this.child.pid!;
  }

  call<Name extends keyof Served & string>(
    name: Name,
    ...[argument]: Parameters<Served[Name]>
  ): Promise<Answered<Served[Name]>> {
    this.count += 1;
    const request: Request = { number: this.count, name, argument: argument as Asked<Served[Name]> };
    return new Promise((resolve, reject) => {
      this.waiting.set(request.number, { resolve: resolve as (answer: unknown) => void, reject });
      this.child.send(request);
    });
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.disconnect();
    await ended;
  }
}
