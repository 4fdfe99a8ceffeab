import * as z from "zod";

/*
 * Texts as Kubernetes takes them. Sources:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */

const dnsLabel = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?";
const qualifiedName = "[A-Za-z0-9](?:[-._A-Za-z0-9]{0,61}[A-Za-z0-9])?";

/** Name of a namespace. */
export const namespaceName = z.string().regex(new RegExp(`^${dnsLabel}$`), {
  error:
    "must be 1 to 63 lower-case letters, digits and '-', beginning and ending with a letter or digit: correct it",
});

/** Name of most other objects. */
export const objectName = z
  .string()
  .max(253)
  .regex(new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`), {
    error:
      "must be lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit: correct it",
  });

const key = z
  .string()
  .regex(new RegExp(`^(?:(?=.{1,253}/)${dnsLabel}(?:\\.${dnsLabel})*/)?${qualifiedName}$`), {
    error:
      "must be at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, and before it may stand a domain and '/'",
  });

/** Labels by their keys. */
export const labelMap = z.record(
  key,
  z.string().regex(new RegExp(`^(?:${qualifiedName})?$`), {
    error:
      "is no value of a label: give at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
  }),
);

/** Annotations by their keys. */
export const annotationMap = z.record(key, z.string());

const registry = "(?:[A-Za-z0-9](?:[-.A-Za-z0-9]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:]+\\])(?::[0-9]{1,5})?";
const pathPart = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const version = "(?::[_A-Za-z0-9][-._A-Za-z0-9]{0,127})?(?:@sha256:[0-9a-f]{64}|@sha512:[0-9a-f]{128})?";

/** An image by its tag, its digest or both. Source: https://github.com/distribution/reference */
export const imageReference = z
  .string()
  .max(511)
  .regex(new RegExp(`^(?:${registry}/)?${pathPart}(?:/${pathPart})*${version}$`), {
    error:
      "is no image: write it as registry/path:tag or registry/path@sha256:… with all 64 digits, the path in lower case, without https://",
  });

/** A registry, and a path in it, in place of another registry. */
export const registryPrefix = z.string().regex(new RegExp(`^${registry}(?:/${pathPart})*$`), {
  error:
    "is no registry: write it as registry.example.com or registry.example.com/mirror, without https:// and without '/' at its end",
});

/** An amount of a resource. Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
export const quantity = z
  .string()
  .regex(/^\+?(?:\d+\.?\d*|\.\d+)(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,2})?$/, {
    error: "is no quantity that Kubernetes takes: write for example 500m of cpu and 256Mi of memory",
  })
  .meta({ sample: "1Gi" });

/** Amounts of resources by their names. */
export const quantities = z.record(
  z.string().regex(/^(?:cpu|memory|ephemeral-storage|hugepages-[A-Za-z0-9]+|[-.a-z0-9]+\/[-._A-Za-z0-9]+)$/, {
    error: "is no resource: give cpu, memory, ephemeral-storage, or one of a device with its domain",
  }),
  quantity,
);
