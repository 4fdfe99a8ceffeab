import * as z from "zod";
import { bucketSchema } from "../../checkpoint/checkpoint";
import { ZitadelError } from "../../zitadel/zitadelError";

const micros = z.int();

const cursorSchema = z.object({
  version: z.literal(1),
  /** The instance whose events the journal holds. */
  instanceId: z.string().min(1),
  /** What is read: each change of the filter gives it a new version, which holds from `sinceMicros` on. */
  filter: z.object({ version: z.int().min(1), text: z.string(), sinceMicros: micros }),
  /** Where reading began. */
  startMicros: micros,
  edges: z.object({ tail: micros, settled: micros, swept: micros }),
  /** How long after creation events are looked for at present: grows with the lateness that was seen. */
  sweepMicros: micros,
  /** What the checkpoint of a lost journal says was delivered, and has not been looked at yet. */
  delivered: z.array(bucketSchema),
  /** Up to where what was committed has been compared with what ZITADEL serves. */
  recounted: micros,
  /** Ids of events created before this are forgotten: what ZITADEL serves of them can be compared with nothing. */
  heldFrom: micros,
});

/** How far the events source has come, as the journal keeps it with each commit. */
export type Cursor = z.infer<typeof cursorSchema>;

/** Reads a cursor from the journal. Throws a ZitadelError when it cannot be one. */
export function parseCursor(text: string): Cursor {
  try {
    return cursorSchema.parse(JSON.parse(text));
  } catch {
    throw new ZitadelError("garbage", "the journal holds a cursor of the events source that cannot be read", {
      remedy:
        "run the version of the forwarder that wrote the journal; or remove the journal's volume: reading then resumes at the checkpoint",
      retry: "never",
    });
  }
}
