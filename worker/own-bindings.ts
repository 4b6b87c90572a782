/** None of them is a network's key: a setting that names one must not send it to a network. env.ts holds it to Env. */
export const OWN_BINDINGS = {
  DB: true,
  INTAKE: true,
  COURIER: true,
  CLICK_ID_SECRET: true,
  CLICK_ID_SECRET_PREVIOUS: true,
  ADMIN_TOKEN: true,
  INTAKE_SHARDS: true,
  COURIERS_PER_NETWORK: true,
  DELIVERY_TIMEOUT_MS: true,
  DELIVERY_HOURS: true,
  ALLOW_LOOPBACK_NETWORKS: true,
  ASSETS: true,
  TRACKER_ALIASES: true,
} as const;
