/** Measures how long this process stands still. The returned function stops and returns the longest time, in ms. */
export function watchForStalls(): () => number {
  const TICK = 20
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last - TICK)
    last = performance.now()
  }, TICK)
  return () => {
    clearInterval(timer)
    return longest
  }
}
