import { MASK, withoutSecrets } from "./net";

/** So much of an answer is looked at, and so much is shown. Characters. */
const LOOKED_AT = 2000;
const SHOWN = 200;

/** A word that a server's own messages do not hold, and tokens and parts of them do: long, with a digit. */
const token = /(?=[\w+/=~-]*\d)[\w+/=~-]{20,}/g;

/**
 * Words of a server for a message, or undefined when they may not be shown: a server, or what answers in its
 * place, may repeat the credential that it was sent, whole or in part.
 */
export function serverWords(text: string): string | undefined {
  const clean = withoutSecrets(text.slice(0, LOOKED_AT));
  return clean?.replaceAll(token, MASK).slice(0, SHOWN);
}
