export function DeliveriesView() {
  return (
    <div class="view-head">
      <h1>Deliveries</h1>
    </div>
  );
}
