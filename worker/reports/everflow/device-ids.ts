/** A mobile device's advertising ids and their hashes, as seed 002 shows them. */

import { hex } from "../hex.ts";

type Hashed<N extends string> = Record<N | `${N}_md5` | `${N}_sha1`, string>;
export type DeviceIds = Hashed<"idfa"> & Hashed<"google_ad_id"> & Hashed<"android_id">;

const NONE: DeviceIds = {
  idfa: "",
  idfa_md5: "",
  idfa_sha1: "",
  google_ad_id: "",
  google_ad_id_md5: "",
  google_ad_id_sha1: "",
  android_id: "",
  android_id_md5: "",
  android_id_sha1: "",
};

const encoder = new TextEncoder();

/** Hashes are of the id as it was given, in lower-case hexadecimal. Most clicks have no id and cost no hashing. */
export async function deviceIds(params: Readonly<Record<string, string>>): Promise<DeviceIds> {
  const { idfa = "", google_aid = "", android_id = "" } = params;
  if (!idfa && !google_aid && !android_id) return NONE;
  return {
    idfa,
    idfa_md5: await hash("MD5", idfa),
    idfa_sha1: await hash("SHA-1", idfa),
    google_ad_id: google_aid,
    google_ad_id_md5: await hash("MD5", google_aid),
    google_ad_id_sha1: await hash("SHA-1", google_aid),
    android_id,
    android_id_md5: await hash("MD5", android_id),
    android_id_sha1: await hash("SHA-1", android_id),
  };
}

/** @returns "" for "": an id that is not there has no hash. */
async function hash(algorithm: "MD5" | "SHA-1", value: string): Promise<string> {
  return value && hex(await crypto.subtle.digest(algorithm, encoder.encode(value)));
}
