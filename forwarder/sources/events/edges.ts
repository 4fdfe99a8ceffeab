import type { Span } from "./window";

/**
 * How far the log has been read. All times are microseconds since 1970 of ZITADEL's clock. Pure.
 *
 * Creation time is not the order in which events become visible: a transaction may commit long after it began.
 * So every span is read more than once, and each edge says when:
 * - tail: everything created before it was read once, after ZITADEL's clock had passed it;
 * - settled: everything created before it was read at least `settleMicros` after its creation;
 * - swept: everything created before it was read at least `sweepMicros` after its creation, and is not read again.
 */
export interface Edges {
  tail: number;
  settled: number;
  swept: number;
}

/** How long after creation a span is read again. Microseconds. */
export interface Delays {
  settleMicros: number;
  sweepMicros: number;
}

export const SETTLE_MICROS = 60_000_000;

/**
 * The edges after a span was read whole by a read that began at `startedAtMicros`. One read may move all three:
 * what is old when it is read for the first time need not be read again.
 */
export function advance(edges: Edges, read: { span: Span; startedAtMicros: number }, delays: Delays): Edges {
  const { span, startedAtMicros } = read;
  const moved = (edge: number, delay: number) =>
    span.fromMicros <= edge ? Math.max(edge, Math.min(span.toMicros, startedAtMicros - delay)) : edge;
  return {
    tail: moved(edges.tail, 0),
    settled: moved(edges.settled, delays.settleMicros),
    swept: moved(edges.swept, delays.sweepMicros),
  };
}

/** The edges after ZITADEL's clock went back to `toMicros`: what is created from then on lies behind them. */
export function stepBack(edges: Edges, toMicros: number): Edges {
  return {
    tail: Math.min(edges.tail, toMicros),
    settled: Math.min(edges.settled, toMicros),
    swept: Math.min(edges.swept, toMicros),
  };
}

export type EdgeName = keyof Edges;

/** What to do next: read for an edge, wait so many milliseconds, or end since the time frame is read. */
export type Step = { read: EdgeName; span: Span; live: boolean } | { wait: number } | { ended: true };

/** What the next step depends on, besides the edges. */
export interface Situation {
  /** ZITADEL's clock shows something between these, microseconds. */
  earliest: number;
  latest: number;
  /** Our clock, milliseconds. */
  now: number;
  /** When the next look at the tail is due, our milliseconds. */
  tailDueAt: number;
  /** When the budget for catching up and sweeping allows the next read, our milliseconds. */
  budgetAt: number;
  /** Width of a good page's window at each edge, microseconds. */
  widths: Record<EdgeName, number>;
  /** The time frame's end: nothing at or after it is read. */
  endMicros: number;
  delays: Delays;
}

/** Behind by more than this the tail is caught up window by window. Microseconds. */
const LIVE = 30_000_000;
/** A look at the tail goes this far ahead of ZITADEL's clock, for nodes whose clock is ahead. Microseconds. */
const AHEAD = 5_000_000;
/** What waits to be read again is read when it makes a good page, at the latest when it spans so much. Microseconds. */
const PATIENCE: Record<"settled" | "swept", number> = { settled: 60_000_000, swept: 300_000_000 };
/** Never wait longer than this without looking again. Milliseconds. */
const LONGEST_WAIT = 1_000;

/** Decides what to read next. */
export function nextStep(edges: Edges, situation: Situation): Step {
  const { earliest, latest, now, endMicros, delays } = situation;
  const { tailDueAt, budgetAt } = situation;
  if (edges.swept >= endMicros) return { ended: true };

  const settled = again("settled", Math.min(edges.tail, earliest - delays.settleMicros));
  const swept = again("swept", Math.min(edges.tail, earliest - delays.sweepMicros));
  const live = edges.tail >= earliest - LIVE;
  const tailOpen = edges.tail < endMicros;

  if (live && tailOpen && tailDueAt <= now)
    return {
      read: "tail",
      live,
      span: { fromMicros: edges.tail, toMicros: Math.min(latest + AHEAD, endMicros) },
    };
  if (budgetAt <= now) {
    // Far behind, the edges that lag are brought to the tail first: from there one read moves all three.
    const farBehind = edges.tail < earliest - delays.sweepMicros;
    if (tailOpen && !live && !(farBehind && edges.swept < edges.tail))
      return { read: "tail", live, span: spanOf("tail", Math.min(latest + AHEAD, endMicros)) };
    if (settled && !farBehind) return settled;
    if (swept) return swept;
  }
  const dueAt = Math.min(live && tailOpen ? tailDueAt : Infinity, budgetAt > now ? budgetAt : Infinity);
  return { wait: Math.max(1, Math.min(LONGEST_WAIT, dueAt - now)) };

  function again(edge: "settled" | "swept", target: number): Step | undefined {
    const open = Math.min(target, endMicros) - edges[edge];
    const enough = Math.min(situation.widths[edge], PATIENCE[edge]);
    const last = target >= endMicros || edges.tail < earliest - LIVE;
    if (open <= 0 || (open < enough && !last)) return undefined;
    return { read: edge, live: false, span: spanOf(edge, Math.min(target, endMicros)) };
  }

  function spanOf(edge: EdgeName, until: number): Span {
    return { fromMicros: edges[edge], toMicros: Math.min(edges[edge] + situation.widths[edge], until) };
  }
}
