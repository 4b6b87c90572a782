/** What a socket watches, and how the Worker tells the object of it. Pure. */

/** Of a click: what decides who may see it. */
export interface Belongs {
  program_id: number;
  link_id: number;
  partner_id: number | null;
}

export interface Watch {
  program_id?: number | undefined;
  link_id?: number | undefined;
  /** A partner, who sees its own clicks alone and nothing of deliveries; undefined for a manager. */
  partner_id?: number | undefined;
  /** Unix ms: the caller's session ends; null for a token, which does not. */
  expires_at: number | null;
}

/** A request to be made of the object, which trusts it: nothing in it is a caller's own header or URL. */
export function watchRequest(watch: Watch, after: string | undefined): Request {
  const url = new URL("https://live/");
  url.searchParams.set("watch", JSON.stringify(watch));
  if (after !== undefined) url.searchParams.set("after", after);
  return new Request(url, { headers: { Upgrade: "websocket" } });
}

export function readWatch(request: Request): { watch: Watch; after: string | undefined } {
  const { searchParams } = new URL(request.url);
  return {
    watch: JSON.parse(searchParams.get("watch")!) as Watch,
    after: searchParams.get("after") ?? undefined,
  };
}

export function fits(watch: Watch, click: Belongs): boolean {
  return (
    (watch.program_id === undefined || watch.program_id === click.program_id) &&
    (watch.link_id === undefined || watch.link_id === click.link_id) &&
    (watch.partner_id === undefined || watch.partner_id === click.partner_id)
  );
}
