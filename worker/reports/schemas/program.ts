import { z } from "zod";
import { OWN_BINDINGS } from "../../own-bindings.ts";
import {
  chosenIdentifier,
  counters,
  hostName,
  identifier,
  instant,
  line,
  networkOrigin,
  pageUrl,
  status,
} from "./fields.ts";
import { listing } from "./query.ts";

const enabled = z
  .boolean()
  .default(true)
  .meta({ description: "false: clicks are recorded, their deliveries withheld; the settings stay" });

export const EverflowSettings = z
  .strictObject({
    enabled,
    tracking_domain: networkOrigin.meta({ description: "Origin of the Everflow tracking domain" }),
    api_base: networkOrigin
      .optional()
      .meta({ description: "Everflow's API; https://api.eflow.team if unset" }),
    advertiser_id: identifier.optional(),
    click_id_param: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,31}$/, "must be a parameter's name, such as sub5")
      .refine((name) => name !== "oid" && name !== "affid", "must not be oid or affid")
      .default("sub5")
      .meta({ description: "The tracking parameter that carries our click id" }),
    forward_visitor_headers: z
      .boolean()
      .default(true)
      .meta({ description: "Send the visitor's User-Agent, and the IP address as X-Forwarded-For" }),
    api_key_secret: z
      .string()
      .max(100)
      .regex(/^[A-Z][A-Z0-9_]*$/, "must be the name of a Worker secret, such as EVERFLOW_API_KEY")
      .refine((name) => !Object.hasOwn(OWN_BINDINGS, name), "must not be a binding of the collector itself")
      .optional()
      .meta({ description: "Name of the Worker secret that holds the API key; never the key" }),
  })
  .meta({ id: "EverflowSettings" });

const AvantlinkSettings = z
  .strictObject({
    enabled,
    merchant_id: z.uuid("must be a UUID").toLowerCase(),
    base_url: networkOrigin.optional(),
  })
  .meta({ id: "AvantlinkSettings" });

const fields = {
  name: line(200),
  domains: z.array(hostName).max(100, "must be 100 host names or fewer").overwrite(distinct),
  landing_url: pageUrl,
  cookie_window_days: z.int().min(1).max(3650),
  attribution_model: z.enum(["last_click", "first_click"]),
  status,
  honor_gpc: z.boolean(),
  everflow: EverflowSettings.nullable(),
  avantlink: AvantlinkSettings.nullable(),
};

/** `domains` left out: the landing page's own host. */
export const NewProgram = z
  .strictObject({
    id: chosenIdentifier.optional(),
    name: fields.name,
    domains: fields.domains.optional(),
    landing_url: fields.landing_url,
    cookie_window_days: fields.cookie_window_days.default(60),
    attribution_model: fields.attribution_model.default("last_click"),
    status: fields.status.default("active"),
    honor_gpc: fields.honor_gpc.default(true),
    everflow: fields.everflow.default(null),
    avantlink: fields.avantlink.default(null),
  })
  .meta({ id: "NewProgram" });

/**
 * Settings of a network are replaced as a whole. Null takes them away, and a click is then no longer the network's;
 * `enabled: false` keeps them, and says of each click why it was not sent.
 */
export const ProgramChange = z.strictObject(fields).partial().meta({ id: "ProgramChange" });

export const Program = z
  .strictObject({ id: identifier, ...fields, ...counters, created_at: instant, updated_at: instant })
  .meta({ id: "Program" });

export const ProgramQuery = z.strictObject(listing).meta({ id: "ProgramQuery" });

function distinct(values: string[]): string[] {
  return [...new Set(values)];
}
