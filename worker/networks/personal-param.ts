import { containsEmail, decodeAscii } from "./email.ts";
import { looksLikePhone } from "./phone.ts";

/** Part of a name, as in user_email, contact[phone], billingTel. */
const WORDS = new Set(["email", "mail", "phone", "telephone", "tel", "mobile", "msisdn", "fname", "lname"]);
/** The end of a name, whatever stands before it and however it is joined: userEmailAddress, first_name. */
const ENDINGS = /(?:email(?:address)?|phone(?:number|no)|(?:first|last|full|given|family|sur)name)$/;

/**
 * Whether a query's `name=value`, as it stands in a URL, holds personal data: an e-mail address anywhere, a phone
 * number, or anything at all under a name that is known for it. Pure.
 */
export function isPersonalParam(pair: string): boolean {
  const [rawName = "", ...rest] = pair.split("=");
  const name = decodeAscii(rawName);
  // AvantLink's token is opaque and goes exactly as it came.
  if (name === "avad") return false;
  return isPersonalName(name) || containsEmail(pair) || looksLikePhone(rest.join("="));
}

function isPersonalName(name: string): boolean {
  const words = name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  const joined = words.join("");
  return joined === "name" || ENDINGS.test(joined) || words.some((word) => WORDS.has(word));
}
