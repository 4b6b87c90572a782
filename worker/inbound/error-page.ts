/** A page for a visitor whom a link leads nowhere: a sentence, no script, nothing loaded. Pure. */

const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Robots-Tag": "noindex",
};

/** @param title and `text` are ours: nothing of the request stands in the page. */
export function errorPage(status: number, title: string, text: string, headers = {}): Response {
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<h1>${title}</h1>
<p>${text}</p>
</html>
`;
  return new Response(html, { status, headers: { ...HEADERS, ...headers } });
}
