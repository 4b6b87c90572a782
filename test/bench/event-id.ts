/** Stands in a body for an id that the load generator makes anew at every sending, and is as long as those. */
export const EVENT_ID = "event-id-of-16-b";
