import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Deployment, EngineEvent, OutputMap, Stack } from "@pulumi/pulumi/automation";

const run = promisify(execFile);
/** Bytes of a state that can be exported. */
const MOST_STATE = 256 << 20;

/** What one step of an operation does to one resource. */
export interface Step {
  /** `same`, `create`, `update`, `replace`, `create-replacement`, `delete-replaced`, `delete`, `read`, `refresh`, … */
  op: string;
  urn: string;
  /** `kubernetes:core/v1:ConfigMap` */
  type: string;
  name: string;
  /** The properties that differ. */
  diffs: string[];
  /** Those of them that force a replacement. */
  replaceKeys: string[];
}

/** What an operation did, as the engine's event log tells it. */
export interface Operation {
  /** In the order in which the engine began them; the refresh before a change is left out. */
  steps: Step[];
  /** How often each kind of step happened, by the engine's own count. */
  changes: Record<string, number>;
  /** Warnings and errors: `warning: …`. */
  diagnostics: string[];
  /** The stack's, after `up`. */
  outputs: OutputMap;
  events: EngineEvent[];
  /** What the engine printed, as a person would see it. */
  output: string;
}

export interface OperationOptions {
  /** Is called for each event as it happens. */
  onEvent?(event: EngineEvent): void;
  /** Interrupts the engine. */
  signal?: AbortSignal;
  /** Show the differences in detail. */
  diff?: boolean;
}

/** An operation failed; the message is what the engine said about it. */
export class OperationError extends Error {
  override readonly name = "OperationError";
}

/** One stack under the engine of a local run. Every operation refreshes first, as the root's stack does. */
export class LocalStack {
  readonly #readOutputs: Stack["outputs"];

  constructor(readonly stack: Stack) {
    // After each operation the Automation API has the engine read the stack's history, which nobody here looks at,
    // and after `up` the stack's outputs, twice: where none of them is secret, they are in the event log.
    stack.info = async () => undefined;
    this.#readOutputs = stack.outputs.bind(stack);
    stack.outputs = async () => ({});
  }

  preview(options: OperationOptions = {}): Promise<Operation> {
    return this.#run(options, (shared) => this.stack.preview({ ...shared, refresh: true }));
  }

  async up(options: OperationOptions = {}): Promise<Operation> {
    const up = await this.#run(options, (shared) => this.stack.up({ ...shared, refresh: true }));
    return { ...up, outputs: plainOutputs(up.events) ?? (await this.#readOutputs()) };
  }

  refresh(options: OperationOptions = {}): Promise<Operation> {
    return this.#run(options, (shared) => this.stack.refresh(shared), true);
  }

  destroy(options: OperationOptions = {}): Promise<Operation> {
    return this.#run(options, (shared) => this.stack.destroy({ ...shared, refresh: true }));
  }

  /** Takes away the lock that an interrupted operation left. */
  unlock(): Promise<void> {
    return this.stack.cancel();
  }

  /** The state as the backend keeps it, secrets encrypted; the Automation API's own export decrypts them. */
  async export(): Promise<Deployment> {
    const { name, workspace } = this.stack;
    const args = ["stack", "export", "--stack", name, "--non-interactive"];
    const { stdout } = await run(workspace.pulumiCommand.command, args, {
      cwd: workspace.workDir,
      maxBuffer: MOST_STATE,
    });
    return JSON.parse(stdout) as Deployment;
  }

  async #run(
    { onEvent, ...options }: OperationOptions,
    operate: (shared: OperationOptions & { color: "never" }) => Promise<{ stdout: string }>,
    withRefresh = false,
  ): Promise<Operation> {
    const events: EngineEvent[] = [];
    const { stdout } = await operate({
      ...options,
      color: "never",
      onEvent: (event) => {
        events.push(event);
        onEvent?.(event);
      },
    }).catch((error: Error) => {
      const { diagnostics } = readEvents(events);
      throw diagnostics.length > 0 ? new OperationError(diagnostics.join("\n"), { cause: error }) : error;
    });
    return { ...readEvents(events, withRefresh), outputs: {}, events, output: stdout };
  }
}

/** Reads what happened out of an event log. */
export function readEvents(
  events: readonly EngineEvent[],
  withRefresh = false,
): Pick<Operation, "steps" | "changes" | "diagnostics"> {
  const steps = events.flatMap(({ resourcePreEvent }) => {
    if (resourcePreEvent === undefined) return [];
    const { op, urn, type, diffs, keys } = resourcePreEvent.metadata;
    if (op === "refresh" && !withRefresh) return [];
    return [{ op, urn, type, name: nameOf(urn), diffs: diffs ?? [], replaceKeys: keys ?? [] }];
  });
  const diagnostics = events.flatMap(({ diagnosticEvent: event }) =>
    event !== undefined && (event.severity === "warning" || event.severity === "error") && !event.ephemeral
      ? [`${event.prefix ?? ""}${event.message}`.trim()]
      : [],
  );
  const changes = events.findLast(({ summaryEvent }) => summaryEvent !== undefined)?.summaryEvent
    ?.resourceChanges;
  return { steps, changes: { ...changes }, diagnostics };
}

/** What stands in the event log in the place of a secret. */
const SECRET = "[secret]";

/** The stack's outputs as the event log has them; undefined where one of them is, or holds, a secret. */
export function plainOutputs(events: readonly EngineEvent[]): OutputMap | undefined {
  const stack = events.findLast(
    ({ resOutputsEvent }) => resOutputsEvent?.metadata.type === "pulumi:pulumi:Stack",
  );
  const outputs = stack?.resOutputsEvent?.metadata.new?.outputs ?? {};
  if (JSON.stringify(outputs).includes(SECRET)) return undefined;
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, { value, secret: false }]));
}

/** The name at the end of a URN. */
function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
