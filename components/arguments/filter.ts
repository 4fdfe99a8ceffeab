import type * as pulumi from "@pulumi/pulumi";

/**
 * Which records go to a destination. Records that the forwarder makes itself, for example that events were lost, are
 * kept out by `exclude` alone. What is kept out of one destination still goes to the others.
 */
export interface RecordFilter {
  /** Only records that one of these selects. The default is every record. */
  include?: RecordSelection[];
  /** No record that one of these selects. The default is none. */
  exclude?: RecordSelection[];
}

/** Selects the records that match each property that is given, by any of its values. */
export interface RecordSelection {
  /**
   * Event types, `*` stands for any text: `user.human.*`. Login records are `login.post_authentication`,
   * `login.pre_creation` and `login.post_creation`, calls of a target `call.` and its name. A pattern that matches nothing that ZITADEL has is an error.
   */
  eventTypes?: pulumi.Input<string>[];
  /** Aggregate types, for example `user`. Login records have none. */
  aggregateTypes?: pulumi.Input<string>[];
  /** Ids of the organizations that own what a record is about. */
  organizations?: pulumi.Input<string>[];
  /** Ids of users who did it or to whom it was done. */
  users?: pulumi.Input<string>[];
  /** Sources a record came from: `events`, `webhook`, `stdout`, or `forwarder` for what it reports itself. */
  sources?: pulumi.Input<RecordSource>[];
  /** What a record weighs: `informational`, `low`, `medium` or `high`; docs/formats.md has it for each type. */
  severities?: pulumi.Input<RecordSeverity>[];
}

/** Source a record came from. */
export const RecordSource = {
  /** ZITADEL's Events API. */
  Events: "events",
  /** Login records posted by an Action. */
  Webhook: "webhook",
  /** Login records in ZITADEL's log. */
  Stdout: "stdout",
  /** What the forwarder reports itself. */
  Forwarder: "forwarder",
} as const;
export type RecordSource = (typeof RecordSource)[keyof typeof RecordSource];

/** What a record weighs. */
export const RecordSeverity = {
  /** Nothing out of the ordinary. */
  Informational: "informational",
  /** Worth a look in numbers, for example failed logins. */
  Low: "low",
  /** Worth a look, for example rights that were given. */
  Medium: "medium",
  /** Worth a look at once, for example rights over the whole instance. */
  High: "high",
} as const;
export type RecordSeverity = (typeof RecordSeverity)[keyof typeof RecordSeverity];
