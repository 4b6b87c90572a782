/** Baseline (b): writes each click straight to D1, insert and counter update in one batch, and then answers. */
export default {
  async fetch(request: Request, env: { DB: D1Database }): Promise<Response> {
    const body = (await request.json()) as Record<string, string>;
    const code = new URL(body.affiliate_url!).searchParams.get("aff");
    const id = crypto.randomUUID().replaceAll("-", "");
    const now = Date.now();
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO affiliate_click_events (id, customer_id, at, dialect, program_id, link_id, is_unique, is_bot, gpc, affiliate_url, page_url, page_title, referrer_url, session_id, screen_resolution, viewport_size, language, timezone)
         SELECT ?1, ?1, ?2, 'affitor', program_id, id, 1, 0, 0, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM referral_links WHERE code = ?3`,
      ).bind(
        id,
        now,
        code,
        body.affiliate_url,
        body.page_url,
        body.page_title,
        body.referrer_url,
        body.session_id,
        body.screen_resolution,
        body.viewport_size,
        body.language,
        body.timezone,
      ),
      env.DB.prepare("UPDATE referral_links SET clicks = clicks + 1, last_clicked = ? WHERE code = ?").bind(
        now,
        code,
      ),
    ]);
    return Response.json({
      success: true,
      click_id: `cust_${id}_${now}`,
      partner_code: code,
      cookie_window_days: 60,
    });
  },
};
