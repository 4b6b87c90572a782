/** A recorded click as seed 002 shows one, field for field. What is not known has the seed's empty value. */

import type { z } from "zod";
import { CLICK_ERRORS } from "../../networks/everflow-errors.ts";
import { scrubUrl } from "../../networks/scrub-url.ts";
import { countryName } from "./countries.ts";
import { deviceIds } from "./device-ids.ts";
import type { ReportRow } from "./newest-rows.ts";
import type { PartnerLink } from "./partner-links.ts";
import type { ReportedClick } from "./schema.ts";

/** Everflow's "blocked traffic": a bot's click is recorded, and neither counted nor forwarded. */
const BLOCKED_TRAFFIC = 14;
/** This collector is one network with one tracking domain. */
const ONLY_ONE = 1;

/** @param host of the collector, as the caller named it. */
export async function reportedClick(
  row: ReportRow,
  link: PartnerLink,
  host: string,
): Promise<z.output<typeof ReportedClick>> {
  const params: Record<string, string> = row.params === null ? {} : JSON.parse(row.params);
  const param = (name: string) => params[name] || link.defaults[name] || "";
  const is_bot = row.is_bot === 1;
  const device_type = row.device_type ?? "";
  return {
    transaction_id: row.id,
    is_unique: row.is_unique === 1 ? 1 : 0,
    unix_timestamp: Math.floor(row.at / 1000),
    tracking_url: `${host}/c/${encodeURIComponent(link.code)}`,
    source_id: param("source_id"),
    sub1: param("sub1"),
    sub2: param("sub2"),
    sub3: param("sub3"),
    sub4: param("sub4"),
    sub5: param("sub5"),
    // Earned by a conversion, so a click's own is nothing: the seed's neutral values.
    revenue_type: "CPA",
    revenue: 0,
    referer: scrubUrl(row.referrer_url ?? ""),
    error_code: is_bot ? BLOCKED_TRAFFIC : 0,
    user_ip: row.ip ?? "",
    error_message: is_bot ? CLICK_ERRORS[BLOCKED_TRAFFIC]! : "N/A",
    ...(await deviceIds(params)),
    relationship: {
      offer: {
        network_offer_id: link.offer_id,
        network_id: ONLY_ONE,
        name: link.offer_name,
        offer_status: link.active ? "active" : "paused",
        network_tracking_domain_id: ONLY_ONE,
      },
      geolocation: {
        country_code: row.country ?? "",
        country_name: countryName(row.country),
        region_code: row.region_code ?? "",
        region_name: row.region ?? "",
        city_name: row.city ?? "",
        dma: row.dma ?? 0,
        dma_name: "",
        timezone: row.geo_timezone ?? "",
        carrier_name: "",
        carrier_code: 0,
        organization: "",
        isp_name: row.as_organization ?? "",
        is_mobile: false,
        is_proxy: false,
        postal_code: row.postal_code ?? "",
      },
      device_information: {
        is_mobile: device_type === "Mobile" || device_type === "Tablet",
        platform_name: row.os ?? "",
        os_version: row.os_version ?? "",
        brand: row.device_brand ?? "",
        model: row.device_model ?? "",
        is_tablet: device_type === "Tablet",
        browser_name: row.browser ?? "",
        browser_version: row.browser_version ?? "",
        device_type,
        language: row.language?.split("-")[0] ?? "",
        http_accept_language: "",
        is_robot: is_bot,
        is_filter: false,
      },
      // The seed shows it beside a coupon, and null beside another: null is where the coupon is the link's own.
      query_parameters: params.coupon_code ? { __cc: params.coupon_code } : null,
    },
    currency_id: "USD",
    coupon_code: param("coupon_code"),
  };
}
