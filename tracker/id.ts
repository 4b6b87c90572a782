/** "1715000000000.8437…": a number that is its time in unix ms. Not from Web Crypto: plain http has not all of it. */
export function newId(): string {
  return Date.now() + Math.random().toFixed(16).slice(1);
}
