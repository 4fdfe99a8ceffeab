import type { Batch, Destination, Outcome } from "../destination";
import type { DestinationFactory } from "../factory";
import { recordsBody } from "../recordsBody";
import { StandardOutput } from "./standardOutput";

/**
 * Writes one JSON line a record to standard output, for clusters whose log agent ships it. The acknowledgement
 * says that the lines left this process (level `sent`). The forwarder's own log goes to standard error.
 */
export class StdoutDestination implements Destination {
  readonly kind = "stdout";
  readonly level = "sent";

  constructor(private readonly output: Pick<StandardOutput, "write">) {}

  async deliver(batch: Batch): Promise<Outcome> {
    try {
      await this.output.write(recordsBody(batch.records, "ndjson"));
      return { kind: "acknowledged" };
    } catch {
      return { kind: "retry", reason: "standard output takes nothing" };
    }
  }

  async close(): Promise<void> {}
}

/** One for all destinations, so that no line of one falls into a line of another. */
const standardOutput = new StandardOutput(1);

export const stdout: DestinationFactory<object> = { create: () => new StdoutDestination(standardOutput) };
