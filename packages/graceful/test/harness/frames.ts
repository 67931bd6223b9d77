/** Frame types of HTTP/2 (RFC 9113 §6). */
export const TYPE = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  settings: 0x4,
  ping: 0x6,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const

const END_STREAM = 0x1
const END_HEADERS = 0x4
/** SETTINGS_INITIAL_WINDOW_SIZE: 0, so that the server may send no body. */
export const NO_WINDOW = '\0\x04\0\0\0\0'

/** Returns one frame, as latin1 text. */
export function frame(type: number, payload = '', { flags = 0, stream = 0 } = {}): string {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return head.toString('latin1') + payload
}

/** Returns the start of a session: the preface and the client's settings. */
export const preface = (settings = ''): string => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${frame(TYPE.settings, settings)}`

/** Returns the head of a request. Its header block uses no Huffman code and no dynamic table. */
export function request(stream: number, path: string, { upload = false, incomplete = false } = {}): string {
  const block = `${upload ? '\x83' : '\x82'}\x86\x04${String.fromCharCode(path.length)}${path}\x01\x07fixture`
  const flags = (upload ? 0 : END_STREAM) | (incomplete ? 0 : END_HEADERS)
  return frame(TYPE.headers, block, { flags, stream })
}
