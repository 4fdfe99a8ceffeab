import type * as pulumi from "@pulumi/pulumi";

/** One key of a Kubernetes Secret in the forwarder's namespace. */
export interface SecretKey {
  /** Name of the Secret. It must be in the namespace of the forwarder. */
  name: pulumi.Input<string>;
  /** Key within the Secret. */
  key: pulumi.Input<string>;
}

/**
 * A credential: exactly one of `value` and `secret`. Either way the forwarder reads it as a file and reads it
 * again when it changes, without a restart.
 */
export interface Credential {
  /**
   * The credential itself. It is kept as a Pulumi secret, whether it was marked as one or not, and goes into
   * a Secret that the component creates.
   */
  value?: pulumi.Input<string>;
  /**
   * A key of an existing Secret, for credentials that External Secrets, Vault or an operator brings: Pulumi
   * then never sees the credential.
   */
  secret?: SecretKey;
}
