/** Table of contents of the dashboard: who may see what, under which address. */

import { render } from "preact";
import { followAddress, path } from "./address/route.ts";
import { api } from "./api/endpoints.ts";
import { useResource } from "./api/resource.ts";
import { session } from "./api/session.ts";
import { Notices } from "./parts/notice.tsx";
import { Empty, Failure, Loading } from "./parts/states.tsx";
import { Shell } from "./shell.tsx";
import { ClickView } from "./views/click/click-view.tsx";
import { DeliveriesView } from "./views/deliveries/deliveries-view.tsx";
import { LinkView } from "./views/link/link-view.tsx";
import { LinksView } from "./views/links/links-view.tsx";
import { LiveView } from "./views/live/live-view.tsx";
import { SetupView } from "./views/setup/setup-view.tsx";
import { SignIn } from "./views/sign-in.tsx";

function View() {
  const [, view = "", id = ""] = path.value.split("/");
  const manager = session.value?.role === "admin";
  switch (view) {
    case "":
      return <LinksView />;
    case "links":
      return <LinkView key={id} id={Number(id)} />;
    case "live":
      return <LiveView />;
    case "clicks":
      if (manager) return <ClickView key={id} id={id} />;
      break;
    case "deliveries":
      if (manager) return <DeliveriesView />;
      break;
    case "setup":
      if (manager) return <SetupView section={id} />;
  }
  return (
    <Empty page title="There is no such page">
      <a href="/dashboard/">To the referral links</a>
    </Empty>
  );
}

function Dashboard() {
  const known = session.value !== undefined;
  const { error, reload } = useResource(known ? undefined : "session", async () => {
    session.value = await api.session();
  });
  if (!known) {
    return (
      <main class="sign-in">
        <h1 class="unseen">Clickferry</h1>
        {error ? <Failure error={error} retry={reload} /> : <Loading label="Clickferry is loading" />}
      </main>
    );
  }
  if (!session.value) return <SignIn />;
  return (
    <Shell session={session.value}>
      <View />
    </Shell>
  );
}

followAddress();
render(
  <>
    <Dashboard />
    <Notices />
  </>,
  document.getElementById("app")!,
);
