/** The signing secrets before the current one, as CLICK_ID_SECRET_PREVIOUS holds them. Pure. */

const SECRET_LENGTH = 32;
/** What none of them signed is tried with each: so many, and a forged id stays cheap. */
const MOST_SECRETS = 8;

/**
 * @param value secrets separated by blanks, newest first. One that has blanks itself can only stand alone.
 * @returns `fault`: what follows the setting's name in a sentence.
 */
export function earlierSecrets(value: string | undefined): { secrets: string[] } | { fault: string } {
  const given = value?.trim();
  if (!given) return { secrets: [] };
  const several = given.split(/\s+/);
  // No list, then: a phrase, which was a good secret while it was the current one.
  const secrets = several.some((secret) => secret.length >= SECRET_LENGTH) ? several : [given];
  const short = secrets.find((secret) => secret.length < SECRET_LENGTH);
  if (short)
    return {
      fault: `holds a secret of ${short.length} characters: each needs ${SECRET_LENGTH} or more, and blanks separate them`,
    };
  if (secrets.length > MOST_SECRETS)
    return { fault: `holds ${secrets.length} secrets: it takes ${MOST_SECRETS} or fewer` };
  return { secrets };
}
