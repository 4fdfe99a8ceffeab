import type * as pulumi from "@pulumi/pulumi";

/** Which events are read. Every property that is given must match; without any, every event is read. */
export interface EventsSelection {
  /**
   * Exact event types, for example `user.human.password.changed`; at most 30. The default is every type. A type
   * that this ZITADEL does not know is named in the forwarder's log and matches nothing.
   */
  eventTypes?: pulumi.Input<string>[];
  /** Aggregate types, for example `user`; at most 10. The default is every type. */
  aggregateTypes?: pulumi.Input<string>[];
  /** Only events of this one aggregate, for example a user's id. The default is every aggregate. */
  aggregateId?: pulumi.Input<string>;
  /** Only events of resources that this organization owns. The default is every organization. */
  resourceOwner?: pulumi.Input<string>;
  /** Only events that this user caused. The default is everybody. */
  editorUserId?: pulumi.Input<string>;
  /** Only events created at or after this RFC 3339 time. The default is no such bound. */
  from?: pulumi.Input<string>;
  /** Only events created before this RFC 3339 time; the forwarder stops reading there. The default is no such bound. */
  to?: pulumi.Input<string>;
  /**
   * Where a first start begins: `deployment` (the creation of the reader's service account), `beginning`
   * (everything that ZITADEL holds) or an RFC 3339 time. The default is `deployment`; with an existing key it
   * must be given, since that account is older than the deployment. Later starts go on where the last one ended.
   */
  startFrom?: pulumi.Input<string>;
  /**
   * How long after its creation time an event may become visible, in seconds, at least 60. The default is 1800.
   * Raise it when transactions of this ZITADEL may stay open for longer.
   */
  sweepSeconds?: pulumi.Input<number>;
  /**
   * Share of time that catching up may keep a read running at ZITADEL, from 0.05 to 1; reads and writes of
   * ZITADEL wait for each other. The default is 1. Lower it when catching up slows down logins.
   */
  readShare?: pulumi.Input<number>;
  /** What is put on records besides the event. The default is what a session began with, and no names. */
  enrichment?: Enrichment;
}

/** What is put on records besides the event, which stays as read. */
export interface Enrichment {
  /**
   * Whether the later events of a session say from which address and browser it began; ZITADEL itself notes that on
   * the first one only. The default is true. It needs no further reads.
   */
  sessions?: pulumi.Input<boolean>;
  /**
   * Whether records say what the organization is called and the user whom they are about. The default is false: names
   * that the events read do not give are asked for, at most ten a second, and ZITADEL's writers wait for each such read.
   * A record waits half a second at most and then goes without.
   */
  names?: pulumi.Input<boolean>;
}

/** A payload field that may leave although the reviewed table does not list it. */
export interface ReleasedField {
  /** The event type, for example `user.human.profile.changed`. */
  eventType: pulumi.Input<string>;
  /** The payload field, for example `nickName`. */
  field: pulumi.Input<string>;
}
