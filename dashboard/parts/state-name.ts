/** A state of the API in the words of people: "half open", and what a network rejected it has refused. */
export function stateName(state: string): string {
  return state === "rejected" ? "refused" : state.replace("_", " ");
}
