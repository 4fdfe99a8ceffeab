import { Counter, Gauge, type Registry } from "prom-client";

/** Why a line is no record: see `LineReader`. */
export type Foreign = "other line" | "other action" | "refused" | "other instance";

/** The metrics of the stdout source. No label holds an id or a pod's name. */
export function createMetrics(registry: Registry, containers: () => number, problem: () => boolean) {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name: `zitadel_siem_stdout_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge("containers", "Containers of ZITADEL's pods whose logs are followed", containers);
  gauge("problem", "1 while something keeps the source from reading ZITADEL's logs", () =>
    problem() ? 1 : 0,
  );
  const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter<Label>({ name: `zitadel_siem_stdout_${name}`, help, labelNames, registers: [registry] });
  return {
    committed: counter("committed_total", "Records and notices that were new to the journal"),
    repeated: counter("repeated_total", "Records read that the journal had already"),
    foreign: counter<"reason">("foreign_lines_total", "Lines that are no login record, by why", ["reason"]),
    gaps: counter("gaps_total", "Parts of a container's log that were gone before they could be read"),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
