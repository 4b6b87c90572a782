/** What a network said, fit to be kept and shown: one line, cut, without secrets or e-mail addresses. Pure. */

import { redactEmails } from "./email.ts";
import { readObject } from "./read-object.ts";

const WORDS_LENGTH = 300;
/** A cut before the expensive steps; the words are in an answer's first part. */
const CONSIDERED_LENGTH = 4_096;

const SECRET =
  /\b((?:authorization["']?\s*[:=]\s*["']?)?(?:bearer|basic)\s+(?=\S{12})|(?:api[-_ ]?key|token|secret|password|authorization)["']?\s*[:=]\s*["']?)[^\s"',;&<>]+/gi;

/** @returns the network's own message where the body is JSON that has one, a page's title, else the body's text */
export function said(body: string): string {
  return plainWords(ownMessage(body) ?? pageTitle(body.slice(0, CONSIDERED_LENGTH)));
}

/**
 * One line of at most 300 characters. Doing it twice changes nothing, so the courier may pass an adapter's words
 * through again with the secrets that it alone knows.
 *
 * @param secrets values that must not be kept, whatever stands around them
 */
export function plainWords(text: string, secrets: readonly string[] = []): string {
  let words = text.slice(0, CONSIDERED_LENGTH).toWellFormed();
  for (const secret of secrets) if (secret) words = words.replaceAll(secret, "[secret]");
  words = redactEmails(words)
    .replace(SECRET, "$1[secret]")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  return words.length > WORDS_LENGTH ? `${words.slice(0, WORDS_LENGTH - 1).toWellFormed()}…` : words;
}

/** Everflow says {"error"} or {"Error"}; AvantLink {"error", "error_key"}. */
function ownMessage(body: string): string | undefined {
  const answer = readObject(body);
  const message =
    answer && [answer.error, answer.Error, answer.message].find((value) => typeof value === "string");
  if (typeof message !== "string") return undefined;
  return typeof answer?.error_key === "string" ? `${message} (${answer.error_key})` : message;
}

/** A proxy in front of the network answers with a page. */
function pageTitle(body: string): string {
  if (!body.trimStart().startsWith("<")) return body;
  const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1]?.trim();
  return title || body.replace(/<[^>]*>?/g, " ");
}
