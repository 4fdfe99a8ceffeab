import type { RecordFormat } from "../../../components/configuration";
import { otelText } from "./otel";

/**
 * What becomes of a record for one destination: its text in the destination's format, or undefined when the
 * destination's filter keeps it out. Pure, and never throws, whatever the journal's text holds.
 */
export type Shape = (journalText: string) => string | undefined;

const formats: Record<RecordFormat, (journalText: string) => string> = {
  // The journal holds this very text.
  zitadel: (text) => text,
  otel: otelText,
};

export function createShape({ format }: { format: RecordFormat }): Shape {
  return formats[format];
}
