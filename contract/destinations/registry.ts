import type * as z from "zod";
import { elasticsearch, opensearch } from "./bulk";
import { collector } from "./collector";
import { http } from "./http";
import type { DestinationKind as Kind } from "./kind";
import { otlp } from "./otlp";
import { splunk } from "./splunk";
import { stdout } from "./stdout";
import { syslog } from "./syslog";

/**
 * Every kind of destination, each by the property that declares it. The schema of the configuration, the arguments of
 * the components, the NetworkPolicy's ports and the forwarder's table of factories follow from this list: a kind that
 * lacks a piece does not compile.
 */
export const destinationKinds = {
  http,
  splunk,
  elasticsearch,
  opensearch,
  otlp,
  collector,
  syslog,
  stdout,
} as const satisfies { [kind: string]: Kind<never> | Kind };

/** The name of a kind. */
export type DestinationKind = keyof typeof destinationKinds;

/** The settings of a kind, every default filled in. */
export type DestinationSettings<K extends DestinationKind> = z.output<
  (typeof destinationKinds)[K]["settings"]
>;

/** The settings of a kind as they are written. */
export type DestinationSettingsInput<K extends DestinationKind> = z.input<
  (typeof destinationKinds)[K]["settings"]
>;

export const kindNames = Object.keys(destinationKinds) as DestinationKind[];

/** A kind whose settings are not known to the type checker, as a loop over all kinds has it. */
export const kindOf = (name: DestinationKind): Kind => destinationKinds[name] as unknown as Kind;
