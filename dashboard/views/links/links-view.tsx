import { linkTo } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { useResource } from "../../api/resource.ts";
import { count } from "../../parts/format.ts";
import { Loaded } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";

export function LinksView() {
  const links = useResource("links", (signal) => api.links({}, signal));
  return (
    <>
      <div class="view-head">
        <h1>Referral links</h1>
      </div>
      <div class="card flush">
        <Loaded of={links}>
          {({ data }) => (
            <Table
              label="Referral links"
              rows={data}
              id={({ id }) => id}
              columns={[
                {
                  key: "code",
                  head: "Code",
                  cell: ({ id, code }) => <a href={linkTo(`/links/${id}`)}>{code}</a>,
                },
                { key: "clicks", head: "Clicks", figures: true, cell: ({ clicks }) => count(clicks) },
              ]}
            />
          )}
        </Loaded>
      </div>
    </>
  );
}
