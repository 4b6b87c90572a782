import packageJson from "../../../package.json" with { type: "json" };
import { formatClickId, type OwedClick } from "../../click.ts";

/** What every test click says of itself, wherever a network has a place for words. */
const TEST_MARK = "clickferry-test";

/** A browser's, so that a network judges it as it would a visitor, with our name behind. */
const USER_AGENT = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 ClickferryTest/${packageJson.version}`;

/** RFC 5737: an address of documentation, nobody's. */
const IP = "203.0.113.1";

/** @returns the click of a visitor who does not exist, on the program's landing page. @param now unix ms. */
export function syntheticClick(program: { landing_url: string }, now: number): OwedClick {
  const landing = new URL(program.landing_url);
  landing.searchParams.set("avad", TEST_MARK);
  const click_id = formatClickId(crypto.randomUUID().replaceAll("-", ""), now);
  return {
    click_id,
    visitor_id: click_id,
    affiliate_url: landing.href,
    referrer_url: "",
    user_agent: USER_AGENT,
    ip: IP,
    // Everflow's source, and AvantLink's avad and tracking code.
    params: { source_id: TEST_MARK, avad: TEST_MARK, custom_tracking_code: TEST_MARK },
  };
}
