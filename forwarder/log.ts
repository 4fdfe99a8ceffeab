import { type Logger, pino } from "pino";
import type { Configuration } from "../contract";

/**
 * The forwarder's log: JSON lines on standard error, since standard output may carry records. What is logged is
 * chosen property by property; bodies, headers, addresses with a query and whole errors of libraries never are.
 */
export function createLog(level: Configuration["log"]["level"]): Logger {
  return pino(
    {
      level,
      base: { program: "zitadel-siem" },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
