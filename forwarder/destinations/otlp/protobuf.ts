import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { AnyValue, KeyValue, OtelLogRecord } from "../../records/formats/otel";

/*
 * The messages of opentelemetry.proto.logs.v1 and .common.v1, as far as a LogRecord of ours has them
 * (https://github.com/open-telemetry/opentelemetry-proto). Numbers in the code are their fields' numbers.
 */

/** One for everything: a new one for each record would grow from nothing each time. */
const writer = new BinaryWriter();

/** ExportLogsServiceRequest: LogRecords, as `encodeLogRecord` gives them, of one resource and one scope. */
export function encodeRequest(
  resource: readonly KeyValue[],
  scope: string,
  logRecords: readonly Uint8Array[],
): Buffer {
  begin(1);
  writeKeyValues(1, resource);
  const resourceField = writer.join().finish();
  begin(1);
  text(1, scope);
  const scopeField = writer.join().finish();
  const scopeLogs = around(2, [scopeField, ...logRecords]);
  return Buffer.concat(around(1, [resourceField, ...scopeLogs]));
}

/** A field that is a message of these fields: its tag and length stand before them. */
function around(field: number, fields: readonly Uint8Array[]): Uint8Array[] {
  const bytes = fields.reduce((sum, { length }) => sum + length, 0);
  return [writer.tag(field, WireType.LengthDelimited).uint32(bytes).finish(), ...fields];
}

/** LogRecord, as a field of the ScopeLogs that holds it. */
export function encodeLogRecord(record: OtelLogRecord): Uint8Array {
  begin(2);
  writer.tag(1, WireType.Bit64).fixed64(record.timeUnixNano);
  writer.tag(2, WireType.Varint).int32(record.severityNumber);
  text(3, record.severityText);
  begin(5);
  writeValue(record.body);
  writer.join();
  writeKeyValues(6, record.attributes);
  writer.tag(11, WireType.Bit64).fixed64(record.observedTimeUnixNano);
  text(12, record.eventName);
  return writer.join().finish();
}

function writeKeyValues(field: number, pairs: readonly KeyValue[]): void {
  for (const { key, value } of pairs) {
    begin(field);
    text(1, key);
    begin(2);
    writeValue(value);
    writer.join();
    writer.join();
  }
}

function writeValue(value: AnyValue): void {
  if ("stringValue" in value) writer.tag(1, WireType.LengthDelimited).string(value.stringValue);
  else if ("boolValue" in value) writer.tag(2, WireType.Varint).bool(value.boolValue);
  else if ("intValue" in value) writer.tag(3, WireType.Varint).int64(value.intValue);
  else if ("doubleValue" in value) writer.tag(4, WireType.Bit64).double(value.doubleValue);
  else if ("arrayValue" in value) {
    begin(5);
    for (const item of value.arrayValue.values) {
      begin(1);
      writeValue(item);
      writer.join();
    }
    writer.join();
  } else if ("kvlistValue" in value) {
    begin(6);
    writeKeyValues(1, value.kvlistValue.values);
    writer.join();
  }
}

/** Begins a field that is a message, which `join` ends. */
function begin(field: number): void {
  writer.tag(field, WireType.LengthDelimited).fork();
}

function text(field: number, value: string): void {
  if (value !== "") writer.tag(field, WireType.LengthDelimited).string(value);
}

/** What a receiver did not take of a request that it answered with success. */
export interface PartialSuccess {
  rejected: number;
  message: string;
}

/** The partial success in an ExportLogsServiceResponse. Throws on bytes that are none. */
export function decodePartialSuccess(bytes: Uint8Array): PartialSuccess | undefined {
  let partial: PartialSuccess | undefined;
  for (const { field, reader } of fieldsOf(bytes)) if (field === 1) partial = readPartial(reader.bytes());
  return partial;
}

function readPartial(bytes: Uint8Array): PartialSuccess {
  const partial: PartialSuccess = { rejected: 0, message: "" };
  for (const { field, reader } of fieldsOf(bytes)) {
    if (field === 1) partial.rejected = Number(reader.int64());
    if (field === 2) partial.message = reader.string();
  }
  return partial;
}

/** The message of a google.rpc.Status. Throws on bytes that are none. */
export function decodeStatusMessage(bytes: Uint8Array): string {
  let text = "";
  for (const { field, reader } of fieldsOf(bytes)) if (field === 2) text = reader.string();
  return text;
}

/** The fields of a message, each with a reader that stands at its value; one that is not read is passed over. */
function* fieldsOf(bytes: Uint8Array): Generator<{ field: number; reader: BinaryReader }> {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const before = reader.pos;
    yield { field, reader };
    if (reader.pos === before) reader.skip(type);
  }
}
