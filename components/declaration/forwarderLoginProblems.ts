import type { Problem } from "../../contract";
import { hostName } from "../../contract/zitadel";
import type {
  ForwarderArgs,
  LoginSecret,
  LoginWebhook,
  ReportingOrganization,
  WebhookTarget,
} from "../arguments";
import { StorageKind } from "../arguments";
import { webhookCallers } from "../kubernetes/callers";
import type { Read } from "./read";
import { isLater } from "./read";

/** What organizations and generations are called: both go into names of files. */
const fileName = /^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$/;

/** What of the logins must be there, and plain, before anything else can be looked at. */
export function loginShapeProblems({ logins }: ForwarderArgs): Problem[] {
  if (logins === undefined) return [];
  const { organizations } = logins;
  if (!Array.isArray(organizations) || organizations.length === 0)
    return [
      {
        path: "logins.organizations",
        message: "must be a plain list of at least one organization: [{ id, secrets: [{ name, value }] }]",
      },
    ];
  const problems = organizations.flatMap((organization: ReportingOrganization, index) => [
    ...(organization?.id === undefined
      ? [{ path: `logins.organizations[${index}].id`, message: "is missing: give the organization's id" }]
      : nameProblems(organizations, index)),
    ...secretsProblems(organization?.secrets, `logins.organizations[${index}].secrets`),
  ]);
  return [...problems, ...targetsProblems(logins.webhook?.targets ?? [])];
}

function targetsProblems(targets: WebhookTarget[]): Problem[] {
  const path = "logins.webhook.targets";
  if (!Array.isArray(targets))
    return [{ path, message: "must be a plain list: [{ name, signingKeys: [{ name, value }] }]" }];
  return targets.flatMap((target: WebhookTarget, index) => {
    const first = targets.findIndex((other) => other?.name === target?.name);
    const problems = secretsProblems(target?.signingKeys, `${path}[${index}].signingKeys`);
    if (typeof target?.name !== "string" || !fileName.test(target.name))
      problems.push({
        path: `${path}[${index}].name`,
        message: "must be 1 to 50 lower-case letters, digits and '-'",
      });
    else if (first !== index)
      problems.push({
        path: `${path}[${index}].name`,
        message: `is that of targets[${first}] already: every target needs a name of its own`,
      });
    return problems;
  });
}

function secretsProblems(secrets: LoginSecret[] | undefined, path: string): Problem[] {
  if (!Array.isArray(secrets) || secrets.length === 0)
    return [
      { path, message: 'must be a plain list of at least one generation: [{ name: "2026-11", value }]' },
    ];
  return secrets.flatMap((secret: LoginSecret, index) => {
    const first = secrets.findIndex((other) => other?.name === secret?.name);
    if (typeof secret?.name !== "string" || !fileName.test(secret.name))
      return [
        {
          path: `${path}[${index}].name`,
          message: "must be 1 to 50 lower-case letters, digits and '-', known at preview",
        },
      ];
    if (first === index) return [];
    return [
      {
        path: `${path}[${index}].name`,
        message: `"${secret.name}" is already the name of the one at ${first}: every generation needs a name of its own`,
      },
    ];
  });
}

/** What is wrong with the logins and with what is declared for their sake, as far as `read` knows it. */
export function loginProblems(args: ForwarderArgs, read: Read): Problem[] {
  return [
    ...replicasProblems(args),
    ...(args.logins?.webhook ? webhookProblems(args, args.logins.webhook, read) : []),
  ];
}

function nameProblems(organizations: ReportingOrganization[], index: number): Problem[] {
  const { id, name } = organizations[index]!;
  const path = `logins.organizations[${index}].name`;
  if (name === undefined && isLater(id))
    return [{ path, message: "must be given with an id that comes from another resource" }];
  if (!fileName.test(name ?? (id as string)))
    return [{ path, message: "must be 1 to 50 lower-case letters, digits and '-'" }];
  const first = organizations.findIndex((other) => (other?.name ?? other?.id) === (name ?? id));
  if (first === index) return [];
  return [
    { path, message: `is that of organizations[${first}] already: give each organization once, and a name` },
  ];
}

function replicasProblems({ replicas, logins }: ForwarderArgs): Problem[] {
  if (replicas === undefined) return [];
  if (isLater(replicas) || !Number.isInteger(replicas) || replicas < 1)
    return [{ path: "replicas", message: "must be a whole number of at least 1, known at preview" }];
  if (replicas === 1 || logins?.webhook) return [];
  return [
    {
      path: "replicas",
      message:
        "must be 1 without logins.webhook: the first pod alone reads events and logs, further ones only take webhook calls",
    },
  ];
}

function webhookProblems(args: ForwarderArgs, webhook: LoginWebhook, read: Read): Problem[] {
  return [
    ...storageProblems(args, webhook),
    ...frontProblems(webhook, read),
    ...(args.networkPolicy?.enabled === false || webhookCallers(args.logins).length > 0
      ? []
      : [
          {
            path: "logins.webhook.from",
            message: `is missing: name the pods that call, ${
              webhook.ingress || webhook.route ? "those of the ingress controller" : "those of ZITADEL"
            }, for example [{ namespaceLabels: { "kubernetes.io/metadata.name": "${
              webhook.ingress || webhook.route ? "ingress-nginx" : "zitadel"
            }" } }]`,
          },
        ]),
  ];
}

function storageProblems(args: ForwarderArgs, { acceptLoginLoss }: LoginWebhook): Problem[] {
  if (args.storage?.kind !== StorageKind.Ephemeral || acceptLoginLoss) return [];
  return [
    {
      path: "storage.kind",
      message:
        '"ephemeral" loses with a pod the login records that it took by webhook and had not delivered, which exist nowhere else: use a volume, or set logins.webhook.acceptLoginLoss',
    },
  ];
}

function frontProblems({ ingress, route }: LoginWebhook, read: Read): Problem[] {
  if (ingress && route)
    return [
      {
        path: "logins.webhook",
        message: "has an ingress and a route: give the one under which ZITADEL calls",
      },
    ];
  const problems: Problem[] = [];
  const front = ingress ?? route;
  const path = `logins.webhook.${ingress ? "ingress" : "route"}`;
  if (front && (front.host === undefined || !hostName.test(read(front.host, "unknown.invalid"))))
    problems.push({ path: `${path}.host`, message: "must be a host name such as logins.example.com" });
  if (route && (!Array.isArray(route.gateways) || route.gateways.length === 0))
    problems.push({
      path: `${path}.gateways`,
      message: 'must be a plain list of at least one Gateway: [{ name: "public", namespace: "gateways" }]',
    });
  return problems;
}
