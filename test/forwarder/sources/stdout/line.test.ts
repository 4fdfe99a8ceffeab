import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readGoString } from "../../../../forwarder/sources/stdout/goString";
import { readCall, readEmitted } from "../../../../forwarder/sources/stdout/line";
import { type LogLine, logLines } from "../../../../forwarder/sources/stdout/lines";
import { readLogTime, secondBefore } from "../../../../forwarder/sources/stdout/logTime";
import { claim, emitted, goQuoted, INSTANCE, ORGANIZATION, signed } from "./lines";

const recordings = join(__dirname, "..", "..", "..", "recordings");
const formats = ["text", "json", "instrumentation-json", "instrumentation-gcp"];
const anyText = fc.string({ unit: "binary", maxLength: 200 }).map((text) => Buffer.from(text).toString());

describe("a line of ZITADEL's log", () => {
  it.each(formats)("is read as recorded in the format %s", (format) => {
    const lines: string[] = JSON.parse(
      readFileSync(join(recordings, `actionv1-log-lines-${format}.json`), "utf8"),
    );
    const read = lines.map((line) => readEmitted(line));
    expect(read.map((one) => one?.instance)).toEqual(lines.map(() => INSTANCE));
    expect(read.map((one) => one?.message.slice(0, 20))).toEqual([
      "action run started",
      'AUDITMARK {"a":1,"s"',
      "w",
      "LONG yyyyyyyyyyyyyyy",
      expect.stringMatching(/^UTF é+$/),
      "action run succeeded",
    ]);
    expect(read[1]!.message).toBe('AUDITMARK {"a":1,"s":"x y","n":"l1\\nl2"}');
    expect(read[3]!.message).toHaveLength(1999);
  });

  it("gives back any message in each format", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom("text" as const, "json" as const), (message, format) => {
        expect(readEmitted(emitted(message, format))).toEqual({ message, instance: INSTANCE });
      }),
      { numRuns: 1_000 },
    );
  });

  it("gives back any quoted string and where it ends", () => {
    fc.assert(
      fc.property(anyText, anyText, (text, rest) => {
        const quoted = goQuoted(text);
        expect(readGoString(quoted + rest, 0)).toEqual({ value: text, end: quoted.length });
      }),
      { numRuns: 1_000 },
    );
  });

  it("is never the emitter's when somebody's text stands in another field, or beside the fields", () => {
    const fake = emitted(signed(claim(1)));
    fc.assert(
      fc.property(anyText, fc.constantFrom("text" as const, "json" as const), (around, format) => {
        const text = `${around}${format === "json" ? emitted("x", "json") : fake}${around}`;
        const other =
          format === "json"
            ? JSON.stringify({ level: "error", msg: text, time: "2026-11-22T10:18:27Z" })
            : `time="2026-11-22T10:18:15Z" level=error msg=${goQuoted(text)} error=${goQuoted(text)}`;
        expect(readEmitted(other)).toBeUndefined();
        expect(readEmitted(`GET /${around.replace(/^\s+/, "")} ${fake}`)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it("is nothing, and no exception, when it is cut or changed anywhere", () => {
    const line = emitted(signed(claim(1)));
    fc.assert(
      fc.property(fc.nat(line.length), fc.nat(line.length), anyText, (from, to, text) => {
        const read = readEmitted(line.slice(0, from) + text + line.slice(to));
        expect(typeof read).toMatch(/undefined|object/);
      }),
      { numRuns: 1_000 },
    );
    for (let end = 0; end < line.length; end += 1) expect(readEmitted(line.slice(0, end))).toBeUndefined();
  });

  it.each([
    "",
    "{}",
    "null",
    "[1]",
    '{"msg":"log record emitted"}',
    '{"msg":"log record emitted","record":{"message":"m","instanceId":"i"}}',
    'msg="log record emitted" record="{}" record="{}"',
    'msg="log record emitted" record="\\xff\\U00110000"',
    'msg="log record emitted',
  ])("%j is none of the emitter's", (line) => {
    expect(readEmitted(line)).toBeUndefined();
  });

  it("is read in a time that grows with its length only", () => {
    for (const hostile of ['msg="'.padEnd(60_000, "\\x41"), "a=b ".repeat(15_000), " ".repeat(60_000)])
      expect(readEmitted(hostile)).toBeUndefined();
  });
});

describe("a message", () => {
  it("is a call when it begins with the marker and has its form, whatever the claim's text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(readCall(signed(text))).toMatchObject({ organization: ORGANIZATION, record: text });
        expect(readCall(` ${signed(text)}`)).toBeUndefined();
      }),
    );
    expect(readCall("zitadel-siem/10 a b c")).toBeUndefined();
    expect(readCall(signed("x").toUpperCase())).toBeUndefined();
  });
});

describe("the lines of a log", () => {
  const at = "2026-11-22T10:18:15.123456789Z";
  const read = async (chunks: Uint8Array[]) => {
    const lines: LogLine[] = [];
    for await (const some of logLines(
      (async function* () {
        yield* chunks;
      })(),
    ))
      lines.push(...some);
    return lines;
  };
  const pieces = (bytes: Buffer, sizes: number[]) => {
    const chunks: Uint8Array[] = [];
    for (let from = 0, n = 0; from < bytes.length; n += 1) {
      const size = sizes[n % sizes.length] as number;
      chunks.push(bytes.subarray(from, from + size));
      from += size;
    }
    return chunks;
  };

  it("are the same however their bytes come, and one that is not finished is left out", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyText.map((text) => text.replace(/[\n\r]/g, ""))),
        fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1 }),
        async (texts, sizes) => {
          const bytes = Buffer.from(`${texts.map((text) => `${at} ${text}\n`).join("")}${at} unfinished`);
          expect(await read(pieces(bytes, sizes))).toEqual(texts.map((text) => ({ at, text })));
        },
      ),
    );
  });

  it("are put together where the runtime split them at 16 KiB, with and without a time in each part", async () => {
    const text = `begin ${"0123456789".repeat(5_000)} end`;
    const parts = text.match(/.{1,16384}/g) as string[];
    expect(parts).toHaveLength(4);
    const together = `${at} ${text}\n`;
    const withTimes = `${parts.map((part) => `${at} ${part}`).join("")}\n`;
    expect(await read([Buffer.from(together + withTimes)])).toEqual([
      { at, text },
      { at, text },
    ]);
  });

  it("have no text when they are longer than any of ours, and cost no memory", async () => {
    const chunks = [Buffer.from(`${at} `), ...Array.from({ length: 100 }, () => Buffer.alloc(65_536, "x"))];
    expect(await read([...chunks, Buffer.from(`\n${at} next\n`)])).toEqual([
      { at, text: undefined },
      { at, text: "next" },
    ]);
  });

  it("without a time are left out", async () => {
    expect(await read([Buffer.from(`\nfailed to open log\n${at} one\n`)])).toEqual([{ at, text: "one" }]);
  });
});

it("times are kept to the nanosecond, in UTC, in an order that texts have", () => {
  expect(readLogTime("2026-11-22T10:18:15.5+02:00")).toBe("2026-11-22T08:18:15.500000000Z");
  expect(readLogTime("2026-11-22T10:18:15Z")).toBe("2026-11-22T10:18:15.000000000Z");
  expect(readLogTime("2026-11-22 10:18:15Z")).toBeUndefined();
  expect(readLogTime("2026-99-22T10:18:15Z")).toBeUndefined();
  expect(secondBefore("2026-11-22T10:00:00.123456789Z")).toBe("2026-11-22T09:59:59Z");
});
