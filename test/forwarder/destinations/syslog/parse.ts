/** A message as RFC 5424 (section 6) has it. */
export interface Message {
  facility: number;
  severity: number;
  timestamp: string;
  hostName: string;
  appName: string;
  processId: string;
  messageId: string;
  /** The one element of structured data. */
  element: { id: string; parameters: Record<string, string> };
  text: string;
}

const header =
  /^<(\d{1,3})>1 (-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) /;
const parameter = /^ ([!-~]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"/;

/** Reads a message by the grammar, character by character where the grammar asks for it; throws where it is broken. */
export function parseMessage(message: string): Message {
  const fields = header.exec(message);
  if (!fields) throw new Error(`no header: ${message.slice(0, 100)}`);
  const priority = Number(fields[1]);
  let rest = message.slice(fields[0].length);
  const opening = /^\[([!-~]{1,32}?)(?=[ \]])/.exec(rest);
  if (!opening) throw new Error(`no structured data: ${rest.slice(0, 100)}`);
  rest = rest.slice(opening[0].length);
  const parameters: Record<string, string> = {};
  for (let found = parameter.exec(rest); found; found = parameter.exec(rest)) {
    parameters[found[1]!] = found[2]!.replace(/\\(["\\\]])/g, "$1");
    rest = rest.slice(found[0].length);
  }
  if (!rest.startsWith("] ")) throw new Error(`structured data does not end: ${rest.slice(0, 100)}`);
  return {
    facility: Math.floor(priority / 8),
    severity: priority % 8,
    timestamp: fields[2]!,
    hostName: fields[3]!,
    appName: fields[4]!,
    processId: fields[5]!,
    messageId: fields[6]!,
    element: { id: opening[1]!, parameters },
    text: rest.slice(2),
  };
}

/** Takes octet-counted frames (RFC 5425, section 4.3) out of a stream, however it is cut. */
export class FrameReader {
  #rest = Buffer.alloc(0);

  /** The messages that are whole now. Throws where a frame's length is none. */
  read(chunk: Buffer): string[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages: string[] = [];
    for (;;) {
      const space = this.#rest.indexOf(" ");
      const length = this.#rest.subarray(0, space === -1 ? undefined : space).toString();
      if (length !== "" && !/^[1-9]\d*$/.test(length)) throw new Error(`no length: ${length.slice(0, 20)}`);
      const end = space + 1 + Number(length);
      if (space === -1 || this.#rest.length < end) return messages;
      messages.push(this.#rest.subarray(space + 1, end).toString());
      this.#rest = this.#rest.subarray(end);
    }
  }

  /** Bytes of a frame that is not whole. */
  get left(): number {
    return this.#rest.length;
  }
}
