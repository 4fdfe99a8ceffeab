import type { Problem } from "../../contract";
import { EXTRA_FIELDS, type ExtraField } from "../../contract/declaration/logins";
import { httpUrl } from "../../contract/schema/values";
import type { LoginActionsArgs, LoginOrganization, LoginSecretsArgs } from "../arguments";
import { LoginFlow, type LoginReports, LoginTrigger } from "../arguments";
import { textProblems } from "./lateText";
import { organizationName } from "./organizationName";
import type { Read } from "./read";
import { isLater, readPlain } from "./read";
import { generation } from "./readerProblems";

/** What is wrong with a declaration of login secrets, as far as it is known. */
export function loginSecretsProblems(args: LoginSecretsArgs): Problem[] {
  return [
    ...organizationsProblems(args.organizations, "organizations"),
    ...generationsProblems(args.generations, "generations"),
  ];
}

/** What is wrong with a declaration of login Actions, as far as `read` knows it. */
export function loginActionsProblems(args: LoginActionsArgs, read: Read = readPlain): Problem[] {
  return [
    ...organizationsProblems(args.organizations, "organizations", read),
    ...signingProblems(args),
    ...sourceProblems(args, read),
    ...reportsProblems(args, "", read),
  ];
}

/** What is wrong with what scripts report; `prefix` is where it stands in the user's declaration. */
export function reportsProblems(
  { flows, triggers, extraFields, timeoutSeconds }: LoginReports,
  prefix: string,
  read: Read = readPlain,
): Problem[] {
  return [
    ...choiceProblems(flows, Object.values(LoginFlow), `${prefix}flows`),
    ...choiceProblems(triggers, Object.values(LoginTrigger), `${prefix}triggers`),
    ...choiceProblems(extraFields, EXTRA_FIELDS, `${prefix}extraFields`, "may be empty"),
    ...timeoutProblems(timeoutSeconds === undefined ? undefined : read(timeoutSeconds, 1), prefix),
  ];
}

/** What is wrong with a list of organizations. */
export function organizationsProblems(
  organizations: readonly LoginOrganization[],
  path: string,
  read: Read = readPlain,
): Problem[] {
  if (!Array.isArray(organizations) || organizations.length === 0)
    return [
      {
        path,
        message:
          'must be a plain list of at least one: [{ id: "123456789012345678" }], with a name for an id from another resource',
      },
    ];
  return organizations.flatMap((organization, index) => {
    const at = `${path}[${index}]`;
    const numbers = textProblems(read(organization?.id, "0"), `${at}.id`);
    if (numbers.length > 0) return numbers;
    if (organization?.id === undefined)
      return [{ path: `${at}.id`, message: "is missing: give the organization's id" }];
    if (!/^\d+$/.test(read(organization.id, "0")))
      return [{ path: `${at}.id`, message: "is no id of an organization: give its digits" }];
    if (organization.name === undefined && isLater(organization.id))
      return [
        {
          path: `${at}.name`,
          message: "is missing: the id comes from another resource, so name what belongs to it",
        },
      ];
    return nameProblems(organizations.map(organizationName), index, at, "organization");
  });
}

/** What is wrong with a list of generations. */
export function generationsProblems(generations: readonly string[], path: string): Problem[] {
  if (!Array.isArray(generations) || generations.length === 0)
    return [{ path, message: 'must be a plain list of generations, the newest last: ["2026-11"]' }];
  return generations.flatMap((_, index) => nameProblems(generations, index, path, "generation"));
}

function nameProblems(
  names: readonly string[],
  index: number,
  path: string,
  what: "generation" | "organization",
): Problem[] {
  const [at, list] = what === "generation" ? [`${path}[${index}]`, path] : [`${path}.name`, "organizations"];
  const name = names[index];
  if (typeof name !== "string" || !generation.test(name))
    return [{ path: at, message: "must be lower-case letters, digits and '-', known at preview" }];
  const first = names.indexOf(name);
  if (first === index) return [];
  return [
    {
      path: at,
      message: `"${name}" is already the name of ${list}[${first}]: every ${what} needs a name of its own`,
    },
  ];
}

function signingProblems({ organizations, secrets }: LoginActionsArgs): Problem[] {
  if (secrets !== undefined) {
    const both = Array.isArray(organizations) ? organizations.findIndex((one) => one?.secret) : -1;
    const problem = "is given beside `secrets`: give one of the two";
    return [
      ...generationsProblems(secrets, "secrets"),
      ...(both < 0 ? [] : [{ path: `organizations[${both}].secret`, message: problem }]),
    ];
  }
  if (!Array.isArray(organizations)) return [];
  if (organizations.every((one) => one?.secret === undefined))
    return [
      {
        path: "secrets",
        message: 'is missing: name a generation, ["2026-11"], or give every organization its secret',
      },
    ];
  return organizations.flatMap((one, index) =>
    one?.secret === undefined || one.secret === ""
      ? [
          {
            path: `organizations[${index}].secret`,
            message: "is missing: give the secret that it signs with",
          },
        ]
      : [],
  );
}

function sourceProblems({ webhook, log }: LoginActionsArgs, read: Read): Problem[] {
  if (!webhook)
    return log ? [] : [{ path: "webhook", message: "is missing: give { url }, or log: true, or both" }];
  const checked = httpUrl.safeParse(read(webhook.url, "https://unknown.invalid"));
  const problem = checked.error?.issues[0]?.message;
  return problem === undefined ? [] : [{ path: "webhook.url", message: problem }];
}

function choiceProblems(
  chosen: readonly string[] | undefined,
  known: readonly (string | ExtraField)[],
  path: string,
  mayBeEmpty?: "may be empty",
): Problem[] {
  if (chosen === undefined) return [];
  const choices = known.map((one) => `"${one}"`).join(", ");
  if (!Array.isArray(chosen) || (chosen.length === 0 && !mayBeEmpty))
    return [{ path, message: `must be a plain list with at least one of ${choices}` }];
  return chosen.flatMap((one, index) => {
    if (!known.includes(one)) return [{ path: `${path}[${index}]`, message: `must be one of ${choices}` }];
    if (chosen.indexOf(one) === index) return [];
    return [{ path: `${path}[${index}]`, message: "is there already: give each once" }];
  });
}

/** ZITADEL refuses more than 20 s, and 0 is no limit that a login could rely on. */
export function timeoutProblems(seconds: number | undefined, prefix: string): Problem[] {
  if (seconds === undefined || (Number.isInteger(seconds) && seconds >= 1 && seconds <= 20)) return [];
  return [{ path: `${prefix}timeoutSeconds`, message: "must be a whole number of seconds from 1 to 20" }];
}
