import { parseArgs } from "node:util";

export const usage = `npm start -- [options]
  --for <time>       end by itself after that time (20s, 5m, 1h); exit code 1 if a record is missing
  --rate <number>    events a second that the stand-in's people cause, default 20
  --zitadel <url>    read this ZITADEL instead of the stand-in, for example http://localhost:8080
  --key <file>       with --zitadel: machine key (JSON) of a service account with the role IAM_OWNER
  --org <id>         with --zitadel: organization in which the reader's service account is created
  --yes              with --zitadel: do not ask before creating it
  --to <url>         deliver to this receiver instead of one of the run's own
npm start -- --remove <folder> [--key <file>]
                     remove what a run with --zitadel left there; the run named the folder`;

/** A ZITADEL that was there before the run. */
export interface ExistingZitadel {
  url: URL;
  keyFile: string;
  organizationId: string;
  /** Create without asking. */
  confirmed: boolean;
}

export interface RunOptions {
  /** Milliseconds after which the run ends by itself; undefined: until it is interrupted. */
  duration: number | undefined;
  /** Of the stand-in's traffic. */
  eventsPerSecond: number;
  /** Undefined: the stand-in. */
  zitadel: ExistingZitadel | undefined;
  /** Undefined: a receiver of the run's own. */
  receiver: URL | undefined;
}

/** Removes what a run left instead of being one. */
export interface RemovalOptions {
  /** Of the run that left it. */
  folder: string;
  /** Undefined: the one that the run was given. */
  keyFile: string | undefined;
}

/** Something is wrong with the command line; the message says what, for the person at the terminal. */
export class OptionsError extends Error {
  override readonly name = "OptionsError";
}

/** Reads the command line; undefined when help was asked for. Throws `OptionsError`. */
export function readOptions(args: readonly string[]): RunOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  if (values.remove !== undefined) throw new OptionsError("with --remove only --key may be given");
  return {
    duration: values.for === undefined ? undefined : readDuration(values.for),
    eventsPerSecond: readRate(values.rate ?? "20"),
    zitadel: readZitadel(values),
    receiver: values.to === undefined ? undefined : readUrl("--to", values.to),
  };
}

/** Reads the command line of a removal; undefined where it is none. */
export function readRemoval(args: readonly string[]): RemovalOptions | undefined {
  const { remove: folder, key: keyFile, ...others } = parse(args);
  return folder === undefined || Object.keys(others).length > 0 ? undefined : { folder, keyFile };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        for: text,
        rate: text,
        zitadel: text,
        key: text,
        org: text,
        yes: flag,
        to: text,
        remove: text,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new OptionsError((error as Error).message);
  }
}

function readZitadel(values: ReturnType<typeof parse>): ExistingZitadel | undefined {
  const { zitadel, key, org, yes = false } = values;
  if (zitadel === undefined) {
    if (key ?? org ?? values.yes) throw new OptionsError("--key, --org and --yes belong to --zitadel");
    return undefined;
  }
  if (values.rate !== undefined) throw new OptionsError("--rate is for the stand-in, not for --zitadel");
  if (key === undefined || org === undefined) throw new OptionsError("--zitadel needs --key and --org");
  const url = readUrl("--zitadel", zitadel);
  if (url.pathname !== "/") throw new OptionsError(`--zitadel ${zitadel}: give the address without a path`);
  return { url, keyFile: key, organizationId: org, confirmed: yes };
}

function readUrl(option: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new OptionsError(`${option} ${text}: must be an http or https URL`);
  }
  return url;
}

/** `20s` in milliseconds. */
function readDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text) ?? [];
  if (amount === undefined) throw new OptionsError(`--for ${text}: write a time like 20s, 5m or 1h`);
  return Number(amount) * { s: 1000, m: 60_000, h: 3_600_000 }[unit as "s" | "m" | "h"];
}

function readRate(text: string): number {
  const rate = Number(text);
  if (!(rate > 0 && rate <= 1000))
    throw new OptionsError(`--rate ${text}: write a number above 0, at most 1000`);
  return rate;
}
