/** A link to another site, in a window of its own. What is no web address ("javascript:…") stays text. */
export function Outward({ url }: { url: string }) {
  if (!/^https?:\/\//i.test(url)) return <>{url}</>;
  return (
    <a href={url} target="_blank" rel="noreferrer">
      {url}
    </a>
  );
}
