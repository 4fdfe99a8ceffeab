import type { Writable } from "node:stream";
import type { Batch, Destination, Outcome } from "./destination";
import { httpBody } from "./httpBody";

/**
 * Writes one JSON line a record to standard output, for clusters whose log agent ships it. The acknowledgement
 * says that the lines left this process (level `sent`). The forwarder's own log goes to standard error.
 */
export class StdoutDestination implements Destination {
  readonly kind = "stdout";
  readonly level = "sent";

  constructor(private readonly output: Writable) {
    // Without a listener a closed pipe would end the process; the write's own callback reports it.
    output.on("error", () => {});
  }

  deliver(batch: Batch): Promise<Outcome> {
    const lines = httpBody(batch.records, "ndjson");
    return new Promise((resolve) => {
      // The callback comes once the stream has passed the bytes on: a slow reader slows the lane down.
      this.output.write(lines, (error) =>
        resolve(
          error ? { kind: "retry", reason: "standard output takes nothing" } : { kind: "acknowledged" },
        ),
      );
    });
  }

  async close(): Promise<void> {}
}
