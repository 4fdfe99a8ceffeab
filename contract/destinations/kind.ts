import type * as z from "zod";
import type { RecordFormat } from "./formats";

/**
 * What an acknowledgement says: `sent`, the records left the forwarder; `accepted`, the destination answered that it
 * has them; `indexed`, they can be found there.
 */
export type AcknowledgementLevel = "sent" | "accepted" | "indexed";

/** A kind of destination: all that is known of it outside of the code that delivers to it. */
export interface DestinationKind<S extends z.ZodType = z.ZodType> {
  /** What is set, as a property of the destination that is named after the kind. */
  readonly settings: S;
  /** What a user reads of that property. */
  readonly description: string;
  /** The formats that it takes, the default first. */
  readonly formats: readonly [RecordFormat, ...RecordFormat[]];
  /** How much its acknowledgement says. */
  acknowledgement(settings: z.output<S>): AcknowledgementLevel;
  /** TCP ports to which the pod connects for it, for the NetworkPolicy. */
  ports(settings: z.input<S>): number[];
  /** Whether it gets one request at a time. The default is that it does not. */
  ordered?(settings: z.output<S>): boolean;
  /** What the component adds to the settings, by the destination's place among all. The default is nothing. */
  placed?(place: number): Partial<z.input<S>>;
  /** What several destinations of the kind have in each other's way; paths are within their settings. */
  conflicts?(all: readonly { place: number; settings: z.output<S> }[]): KindConflict[];
}

/** Something that a destination has in the way of another. */
export interface KindConflict {
  place: number;
  path: PropertyKey[];
  message: string;
}
