let received: NodeJS.Signals = 'SIGTERM'

export function recordSignal(signal: NodeJS.Signals): void {
  received = signal
}

/** Returns the last signal that started a shutdown; SIGTERM without one. */
export const receivedSignal = (): NodeJS.Signals => received
