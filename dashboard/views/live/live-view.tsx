export function LiveView() {
  return (
    <div class="view-head">
      <h1>Live</h1>
    </div>
  );
}
