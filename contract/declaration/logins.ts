import * as z from "zod";
import { enumeration } from "../schema/described";
import { annotationMap, labelMap } from "../schema/kubernetes";
import { text } from "../schema/values";
import { credentialProperties } from "./credential";
import { networkPeer } from "./workload";

const organizationId = text.meta({
  description: "Id of the organization.",
  remedy: "give the organization's id",
});
const organizationName = text.optional().meta({
  plain: true,
  description:
    "Name of the organization in this declaration: lower-case letters, digits and `-`. It must be given where the id comes from another resource. A changed name makes new Actions and secrets.",
  otherwise: "the id",
});

export const loginOrganization = z
  .strictObject({ id: organizationId, name: organizationName })
  .meta({ typeName: "LoginOrganization", typeDescription: "An organization whose logins are reported." });

export const signingOrganization = z
  .strictObject({
    id: organizationId,
    name: organizationName,
    secret: z.string().optional().meta({
      description: "Secret that the organization's records are signed with.",
      otherwise: "the one that is made by `secrets`",
    }),
  })
  .meta({
    typeName: "SigningOrganization",
    typeDescription: "An organization in which Actions report logins.",
  });

const generation = text.meta({
  plain: true,
  description: "Name of the generation, for example `2026-11`: lower-case letters, digits and `-`.",
});

/** What signs or is signed with, a generation each. */
const loginSecret = z
  .strictObject({ name: generation, ...credentialProperties })
  .meta({ typeName: "LoginSecret", typeDescription: "One generation of an organization's secret." });

const reportingOrganization = z
  .strictObject({
    id: organizationId,
    name: organizationName,
    secrets: z.array(loginSecret).meta({
      description:
        "The secrets that its scripts sign with, a generation each; all are accepted, so that they can rotate.",
    }),
  })
  .meta({
    typeName: "ReportingOrganization",
    typeDescription: "An organization whose records the forwarder accepts.",
  });

const tlsSecretName = text.optional();

const ingress = z
  .strictObject({
    host: text.meta({
      description:
        "Host name under which ZITADEL calls, for example `logins.example.com`; always over HTTPS.",
      sample: "unknown.invalid",
    }),
    className: text.optional().meta({ description: "Class of the Ingress.", otherwise: "the cluster's" }),
    tlsSecretName: tlsSecretName.meta({
      description: "Secret in the forwarder's namespace with the certificate of `host`.",
      otherwise: "none: the controller's own certificate, which ZITADEL has to trust",
    }),
    annotations: annotationMap.optional().meta({
      description: "Annotations, for example for cert-manager.",
      otherwise: "none",
    }),
  })
  .meta({
    typeName: "WebhookIngress",
    typeDescription: "An Ingress: https://kubernetes.io/docs/concepts/services-networking/ingress/",
  });

const gateway = z
  .strictObject({
    name: text.meta({ description: "Name of the Gateway." }),
    namespace: text.optional().meta({ description: "Its namespace.", otherwise: "the forwarder's" }),
    sectionName: text
      .optional()
      .meta({ description: "Name of one of its listeners.", otherwise: "all that fit" }),
  })
  .meta({ typeName: "GatewayReference", typeDescription: "A Gateway, or one of its listeners." });

const route = z
  .strictObject({
    host: text.meta({
      description:
        "Host name under which ZITADEL calls, for example `logins.example.com`; the Gateway ends HTTPS for it.",
      sample: "unknown.invalid",
    }),
    gateways: z.array(gateway).meta({ description: "The Gateways that take the route; at least one." }),
  })
  .meta({
    typeName: "WebhookRoute",
    typeDescription: "An HTTPRoute of the Gateway API: https://gateway-api.sigs.k8s.io/api-types/httproute/",
  });

const target = z
  .strictObject({
    name: text.meta({
      plain: true,
      description: "What its records call it: lower-case letters, digits and `-`.",
    }),
    organizationId: text
      .optional()
      .meta({ description: "Id of the organization that its calls are about.", otherwise: "none" }),
    signingKeys: z.array(loginSecret).meta({
      description:
        "The signing keys that ZITADEL gave for it, a generation each; all are accepted, so that they can rotate.",
    }),
  })
  .meta({
    typeName: "WebhookTarget",
    typeDescription: "A target of Actions version 2: https://zitadel.com/docs/concepts/features/actions_v2",
  });

export const webhook = z
  .strictObject({
    from: z.array(networkPeer).optional().meta({
      description:
        "Whose pods may call, as the NetworkPolicy says it: ZITADEL's, or with `ingress` or `route` those of the controller.",
      otherwise:
        "the pods of `stdout`; without those, or with `ingress` or `route`, it must be given unless `networkPolicy.enabled` is false",
    }),
    tlsSecretName: tlsSecretName.meta({
      description:
        "Secret in the forwarder's namespace with the listener's own certificate and key (`tls.crt` and `tls.key`, as cert-manager writes them), for HTTPS all the way to the pods. It is read again when it changes.",
      otherwise: "none: plain HTTP inside the cluster, as behind an Ingress or a Gateway",
    }),
    ingress: ingress.optional().meta({ description: "An Ingress in front.", otherwise: "none" }),
    route: route.optional().meta({ description: "A route of the Gateway API in front.", otherwise: "none" }),
    targets: z.array(target).optional().meta({
      description: "Targets of Actions version 2, defined elsewhere, that post to the same URL.",
      otherwise: "none",
    }),
    acceptLoginLoss: z.boolean().default(false).meta({
      plain: true,
      description:
        "Accept that login records which were taken and not yet delivered are lost with a pod: needed with `storage` of kind `ephemeral`, because nobody can read them again.",
    }),
  })
  .meta({
    typeName: "LoginWebhook",
    typeDescription:
      "The source over HTTP. ZITADEL reaches it at a Service inside the cluster, or from outside, as ZITADEL Cloud must, through exactly one of `ingress` and `route`. Only the path of login records is open there.",
  });

const labels = labelMap.optional().meta({
  description: "Labels of ZITADEL's pods.",
  otherwise:
    "those of its Helm chart: `app.kubernetes.io/name: zitadel` and `app.kubernetes.io/component: start`",
});

const loginLog = z
  .strictObject({
    namespace: text.meta({ description: "Namespace of ZITADEL." }),
    labels,
  })
  .meta({
    typeName: "LoginLog",
    typeDescription:
      "The source that is the log: the forwarder may list ZITADEL's pods and read their log, and nothing else in ZITADEL's namespace.",
  });

const streamLoginLog = z
  .strictObject({
    namespace: text.optional().meta({
      choice: true,
      description: "ZITADEL's Kubernetes namespace. It must be given, unless `collect` is false.",
    }),
    labels,
    collect: z.boolean().default(true).meta({
      plain: true,
      description: "Whether the forwarder reads the log.",
      remark:
        "Set false where the cluster's log agent ships it: each record is a line that begins with `zitadel-siem/1`.",
    }),
  })
  .meta({
    typeName: "StreamLoginLog",
    typeDescription: "The source that is ZITADEL's log as `AuditLogStream` takes it.",
  });

/** A flow of ZITADEL in which people sign in. */
export const loginFlow = enumeration("LoginFlow", "A flow of ZITADEL in which people sign in.", {
  Internal: ["internal", "With a password or factor that ZITADEL knows."],
  External: ["external", "By an identity provider."],
});

/** The moment in a flow at which an Action runs. */
export const loginTrigger = enumeration("LoginTrigger", "The moment in a flow at which an Action runs.", {
  PostAuthentication: ["post authentication", "After each authentication, successful or not."],
  PreCreation: ["pre creation", "Before a user is created by registration."],
  PostCreation: ["post creation", "After a user was created by registration."],
});

/** Fields that a login record may hold besides its own. */
export const EXTRA_FIELDS = [
  "acceptLanguage",
  "applicationResourceOwner",
  "callbackHost",
  "displayName",
  "externalUserId",
  "host",
  "remoteAddress",
  "requestedOrgName",
  "requestedPrimaryDomain",
  "scopes",
  "uiLocales",
  "userName",
] as const;
export type ExtraField = (typeof EXTRA_FIELDS)[number];

/** The scripts that run inside ZITADEL: for whom, when, and what they say. */
export const loginReports = {
  flows: z
    .array(loginFlow)
    .default(["internal", "external"])
    .meta({ plain: true, description: "Flows that are reported." }),
  triggers: z.array(loginTrigger).default(["post authentication"]).meta({
    plain: true,
    description:
      "Triggers that are reported: `post authentication`, `pre creation` and `post creation`; the creations report registrations.",
  }),
  extraFields: z
    .array(z.enum(EXTRA_FIELDS))
    .optional()
    .meta({
      plain: true,
      description: `Fields of a record besides its own, under \`extra\`: ${EXTRA_FIELDS.map((name) => `\`${name}\``).join(", ")}.`,
      otherwise: "none",
    }),
  timeoutSeconds: z.int().min(1).max(20).default(3).meta({
    description:
      "Whole seconds after which ZITADEL ends a script. A login waits for its script: this is the longest that a webhook that does not answer holds up a person.",
  }),
  bind: z.boolean().default(true).meta({
    plain: true,
    description: "Whether the Actions are bound to their triggers, beside whatever else is bound there.",
    remark:
      "Set false in a program that owns the lists of a trigger's actions itself, and bind `actionIds` there.",
  }),
};

export const loginEndpoint = z
  .strictObject({
    url: z.string().meta({
      sample: "https://unknown.invalid",
      description:
        "URL that ZITADEL calls with `POST`, `http` or `https`, without a user name or password. ZITADEL must be able to reach it, and by its defaults refuses loopback and link-local addresses.",
    }),
  })
  .meta({ typeName: "LoginEndpoint", typeDescription: "Where login records are pushed to." });

/** Login records as `Forwarder` takes them. */
export const forwarderLogins = z
  .strictObject({
    organizations: z.array(reportingOrganization).meta({
      description:
        "The organizations whose Actions report, each with the secrets that its scripts sign with; at least one.",
    }),
    webhook: webhook.optional().meta({ description: "Take records over HTTP.", otherwise: "not to" }),
    stdout: loginLog
      .optional()
      .meta({ description: "Collect records from the log of ZITADEL's pods.", otherwise: "not to" }),
  })
  .meta({
    typeName: "ForwarderLogins",
    typeDescription:
      "Login records: who may report them, and from which sources they come; at least one of `webhook` and `stdout`.",
  });

/** Login records as `AuditLogStream` takes them. */
export const streamLogins = z
  .strictObject({
    ...loginReports,
    organizations: z.array(loginOrganization).meta({
      description: "The organizations whose logins are reported: at least one.",
    }),
    secrets: z.array(text).meta({
      plain: true,
      description:
        'Generations of the secrets that records are signed with, the newest last, for example `["2026-11"]`; every organization has a secret of its own for each. The newest signs, and all that are listed are accepted. To rotate without a refused record, append a generation, and take the old one out in a later update.',
    }),
    webhook: webhook
      .optional()
      .meta({ description: "Have every record pushed to the forwarder over HTTP.", otherwise: "not to" }),
    stdout: streamLoginLog.optional().meta({
      description: "Have every record written to ZITADEL's log, and read it from its pods.",
      otherwise: "not to",
    }),
  })
  .meta({
    typeName: "StreamLogins",
    typeDescription:
      "Login records as `AuditLogStream` takes them: the Actions that report, and the sources of the records.",
  });
