/** An address with the click id, and without. All else in it stays as it is written: a checkout may have signed it. Pure. */
import { CLICK_ID } from "./cookie.ts";

/** @param id null for none. */
export function withClickId(url: URL, id: string | null): string {
  const parts = url.search ? url.search.slice(1).split("&") : [];
  const others = parts.filter((part) => !part.startsWith(`${CLICK_ID}=`));
  url.search = (id ? [...others, `${CLICK_ID}=${id}`] : others).join("&");
  return url.href;
}

/** @returns the host of a domain as a merchant may write it ("https://Münze.example"), as addresses have it. */
export function hostOf(domain: string): string {
  return new URL(domain.replace(/^(?!\w+:\/\/)(\*?\.)?/, "http://")).hostname;
}
