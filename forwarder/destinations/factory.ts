import type { DestinationConfiguration, RecordFormat } from "../../contract";
import type { Journal } from "../journal/journal";
import type { Envelope } from "../records/formats/formatter";
import type { SecretFiles } from "../secretFiles";
import type { Destination } from "./destination";

/** What a destination is made of besides the settings of its kind. */
export interface DestinationParts extends Pick<DestinationConfiguration, "name" | "batch" | "format"> {
  secrets: SecretFiles;
  journal: Pick<Journal, "id" | "instance">;
  /** Whether an address in an event is one that a trusted proxy saw. */
  addressTrusted: boolean;
}

/** A kind of destination: what is made of its settings. */
export interface DestinationFactory<Settings> {
  create(settings: Settings, parts: DestinationParts): Destination;
  /** The format in which it is to be given records where that is not the declared one. */
  givenFormat?(settings: Settings): RecordFormat | undefined;
  /** What it puts around each record's text; `hostName` is ZITADEL's. The default is nothing. */
  envelope?(settings: Settings, hostName: string): Envelope;
}
