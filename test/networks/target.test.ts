import { describe, expect, test } from "vitest";
import { targetFault } from "../../worker/networks/target.ts";

const local = { allowLoopback: true };

describe("a network's address in production", () => {
  test.for([
    "https://www.acme-trk.example",
    "https://www.acme-trk.example/clk?oid=1&affid=2",
    "https://client.avantlink.com:443/merchants/x/tracking/click",
    "https://8.8.8.8/",
    "https://172.32.0.1/",
    "https://100.128.0.1/",
    "https://[2606:4700:4700::1111]/",
    "https://localhost.example/",
    "https://internal.example/",
    "https://bücher.example/",
  ])("%s may be called", (url) => {
    expect(targetFault(url)).toBeUndefined();
  });

  test.for<[url: string, host: string]>([
    ["https://127.0.0.1", "127.0.0.1"],
    ["https://127.1", "127.0.0.1"],
    ["https://2130706433", "127.0.0.1"],
    ["https://0x7f000001", "127.0.0.1"],
    ["https://0x7f.0x0.0x0.0x1", "127.0.0.1"],
    ["https://0177.0.0.01", "127.0.0.1"],
    ["https://127.0.0.1.", "127.0.0.1"],
    ["https://%31%32%37.0.0.1", "127.0.0.1"],
    ["https://127。0。0。1", "127.0.0.1"],
    ["https://[::1]", "[::1]"],
    ["https://[0:0:0:0:0:0:0:1]", "[::1]"],
    ["https://localhost", "localhost"],
    ["https://LOCALHOST.", "localhost"],
    ["https://shop.localhost", "shop.localhost"],
  ])("%s is refused as this machine itself", ([url, host]) => {
    expect(targetFault(url)).toBe(`must be a public address: ${host} is this machine itself`);
  });

  test.for<[url: string, what: string]>([
    ["https://10.0.0.1", "on a private network"],
    ["https://172.16.0.1", "on a private network"],
    ["https://172.31.255.255", "on a private network"],
    ["https://192.168.1.1", "on a private network"],
    ["https://3232235777", "on a private network"],
    ["https://[fc00::1]", "on a private network"],
    ["https://[fdff::1]", "on a private network"],
    ["https://[fec0::1]", "on a private network"],
    ["https://printer.local", "on a private network"],
    ["https://metadata.google.internal", "on a private network"],
    ["https://crm.corp", "on a private network"],
    ["https://box.home.arpa", "on a private network"],
    ["https://169.254.169.254/latest/meta-data/", "link-local"],
    ["https://0xa9fea9fe", "link-local"],
    ["https://[fe80::1]", "link-local"],
    ["https://[febf::1]", "link-local"],
    ["https://100.64.0.1", "CGNAT"],
    ["https://100.100.100.200", "CGNAT"],
    ["https://100.127.255.255", "CGNAT"],
    ["https://168.63.129.16", "a cloud's own service address"],
    ["https://[fd00:ec2::254]", "on a private network"],
    ["https://[::ffff:127.0.0.1]", "IPv4 address in IPv6 form"],
    ["https://[::ffff:10.0.0.1]", "IPv4 address in IPv6 form"],
    ["https://[::ffff:a9fe:a9fe]", "IPv4 address in IPv6 form"],
    ["https://[::ffff:8.8.8.8]", "IPv4 address in IPv6 form"],
    ["https://[::127.0.0.1]", "IPv4 address in IPv6 form"],
    ["https://[64:ff9b::7f00:1]", "IPv4 address in IPv6 form"],
    ["https://[64:ff9b:1::a9fe:a9fe]", "IPv4 address in IPv6 form"],
    ["https://[2002:7f00:1::]", "IPv4 address in IPv6 form"],
    ["https://[2001:0:1::1]", "IPv4 address in IPv6 form"],
    ["https://0.0.0.0", "reserved"],
    ["https://0", "reserved"],
    ["https://192.0.0.192", "reserved"],
    ["https://192.0.2.1", "reserved"],
    ["https://198.18.0.1", "reserved"],
    ["https://203.0.113.1", "reserved"],
    ["https://224.0.0.1", "reserved"],
    ["https://255.255.255.255", "reserved"],
    ["https://[::]", "reserved"],
    ["https://[2001:db8::1]", "reserved"],
    ["https://[3fff::1]", "reserved"],
    ["https://[ff02::1]", "reserved"],
    ["https://[100::1]", "reserved"],
    ["https://metadata", "no full host name"],
    ["https://trk", "no full host name"],
  ])("%s is refused: %s", ([url, what]) => {
    expect(targetFault(url)).toContain("must be a public address: ");
    expect(targetFault(url)).toContain(what);
  });

  test.for([
    ["http://www.acme-trk.example", "must be an https URL"],
    ["ftp://www.acme-trk.example", "must be an https URL"],
    ["javascript:alert(1)", "must be an https URL"],
    ["file:///etc/passwd", "must be an https URL"],
    ["data:text/plain,x", "must be an https URL"],
    ["www.acme-trk.example", "must be an absolute URL"],
    ["", "must be an absolute URL"],
    ["https://", "must be an absolute URL"],
    ["https://256.0.0.1", "must be an absolute URL"],
    ["https://user@www.acme-trk.example", "must not contain a user name or password"],
    ["https://:pw@www.acme-trk.example", "must not contain a user name or password"],
    ["https://www.acme-trk.example@10.0.0.1", "must not contain a user name or password"],
    ["https://www.acme-trk.example:8443", "must use port 443, not 8443"],
    ["https://www.acme-trk.example:22", "must use port 443, not 22"],
  ])("%s is refused: it %s", ([url, fault]) => {
    expect(targetFault(url!)).toBe(fault);
  });
});

describe("in local mode", () => {
  test.for([
    "http://127.0.0.1:8789/clk?oid=1",
    "http://127.9.9.9",
    "https://127.0.0.1:8443",
    "http://localhost:8789",
    "http://everflow.localhost:8789",
    "http://[::1]:8789",
    "https://www.acme-trk.example",
  ])("%s may be called", (url) => {
    expect(targetFault(url, local)).toBeUndefined();
  });

  test.for([
    "http://www.acme-trk.example",
    "https://www.acme-trk.example:8443",
    "http://10.0.0.1:8789",
    "http://192.168.1.2",
    "http://169.254.169.254",
    "http://[::ffff:127.0.0.1]:8789",
    "http://0.0.0.0:8789",
    "http://user:pw@127.0.0.1:8789",
    "ftp://127.0.0.1",
  ])("%s is refused as in production", (url) => {
    expect(targetFault(url, local)).toBe(targetFault(url));
    expect(targetFault(url, local)).toBeDefined();
  });
});
