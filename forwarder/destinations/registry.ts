import {
  type DestinationConfiguration,
  type DestinationKind,
  type DestinationSettings,
  kindsIn,
  type RecordFormat,
} from "../../contract";
import type { Envelope } from "../records/formats/formatter";
import { elasticsearch, opensearch } from "./bulk/bulkDestination";
import { collector } from "./collector/collectorDestination";
import type { Destination } from "./destination";
import type { DestinationFactory, DestinationParts } from "./factory";
import { http } from "./http/httpDestination";
import { otlp } from "./otlp/otlpDestination";
import { splunk } from "./splunk/splunkDestination";
import { stdout } from "./stdout/stdoutDestination";
import { syslog } from "./syslog/syslogDestination";

/** Every kind of destination that can be declared: one without a factory does not compile. */
const factories: { [Kind in DestinationKind]: DestinationFactory<DestinationSettings<Kind>> } = {
  http,
  splunk,
  elasticsearch,
  opensearch,
  otlp,
  collector,
  syslog,
  stdout,
};

/** What a declaration names: how its destination is made, and in which form it is given records. */
export interface DeclaredKind {
  create(parts: Omit<DestinationParts, "name" | "batch" | "format">): Destination;
  format: RecordFormat;
  envelope: Envelope | undefined;
}

/** @param hostName ZITADEL's */
export function declaredKind(declared: DestinationConfiguration, hostName: string): DeclaredKind {
  // The configuration is checked: it names exactly one.
  return ofKind(kindsIn(declared)[0]!, declared, hostName);
}

function ofKind<Kind extends DestinationKind>(
  kind: Kind,
  declared: DestinationConfiguration,
  hostName: string,
): DeclaredKind {
  const settings = declared[kind] as DestinationSettings<Kind>;
  const factory: DestinationFactory<DestinationSettings<Kind>> = factories[kind];
  const { name, batch, format } = declared;
  return {
    create: (parts) => factory.create(settings, { ...parts, name, batch, format }),
    format: factory.givenFormat?.(settings) ?? format,
    envelope: factory.envelope?.(settings, hostName),
  };
}
