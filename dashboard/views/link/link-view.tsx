export function LinkView({ id }: { id: number }) {
  return (
    <div class="view-head">
      <h1>{id}</h1>
    </div>
  );
}
