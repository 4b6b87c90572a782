/** A task's end, if it comes in time. What comes too late is nobody's any more, but is not stopped. */

/** @throws what the task throws, and when it takes longer. */
export async function within<T>(ms: number, task: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([task, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
