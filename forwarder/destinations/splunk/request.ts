import { hash } from "node:crypto";
import type { OutgoingRecord } from "../destination";

/** What Splunk keeps with each event; what is left out is the token's default. */
export interface EventMetadata {
  index?: string;
  sourcetype: string;
  source: string;
  host?: string;
}

const EVENT_PATH = "/services/collector/event";
const ACKNOWLEDGEMENT_PATH = "/services/collector/ack";

/** Where events go and where acknowledgements are asked for, by the address of the HTTP Event Collector. */
export function collectorUrls(address: string): { events: URL; acknowledgements: URL } {
  const events = new URL(address);
  const base = events.pathname.replace(/\/+$/, "").replace(/\/services\/collector(\/event)?$/, "");
  events.pathname = base + EVENT_PATH;
  const acknowledgements = new URL(events);
  acknowledgements.pathname = base + ACKNOWLEDGEMENT_PATH;
  return { events, acknowledgements };
}

/**
 * An event of the HTTP Event Collector as JSON text. The record's id is an indexed field, so that a search can
 * leave out repeats: Splunk itself does not.
 */
export function eventText(
  { id, createdMicros, body }: OutgoingRecord,
  { host, source, sourcetype, index }: EventMetadata,
): string {
  const seconds = Math.floor(createdMicros / 1e6);
  const fraction = String(createdMicros - seconds * 1e6).padStart(6, "0");
  const metadata = JSON.stringify({ host, source, sourcetype, index }).slice(1, -1);
  return `{"time":${seconds}.${fraction},${metadata},"event":${body},"fields":{"id":${JSON.stringify(id)}}}`;
}

/**
 * The id of a channel, a GUID that stays the same over restarts.
 * @param place which of the destination's channels, from 0
 */
export function channelId(journalId: string, destination: string, place: number): string {
  const digits = hash("sha256", `${journalId}\n${destination}\n${place}`);
  // Version 8: a layout of our own (RFC 9562, section 5.8).
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
  ];
  return [...parts, digits.slice(20, 32)].join("-");
}
