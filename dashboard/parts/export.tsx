import { address } from "../api/client.ts";
import { api } from "../api/endpoints.ts";
import { Icon } from "./icon.tsx";
import { attempt } from "./notice.tsx";

/** A list as a file, of all that it holds; the API names it, and guards its cells against formulas. */
export function Export({ path, query }: { path: string; query: Parameters<typeof address>[1] }) {
  const save = async (event: MouseEvent) => {
    // The second time is our own.
    if (!event.isTrusted) return;
    event.preventDefault();
    const link = event.currentTarget as HTMLElement;
    // A browser saves nothing of a refusal, and tells nobody why.
    if (await attempt(api.session)) link.click();
  };
  return (
    <a class="button plain" href={address(path, { ...query, format: "csv" })} download="" onClick={save}>
      <Icon name="download" />
      Export
    </a>
  );
}
