import type { SecretFiles } from "./secretFiles";

/** The credential in a destination's settings, at most one. */
export interface CredentialSettings {
  bearer?: string;
  apiKey?: string;
  basic?: { userName: string; password: string };
}

/** The `authorization` header that a credential makes, or none. Throws SecretFileError. */
export function authorization(
  { bearer, apiKey, basic }: CredentialSettings,
  secrets: SecretFiles,
): Record<string, string> {
  if (bearer !== undefined) return { authorization: `Bearer ${secrets.read(bearer)}` };
  if (apiKey !== undefined) return { authorization: `ApiKey ${secrets.read(apiKey)}` };
  if (basic === undefined) return {};
  const pair = `${basic.userName}:${secrets.read(basic.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}
