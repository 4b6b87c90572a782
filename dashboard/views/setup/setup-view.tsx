export function SetupView({ section }: { section: string }) {
  return (
    <div class="view-head">
      <h1>{section}</h1>
    </div>
  );
}
