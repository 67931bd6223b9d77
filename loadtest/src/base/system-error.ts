/** `no space left on device (ENOSPC)` of `ENOSPC: no space left on device, write` */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const words = /^\w+: ([^,]+)/.exec(message)?.[1]
  return code === undefined || words === undefined ? message : `${words} (${code})`
}
