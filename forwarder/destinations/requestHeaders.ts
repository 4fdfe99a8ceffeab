import { authorization, type CredentialSettings } from "./authorization";
import { SecretFileError, type SecretFiles } from "./secretFiles";

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
