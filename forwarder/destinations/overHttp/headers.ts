import { SecretFileError, type SecretFiles } from "../../secretFiles";

/** The credential in a destination's settings, at most one. */
export interface CredentialSettings {
  bearer?: string;
  apiKey?: string;
  basic?: { userName: string; password: string };
}

export interface HeaderSettings extends CredentialSettings {
  headers: Record<string, string>;
  /** By header: the file that holds its value. */
  secretHeaders: Record<string, string>;
}

/** What a header's value may hold (RFC 9110, section 5.5). */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The headers that a destination's settings add to a request, by name in lower case. Throws SecretFileError. */
export function requestHeaders(settings: HeaderSettings, secrets: SecretFiles): Record<string, string> {
  const plain = Object.entries(settings.headers);
  const secret = Object.entries(settings.secretHeaders).map(([name, file]) => [
    name,
    secretValue(file, secrets),
  ]);
  const added = [...plain, ...secret].map(([name, value]) => [name!.toLowerCase(), value]);
  return { ...Object.fromEntries(added), ...authorization(settings, secrets) };
}

function secretValue(file: string, secrets: SecretFiles): string {
  const value = secrets.read(file);
  if (fieldValue.test(value)) return value;
  throw new SecretFileError(`the secrets file ${file} holds what no header can: one line of plain text`);
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
