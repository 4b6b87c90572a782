const LOOPBACK = /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Whether a URL is the collector's own. On one machine, all names of it with the same port are one. Pure. */
export function sameCollector(url: URL, collector: URL): boolean {
  if (url.host === collector.host) return true;
  return url.port === collector.port && LOOPBACK.test(url.hostname) && LOOPBACK.test(collector.hostname);
}
