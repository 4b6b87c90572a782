/** Seed 002, frozen: its example requests and its example answer as they stand. */

/** "Include only clicks that comes from the US or Canada and that have the "internal" value passed as a sub1." */
export const EXAMPLE_1 = `{
"from": "2022-02-08 16:30:00",
"to": "2022-02-08 16:45:00",
"timezone_id": 90,
"query":
{
"filters":
[
{
"filter_id_value": "internal",
"resource_type": "s1"
},
{
"filter_id_value": "Canada",
"resource_type": "country"
},
{
"filter_id_value": "United States",
"resource_type": "country"
}
]
}
}`;

/** "All clicks on 2 offers" */
export const EXAMPLE_2 = `{
"from": "2022-02-01 12:30:00",
"to": "2022-02-01 13:00:00",
"timezone_id": 90,
"query":
{
"filters":
[
{
"filter_id_value": "882",
"resource_type": "offer"
},
{
"filter_id_value": "883",
"resource_type": "offer"
}
]
}
}`;

/** "Clicks that have a sub3 value of "test"" */
export const EXAMPLE_3 = `{
"from": "2022-02-01 12:30:00",
"to": "2022-02-01 13:00:00",
"timezone_id": 90,
"query":
{
"filters":
[
{
"filter_id_value": "test",
"resource_type": "s3"
}
]
}
}`;

/** The one element of "clicks" in the answer to the stream. */
export const EXAMPLE_CLICK = {
  transaction_id: "410da86457f54ae388a871d54a33275b",
  is_unique: 1,
  unix_timestamp: 1702313995,
  tracking_url: "www.tracking-link.com",
  source_id: "",
  sub1: "facebook",
  sub2: "",
  sub3: "",
  sub4: "",
  sub5: "",
  revenue_type: "CPA",
  revenue: 0,
  referer: "",
  error_code: 0,
  user_ip: "127.0.0.1",
  error_message: "N/A",
  idfa: "",
  idfa_md5: "",
  idfa_sha1: "",
  google_ad_id: "",
  google_ad_id_md5: "",
  google_ad_id_sha1: "",
  android_id: "",
  android_id_md5: "",
  android_id_sha1: "",
  relationship: {
    offer: {
      network_offer_id: 1,
      network_id: 1,
      name: "Example Offer",
      offer_status: "active",
      network_tracking_domain_id: 1,
    },
    geolocation: {
      country_code: "US",
      country_name: "United States",
      region_code: "",
      region_name: "California",
      city_name: "Burbank",
      dma: 803,
      dma_name: "Los Angeles, CA",
      timezone: "America/Los_Angeles",
      carrier_name: "T-Mobile USA",
      carrier_code: 0,
      organization: "",
      isp_name: "T-mobile Usa Inc.",
      is_mobile: false,
      is_proxy: false,
      postal_code: "",
    },
    device_information: {
      is_mobile: true,
      platform_name: "macOS",
      os_version: "",
      brand: "Apple",
      model: "",
      is_tablet: false,
      browser_name: "Safari",
      browser_version: "",
      device_type: "PC",
      language: "fr",
      http_accept_language: "",
      is_robot: false,
      is_filter: false,
    },
    query_parameters: {
      __cc: "SUMMER",
    },
  },
  currency_id: "USD",
  coupon_code: "SUMMER",
};

/** The answer by id. */
export const EXAMPLE_CLICK_BY_ID = {
  transaction_id: "d746e9ab66914764b6a0cf6ab25d0cdf",
  is_unique: 1,
  unix_timestamp: 1661970238,
  tracking_url: "www.tracking-domain.test",
  source_id: "",
  sub1: "internal",
  sub2: "",
  sub3: "facebook",
  sub4: "",
  sub5: "",
  revenue_type: "CPA",
  revenue: 0,
  referer: "",
  error_code: 0,
  user_ip: "68.26.161.189",
  error_message: "N/A",
  idfa: "",
  idfa_md5: "",
  idfa_sha1: "",
  google_ad_id: "",
  google_ad_id_md5: "",
  google_ad_id_sha1: "",
  android_id: "",
  android_id_md5: "",
  android_id_sha1: "",
  relationship: {
    offer: {
      network_offer_id: 3,
      network_id: 1,
      name: "Example Offer Name",
      offer_status: "active",
      network_tracking_domain_id: 1,
    },
    geolocation: {
      country_code: "US",
      country_name: "United States",
      region_code: "",
      region_name: "California",
      city_name: "Burbank",
      dma: 803,
      dma_name: "Los Angeles, CA",
      timezone: "America/Los_Angeles",
      carrier_name: "T-Mobile USA",
      carrier_code: 0,
      organization: "",
      isp_name: "T-mobile Usa Inc.",
      is_mobile: false,
      is_proxy: false,
      postal_code: "",
    },
    device_information: {
      is_mobile: true,
      platform_name: "macOS",
      os_version: "",
      brand: "Apple",
      model: "",
      is_tablet: false,
      browser_name: "Safari",
      browser_version: "",
      device_type: "PC",
      language: "fr",
      http_accept_language: "",
      is_robot: false,
      is_filter: false,
    },
    query_parameters: null,
  },
  currency_id: "USD",
  coupon_code: "SUMMER",
};
