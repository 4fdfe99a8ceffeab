import type { DestinationConfiguration, RecordFormat } from "../../contract";
import type { Journal } from "../journal/journal";
import { BulkDestination } from "./bulk";
import { CollectorDestination } from "./collector";
import type { Destination } from "./destination";
import { HttpDestination } from "./http";
import { OtlpDestination } from "./otlp";
import type { SecretFiles } from "./secretFiles";
import { SplunkDestination } from "./splunk";
import { StandardOutput } from "./standardOutput";
import { StdoutDestination } from "./stdout";
import { SyslogDestination } from "./syslog";

/** The format in which a destination is given records: what is encoded as protobuf is made of the record itself. */
export function givenFormat({ otlp, collector, format }: DestinationConfiguration): RecordFormat {
  return collector || otlp?.encoding === "protobuf" ? "zitadel" : format;
}

/** One for all destinations, so that no line of one falls into a line of another. */
const standardOutput = new StandardOutput(1);

/** The destination that a declaration names. */
export function createDestination(
  {
    name,
    http,
    splunk,
    elasticsearch,
    opensearch,
    otlp,
    collector,
    syslog,
    batch,
    format,
  }: DestinationConfiguration,
  secrets: SecretFiles,
  journal: Pick<Journal, "id" | "instance">,
  addressTrusted: boolean,
): Destination {
  const instance = () => journal.instance();
  if (http) return new HttpDestination(http, batch.inFlight, secrets, Date.now);
  if (splunk)
    return new SplunkDestination(splunk, batch.inFlight, { name, journalId: journal.id }, secrets, Date.now);
  if (elasticsearch)
    return new BulkDestination("elasticsearch", elasticsearch, format, batch.inFlight, secrets, Date.now);
  if (opensearch)
    return new BulkDestination("opensearch", opensearch, format, batch.inFlight, secrets, Date.now);
  if (otlp) return new OtlpDestination(otlp, batch, addressTrusted, instance, secrets, Date.now);
  if (collector)
    return new CollectorDestination(collector, batch, addressTrusted, instance, secrets, Date.now);
  if (syslog) return new SyslogDestination(syslog, secrets);
  return new StdoutDestination(standardOutput);
}
