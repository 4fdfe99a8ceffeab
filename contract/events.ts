import * as z from "zod";
import { isTime, time } from "./values";

/** ZITADEL takes at most so many event types in one search (recorded answer: InvalidArgument). */
export const MAX_EVENT_TYPES = 30;
/** ZITADEL takes at most so many aggregate types in one search. */
export const MAX_AGGREGATE_TYPES = 10;

const filter = z
  .strictObject({
    eventTypes: z.array(z.string().min(1)).max(MAX_EVENT_TYPES).optional(),
    aggregateTypes: z.array(z.string().min(1)).max(MAX_AGGREGATE_TYPES).optional(),
    aggregateId: z.string().min(1).max(200).optional(),
    resourceOwner: z.string().min(1).optional(),
    editorUserId: z.string().min(1).optional(),
    /** Only events created at or after this time. */
    from: time.optional(),
    /** Only events created before this time; the source ends when it is reached. */
    to: time.optional(),
  })
  .refine((f) => !(f.from && f.to) || Date.parse(f.from) < Date.parse(f.to), {
    path: ["to"],
    error: "must be later than 'from': the time frame ends before it starts",
  });

export const events = z.strictObject({
  filter: filter.prefault({}),
  /**
   * Where a first start begins: `beginning`, a time, or the creation of the reader's own service account
   * (`{ userId }`).
   */
  startFrom: z.union(
    [
      z.string().refine((text) => text === "beginning" || isTime(text), {
        error:
          'is neither "beginning" nor a time: write a time as RFC 3339 with a zone, for example 2026-11-22T10:03:11Z, or leave it out to begin at the deployment',
      }),
      z.strictObject({ userId: z.string().min(1) }),
    ],
    { error: 'must be one of "beginning", a time such as 2026-11-22T10:03:11Z and { userId }' },
  ),
  /** How long after its creation time an event may become visible, at least. Seconds, default 1800. */
  sweepSeconds: z.int().min(60).default(1800),
  /** The share of time that catching up and sweeping may keep a read running at ZITADEL, 0.05 to 1. Default 1. */
  readShare: z.number().min(0.05).max(1).default(1),
  /** What is put on records besides the event, which stays as read. */
  enrichment: z
    .strictObject({
      /** Address and browser from the beginning of a session, on the session's later events. Default true. */
      sessions: z.boolean().default(true),
      /** Names of organizations and users, asked of the Events API within a budget. Default false. */
      names: z.boolean().default(false),
    })
    .prefault({}),
});
