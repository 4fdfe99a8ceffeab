import { type LogTime, readLogTime } from "./logTime";

/** A line of a container's log. */
export interface LogLine {
  at: LogTime;
  /** The line without its time; undefined when it is longer than a line of ours can be. */
  text: string | undefined;
}

/**
 * The longest line that is kept. A record of a login is some 15 kB at most when every character of it is escaped
 * twice. Bytes.
 */
const LONGEST = 64 << 10;
/** The container runtime splits a line into parts of so many bytes. */
const PART = 16 << 10;
const LINE_FEED = 0x0a;

/**
 * The lines of a log that is served with `timestamps=true`. A line that is not finished is kept until it is, and
 * left out when the log ends before. The node puts the parts of a split line together again; before Kubernetes
 * 1.28 it left the time of each part within the line, which is taken out here.
 */
export async function* logLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LogLine[]> {
  let open: Buffer[] = [];
  let bytes = 0;
  for await (const given of chunks) {
    let chunk = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
    const lines: LogLine[] = [];
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED)) {
      open.push(chunk.subarray(0, end));
      const line = readLine(Buffer.concat(open), bytes + end > LONGEST);
      if (line) lines.push(line);
      open = [];
      bytes = 0;
      chunk = chunk.subarray(end + 1);
    }
    // Of a line that is too long only the beginning is kept, which holds its time.
    if (chunk.length > 0 && bytes <= LONGEST) open.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (lines.length > 0) yield lines;
  }
}

function readLine(line: Buffer, tooLong: boolean): LogLine | undefined {
  const space = line.subarray(0, 64).indexOf(0x20);
  const at = space < 0 ? undefined : readLogTime(line.toString("latin1", 0, space));
  if (at === undefined) return undefined;
  const rest = line.subarray(space + 1);
  return { at, text: tooLong ? undefined : joined(rest).toString("utf8").replace(/\r$/, "") };
}

/** Takes the times out that stand where parts of a split line meet. */
function joined(rest: Buffer): Buffer {
  if (rest.length <= PART) return rest;
  const parts = [rest.subarray(0, PART)];
  for (let place = PART; place < rest.length; ) {
    const space = rest.subarray(place, place + 64).indexOf(0x20);
    if (space < 0 || readLogTime(rest.toString("latin1", place, place + space)) === undefined)
      return place === PART ? rest : Buffer.concat([...parts, rest.subarray(place)]);
    parts.push(rest.subarray(place + space + 1, place + space + 1 + PART));
    place += space + 1 + PART;
  }
  return Buffer.concat(parts);
}
