import { expect, onTestFinished, test } from "vitest";
import { type AdminApi, adminApi } from "../../scripts/admin-api.ts";
import { openCollector } from "../../scripts/collector.ts";
import { type DemoNetworks, seedDemo } from "../../scripts/seed-demo.ts";
import { tempFolder } from "../support/node/temp-folder.ts";

const SHOP = "http://shop.localhost:8788";

const NETWORKS = networksOn(8789);

function networksOn(port: number): DemoNetworks {
  return {
    program: {
      everflow: {
        tracking_domain: `http://127.0.0.1:${port}`,
        api_base: `http://127.0.0.1:${port}`,
        advertiser_id: 1,
        api_key_secret: "EVERFLOW_API_KEY",
      },
      avantlink: {
        merchant_id: "6d1b3d5c-8d59-4c43-9d0e-7a3c1f0b2e44",
        base_url: `http://127.0.0.1:${port + 1}`,
      },
    },
    link: (n) => ({ offer_id: 2101, affiliate_id: 411 + n }),
  };
}

interface Listed {
  data: { id: number; name: string; code: string; kind: string; status: string; destination_url: string }[];
}

async function emptyCollector(): Promise<AdminApi> {
  const adminToken = "admin-token-for-tests";
  const clickIdSecret = "a-secret-for-tests-of-forty-characters-00";
  const collector = await openCollector({
    dataDir: tempFolder(),
    port: 0,
    adminToken,
    clickIdSecret,
    bindings: { ALLOW_LOOPBACK_NETWORKS: "1" },
  });
  onTestFinished(() => collector.close());
  return adminApi(collector.url, adminToken);
}

/** What a manager would see, in words. */
async function listed(api: AdminApi) {
  const [programs, partners, links] = await Promise.all([
    api.get<Listed>("/programs"),
    api.get<Listed>("/partners"),
    api.get<Listed>("/links"),
  ]);
  const partnerLinks = links.data.filter((link) => link.kind === "partner");
  return {
    programs: programs.data.map((program) => program.name),
    partners: partners.data.map((partner) => partner.name).sort(),
    links: partnerLinks.map((link) => `${link.code} → ${link.destination_url}`).sort(),
  };
}

const DEMO = {
  programs: ["Northpine Outfitters (demo)"],
  partners: ["Gear Weekly", "Summit Deals", "Trail Blog"],
  links: [`GEARWEEKLY → ${SHOP}/product`, `SUMMITDEALS → ${SHOP}/pricing`, `TRAILBLOG → ${SHOP}/`],
};

test("the demo is a program with three partners and a link for each", async () => {
  const api = await emptyCollector();
  const demo = await seedDemo(api, SHOP, NETWORKS);
  expect(await listed(api)).toEqual(DEMO);
  expect(await api.get(`/programs/${demo.programId}`)).toMatchObject({
    domains: ["shop.localhost"],
    landing_url: `${SHOP}/`,
    ...NETWORKS.program,
  });
  expect(demo.links.map((link) => link.url)).toEqual([
    `${SHOP}/?aff=TRAILBLOG&avad=77_f3afbe121`,
    `${SHOP}/product?aff=GEARWEEKLY&avad=78_0c6d9a4f2`,
    `${SHOP}/pricing?aff=SUMMITDEALS&avad=79_b81e57c30`,
  ]);
  for (const [n, { id }] of demo.links.entries()) {
    expect(await api.get(`/links/${id}`)).toMatchObject({ everflow: NETWORKS.link(n) });
  }
});

test("it is there once, however often the collector is started", async () => {
  const api = await emptyCollector();
  const first = await seedDemo(api, SHOP, NETWORKS);
  expect(await seedDemo(api, SHOP, NETWORKS)).toEqual(first);
  expect(await listed(api)).toEqual(DEMO);
});

test("a start that was killed amid it is taken up by the next, at whichever step", async () => {
  const api = await emptyCollector();
  let starts = 0;
  for (let done = false; !done; starts++) {
    let made = 0;
    const cutShort: AdminApi = {
      ...api,
      post: (path, body) => (made++ === 0 ? api.post(path, body) : Promise.reject(new Error("killed"))),
    };
    done = await seedDemo(cutShort, SHOP, NETWORKS).then(
      () => true,
      () => false,
    );
  }
  // A program, three partners, three links: one for each start.
  expect(starts).toBe(7);
  expect(await listed(api)).toEqual(DEMO);
});

test("what a manager has changed stays changed", async () => {
  const api = await emptyCollector();
  const { programId, links } = await seedDemo(api, SHOP, NETWORKS);
  await api.patch(`/programs/${programId}`, { name: "Mine", domains: ["mine.example"] });
  await api.patch(`/links/${links[0]!.id}`, { status: "inactive", destination_url: "http://mine.example/" });
  expect(await seedDemo(api, SHOP, NETWORKS)).toMatchObject({ programId });
  expect((await listed(api)).programs).toEqual(["Mine"]);
  expect(await api.get(`/links/${links[0]!.id}`)).toMatchObject({
    status: "inactive",
    destination_url: "http://mine.example/",
  });
});

test("its addresses follow the shop to another port", async () => {
  const api = await emptyCollector();
  const { programId } = await seedDemo(api, SHOP, NETWORKS);
  const moved = "http://shop.localhost:9001";
  const demo = await seedDemo(api, moved, NETWORKS);
  expect(demo.links[0]!.url).toBe(`${moved}/?aff=TRAILBLOG&avad=77_f3afbe121`);
  expect((await listed(api)).links).toEqual(DEMO.links.map((link) => link.replace(SHOP, moved)));
  expect(await api.get(`/programs/${programId}`)).toMatchObject({ landing_url: `${moved}/` });
});

test("a demo that was made without networks gets them, for itself and its links", async () => {
  const api = await emptyCollector();
  const { programId, links } = await seedDemo(api, SHOP, NETWORKS);
  await api.patch(`/programs/${programId}`, { everflow: null, avantlink: null });
  for (const { id } of links) await api.patch(`/links/${id}`, { everflow: null });

  await seedDemo(api, SHOP, NETWORKS);
  expect(await api.get(`/programs/${programId}`)).toMatchObject(NETWORKS.program);
  for (const [n, { id }] of links.entries()) {
    expect(await api.get(`/links/${id}`)).toMatchObject({ everflow: NETWORKS.link(n) });
  }
});

test("its networks are followed to other ports, and what a manager has set of them stays", async () => {
  const api = await emptyCollector();
  const { programId, links } = await seedDemo(api, SHOP, NETWORKS);
  const everflow = { ...NETWORKS.program.everflow, click_id_param: "sub4" };
  await api.patch(`/programs/${programId}`, { everflow });
  await api.patch(`/links/${links[0]!.id}`, { everflow: { offer_id: 7, affiliate_id: 8 } });

  const { program: there } = networksOn(9001);
  await seedDemo(api, SHOP, networksOn(9001));
  const { tracking_domain, api_base } = there.everflow;
  expect(await api.get(`/programs/${programId}`)).toMatchObject({
    everflow: { ...everflow, tracking_domain, api_base },
    avantlink: there.avantlink,
  });
  expect(await api.get(`/links/${links[0]!.id}`)).toMatchObject({
    everflow: { offer_id: 7, affiliate_id: 8 },
  });
});

test("an address of a network is followed alone, where its manager has the other elsewhere or none", async () => {
  const api = await emptyCollector();
  const { programId } = await seedDemo(api, SHOP, NETWORKS);
  const { tracking_domain, api_base } = networksOn(9001).program.everflow;
  for (const given of [undefined, "https://api.everflow.example"]) {
    const { api_base: _, ...rest } = NETWORKS.program.everflow;
    await api.patch(`/programs/${programId}`, { everflow: { ...rest, ...(given && { api_base: given }) } });
    await seedDemo(api, SHOP, networksOn(9001));
    const { everflow } = await api.get<{ everflow: { api_base?: string } }>(`/programs/${programId}`);
    expect(everflow).toMatchObject({ ...rest, tracking_domain });
    expect(everflow.api_base).toBe(given);
  }
  await api.patch(`/programs/${programId}`, {
    everflow: { ...NETWORKS.program.everflow, tracking_domain: "https://www.acme-trk.example" },
  });
  await seedDemo(api, SHOP, networksOn(9001));
  expect(await api.get(`/programs/${programId}`)).toMatchObject({
    everflow: { tracking_domain: "https://www.acme-trk.example", api_base },
  });
});

test("networks that are elsewhere are left alone", async () => {
  const api = await emptyCollector();
  const { programId } = await seedDemo(api, SHOP, NETWORKS);
  const everflow = {
    tracking_domain: "https://www.acme-trk.example",
    api_base: "https://api.everflow.example",
  };
  const avantlink = { merchant_id: NETWORKS.program.avantlink.merchant_id };
  await api.patch(`/programs/${programId}`, { everflow, avantlink });

  await seedDemo(api, SHOP, networksOn(9001));
  const program = await api.get<{ avantlink: object }>(`/programs/${programId}`);
  expect(program).toMatchObject({ everflow, avantlink });
  expect(program.avantlink).not.toHaveProperty("base_url");
});
