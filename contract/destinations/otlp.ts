import * as z from "zod";
import { enumeration } from "../schema/described";
import { basicAuthentication, bearer, checkConnection, connection, gzip, portOf } from "./connection";
import { authorizationBy, checkHeaders, headers } from "./headers";
import type { DestinationKind } from "./kind";

const encoding = enumeration("OtlpEncoding", "How a request of OTLP is encoded.", {
  Protobuf: ["protobuf", "Protocol Buffers."],
  Json: ["json", "The JSON mapping of OTLP."],
});

const settings = z
  .strictObject({
    ...connection(
      "Address of the receiver, for example `https://collector.example.com:4318`, or its whole URL, which ends in `/v1/logs`.",
    ),
    encoding: encoding.default("protobuf").meta({ description: "How a request is encoded." }),
    bearer,
    basic: basicAuthentication,
    ...headers,
    gzip,
  })
  .superRefine(checkConnection)
  .superRefine((given, context) => checkHeaders(given, authorizationBy(given), context))
  .meta({
    typeName: "OtlpDestination",
    typeDescription:
      "A receiver of OTLP over HTTP: an OpenTelemetry Collector, or a product that takes OTLP.",
  });

export const otlp = {
  settings,
  description: "Send records to a receiver of OTLP over HTTP. Delivered means: answered with a 2xx status.",
  formats: ["otel"],
  acknowledgement: () => "accepted",
  ports: ({ url }) => [portOf(url)],
} satisfies DestinationKind<typeof settings>;
