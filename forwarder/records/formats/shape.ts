import type { OcsfVersion, RecordFormat } from "../../../components/configuration";
import { ecsRecord } from "./ecs";
import { type Facts, readFacts } from "./facts";
import { ocsfRecord } from "./ocsf";
import { otelLogRecord } from "./otel";

/**
 * What becomes of a record for one destination: its text in the destination's format, or undefined when the
 * destination's filter keeps it out. Pure, and never throws, whatever the journal's text holds.
 */
export type Shape = (journalText: string) => string | undefined;

export interface ShapeOptions {
  format: RecordFormat;
  ocsfVersion?: OcsfVersion;
  /** Whether an address in an event is one that a trusted proxy saw. */
  addressTrusted?: boolean;
}

/** The shape of a destination. */
export function createShape({ format, ocsfVersion = "1.3.0", addressTrusted = false }: ShapeOptions): Shape {
  // The journal holds this very text.
  if (format === "zitadel") return (text) => text;
  const formats: Record<typeof format, (facts: Facts, text: string) => object> = {
    ecs: ecsRecord,
    ocsf: (facts) => ocsfRecord(facts, ocsfVersion),
    otel: otelLogRecord,
  };
  return (text) => JSON.stringify(formats[format](readFacts(text, addressTrusted), text));
}
