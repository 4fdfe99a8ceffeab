import type { SecretFiles } from "./secretFiles";

/** The credential in a destination's settings, at most one. */
export interface CredentialSettings {
  bearerFile?: string;
  apiKeyFile?: string;
  basic?: { userName: string; passwordFile: string };
}

/** The `authorization` header that a credential makes, or none. Throws SecretFileError. */
export function authorization(
  { bearerFile, apiKeyFile, basic }: CredentialSettings,
  secrets: SecretFiles,
): Record<string, string> {
  if (bearerFile !== undefined) return { authorization: `Bearer ${secrets.read(bearerFile)}` };
  if (apiKeyFile !== undefined) return { authorization: `ApiKey ${secrets.read(apiKeyFile)}` };
  if (basic === undefined) return {};
  const pair = `${basic.userName}:${secrets.read(basic.passwordFile)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}
