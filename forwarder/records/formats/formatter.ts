import { defaultOcsfVersion, type OcsfVersion, type RecordFormat } from "../../../contract";
import { ecsRecord } from "./ecs";
import { type Facts, readFacts } from "./facts";
import { createFilter, type Filter } from "./filter";
import { ocsfRecord } from "./ocsf";
import { otelLogRecord } from "./otel";
import { createPersonalDataTreatment, type Treatments } from "./personalData";

/**
 * What becomes of a record for one destination: its text in the destination's format, or undefined when the
 * destination's filter keeps it out. Pure, and never throws, whatever the journal's text holds.
 */
export type Formatter = (journalText: string) => string | undefined;

export interface FormatterOptions {
  format: RecordFormat;
  ocsfVersion?: OcsfVersion;
  filter?: Filter;
  /** What becomes of personal data, and the key of its hashes. */
  personalData?: { treatments: Treatments; key: string | undefined };
  /** Whether an address in an event is one that a trusted proxy saw. */
  addressTrusted?: boolean;
  /** What the destination puts around each record's text. The default is nothing. */
  envelope?: Envelope;
}

/** A record's text as it goes out, of its facts and of its text in the destination's format. */
export type Envelope = (facts: Facts, text: string) => string;

type Format = (facts: Facts, journalText: string) => string;

/** The formatter of a destination. */
export function createFormatter(options: FormatterOptions): Formatter {
  const {
    format,
    ocsfVersion = defaultOcsfVersion,
    filter,
    personalData,
    addressTrusted = false,
    envelope,
  } = options;
  const treat = personalData && createPersonalDataTreatment(personalData.treatments, personalData.key);
  // The journal holds this very text.
  if (format === "zitadel" && !filter && !envelope) return treat ?? ((text) => text);
  const formats: Record<RecordFormat, Format> = {
    zitadel: (_, text) => text,
    ecs: (facts, text) => JSON.stringify(ecsRecord(facts, text)),
    ocsf: (facts) => JSON.stringify(ocsfRecord(facts, ocsfVersion)),
    otel: (facts) => JSON.stringify(otelLogRecord(facts)),
  };
  const plain = formats[format];
  const written: Format = envelope ? (facts, text) => envelope(facts, plain(facts, text)) : plain;
  const passes = filter ? createFilter(filter) : () => true;
  return (text) => {
    const facts = readFacts(text, addressTrusted);
    if (!passes(facts)) return undefined;
    if (!treat) return written(facts, text);
    const treated = treat(text);
    return written(readFacts(treated, addressTrusted), treated);
  };
}
