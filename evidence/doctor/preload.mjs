// Makes the sample service start late, or stall once, as a real one may on a busy node.
const pause = (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

const number = (name) => Number(process.env[name] ?? 0)

pause(number('START_MS'))
if (number('STALL_MS') > 0) setTimeout(() => pause(number('STALL_MS')), number('STALL_AFTER_MS')).unref()
