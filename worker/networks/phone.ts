import { decodeAscii } from "./email.ts";

/** +49 170 1234567, 0049…; the "+" of a URL's query reads as a space, so the two count alike. */
const INTERNATIONAL = /^(?:\+|00| )[1-9](?:[\s().+/-]{0,2}\d){7,14}$/;
/** (555) 123-4567, 555.123.4567. Dates, versions and ids are grouped otherwise. */
const GROUPED = /^\(?\d{3,4}\)?[\s.+-]\s?\d{3}[\s.+-]\d{4}$/;

/**
 * Whether the whole value is a phone number as people write one, percent-encoded or not. Bare digits are none: they
 * are ids and times far more often, and a parameter that holds a number is known by its name.
 */
export function looksLikePhone(value: string): boolean {
  const decoded = decodeAscii(value).trimEnd();
  return INTERNATIONAL.test(decoded) || GROUPED.test(decoded.trim());
}
