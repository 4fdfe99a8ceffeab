import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { AnyValue, KeyValue, OtelLogRecord } from "../../records/formats/otel";

/*
 * The messages of opentelemetry.proto.logs.v1 and .common.v1, as far as a LogRecord of ours has them
 * (https://github.com/open-telemetry/opentelemetry-proto). Numbers in the code are their fields' numbers.
 */

/** ExportLogsServiceRequest: records of one resource, all of one scope. */
export function encodeRequest(
  resource: readonly KeyValue[],
  scope: string,
  records: readonly OtelLogRecord[],
): Uint8Array {
  const writer = new BinaryWriter();
  message(writer, 1, () => {
    message(writer, 1, () => writeKeyValues(writer, 1, resource));
    message(writer, 2, () => {
      message(writer, 1, () => text(writer, 1, scope));
      for (const record of records) message(writer, 2, () => writeRecord(writer, record));
    });
  });
  return writer.finish();
}

function writeRecord(writer: BinaryWriter, record: OtelLogRecord): void {
  writer.tag(1, WireType.Bit64).fixed64(record.timeUnixNano);
  writer.tag(2, WireType.Varint).int32(record.severityNumber);
  text(writer, 3, record.severityText);
  message(writer, 5, () => writeValue(writer, record.body));
  writeKeyValues(writer, 6, record.attributes);
  writer.tag(11, WireType.Bit64).fixed64(record.observedTimeUnixNano);
  text(writer, 12, record.eventName);
}

function writeKeyValues(writer: BinaryWriter, field: number, pairs: readonly KeyValue[]): void {
  for (const { key, value } of pairs)
    message(writer, field, () => {
      text(writer, 1, key);
      message(writer, 2, () => writeValue(writer, value));
    });
}

function writeValue(writer: BinaryWriter, value: AnyValue): void {
  if ("stringValue" in value) writer.tag(1, WireType.LengthDelimited).string(value.stringValue);
  else if ("boolValue" in value) writer.tag(2, WireType.Varint).bool(value.boolValue);
  else if ("intValue" in value) writer.tag(3, WireType.Varint).int64(value.intValue);
  else if ("doubleValue" in value) writer.tag(4, WireType.Bit64).double(value.doubleValue);
  else if ("arrayValue" in value)
    message(writer, 5, () => {
      for (const item of value.arrayValue.values) message(writer, 1, () => writeValue(writer, item));
    });
  else if ("kvlistValue" in value)
    message(writer, 6, () => writeKeyValues(writer, 1, value.kvlistValue.values));
}

function message(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}

function text(writer: BinaryWriter, field: number, value: string): void {
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
