import * as z from "zod";
import { text } from "../schema/values";

/** One key of a Kubernetes Secret. */
export const secretKey = z
  .strictObject({
    name: text.meta({ description: "Name of the Secret. It must be in the namespace of the forwarder." }),
    key: text.meta({ description: "Key within the Secret." }),
  })
  .meta({
    typeName: "SecretKey",
    typeDescription: "One key of a Kubernetes Secret in the forwarder's namespace.",
  });

/** The properties of a credential as it is declared. */
export const credentialProperties = {
  value: z.string().optional().meta({
    choice: true,
    description:
      "The credential itself. It is kept as a Pulumi secret, whether it was marked as one or not, and goes into a Secret that the component creates.",
  }),
  secret: secretKey.optional().meta({
    choice: true,
    description:
      "A key of an existing Secret, for credentials that External Secrets, Vault or an operator brings: Pulumi then never sees the credential.",
  }),
};

/** A credential as it is declared, which the schemas of the configuration know as the name of a file. */
export const declaredCredential = z.strictObject(credentialProperties).meta({
  typeName: "Credential",
  typeDescription:
    "A credential: exactly one of `value` and `secret`. Either way the forwarder reads it as a file and reads it again when it changes, without a restart.",
});
