export function ClickView({ id }: { id: string }) {
  return (
    <div class="view-head">
      <h1>{id}</h1>
    </div>
  );
}
