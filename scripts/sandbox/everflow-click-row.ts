import { createHash } from "node:crypto";
import type { StoredClick } from "./everflow-clicks.ts";

const MOBILE = /\b(?:Mobile|Android|iPhone|iPad)\b/;

/** Seed 002's row, field for field; what the sandbox does not know has the seed's empty value. */
export function clickRow({ params, ...click }: StoredClick) {
  const is_mobile = MOBILE.test(click.user_agent);
  return {
    transaction_id: click.transaction_id,
    is_unique: click.is_unique ? 1 : 0,
    unix_timestamp: Math.floor(click.at / 1_000),
    tracking_url: click.host,
    source_id: params.source_id ?? "",
    sub1: params.sub1 ?? "",
    sub2: params.sub2 ?? "",
    sub3: params.sub3 ?? "",
    sub4: params.sub4 ?? "",
    sub5: params.sub5 ?? "",
    revenue_type: "CPA",
    revenue: 0,
    referer: click.referer,
    error_code: click.error_code,
    user_ip: click.ip,
    error_message: "N/A",
    idfa: params.idfa ?? "",
    idfa_md5: hash("md5", params.idfa),
    idfa_sha1: hash("sha1", params.idfa),
    google_ad_id: params.google_aid ?? "",
    google_ad_id_md5: hash("md5", params.google_aid),
    google_ad_id_sha1: hash("sha1", params.google_aid),
    android_id: params.android_id ?? "",
    android_id_md5: hash("md5", params.android_id),
    android_id_sha1: hash("sha1", params.android_id),
    relationship: {
      offer: {
        network_offer_id: click.oid,
        network_id: 1,
        name: `Sandbox offer ${click.oid}`,
        offer_status: "active",
        network_tracking_domain_id: 1,
      },
      geolocation: {
        country_code: "",
        country_name: "",
        region_code: "",
        region_name: "",
        city_name: "",
        dma: 0,
        dma_name: "",
        timezone: "",
        carrier_name: "",
        carrier_code: 0,
        organization: "",
        isp_name: "",
        is_mobile,
        is_proxy: false,
        postal_code: "",
      },
      device_information: {
        is_mobile,
        platform_name: "",
        os_version: "",
        brand: "",
        model: "",
        is_tablet: /\biPad\b/.test(click.user_agent),
        browser_name: "",
        browser_version: "",
        device_type: click.user_agent ? (is_mobile ? "Mobile" : "PC") : "",
        language: click.language.slice(0, 2),
        http_accept_language: click.language,
        is_robot: false,
        is_filter: false,
      },
      query_parameters: params.coupon_code ? { __cc: params.coupon_code } : null,
    },
    currency_id: "USD",
    coupon_code: params.coupon_code ?? "",
  };
}

function hash(algorithm: "md5" | "sha1", id: string | undefined): string {
  return id ? createHash(algorithm).update(id).digest("hex") : "";
}
