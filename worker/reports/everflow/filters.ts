/**
 * Filters of the click report as SQL: same resource_type OR, different ones AND (seed 002). Pure.
 *
 * A filter's value is what the report's row shows, so that a value can be taken out of one report and put into the
 * next: names in any case, ids and the partner's own texts exactly, "" for clicks without the field.
 */

import { all, raw, type Sql, sql } from "../sql.ts";
import { countryCodes } from "./countries.ts";
import type { PartnerLink } from "./partner-links.ts";
import type { ResourceType } from "./schema.ts";

export interface Filter {
  resource_type: ResourceType;
  filter_id_value: string;
}

/** @returns the links that the filters leave: an offer is its link's, so it narrows where clicks are looked for. */
export function filteredLinks(links: PartnerLink[], filters: Filter[], exclusions: Filter[]): PartnerLink[] {
  const wanted = byType(filters).get("offer");
  const unwanted = byType(exclusions).get("offer");
  return links.filter((link) => {
    const offer = String(link.offer_id);
    return (!wanted || wanted.includes(offer)) && !unwanted?.includes(offer);
  });
}

/** @returns the condition on `affiliate_click_events e` for all filters but those that {@link filteredLinks} applied. */
export function clickConditions(links: PartnerLink[], filters: Filter[], exclusions: Filter[]): Sql {
  const conditions: Sql[] = [];
  for (const [type, values] of byType(filters)) {
    if (type !== "offer") conditions.push(condition(type, values, links));
  }
  for (const [type, values] of byType(exclusions)) {
    if (type !== "offer") conditions.push(sql`NOT (${condition(type, values, links)})`);
  }
  return all(conditions);
}

type Type = Exclude<ResourceType, `sub${number}`>;

function byType(filters: Filter[]): Map<Type, string[]> {
  const values = new Map<Type, string[]>();
  for (const { resource_type, filter_id_value } of filters) {
    const type = resource_type.replace(/^sub/, "s") as Type;
    const known = values.get(type);
    if (known) known.push(filter_id_value);
    else values.set(type, [filter_id_value]);
  }
  return values;
}

function condition(type: Exclude<Type, "offer">, values: string[], links: PartnerLink[]): Sql {
  switch (type) {
    case "country":
      return among(raw("COALESCE(e.country, '')"), values.flatMap(countryCodes));
    case "device_platform":
      return named("os", values);
    case "device_type":
      return named("device_type", values);
    case "device_make":
      return named("device_brand", values);
    case "device_model":
      return named("device_model", values);
    case "browser":
      return named("browser", values);
    case "language":
      return sql`(${named("language", values)} OR ${among(PRIMARY_LANGUAGE, values)})`;
    case "s1":
    case "s2":
    case "s3":
    case "s4":
    case "s5":
      return param(`sub${type.slice(1)}`, values, links);
    case "source_id":
    case "coupon_code":
      return param(type, values, links);
    case "creative":
      return param("creative_id", values, links);
    case "offer_url":
      return param("uid", values, links);
    case "carrier":
    case "connection_type":
    case "campaign":
      // The edge does not tell the first two, and there are no smart links here: no click has any.
      return raw(values.includes("") ? "TRUE" : "FALSE");
  }
}

/** "en" of "en-US", as the report shows it. */
const PRIMARY_LANGUAGE = raw(
  "substr(COALESCE(e.language, ''), 1, instr(COALESCE(e.language, '') || '-', '-') - 1) COLLATE NOCASE",
);

function named(column: string, values: string[]): Sql {
  return among(raw(`COALESCE(e.${column}, '') COLLATE NOCASE`), values);
}

/** The landing's parameter, or the link's where the landing had none: `defaults` decides which links then fit. */
function param(name: string, values: string[], links: PartnerLink[]): Sql {
  const own = raw(`COALESCE(e.params ->> '${name}', '')`);
  const fitting = links.filter(({ defaults }) => values.includes(defaults[name] ?? ""));
  const byDefault = among(
    raw("e.link_id"),
    fitting.map(({ id }) => id),
  );
  return sql`CASE ${own} WHEN '' THEN ${byDefault} ELSE ${among(own, values)} END`;
}

/** One parameter however many values there are: D1 takes a hundred in a statement. One value needs no look-up. */
function among(expression: Sql, values: (string | number)[]): Sql {
  if (values.length === 1) return sql`${expression} = ${values[0]}`;
  return sql`${expression} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`;
}
