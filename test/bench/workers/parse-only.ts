/** Baseline (a): parses the same JSON and answers. The ceiling of what a Worker here can do. */
export default {
  async fetch(request: Request): Promise<Response> {
    const body = (await request.json()) as { affiliate_url: string };
    return Response.json({
      success: true,
      click_id: `cust_${crypto.randomUUID().replaceAll("-", "")}_${Date.now()}`,
      partner_code: new URL(body.affiliate_url).searchParams.get("aff"),
      cookie_window_days: 60,
    });
  },
};
