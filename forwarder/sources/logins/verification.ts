import type { Configuration } from "../../../contract";
import type { LoginClaim } from "../../../contract/loginClaim";
import { SecretFileError, type SecretFiles } from "../../secretFiles";
import { parseClaim } from "./claim";
import { isSigned } from "./signature";

/**
 * So long the id of a login record is remembered, from the time that its script signed; a webhook call that is older
 * is refused: between the two no replay fits. Microseconds.
 */
export const REMEMBERED_MICROS = 24 * 3600 * 1_000_000;

/**
 * Why a claim is no organization's word.
 * - `unknown organization`: the configuration names none of this id.
 * - `wrong signature`: no secret of the organization that it names made it.
 * - `malformed`: it is signed, and its text is no claim.
 * - `secret unreadable`: none of the organization's secrets can be read; the fault is on our side.
 */
export type ClaimRefusal = "unknown organization" | "wrong signature" | "malformed" | "secret unreadable";

/** A claim and the organization whose secret signed it; or why it is refused. */
export type Verification =
  | { claim: LoginClaim; organization: string; refused?: undefined }
  | { refused: ClaimRefusal };

export type VerifyClaim = (text: string, signature: string, hintOrganization: string) => Verification;

/**
 * Verifies claims of login attempts, whichever source they came from. The hint says whose secrets to try: a claim that
 * names an organization and was signed with another's secret is refused, so the organization given back is always
 * the one whose secret matched. Every secret listed for it counts, so that it can rotate; the files are read again
 * when they change.
 */
export function createClaimVerifier(
  organizations: NonNullable<Configuration["logins"]>["organizations"],
  secrets: SecretFiles,
): VerifyClaim {
  const filesOf = new Map(organizations.map(({ id, secretFiles }) => [id, secretFiles]));
  return (text, signature, hintOrganization) => {
    const files = filesOf.get(hintOrganization);
    if (!files) return { refused: "unknown organization" };
    const readable = readSecrets(files, secrets);
    if (readable.length === 0) return { refused: "secret unreadable" };
    if (!isSigned(text, signature, readable)) return { refused: "wrong signature" };
    const claim = parseClaim(text);
    return claim ? { claim, organization: hintOrganization } : { refused: "malformed" };
  };
}

/** The secrets that can be read at present: while one is being replaced the other still counts. */
export function readSecrets(files: readonly string[], secrets: SecretFiles): string[] {
  return files.flatMap((file) => {
    try {
      return [secrets.read(file)];
    } catch (error) {
      if (error instanceof SecretFileError) return [];
      throw error;
    }
  });
}

/** Organizations of which no secret can be read at present: their claims are refused. */
export function withoutSecret(
  organizations: NonNullable<Configuration["logins"]>["organizations"],
  secrets: SecretFiles,
): string[] {
  return organizations
    .filter(({ secretFiles }) => readSecrets(secretFiles, secrets).length === 0)
    .map(({ id }) => id);
}
